/**
 * The server's own secrets, from its settings: the passwords of `[[operator]]` (OPER), as hashes, and the password of
 * the server itself (PASS).
 *
 * Promises: an unknown name costs the hash that a known one costs; comparison takes the same time whatever differs;
 * what is offered is wiped; one hash is computed at a time, and of those that wait no more than a few. The hashes are
 * argon2id in PHC's string format, with a salt of their own:
 *
 *     $argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt, base64>$<hash, base64>          no padding
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { type Secret } from "../base/secret.ts";
import { fold } from "../protocol/names.ts";
import { type Answer, type Ask } from "../server/outside.ts";
import { type Argon2, loadArgon2 } from "./argon2.ts";
import { areSane, type Argon2Settings } from "./argon2-settings.ts";
import { preparePassword } from "./password-rules.ts";

export interface PasswordHash {
  readonly settings: Argon2Settings;
  readonly salt: Uint8Array;
  readonly output: Uint8Array;
}

export interface OperatorEntry {
  readonly name: string;
  readonly password: PasswordHash;
}

export interface ServerSecretsSettings {
  readonly operators: readonly OperatorEntry[];
  /** SHA-256 of the server's password; undefined: it has none. */
  readonly serverPassword: Uint8Array | undefined;
}

/** Hashes that wait for the one that is computed: operators are few. */
const waitingMax = 8;

export class ServerSecrets {
  readonly #load: () => Promise<Argon2>;
  #settings: ServerSecretsSettings;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(settings: ServerSecretsSettings, load: () => Promise<Argon2> = loadArgon2) {
    this.#settings = settings;
    this.#load = load;
  }

  /** From now on these are asked for. */
  replace(settings: ServerSecretsSettings): void {
    this.#settings = settings;
  }

  /** OPER. Wipes the password. @throws when argon2 cannot be loaded. */
  async operate({ name, password: offered }: Ask<"operate">): Promise<Answer<"operate">> {
    const password = preparePassword(offered);
    try {
      const { operators } = this.#settings;
      const [first] = operators;
      if (first === undefined) return { outcome: "none" };
      const entry = operators.find((each) => fold(each.name) === fold(name));
      const hash = entry?.password ?? first.password;
      const isRight = await this.#inTurn(() => this.#isRight(password, hash));
      if (isRight === "busy") return { outcome: "busy" };
      if (entry === undefined || !isRight) return { outcome: "wrong" };
      return { outcome: "right", name: entry.name };
    } finally {
      password.wipe();
    }
  }

  /** PASS. Wipes the password. */
  enter({ password }: Ask<"enter">): Promise<Answer<"enter">> {
    const wanted = this.#settings.serverPassword;
    const offered = hashServerPassword(password);
    password.wipe();
    const isRight = wanted === undefined || timingSafeEqual(wanted, offered);
    return Promise.resolve({ outcome: isRight ? "right" : "wrong" });
  }

  async #isRight(password: Secret, { settings, salt, output }: PasswordHash): Promise<boolean> {
    const argon2 = await this.#load();
    const computed = await argon2(password.bytes(), salt, settings, output.length);
    return timingSafeEqual(computed, output);
  }

  async #inTurn(work: () => Promise<boolean>): Promise<boolean | "busy"> {
    if (this.#waiting >= waitingMax) return "busy";
    this.#waiting += 1;
    const mine = this.#last.then(work);
    // Who comes next waits for its end, however it ends.
    this.#last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      this.#waiting -= 1;
    }
  }
}

/** As it is compared: everyone who connects says the same one, so there is nothing to be guessed off line. */
export function hashServerPassword(password: Secret): Uint8Array {
  return Uint8Array.from(createHash("sha256").update(password.bytes()).digest());
}

const phcForm = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([^$]+)\$([^$]+)$/;
const base64Form = /^[A-Za-z0-9+/]+$/;

/** Salts and outputs as RFC 9106 §3.1 has them, and no larger than anyone makes them. */
const saltBytes = { least: 8, most: 64 };
const outputBytes = { least: 16, most: 64 };

/** Undefined for what is no such hash, or asks for more than anyone may ask for. */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const match = phcForm.exec(text);
  if (match === null) return undefined;
  const [, memory = "", passes = "", lanes = "", salt = "", output = ""] = match;
  const settings = { memoryKib: Number(memory), passes: Number(passes), lanes: Number(lanes) };
  const parts = { salt: bytesOf(salt), output: bytesOf(output) };
  if (!areSane(settings) || !isWithin(parts.salt, saltBytes)) return undefined;
  return isWithin(parts.output, outputBytes) ? { settings, ...parts } : undefined;
}

function bytesOf(base64: string): Uint8Array {
  return base64Form.test(base64)
    ? Uint8Array.from(Buffer.from(base64, "base64"))
    : new Uint8Array(0);
}

function isWithin(
  { length }: Uint8Array,
  { least, most }: { readonly least: number; readonly most: number },
): boolean {
  return length >= least && length <= most;
}

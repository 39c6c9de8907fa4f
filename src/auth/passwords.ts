/**
 * Passwords: making verifiers of form `argon2id`, and holding passwords against them.
 *
 * Promises: a password is hashed in a bounded pool, off the event loop; what is not known costs
 * what is known costs; comparison takes the same time whatever differs; a verifier that makes no
 * sense is like none. Passwords are wiped by who calls, after the promise is done: until then the
 * library reads them.
 *
 * A verifier's data:
 *
 *     argon2's settings, 7 bytes · salt, 16 bytes · output, 32 bytes
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { assert } from "../base/assert.ts";
import { type Secret } from "../base/secret.ts";
import { type Argon2, argon2Hint, loadArgon2, saltBytes } from "./argon2.ts";
import {
  areEqual,
  areSane,
  type Argon2Settings,
  defaultArgon2Settings,
  parseSettings,
  settingsBytes,
  writeSettings,
} from "./argon2-settings.ts";
import { Pool, type PoolLimits, defaultPoolLimits } from "./pool.ts";
import { type Report } from "./report.ts";
import { type Verifier } from "./verifier-rows.ts";

const argon2Form = "argon2id";

export interface PasswordsOptions {
  readonly settings?: Argon2Settings;
  readonly limits?: PoolLimits;
  readonly report: Report;
  /** Where argon2 comes from; @throws when it cannot be loaded. */
  readonly load?: () => Promise<Argon2>;
}

/**
 * Why there is no answer: too many wait; nobody waits for it any more; it cannot be computed here.
 */
export interface NoHash {
  readonly kind: "busy" | "abandoned" | "unavailable";
}

export type Verdict =
  /** `isOutdated`: by other settings than today's; a new verifier should be made. */
  { readonly kind: "right"; readonly isOutdated: boolean } | { readonly kind: "wrong" } | NoHash;

export type MadeVerifier = { readonly kind: "made"; readonly verifier: Verifier } | NoHash;

export class Passwords {
  readonly #settings: Argon2Settings;
  readonly #pool: Pool;
  readonly #report: Report;
  readonly #load: () => Promise<Argon2>;
  /**
   * What a password is held against when there is no verifier: of today's settings, and nobody's.
   */
  readonly #dummy: StoredHash;
  #argon2: Promise<Argon2> | undefined;
  #isFailureReported = false;

  constructor(options: PasswordsOptions) {
    this.#settings = options.settings ?? defaultArgon2Settings;
    assert(areSane(this.#settings), "argon2's settings are within their bounds");
    this.#pool = new Pool(options.limits ?? defaultPoolLimits);
    this.#report = options.report;
    this.#load = options.load ?? loadArgon2;
    this.#dummy = {
      settings: this.#settings,
      salt: randomBytes(saltBytes),
      output: randomBytes(outputBytes),
    };
  }

  /** Makes a verifier of today's settings, with a new salt. */
  async verifierFor(password: Secret, signal: AbortSignal): Promise<MadeVerifier> {
    const salt = randomBytes(saltBytes);
    const hashed = await this.#hash(password, { settings: this.#settings, salt }, signal);
    if (hashed.kind !== "hashed") return hashed;
    const data = encode({ settings: this.#settings, salt, output: hashed.output });
    return { kind: "made", verifier: { form: argon2Form, data } };
  }

  /** Holds the password against the verifier; without one, against the dummy, and it is wrong. */
  async verify(
    password: Secret,
    verifier: Verifier | undefined,
    signal: AbortSignal,
  ): Promise<Verdict> {
    const stored = verifier === undefined ? undefined : parseVerifier(verifier);
    const { output, ...how } = stored ?? this.#dummy;
    const hashed = await this.#hash(password, how, signal);
    if (hashed.kind !== "hashed") return hashed;
    const isEqual = timingSafeEqual(hashed.output, output);
    if (!isEqual || stored === undefined) return { kind: "wrong" };
    return { kind: "right", isOutdated: !areEqual(stored.settings, this.#settings) };
  }

  async #hash(
    password: Secret,
    { settings, salt }: Omit<StoredHash, "output">,
    signal: AbortSignal,
  ): Promise<{ readonly kind: "hashed"; readonly output: Uint8Array } | NoHash> {
    const argon2 = await this.#loaded();
    if (argon2 === undefined) return { kind: "unavailable" };
    try {
      const outcome = await this.#pool.run(signal, () =>
        argon2(password.bytes(), salt, settings, outputBytes),
      );
      return outcome.kind === "done" ? { kind: "hashed", output: outcome.value } : outcome;
    } catch (cause) {
      // Memory that the system does not give, for one.
      this.#report({ text: "a password could not be hashed", hint: undefined, cause });
      return { kind: "unavailable" };
    }
  }

  async #loaded(): Promise<Argon2 | undefined> {
    try {
      this.#argon2 ??= this.#load();
      return await this.#argon2;
    } catch (cause) {
      // The next login tries again, and is told off as quickly; the operator is told once.
      this.#argon2 = undefined;
      if (this.#isFailureReported) return undefined;
      this.#isFailureReported = true;
      const text = "passwords cannot be checked: the argon2 library cannot be loaded";
      this.#report({ text, hint: argon2Hint, cause });
      return undefined;
    }
  }
}

// --- The form ------------------------------------------------------------------------------------

interface StoredHash {
  readonly settings: Argon2Settings;
  readonly salt: Uint8Array;
  readonly output: Uint8Array;
}

const outputBytes = 32;
const verifierBytes = settingsBytes + saltBytes + outputBytes;

function encode({ settings, salt, output }: StoredHash): Uint8Array {
  assert(salt.length === saltBytes, "a salt has its length");
  assert(output.length === outputBytes, "a hash has its length");
  return Buffer.concat([writeSettings(settings), salt, output]);
}

function parseVerifier({ form, data }: Verifier): StoredHash | undefined {
  if (form !== argon2Form || data.length !== verifierBytes) return undefined;
  const settings = parseSettings(data.subarray(0, settingsBytes));
  if (settings === undefined) return undefined;
  return {
    settings,
    salt: data.subarray(settingsBytes, settingsBytes + saltBytes),
    output: data.subarray(settingsBytes + saltBytes),
  };
}

/**
 * What the tests of `auth` stand on: verifier rows in a map, and argon2 at its cheapest.
 */
import { join } from "node:path";
import fc from "fast-check";
import { type Argon2Settings } from "../../src/auth/argon2-settings.ts";
import { Keyring } from "../../src/auth/keyring.ts";
import { type MasterKeys, parseKeyFile } from "../../src/auth/keys.ts";
import { type Problem } from "../../src/auth/report.ts";
import { headerBytes } from "../../src/auth/sealed-record.ts";
import { type VerifierRows } from "../../src/auth/verifier-rows.ts";
import {
  type HeaderCount,
  type LoginAccount,
  type NewVerifier,
  type Verifier,
} from "../../src/storage/verifiers.ts";
import { type AccountId, accountId } from "../../src/base/ids.ts";
import { Secret } from "../../src/base/secret.ts";
import { type ElapsedMs, elapsedMs, type WallMs } from "../../src/base/time.ts";
import { Credentials } from "../../src/storage/credentials.ts";
import { openDatabase } from "../../src/storage/opening.ts";
import { freshFolder } from "../support/folder.ts";
import { type Folded, fold } from "../../src/protocol/names.ts";
import { type ConnectionFacts } from "../../src/server/outside.ts";

/** RFC 9106 §3.1: the least there is. */
export const cheap: Argon2Settings = { memoryKib: 8, passes: 1, lanes: 1 };

export const overTls: ConnectionFacts = {
  address: "192.0.2.1",
  isLoopback: false,
  listener: "[::]:6697",
  tls: { version: "TLSv1.3", exporter: undefined, peerCertificate: undefined, spki: "" },
};
/** With an exporter, which is what it is bound to. */
export const overTls13: ConnectionFacts = {
  ...overTls,
  tls: {
    version: "TLSv1.3",
    exporter: new Uint8Array(32).fill(7),
    peerCertificate: undefined,
    spki: "",
  },
};
export const inPlainText: ConnectionFacts = { ...overTls, tls: undefined };
export const onThisMachine: ConnectionFacts = {
  ...inPlainText,
  address: "127.0.0.1",
  isLoopback: true,
};

export class MapRows implements VerifierRows {
  readonly accounts = new Map<Folded, LoginAccount>();
  readonly verifiers = new Map<AccountId, Verifier>();
  readonly putAt: WallMs[] = [];
  /** How often a verifier was looked for. */
  finds = 0;
  isBroken = false;

  account(id: number, name: string, isStrict = false): LoginAccount {
    const account = { id: accountId(id), name, isStrict };
    this.accounts.set(fold(name), account);
    return account;
  }

  find(account: AccountId): Verifier | undefined {
    this.#check();
    this.finds += 1;
    return this.verifiers.get(account);
  }

  put(account: AccountId, { form, seal }: NewVerifier, now: WallMs): void {
    this.#check();
    const generation = (this.verifiers.get(account)?.generation ?? 0) + 1;
    this.verifiers.set(account, { form, data: seal(generation), generation });
    this.putAt.push(now);
  }

  remove(account: AccountId): void {
    this.#check();
    this.verifiers.delete(account);
  }

  countByHeader(form: string): readonly HeaderCount[] {
    this.#check();
    const counts = new Map<string, number>();
    for (const { form: is, data } of this.verifiers.values()) {
      const header = Buffer.from(data.subarray(0, headerBytes)).toString("hex");
      if (is === form) counts.set(header, (counts.get(header) ?? 0) + 1);
    }
    return [...counts].map(([header, count]) => ({ header: Buffer.from(header, "hex"), count }));
  }

  removeByHeader(form: string, header: Uint8Array): number {
    this.#check();
    const found = [...this.verifiers].filter(
      ([, { form: is, data }]) =>
        is === form && Buffer.compare(data.subarray(0, header.length), header) === 0,
    );
    for (const [account] of found) this.verifiers.delete(account);
    return found.length;
  }

  findAccountByName(name: Folded): LoginAccount | undefined {
    this.#check();
    return this.accounts.get(name);
  }

  #check(): void {
    if (this.isBroken) throw new Error("disk I/O error");
  }
}

/** The keys of one server: the same at each call, or others. */
export function masterKeys(of = 1): MasterKeys {
  return { masters: [new Secret(new Uint8Array(32).fill(of))], takesUnsealed: false };
}

/** A key file of those keys, the newest first. */
export function keyFileOf(...keys: readonly number[]): string {
  return keys.map((of) => `v1 ${Buffer.alloc(32, of).toString("base64")}\n`).join("");
}

export function parsedKeys(text: string): MasterKeys {
  const keys = parseKeyFile(text);
  if (keys === undefined) throw new Error("no key file");
  return keys;
}

/** Rows of credentials, in a database of their own. */
export function credentialRows(): Credentials {
  return new Credentials(openDatabase(join(freshFolder(), "credentials.sqlite")));
}

export function keyring(of = 1): Keyring {
  return new Keyring(masterKeys(of));
}

/** Rethrows what is reported, for tests that expect no problem. */
export function noProblem(problem: Problem): void {
  throw new Error(problem.text, { cause: problem.cause });
}

export function secret(text: string): Secret {
  return Secret.fromText(text);
}

export function isWiped(of: Secret): boolean {
  try {
    of.bytes();
    return false;
  } catch {
    return true;
  }
}

/** A signal that never comes. */
export function never(): AbortSignal {
  return new AbortController().signal;
}

/** Any text that UTF-8 can say. fast-check's own takes seconds to set up. */
export function anyText(minLength: number, maxLength: number): fc.Arbitrary<string> {
  const code = fc.oneof(fc.nat(0x7f), fc.nat(0xd7ff), fc.integer({ min: 0xe000, max: 0x10ffff }));
  const codes = fc.array(code, { minLength, maxLength });
  return codes.map((all) => String.fromCodePoint(...all));
}

/** Time that passes when it is told to; who waits goes on when it has. */
export class WaitingClock {
  #now = 0;
  readonly #waiting = new Set<{ readonly at: number; readonly end: () => void }>();

  readonly elapsed = (): ElapsedMs => elapsedMs(this.#now);

  readonly wait = (ms: number, signal: AbortSignal): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = { at: this.#now + ms, end: resolve };
    this.#waiting.add(waiting);
    signal.addEventListener("abort", () => {
      this.#waiting.delete(waiting);
      resolve();
    });
    return promise;
  };

  /** When each of those that wait may go on, the soonest first: from now, in ms. */
  get waiting(): number[] {
    return [...this.#waiting].map(({ at }) => at - this.#now).sort((a, b) => a - b);
  }

  /** Until so many wait. */
  async isWaitedFor(count = 1): Promise<number[]> {
    while (this.#waiting.size < count) await Bun.sleep(1);
    return this.waiting;
  }

  passes(ms: number): void {
    this.#now += ms;
    for (const waiting of this.#waiting) {
      if (waiting.at > this.#now) continue;
      this.#waiting.delete(waiting);
      waiting.end();
    }
  }
}

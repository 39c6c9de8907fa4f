/**
 * Hashing: argon2 for the server, in a bounded pool, off the event loop.
 *
 * Promises: no more than the pool allows runs or waits; a library that cannot be loaded and a hash
 * that cannot be made are reported and never an exception. What is hashed is wiped by who calls,
 * after the promise is done: until then the library reads it.
 */
import { type Argon2, argon2Hint, loadArgon2 } from "./argon2.ts";
import { defaultPoolLimits, Pool, type PoolLimits } from "./pool.ts";
import { type Report } from "./report.ts";

export interface HashingOptions {
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

export type Hashed<T> = { readonly kind: "done"; readonly value: T } | NoHash;

export class Hashing {
  readonly #pool: Pool;
  readonly #report: Report;
  readonly #load: () => Promise<Argon2>;
  #argon2: Promise<Argon2> | undefined;
  #isFailureReported = false;

  constructor({ limits, report, load }: HashingOptions) {
    this.#pool = new Pool(limits ?? defaultPoolLimits);
    this.#report = report;
    this.#load = load ?? loadArgon2;
  }

  /**
   * Does that with argon2, when it is its turn. What else is dear about a login belongs in there
   * too: a flood of which most is sent away must not cost the event loop more than saying so.
   */
  async run<T>(signal: AbortSignal, work: (argon2: Argon2) => Promise<T>): Promise<Hashed<T>> {
    const argon2 = await this.#loaded();
    if (argon2 === undefined) return { kind: "unavailable" };
    try {
      return await this.#pool.run(signal, () => work(argon2));
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

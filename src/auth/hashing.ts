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
  readonly #shared: Shared;
  readonly #source: string;

  constructor({ limits, report, load }: HashingOptions, shared?: Shared, source = "") {
    this.#shared = shared ?? {
      pool: new Pool(limits ?? defaultPoolLimits),
      library: new Library(load ?? loadArgon2, report),
      report,
    };
    this.#source = source;
  }

  /** The same pool, where what it runs waits its turn among that of its source. */
  servedTo(source: string): Hashing {
    return new Hashing(this.#shared, this.#shared, source);
  }

  /**
   * Does that with argon2, when it is its turn. What else is dear about a login belongs in there
   * too: a flood of which most is sent away must not cost the event loop more than saying so.
   */
  async run<T>(signal: AbortSignal, work: (argon2: Argon2) => Promise<T>): Promise<Hashed<T>> {
    const { pool, library, report } = this.#shared;
    const argon2 = await library.loaded();
    if (argon2 === undefined) return { kind: "unavailable" };
    try {
      return await pool.run({ source: this.#source, signal }, () => work(argon2));
    } catch (cause) {
      // Memory that the system does not give, for one.
      report({ text: "a password could not be hashed", hint: undefined, cause });
      return { kind: "unavailable" };
    }
  }
}

/** What all have in common, whomever they serve. */
interface Shared {
  readonly pool: Pool;
  readonly library: Library;
  readonly report: Report;
}

/** argon2, loaded when it is first needed. */
class Library {
  readonly #load: () => Promise<Argon2>;
  readonly #report: Report;
  #argon2: Promise<Argon2> | undefined;
  #isFailureReported = false;

  constructor(load: () => Promise<Argon2>, report: Report) {
    this.#load = load;
    this.#report = report;
  }

  async loaded(): Promise<Argon2 | undefined> {
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

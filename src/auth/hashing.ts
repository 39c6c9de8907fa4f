/**
 * Hashing: argon2 for the server, in a bounded pool, off the event loop.
 *
 * Promises: no more than the pool allows runs or waits; a library that cannot be loaded and a hash
 * that cannot be made are reported and never an exception. What is hashed is wiped by who calls,
 * after the promise is done: until then the library reads it.
 */
import { type Argon2, argon2Hint, loadArgon2 } from "./argon2.ts";
import { type Argon2Settings } from "./argon2-settings.ts";
import { type Stretch } from "./opaque/envelope.ts";
import { stretchBy } from "./opaque/stretch.ts";
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

export type Hashed = { readonly kind: "hashed"; readonly output: Uint8Array } | NoHash;

/** Stretches for one login, and says why it did not. */
export interface Stretching {
  readonly stretch: Stretch;
  /** After `stretch` gave nothing. */
  readonly failure: () => NoHash;
}

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

  /** Does that with argon2, when it is its turn. */
  async run(
    signal: AbortSignal,
    work: (argon2: Argon2) => Promise<Uint8Array | undefined>,
  ): Promise<Hashed> {
    const argon2 = await this.#loaded();
    if (argon2 === undefined) return { kind: "unavailable" };
    try {
      const outcome = await this.#pool.run(signal, () => work(argon2));
      if (outcome.kind !== "done") return outcome;
      const output = outcome.value;
      return output === undefined ? { kind: "unavailable" } : { kind: "hashed", output };
    } catch (cause) {
      // Memory that the system does not give, for one.
      this.#report({ text: "a password could not be hashed", hint: undefined, cause });
      return { kind: "unavailable" };
    }
  }

  stretching(settings: Argon2Settings, signal: AbortSignal): Stretching {
    let failure: NoHash = { kind: "unavailable" };
    return {
      failure: () => failure,
      stretch: async (output) => {
        const hashed = await this.run(signal, (argon2) => stretchBy(argon2, settings)(output));
        if (hashed.kind === "hashed") return hashed.output;
        failure = hashed;
        return undefined;
      },
    };
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

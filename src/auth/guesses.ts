/**
 * Guesses: how often a name's password was wrong, whoever tried, and how long the next "wrong" takes.
 *
 *     five wrong ones at once, and one a minute: told at once
 *     beyond that: told after 2, 4, 8 and then always 15 seconds; a right one is never slowed down
 *     more than 100, and none right among them: the name is under attack
 *
 * Names that nobody has are counted as those of members, so nothing is learned from it. Who has
 * logged in from a source before is counted there apart: strangers make nobody else wait.
 */
import { type ElapsedMs, minuteMs, secondMs } from "../base/time.ts";
import { Bucket, type BucketSize } from "./bucket.ts";
import { RecentMap } from "./recent-map.ts";

/** Synapse allows an account 3 to 5 failures at once, and one in 6 to 330 seconds. */
const wrongOnes: BucketSize = { capacity: 5, refillMs: minuteMs, owedMax: 4 };
/** Dovecot's auth penalty: `AUTH_PENALTY_INIT_SECS` 2, doubled up to 15. */
const delaysMs = [0, 2 * secondMs, 4 * secondMs, 8 * secondMs, 15 * secondMs] as const;
/** For a password that was wrong before: it tells nothing new, but costs a hash each time. */
const repeatedDelayMs = delaysMs[1];
/** NIST SP 800-63B-4 §3.2.2: "no more than 100" consecutive failed attempts on one account. */
const failuresMax = 100;
const namesMax = 65_536;

interface Tried {
  readonly bucket: Bucket;
  failures: number;
}

export interface Failure {
  /** After which it is to be said. */
  readonly delayMs: number;
  /** With this one there are too many in a row, from whoever. */
  readonly isTooMany: boolean;
}

export class Guesses {
  readonly #names = new RecentMap<string, Tried>(namesMax);

  get size(): number {
    return this.#names.size;
  }

  /** `key`: a name, or a name at a source. */
  failed(key: string, now: ElapsedMs): Failure {
    const tried = this.#of(key, now);
    tried.failures += 1;
    const delayMs = delaysMs[tried.bucket.take(now)] ?? 0;
    return { delayMs, isTooMany: tried.failures === failuresMax + 1 };
  }

  /** The same wrong password as before: no more is known than was. */
  repeated(): Failure {
    return { delayMs: repeatedDelayMs, isTooMany: false };
  }

  /** The password was right: those before it were typing errors. */
  succeeded(key: string): void {
    const tried = this.#names.find(key);
    if (tried !== undefined) tried.failures = 0;
  }

  forget(key: string): void {
    this.#names.delete(key);
  }

  #of(key: string, now: ElapsedMs): Tried {
    return this.#names.of(key, () => ({ bucket: new Bucket(wrongOnes, now), failures: 0 }));
  }
}

/**
 * Bucket: so many at once, and then one each so often; and how far beyond that someone is.
 *
 * Full at first. Each thing taken costs one; what is not there is owed, up to a limit, and what is
 * owed has to be filled up before there is anything to take again.
 */
import { type ElapsedMs } from "../base/time.ts";

export interface BucketSize {
  readonly capacity: number;
  /** For one more. */
  readonly refillMs: number;
  /** 0: nothing is taken that is not there. */
  readonly owedMax: number;
}

export class Bucket {
  readonly #size: BucketSize;
  #level: number;
  #at: ElapsedMs;

  constructor(size: BucketSize, now: ElapsedMs) {
    this.#size = size;
    this.#level = size.capacity;
    this.#at = now;
  }

  /** How many are owed after that; 0: it was there. */
  take(now: ElapsedMs): number {
    const { owedMax } = this.#size;
    this.#level = Math.max(this.#levelAt(now) - 1, -owedMax);
    this.#at = now;
    return Math.max(Math.ceil(-this.#level), 0);
  }

  /** Takes one, if there is one. */
  takeIfThere(now: ElapsedMs): boolean {
    if (this.#levelAt(now) < 1) return false;
    this.take(now);
    return true;
  }

  #levelAt(now: ElapsedMs): number {
    const { capacity, refillMs } = this.#size;
    return Math.min(this.#level + (now - this.#at) / refillMs, capacity);
  }
}

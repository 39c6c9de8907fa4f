/**
 * A meter: so many at once, then so many a second (a token bucket on the monotonic clock).
 *
 * Nothing is dropped by it: who has no token left waits until `readyAt`. What something costs beyond its token is known
 * only when it is done, and is charged then: it is a debt, and the next waits until it is paid. The debt has an end, so
 * nobody ever waits longer than it takes to gain a burst and one token.
 */
import { type ElapsedMs, later, secondMs } from "../base/time.ts";

export class Meter {
  readonly #burst: number;
  readonly #perSecond: number;
  #tokens: number;
  #countedAt: ElapsedMs;

  constructor(burst: number, perSecond: number, now: ElapsedMs) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#tokens = burst;
    this.#countedAt = now;
  }

  isReady(now: ElapsedMs): boolean {
    this.#refill(now);
    return this.#tokens >= 1;
  }

  /** Nothing was taken that has not come back. */
  isFull(now: ElapsedMs): boolean {
    this.#refill(now);
    return this.#tokens >= this.#burst;
  }

  /** Takes one token when there is one. */
  take(now: ElapsedMs): boolean {
    if (!this.isReady(now)) return false;
    this.#tokens -= 1;
    return true;
  }

  charge(cost: number, now: ElapsedMs): void {
    this.#refill(now);
    this.#tokens = Math.max(-this.#burst, this.#tokens - cost);
  }

  /** When the next token is there, at the earliest. */
  readyAt(now: ElapsedMs): ElapsedMs {
    this.#refill(now);
    const missing = Math.max(0, 1 - this.#tokens);
    return later(now, Math.ceil((missing / this.#perSecond) * secondMs));
  }

  #refill(now: ElapsedMs): void {
    const gained = ((now - this.#countedAt) / secondMs) * this.#perSecond;
    if (gained <= 0) return;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    this.#countedAt = now;
  }
}

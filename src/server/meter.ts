/**
 * A meter: so many at once, then so many a second (a token bucket on the monotonic clock).
 *
 * Nothing is dropped by it: who has no token left waits until `readyAt`.
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

  /** Takes one token when there is one. */
  take(now: ElapsedMs): boolean {
    this.#refill(now);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
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

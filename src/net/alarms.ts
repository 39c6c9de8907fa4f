/**
 * Alarms: many moments, one timer.
 *
 * Each key has at most one alarm. The timer stands at the soonest; it is not moved back when that
 * one is cleared, and rings once for nothing then. It does not keep the program running.
 */
import { Deadlines } from "../base/deadlines.ts";
import { type ElapsedMs, elapsedMs, later } from "../base/time.ts";

/** Those that ring in one go: thousands may be due at once, as they came, and others are to have their turn. */
export const ringingMax = 64;

export class Alarms<K> {
  readonly #deadlines = new Deadlines<K>();
  readonly #rung: (key: K) => void;
  #timer: { readonly at: ElapsedMs; readonly handle: NodeJS.Timeout } | undefined;

  constructor(rung: (key: K) => void) {
    this.#rung = rung;
  }

  /** Rings in so many milliseconds, instead of when it was to ring before. */
  set(key: K, inMs: number): void {
    this.#deadlines.set(key, later(now(), inMs));
    this.#arm();
  }

  clear(key: K): void {
    this.#deadlines.clear(key);
    if (this.#deadlines.size === 0) this.#disarm();
  }

  #arm(): void {
    const at = this.#deadlines.next();
    if (at === undefined || (this.#timer !== undefined && this.#timer.at <= at)) return;
    this.#disarm();
    const handle = setTimeout(() => this.#ring(), Math.max(Math.ceil(at - now()), 0));
    handle.unref();
    this.#timer = { at, handle };
  }

  #disarm(): void {
    clearTimeout(this.#timer?.handle);
    this.#timer = undefined;
  }

  #ring(): void {
    this.#timer = undefined;
    for (const key of this.#deadlines.take(now(), ringingMax)) this.#rung(key);
    this.#arm();
  }
}

function now(): ElapsedMs {
  return elapsedMs(performance.now());
}

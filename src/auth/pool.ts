/**
 * Pool: expensive work, a little of it at a time, in the order it came.
 *
 *     run → running (at most `runningMax`) → its outcome
 *         → waiting (at most `waitingMax`, first come, first served) → running
 *                                                                    → busy, after `waitMsMax`
 *                                                                    → abandoned, by its signal
 *         → busy, when too many wait
 *
 * Work that runs runs to its end, also when it is abandoned: what it reads must stay until then.
 * The pool says only afterwards that it was abandoned.
 */
import { availableParallelism } from "node:os";
import { secondMs } from "../base/time.ts";

export interface PoolLimits {
  /** Each takes the memory of one hash, and a core. */
  readonly runningMax: number;
  readonly waitingMax: number;
  /** Longer than that, and the other side has given up or soon will. */
  readonly waitMsMax: number;
}

/**
 * One hash has four lanes and keeps two cores busy by itself. On two cores, two at once make no
 * more hashes a second, and the event loop waits for its core four times as long (p99, measured
 * with 500 logins in the queue).
 */
export const defaultPoolLimits: PoolLimits = {
  runningMax: Math.min(2, Math.max(1, Math.floor(availableParallelism() / 2))),
  waitingMax: 64,
  waitMsMax: 10 * secondMs,
};

export type PoolOutcome<T> =
  | { readonly kind: "done"; readonly value: T }
  | { readonly kind: "busy" }
  | { readonly kind: "abandoned" };

type Turn = "now" | "busy" | "abandoned";

interface Waiting {
  readonly end: (turn: Turn) => void;
}

export class Pool {
  readonly #limits: PoolLimits;
  /** First come, first served: a Set keeps its order, and what is abandoned leaves it at once. */
  readonly #waiting = new Set<Waiting>();
  #running = 0;

  constructor(limits: PoolLimits = defaultPoolLimits) {
    this.#limits = limits;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<PoolOutcome<T>> {
    const turn = await this.#turn(signal);
    if (turn !== "now") return { kind: turn };
    try {
      const value = await work();
      return signal.aborted ? { kind: "abandoned" } : { kind: "done", value };
    } finally {
      this.#running -= 1;
      this.#next();
    }
  }

  /** Waits for a place; with `now` it is taken already. */
  #turn(signal: AbortSignal): Promise<Turn> {
    if (signal.aborted) return Promise.resolve("abandoned");
    if (this.#running < this.#limits.runningMax) {
      this.#running += 1;
      return Promise.resolve("now");
    }
    if (this.#waiting.size >= this.#limits.waitingMax) return Promise.resolve("busy");
    return this.#wait(signal);
  }

  #wait(signal: AbortSignal): Promise<Turn> {
    const { promise, resolve } = Promise.withResolvers<Turn>();
    const abandon = () => waiting.end("abandoned");
    const timer = setTimeout(() => waiting.end("busy"), this.#limits.waitMsMax);
    const waiting: Waiting = {
      end: (turn) => {
        clearTimeout(timer);
        signal.removeEventListener("abort", abandon);
        this.#waiting.delete(waiting);
        resolve(turn);
      },
    };
    signal.addEventListener("abort", abandon);
    this.#waiting.add(waiting);
    return promise;
  }

  #next(): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    this.#running += 1;
    first.end("now");
  }
}

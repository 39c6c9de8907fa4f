/**
 * Pool: expensive work, a little of it at a time, and every source its turn.
 *
 *     run → running (at most `runningMax`) → its outcome
 *         → waiting (at most `waitingMax`, of one source `waitingPerSourceMax`)
 *               → running, when it is its source's turn
 *               → busy, after `waitMsMax`
 *               → abandoned, by its signal
 *         → busy, when too many wait
 *
 * Among those that wait the sources take turns, and of each it is first come, first served: whoever
 * comes alone waits for at most one of every other source, however much one of them queues. When
 * all places are taken, the latest of the source that has the most gives its place to one of a
 * source that has less.
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
  /** More of one household than that is no household. */
  readonly waitingPerSourceMax: number;
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
  waitingPerSourceMax: 8,
  waitMsMax: 10 * secondMs,
};

/** Who wants something done. */
export interface Waiter {
  readonly source: string;
  /** Nobody waits for it any more. */
  readonly signal: AbortSignal;
}

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
  /**
   * Whose turn it is next comes first: a Map keeps its order. Of each source a Set: what is
   * abandoned leaves it at once. None is empty.
   */
  readonly #queues = new Map<string, Set<Waiting>>();
  #waiting = 0;
  #running = 0;

  constructor(limits: PoolLimits = defaultPoolLimits) {
    this.#limits = limits;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting;
  }

  async run<T>(waiter: Waiter, work: () => Promise<T>): Promise<PoolOutcome<T>> {
    const { signal } = waiter;
    const turn = await this.#turn(waiter);
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
  #turn(waiter: Waiter): Promise<Turn> {
    if (waiter.signal.aborted) return Promise.resolve("abandoned");
    if (this.#running < this.#limits.runningMax) {
      this.#running += 1;
      return Promise.resolve("now");
    }
    return this.#makesRoom(waiter.source) ? this.#wait(waiter) : Promise.resolve("busy");
  }

  #makesRoom(source: string): boolean {
    const { waitingMax, waitingPerSourceMax } = this.#limits;
    const own = this.#queues.get(source)?.size ?? 0;
    if (own >= waitingPerSourceMax) return false;
    if (this.#waiting < waitingMax) return true;
    const longest = this.#longest();
    if (longest === undefined || longest.size <= own + 1) return false;
    [...longest].at(-1)?.end("busy");
    return true;
  }

  #longest(): Set<Waiting> | undefined {
    let longest: Set<Waiting> | undefined;
    for (const queue of this.#queues.values()) {
      if (longest === undefined || queue.size > longest.size) longest = queue;
    }
    return longest;
  }

  #wait({ source, signal }: Waiter): Promise<Turn> {
    const { promise, resolve } = Promise.withResolvers<Turn>();
    const abandon = () => waiting.end("abandoned");
    const timer = setTimeout(() => waiting.end("busy"), this.#limits.waitMsMax);
    const queue = this.#queues.get(source) ?? new Set<Waiting>();
    const waiting: Waiting = {
      end: (turn) => {
        clearTimeout(timer);
        signal.removeEventListener("abort", abandon);
        queue.delete(waiting);
        if (queue.size === 0) this.#queues.delete(source);
        this.#waiting -= 1;
        resolve(turn);
      },
    };
    signal.addEventListener("abort", abandon);
    queue.add(waiting);
    this.#queues.set(source, queue);
    this.#waiting += 1;
    return promise;
  }

  /** The first of the source whose turn it is; then it is the others' turn. */
  #next(): void {
    const [next] = this.#queues;
    if (next === undefined) return;
    const [source, queue] = next;
    const [first] = queue;
    if (first === undefined) return;
    this.#queues.delete(source);
    this.#queues.set(source, queue);
    this.#running += 1;
    first.end("now");
  }
}

/**
 * Deadlines: many keys, each due at one moment, and the soonest always at hand.
 *
 * A binary heap with lazy removal: setting a key again leaves the old entry, which is skipped when it comes up
 * because it no longer matches the key's present moment. Set and due are O(log n); memory stays within twice the
 * number of live keys (and a few), because the heap is rebuilt when more than half of it is stale.
 */
import type { ElapsedMs } from "./time.ts";

/** So many stale entries are not worth a rebuild. */
const staleMax = 16;

interface Entry<K> {
  readonly key: K;
  readonly at: ElapsedMs;
}

export class Deadlines<K> {
  readonly #due = new Map<K, ElapsedMs>();
  #heap: Entry<K>[] = [];

  get size(): number {
    return this.#due.size;
  }

  /** Sets the key's moment, replacing an earlier one. */
  set(key: K, at: ElapsedMs): void {
    if (this.#due.get(key) === at) return;
    this.#due.set(key, at);
    push(this.#heap, { key, at });
    this.#boundStale();
  }

  clear(key: K): void {
    if (this.#due.delete(key)) this.#boundStale();
  }

  /** Entries in the heap, stale ones too: for tests of the bound. */
  get heapSize(): number {
    return this.#heap.length;
  }

  /** The soonest moment, or undefined when nothing is due ever. */
  next(): ElapsedMs | undefined {
    this.#dropStale();
    return this.#heap[0]?.at;
  }

  /** Takes out and returns the keys due at or before `now`, soonest first: all of them, or the first so many. */
  take(now: ElapsedMs, limit = Number.POSITIVE_INFINITY): K[] {
    const keys: K[] = [];
    for (;;) {
      this.#dropStale();
      const first = this.#heap[0];
      if (first === undefined || first.at > now || keys.length >= limit) return keys;
      pop(this.#heap);
      this.#due.delete(first.key);
      keys.push(first.key);
    }
  }

  #dropStale(): void {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || this.#due.get(first.key) === first.at) return;
      pop(this.#heap);
    }
  }

  #boundStale(): void {
    if (this.#heap.length <= 2 * this.#due.size + staleMax) return;
    this.#heap = [...this.#due]
      .map(([key, at]) => ({ key, at }))
      .toSorted((left, right) => left.at - right.at); // a sorted array is a heap
  }
}

function push<K>(heap: Entry<K>[], entry: Entry<K>): void {
  let index = heap.length;
  heap.push(entry);
  while (index > 0) {
    const parentIndex = (index - 1) >> 1;
    const parent = heap[parentIndex];
    if (parent === undefined || parent.at <= entry.at) break;
    heap[index] = parent;
    index = parentIndex;
  }
  heap[index] = entry;
}

function pop<K>(heap: Entry<K>[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    const leftIndex = 2 * index + 1;
    const left = heap[leftIndex];
    if (left === undefined) break;
    const right = heap[leftIndex + 1];
    const rightIsSooner = right !== undefined && right.at < left.at;
    const child = rightIsSooner ? right : left;
    if (child.at >= last.at) break;
    heap[index] = child;
    index = rightIsSooner ? leftIndex + 1 : leftIndex;
  }
  heap[index] = last;
}

/** The earlier of two moments; undefined: never. */
export function sooner(
  left: ElapsedMs | undefined,
  right: ElapsedMs | undefined,
): ElapsedMs | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return left < right ? left : right;
}

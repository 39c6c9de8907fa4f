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

export class Deadlines<K> {
  readonly #due = new Map<K, ElapsedMs>();
  /** The heap, as two arrays: an object for each entry would be the most of what thousands of them take. */
  #keys: K[] = [];
  #moments: ElapsedMs[] = [];

  get size(): number {
    return this.#due.size;
  }

  /** Sets the key's moment, replacing an earlier one. */
  set(key: K, at: ElapsedMs): void {
    if (this.#due.get(key) === at) return;
    this.#due.set(key, at);
    this.#push(key, at);
    this.#boundStale();
  }

  clear(key: K): void {
    if (this.#due.delete(key)) this.#boundStale();
  }

  /** Entries in the heap, stale ones too: for tests of the bound. */
  get heapSize(): number {
    return this.#keys.length;
  }

  /** The soonest moment, or undefined when nothing is due ever. */
  next(): ElapsedMs | undefined {
    this.#dropStale();
    return this.#moments[0];
  }

  /** Takes out and returns the keys due at or before `now`, soonest first: all of them, or the first so many. */
  take(now: ElapsedMs, limit = Number.POSITIVE_INFINITY): K[] {
    const taken: K[] = [];
    for (;;) {
      this.#dropStale();
      const [first, at] = [this.#keys[0], this.#moments[0]];
      if (first === undefined || at === undefined || at > now || taken.length >= limit) {
        return taken;
      }
      this.#pop();
      this.#due.delete(first);
      taken.push(first);
    }
  }

  #dropStale(): void {
    for (;;) {
      const first = this.#keys[0];
      if (first === undefined || this.#due.get(first) === this.#moments[0]) return;
      this.#pop();
    }
  }

  #boundStale(): void {
    if (this.#keys.length <= 2 * this.#due.size + staleMax) return;
    // What is sorted is a heap.
    const sorted = [...this.#due].toSorted(([, left], [, right]) => left - right);
    this.#keys = sorted.map(([key]) => key);
    this.#moments = sorted.map(([, at]) => at);
  }

  /** Up from the end, past those that are later. */
  #push(key: K, at: ElapsedMs): void {
    let index = this.#keys.length;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const [parent, parentAt] = [this.#keys[parentIndex], this.#moments[parentIndex]];
      if (parent === undefined || parentAt === undefined || parentAt <= at) break;
      this.#put(index, parent, parentAt);
      index = parentIndex;
    }
    this.#put(index, key, at);
  }

  /** The last one goes down from the top, past those that are sooner. */
  #pop(): void {
    const [key, at] = [this.#keys.pop(), this.#moments.pop()];
    if (key === undefined || at === undefined || this.#keys.length === 0) return;
    let index = 0;
    for (;;) {
      const childIndex = this.#soonerChild(index);
      const [child, childAt] = [this.#keys[childIndex], this.#moments[childIndex]];
      if (child === undefined || childAt === undefined || childAt >= at) break;
      this.#put(index, child, childAt);
      index = childIndex;
    }
    this.#put(index, key, at);
  }

  #soonerChild(index: number): number {
    const left = 2 * index + 1;
    const [leftAt, rightAt] = [this.#moments[left], this.#moments[left + 1]];
    const isRight = leftAt !== undefined && rightAt !== undefined && rightAt < leftAt;
    return isRight ? left + 1 : left;
  }

  #put(index: number, key: K, at: ElapsedMs): void {
    this.#keys[index] = key;
    this.#moments[index] = at;
  }
}

/** The earlier of two moments; undefined: never. */
export function sooner(
  left: ElapsedMs | undefined,
  right: ElapsedMs | undefined,
): ElapsedMs | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return left < right ? left : right;
}

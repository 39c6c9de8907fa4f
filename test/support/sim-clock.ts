/**
 * The simulated clock: what is to happen, in order of its moment, and of being asked for within one moment.
 *
 * Elapsed time moves from one happening to the next; wall time is elapsed time and an offset that faults change.
 */
import { elapsedMs, type ElapsedMs, type WallMs, wallMs } from "../../src/base/time.ts";

interface Happening {
  readonly at: number;
  readonly number: number;
  readonly happen: () => void;
}

export class SimClock {
  readonly #heap: Happening[] = [];
  #elapsed = 0;
  #number = 0;
  /** The wall clock's distance; jumps change it. */
  wallOffsetMs = Date.UTC(2026, 0, 1);
  /** Happenings so far: what `--step` counts. */
  steps = 0;

  get elapsed(): ElapsedMs {
    return elapsedMs(this.#elapsed);
  }

  get wall(): WallMs {
    return wallMs(Math.floor(this.#elapsed + this.wallOffsetMs));
  }

  after(ms: number, happen: () => void): void {
    this.at(this.#elapsed + ms, happen);
  }

  /** At that very moment of elapsed time, or now when it is past: sums of waits are not exact. */
  at(moment: number, happen: () => void): void {
    this.#number += 1;
    push(this.#heap, { at: Math.max(moment, this.#elapsed), number: this.#number, happen });
  }

  /** The next thing happens; false when there is none before `until`. */
  step(until: number): boolean {
    const first = this.#heap[0];
    if (first === undefined || first.at > until) {
      this.#elapsed = Math.max(this.#elapsed, until);
      return false;
    }
    pop(this.#heap);
    this.#elapsed = first.at;
    this.steps += 1;
    first.happen();
    return true;
  }
}

function isBefore(left: Happening, right: Happening): boolean {
  return left.at < right.at || (left.at === right.at && left.number < right.number);
}

function push(heap: Happening[], item: Happening): void {
  let index = heap.length;
  while (index > 0) {
    const parentIndex = (index - 1) >> 1;
    const parent = heap[parentIndex];
    if (parent === undefined || !isBefore(item, parent)) break;
    heap[index] = parent;
    index = parentIndex;
  }
  heap[index] = item;
}

function pop(heap: Happening[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    const left = heap[2 * index + 1];
    const right = heap[2 * index + 2];
    if (left === undefined) break;
    const isRight = right !== undefined && isBefore(right, left);
    const child = isRight ? right : left;
    if (!isBefore(child, last)) break;
    heap[index] = child;
    index = 2 * index + (isRight ? 2 : 1);
  }
  heap[index] = last;
}

/** Deadlines behave as a table searched from end to end would, and stay small. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Deadlines, sooner } from "../../src/base/deadlines.ts";
import { elapsedMs } from "../../src/base/time.ts";

type Step =
  | { readonly kind: "set"; readonly key: number; readonly at: number }
  | { readonly kind: "clear"; readonly key: number }
  | { readonly kind: "take"; readonly now: number };

const key = fc.integer({ min: 0, max: 9 });
const moment = fc.integer({ min: 0, max: 30 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), key, at: moment }),
  fc.record({ kind: fc.constant("clear" as const), key }),
  fc.record({ kind: fc.constant("take" as const), now: moment }),
);

function takeFromTable(table: Map<number, number>, now: number): [number, number][] {
  const due = [...table].filter(([, at]) => at <= now);
  for (const [dueKey] of due) table.delete(dueKey);
  return due;
}

test("any steps give what a plain table gives, soonest first, with few stale entries", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const deadlines = new Deadlines<number>();
      const table = new Map<number, number>();
      for (const one of steps) {
        if (one.kind === "set") {
          deadlines.set(one.key, elapsedMs(one.at));
          table.set(one.key, one.at);
        } else if (one.kind === "clear") {
          deadlines.clear(one.key);
          table.delete(one.key);
        } else {
          const before = new Map(table);
          const taken = deadlines.take(elapsedMs(one.now));
          const due = takeFromTable(table, one.now);
          expect(new Set(taken)).toEqual(new Set(due.map(([dueKey]) => dueKey)));
          expect(taken.length).toBe(due.length);
          const moments = taken.map((takenKey) => before.get(takenKey) ?? -1);
          expect(moments).toEqual(moments.toSorted((left, right) => left - right));
        }
        expect(deadlines.size).toBe(table.size);
        expect(deadlines.heapSize).toBeLessThanOrEqual(2 * table.size + 16);
        const soonest = table.size === 0 ? undefined : elapsedMs(Math.min(...table.values()));
        expect(deadlines.next()).toBe(soonest);
      }
    }),
    { numRuns: 300 },
  );
});

test("a key set again and again leaves no trail", () => {
  const deadlines = new Deadlines<string>();
  for (let at = 0; at < 10_000; at += 1) deadlines.set("ann", elapsedMs(at));
  expect(deadlines.heapSize).toBeLessThanOrEqual(18);
  expect(deadlines.take(elapsedMs(9_998))).toEqual([]);
  expect(deadlines.take(elapsedMs(9_999))).toEqual(["ann"]);
});

test("keys that are cleared leave no trail", () => {
  const deadlines = new Deadlines<number>();
  for (let index = 0; index < 1000; index += 1) deadlines.set(index, elapsedMs(index));
  for (let index = 0; index < 1000; index += 1) deadlines.clear(index);
  expect(deadlines.heapSize).toBeLessThanOrEqual(16);
  expect(deadlines.next()).toBeUndefined();
});

test("a moment that comes back counts once", () => {
  const deadlines = new Deadlines<string>();
  for (const at of [5, 7, 5]) deadlines.set("ann", elapsedMs(at));
  expect(deadlines.take(elapsedMs(10))).toEqual(["ann"]);
  expect(deadlines.take(elapsedMs(10))).toEqual([]);
});

test("the sooner of two moments, either of which may never come", () => {
  const [early, late] = [elapsedMs(1), elapsedMs(2)];
  expect([sooner(early, late), sooner(late, early)]).toEqual([early, early]);
  expect([sooner(undefined, late), sooner(early, undefined)]).toEqual([late, early]);
  expect(sooner(undefined, undefined)).toBeUndefined();
});

test("of what is due the soonest are taken first, and no more than was asked for", () => {
  const deadlines = new Deadlines<string>();
  for (const [key, at] of [
    ["c", 3],
    ["a", 1],
    ["b", 2],
  ] as const)
    deadlines.set(key, elapsedMs(at));
  expect(deadlines.take(elapsedMs(9), 2)).toEqual(["a", "b"]);
  expect(deadlines.next()).toBe(elapsedMs(3));
  expect(deadlines.take(elapsedMs(9), 2)).toEqual(["c"]);
});

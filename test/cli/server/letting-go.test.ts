/** Letting go: memory is collected when a rush is over, once, and never while it goes on. */
import { expect, test } from "bun:test";
import { LettingGo, rushMin, stillLooksMax, stillMax } from "../../../src/cli/server/letting-go.ts";

/** How often it is collected when so many come or go between one look and the next. */
function collections(movements: readonly number[], size = 0): number {
  let count = 0;
  const lettingGo = new LettingGo({ size: () => size, collect: () => (count += 1) });
  for (const moved of movements) {
    for (let each = 0; each < moved; each += 1) lettingGo.moved();
    lettingGo.look();
  }
  return count;
}

test("when a rush is over it is collected, once", () => {
  expect(collections([rushMin, 0, 0, 0])).toBe(1);
  expect(collections([rushMin, stillMax, 0])).toBe(1);
  expect(collections([rushMin, 0, rushMin, 0])).toBe(2);
});

test("while it goes on nothing is collected", () => {
  expect(collections([rushMin, stillMax + 1, rushMin])).toBe(0);
});

test("a few who come and go are no rush, and many are only many beside those who are there", () => {
  expect(collections([rushMin - 1, 0, 0])).toBe(0);
  expect(collections([rushMin, 0, 0], 9_000)).toBe(0);
  expect(collections([4_500, 0], 9_000)).toBe(1);
});

test("those who come and go all day never become a rush", () => {
  const looks = Math.ceil(rushMin / stillMax) + stillLooksMax;
  expect(collections(Array.from({ length: looks }, () => stillMax))).toBe(0);
});

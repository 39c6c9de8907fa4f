/**
 * Bucket: what is there, what is owed, and how it fills up again.
 */
import { expect, test } from "bun:test";
import { Bucket } from "../../src/auth/bucket.ts";
import { elapsedMs } from "../../src/base/time.ts";

const size = { capacity: 2, refillMs: 100, owedMax: 3 };

test("as many as fit are there at once; what is taken beyond is owed, up to a limit", () => {
  const bucket = new Bucket(size, elapsedMs(0));
  const taken = Array.from({ length: 7 }, () => bucket.take(elapsedMs(0)));
  expect(taken).toEqual([0, 0, 1, 2, 3, 3, 3]);
});

test("what is owed is filled up first, one each so often, and never more than fits", () => {
  const bucket = new Bucket(size, elapsedMs(0));
  for (let count = 0; count < 5; count += 1) bucket.take(elapsedMs(0)); // three are owed
  expect(bucket.take(elapsedMs(200))).toBe(2);
  expect(bucket.take(elapsedMs(500))).toBe(0);
  const later = elapsedMs(1_000_000);
  expect([bucket.take(later), bucket.take(later), bucket.take(later)]).toEqual([0, 0, 1]);
});

test("what is only taken if it is there is never owed", () => {
  const bucket = new Bucket(size, elapsedMs(0));
  const taken = Array.from({ length: 4 }, () => bucket.takeIfThere(elapsedMs(0)));
  expect(taken).toEqual([true, true, false, false]);
  expect([bucket.takeIfThere(elapsedMs(99)), bucket.takeIfThere(elapsedMs(100))]).toEqual([
    false,
    true,
  ]);
});

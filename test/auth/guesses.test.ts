/**
 * Guesses: how long a "wrong" takes, and when there were too many.
 */
import { expect, test } from "bun:test";
import { Guesses } from "../../src/auth/guesses.ts";
import { elapsedMs } from "../../src/base/time.ts";

const start = elapsedMs(0);

test("five are told at once, then after 2, 4, 8 and always 15 seconds", () => {
  const guesses = new Guesses();
  const delays = Array.from({ length: 11 }, () => guesses.failed("ann", start).delayMs / 1_000);
  expect(delays).toEqual([0, 0, 0, 0, 0, 2, 4, 8, 15, 15, 15]);
  expect(guesses.failed("bob", start).delayMs).toBe(0);
});

test("one a minute is told at once", () => {
  const guesses = new Guesses();
  for (let minute = 0; minute < 100; minute += 1) {
    expect(guesses.failed("ann", elapsedMs(minute * 60_000)).delayMs).toBe(0);
  }
});

test("after quiet minutes it is told sooner again", () => {
  const guesses = new Guesses();
  for (let count = 0; count < 20; count += 1) guesses.failed("ann", start);
  expect(guesses.failed("ann", elapsedMs(2 * 60_000)).delayMs).toBe(8_000);
  expect(guesses.failed("ann", elapsedMs(10 * 60_000)).delayMs).toBe(0);
});

test("the 101st in a row is one too many, and only that one", () => {
  const guesses = new Guesses();
  const tooMany = Array.from({ length: 300 }, (_, index) => index + 1).filter(
    () => guesses.failed("ann", start).isTooMany,
  );
  expect(tooMany).toEqual([101]);
});

test("a right password between them begins the count anew, but is no way round the delay", () => {
  const guesses = new Guesses();
  for (let count = 0; count < 100; count += 1) guesses.failed("ann", start);
  guesses.succeeded("ann");
  expect(guesses.failed("ann", start)).toEqual({ delayMs: 15_000, isTooMany: false });
});

test("what is forgotten is as never tried", () => {
  const guesses = new Guesses();
  for (let count = 0; count < 100; count += 1) guesses.failed("ann", start);
  guesses.forget("ann");
  expect(guesses.failed("ann", start)).toEqual({ delayMs: 0, isTooMany: false });
});

test("of 70,000 names the latest 65,536 are known", () => {
  const guesses = new Guesses();
  for (let index = 0; index < 70_000; index += 1) guesses.failed(`name${index}`, start);
  expect(guesses.size).toBe(65_536);
});

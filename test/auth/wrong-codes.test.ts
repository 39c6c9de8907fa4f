/**
 * Wrong codes: how many may be tried, and how that is forgotten.
 */
import { expect, test } from "bun:test";
import { WrongCodes, wrongCodeForgottenMs, wrongCodesMax } from "../../src/auth/wrong-codes.ts";
import { accountId } from "../../src/base/ids.ts";
import { elapsedMs } from "../../src/base/time.ts";

const ann = accountId(7);

function guesses(codes: WrongCodes, account = ann): number {
  let count = 0;
  for (; codes.mayTry(account) && count < 1_000; count += 1) codes.wrong(account);
  return count;
}

test("so many may be wrong, then none is tried; one more after a while", () => {
  let now = 0;
  const codes = new WrongCodes(() => elapsedMs(now));
  expect(guesses(codes)).toBe(wrongCodesMax);
  expect(codes.mayTry(ann)).toBe(false);
  now += wrongCodeForgottenMs;
  expect(guesses(codes)).toBe(1);
  now += 100 * wrongCodeForgottenMs;
  expect(guesses(codes)).toBe(wrongCodesMax);
});

test("a right one forgives, and nobody pays for another account", () => {
  const codes = new WrongCodes(() => elapsedMs(0));
  guesses(codes);
  expect(codes.mayTry(accountId(8))).toBe(true);
  codes.right(ann);
  expect(guesses(codes)).toBe(wrongCodesMax);
});

test("beyond the accounts that are remembered the oldest is forgotten", () => {
  const codes = new WrongCodes(() => elapsedMs(0));
  guesses(codes);
  for (let id = 10; id < 10_010; id += 1) codes.wrong(accountId(id));
  expect(codes.mayTry(ann)).toBe(true);
});

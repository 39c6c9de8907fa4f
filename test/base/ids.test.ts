/** Ids are the numbers they were made from. */
import { expect, test } from "bun:test";
import {
  accountId,
  channelId,
  connectionId,
  isGuest,
  logId,
  nobody,
  questionId,
  serverAccount,
} from "../../src/base/ids.ts";

test("an id is its number", () => {
  const made: number[] = [accountId(7), channelId(7), connectionId(7), logId(-7), questionId(7)];
  expect(made).toEqual([7, 7, 7, -7, 7]);
});

test("the server's own account is number 0", () => {
  expect(serverAccount).toBe(accountId(0));
});

test("guests' numbers are below nobody's, under whose what they said is kept", () => {
  expect([-3, -2, nobody, 0, 1].map((id) => isGuest(accountId(id)))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

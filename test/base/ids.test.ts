/** Ids are the numbers they were made from. */
import { expect, test } from "bun:test";
import {
  accountId,
  channelId,
  connectionId,
  logId,
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

/** The meters of accounts: many sessions share one, and coming back is no way round it. */
import { expect, test } from "bun:test";
import { accountId } from "../../src/base/ids.ts";
import { elapsedMs } from "../../src/base/time.ts";
import { AccountMeters } from "../../src/server/account-meters.ts";
import { defaultLimits } from "../../src/server/settings.ts";
import { Chat } from "../support/chat.ts";

const limits = {
  flood: true,
  floodBurstLines: 10,
  floodLinesPerSecond: 10,
  floodAccountBurstLines: 15,
  floodAccountLinesPerSecond: 2,
};
const pings = Array.from({ length: 10 }, (_, index) => `PING ${index}`);

test("two sessions of one account have one budget, another account has its own", () => {
  const chat = new Chat({ limits });
  const [one, ben] = [chat.member("ann"), chat.member("ben")];
  const two = chat.member("ann");
  chat.passes(60_000);
  for (const person of [one, two, ben]) person.sees();
  one.sends(...pings);
  two.sends(...pings);
  ben.sends(...pings);
  expect([one, two, ben].map((person) => person.sees().length)).toEqual([10, 5, 10]);
  chat.passes(1_000);
  expect(two.sees()).toHaveLength(2);
});

test("who comes back has what their account has left", () => {
  const chat = new Chat({ limits });
  const one = chat.member("ann");
  chat.passes(60_000);
  one.sees();
  one.sends(...pings);
  one.drops();
  const again = chat.member("ann");
  again.sees();
  again.sends(...pings);
  // One of the five that are left is the line after which it is in.
  expect(again.sees()).toHaveLength(4);
});

test("before the login, and of guests, only the connection counts", () => {
  const chat = new Chat({ limits });
  const eve = chat.stranger();
  eve.sends(...pings);
  expect(eve.sees()).toHaveLength(10);
});

test("of 100,000 accounts that said something once, those that have just spoken are remembered", () => {
  const meters = new AccountMeters(defaultLimits);
  for (let number = 1; number <= 100_000; number += 1) {
    const now = elapsedMs(number * 10);
    const meter = meters.of(accountId(number), now);
    meter.take(now);
    expect(meters.of(accountId(number), now)).toBe(meter);
  }
  expect(meters.size).toBeLessThanOrEqual(1_025);
});

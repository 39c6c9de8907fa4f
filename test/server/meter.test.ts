/** The meter: so many lines at once, then so many a second; more waits, and nothing is dropped. */
import { expect, test } from "bun:test";
import { elapsedMs } from "../../src/base/time.ts";
import { Meter } from "../../src/server/meter.ts";
import { Chat, type Person } from "../support/chat.ts";

const limits = { flood: true, floodBurstLines: 3, floodLinesPerSecond: 2 };

function floods(person: Person, lines: number): void {
  for (let line = 1; line <= lines; line += 1) person.sends(`PING ${line}`);
}

test("a burst goes through, more is held, and comes in its time and order", () => {
  const chat = new Chat({ limits });
  const ann = chat.stranger();
  floods(ann, 5);
  expect(ann.sees()).toHaveLength(3);
  chat.passes(499);
  expect(ann.sees()).toEqual([]);
  chat.passes(1);
  expect(ann.sees()).toEqual([":server PONG server 4"]);
  chat.passes(500);
  expect(ann.sees()).toEqual([":server PONG server 5"]);
});

test("who was quiet has their burst again, and no more", () => {
  const chat = new Chat({ limits });
  const ann = chat.stranger();
  floods(ann, 3);
  chat.passes(20_000);
  ann.sees();
  floods(ann, 5);
  expect(ann.sees()).toHaveLength(3);
});

test.each([3_600_000, -3_600_000])("a wall clock set by %d ms changes nothing of it", (jump) => {
  const chat = new Chat({ limits });
  const ann = chat.stranger();
  floods(ann, 4);
  ann.sees();
  chat.wallJumps(jump);
  chat.passes(499);
  expect(ann.sees()).toEqual([]);
  chat.passes(1);
  expect(ann.sees()).toEqual([":server PONG server 4"]);
});

test("lines held by the meter pause the connection too", () => {
  const chat = new Chat({ limits: { ...limits, heldLinesMax: 2 } });
  const ann = chat.stranger();
  floods(ann, 6);
  expect(ann.isPaused).toBe(true);
  chat.passes(1_000);
  expect(ann.isPaused).toBe(false);
  chat.passes(500);
  expect(ann.sees()).toHaveLength(6);
});

test("one who floods does not slow another down", () => {
  const chat = new Chat({ limits });
  const [ann, bob] = [chat.stranger(), chat.stranger()];
  floods(ann, 10);
  bob.sends("PING 1");
  expect(bob.sees()).toHaveLength(1);
});

test("without the meter every line goes through at once", () => {
  const ann = new Chat({ limits: { ...limits, flood: false } }).stranger();
  floods(ann, 50);
  expect(ann.sees()).toHaveLength(50);
});

test("at the moment it names, a meter has a token", () => {
  const meter = new Meter(1, 3, elapsedMs(0));
  let now = elapsedMs(0);
  for (let taken = 0; taken < 1_000; taken += 1) {
    expect(meter.take(now)).toBe(true);
    now = meter.readyAt(now);
  }
  expect(now).toBeLessThanOrEqual(334_000);
});

test("what something costs beyond its token is a debt, and the next waits until it is paid", () => {
  const meter = new Meter(4, 2, elapsedMs(0));
  expect(meter.take(elapsedMs(0))).toBe(true);
  meter.charge(5, elapsedMs(0));
  expect(meter.readyAt(elapsedMs(0))).toBe(elapsedMs(1_500));
  expect(meter.isReady(elapsedMs(1_499))).toBe(false);
  expect(meter.take(elapsedMs(1_500))).toBe(true);
});

test("a debt is at most a burst, whatever it was for", () => {
  const meter = new Meter(4, 2, elapsedMs(0));
  meter.charge(1_000_000, elapsedMs(0));
  expect(meter.readyAt(elapsedMs(0))).toBe(elapsedMs(2_500));
  expect(meter.isFull(elapsedMs(3_999))).toBe(false);
  expect(meter.isFull(elapsedMs(4_000))).toBe(true);
});

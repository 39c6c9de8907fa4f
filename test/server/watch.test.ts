/** The watch: who does not log in, or says nothing, is not kept for ever. */
import { expect, test } from "bun:test";
import { Chat } from "../support/chat.ts";

test("who does not log in is closed after 30 seconds, though they trickle bytes", () => {
  const chat = new Chat();
  const stranger = chat.stranger();
  for (let second = 0; second < 29; second += 1) {
    stranger.sendsBytes(Buffer.from("x"));
    chat.passes(1_000);
  }
  chat.passes(999);
  expect(stranger.isClosed).toBe(false);
  chat.passes(1);
  expect(stranger.sees()).toEqual(["ERROR :Closing link: Registration timed out"]);
  expect(stranger.isClosed).toBe(true);
});

test("who is logged in is not closed by that deadline", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  chat.passes(40_000);
  expect(ann.isClosed).toBe(false);
});

test("who says nothing is pinged, and closed when nothing comes back", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  chat.passes(74_999);
  expect(ann.sees()).toEqual([]);
  chat.passes(1);
  expect(ann.sees()).toEqual(["PING server"]);
  chat.passes(29_999);
  expect(ann.isClosed).toBe(false);
  chat.passes(1);
  expect(ann.sees()).toEqual(["ERROR :Closing link: Ping timeout"]);
  expect(ann.isClosed).toBe(true);
});

test("who answers the PING stays, and is pinged again after as long a silence", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  chat.passes(75_000);
  ann.sends("PONG :server");
  ann.sees();
  chat.passes(74_999);
  expect(ann.sees()).toEqual([]);
  chat.passes(1);
  expect(ann.sees()).toEqual(["PING server"]);
});

test("who speaks is not pinged", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  for (let minute = 0; minute < 5; minute += 1) {
    chat.passes(60_000);
    ann.sends("PONG x");
  }
  expect(ann.sees()).toEqual([]);
});

test.each([86_400_000, -86_400_000])(
  "a wall clock set by %d ms closes nobody early or late",
  (jump) => {
    const chat = new Chat();
    const [ann, stranger] = [chat.member("ann"), chat.stranger()];
    chat.wallJumps(jump);
    chat.passes(29_999);
    expect(stranger.isClosed).toBe(false);
    chat.passes(1);
    expect(stranger.isClosed).toBe(true);
    chat.passes(45_000);
    expect(ann.sees()).toEqual(["PING server"]);
  },
);

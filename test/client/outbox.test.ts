/**
 * Saying something: acknowledged, refused, lost on the way and sent again, split, and without acknowledgement.
 */
import { expect, test } from "bun:test";
import { nonceTag } from "../../src/protocol/capabilities.ts";
import { everything, tagOf, Talk } from "./talk.ts";

const noncePattern = nonceTag.replace(/[+.]/g, "\\$&");

test("a message: is acknowledged by its echo, with the id, and shown once", () => {
  const talk = new Talk().comesOnline();
  talk.sees();
  talk.says("#room", "hello", "7");
  const [line] = talk.sees();
  expect(line).toEndWith(" PRIVMSG #room :hello");
  expect(tagOf(line, noncePattern)).toMatch(/^[a-z2-9]{16}$/);
  expect(talk.session.outstanding).toBe(1);
  talk.events();
  talk.hears(`@label=${tagOf(line, "label")};msgid=c1-1 :ann!a@h PRIVMSG #room :hello`);
  const events = talk.events();
  expect(events[0]).toEqual({ kind: "ack", ref: "7", id: "c1-1" });
  expect(talk.session.outstanding).toBe(0);
});

test("a message: is refused by a numeric with its label, and its text is kept", () => {
  const talk = new Talk().comesOnline();
  talk.sees();
  talk.says("#room", "hello", "7");
  const label = tagOf(talk.sees()[0], "label");
  talk.hears(`@label=${label} :srv 404 ann #room :Cannot send`);
  expect(talk.eventsOf("error")).toEqual([
    {
      kind: "error",
      ref: "7",
      code: "CANNOT_SEND",
      numeric: 404,
      text: "Cannot send",
      target: "#room",
      unsent: "hello",
    },
  ]);
  expect(talk.session.outstanding).toBe(0);
});

test("a message: is refused by FAIL with its label", () => {
  const talk = new Talk().comesOnline();
  talk.sees();
  talk.says("bob", "hello", "7");
  const label = tagOf(talk.sees()[0], "label");
  talk.hears(`@label=${label} FAIL PRIVMSG STORAGE_FULL bob :The disk is full`);
  expect(talk.eventsOf("error")).toMatchObject([{ ref: "7", code: "STORAGE_FULL" }]);
});

test("a message: without acknowledgement before a cut is sent again with its nonce, in order", () => {
  const talk = new Talk().comesOnline();
  talk.sees();
  for (const text of ["one", "two", "three"]) talk.says("#room", text);
  const before = talk.sees();
  talk.hears(`@label=${tagOf(before[0], "label")};msgid=c1-1 :ann!a@h PRIVMSG #room :one`);
  talk.loses().comesBack();
  talk.sees();
  talk.says("#room", "four");
  talk.isLetIn();
  const after = talk.sees().filter((line) => line.includes("PRIVMSG"));
  const nonces = (lines: readonly string[]): string[] =>
    lines.map((line) => tagOf(line, noncePattern));
  expect(after.map((line) => line.split(" :")[1])).toEqual(["two", "three", "four"]);
  expect(nonces(after).slice(0, 2)).toEqual(nonces(before).slice(1));
});

test("a message: only so many are on their way at once", () => {
  const talk = new Talk({ limits: { inFlightMax: 2 } }).comesOnline();
  talk.sees();
  for (const text of ["one", "two", "three"]) talk.says("#room", text);
  const lines = talk.sees();
  expect(lines).toHaveLength(2);
  talk.hears(`@label=${tagOf(lines[0], "label")};msgid=c1-1 :ann!a@h PRIVMSG #room :one`);
  expect(talk.sees().at(-1)).toEndWith(":three");
});

test("a message: beyond the outbox's limit is refused and not kept", () => {
  const talk = new Talk({ limits: { outboxMax: 2 } });
  for (const text of ["one", "two", "three"]) talk.says("#room", text, text);
  expect(talk.eventsOf("error")).toMatchObject([
    { ref: "three", code: "OUTBOX_FULL", unsent: "three" },
  ]);
  expect(talk.session.outstanding).toBe(2);
});

test("a message: of several lines is acknowledged when all of them are", () => {
  const talk = new Talk().comesOnline();
  talk.sees();
  talk.says("#room", "one\r\n\ntwo", "7");
  const [first, second] = talk.sees();
  talk.events();
  talk.hears(`@label=${tagOf(first, "label")};msgid=1 :ann!a@h PRIVMSG #room :one`);
  expect(talk.eventsOf("ack")).toEqual([]);
  talk.hears(`@label=${tagOf(second, "label")};msgid=2 :ann!a@h PRIVMSG #room :two`);
  expect(talk.eventsOf("ack")).toEqual([{ kind: "ack", ref: "7", id: "2" }]);
});

test("a message: that is long becomes lines that fit with the sender's name before them", () => {
  const talk = new Talk().comesOnline();
  talk.hears(`:ann!ann@${"h".repeat(60)} JOIN #room ann :ann`).sees();
  const text = "žluťoučký kůň ".repeat(100).trim();
  talk.says("#room", text);
  const lines = talk.sees().map((line) => line.slice(line.indexOf(" ") + 1));
  expect(lines.length).toBeGreaterThan(3);
  for (const line of lines) {
    const relayed = `:ann!ann@${"h".repeat(60)} ${line}\r\n`;
    expect(Buffer.byteLength(relayed)).toBeLessThanOrEqual(512);
  }
  expect(lines.map((line) => line.slice("PRIVMSG #room :".length)).join(" ")).toBe(text);
});

test("a message: to a target that is no word is refused here", () => {
  const talk = new Talk().comesOnline();
  talk.sees();
  talk.says("#a b", "x", "1").says("", "x", "2").says("a,b", "x", "3");
  expect(talk.eventsOf("error").map(({ code }) => code)).toEqual([
    "BAD_TARGET",
    "BAD_TARGET",
    "BAD_TARGET",
  ]);
  expect(talk.sees()).toEqual([]);
});

test("a message: that never got out is told as unsent when the session ends", () => {
  const talk = new Talk();
  talk.says("#room", "hello", "7").does({ kind: "quit" });
  expect(talk.eventsOf("error")).toMatchObject([{ ref: "7", code: "CLOSED", unsent: "hello" }]);
});

test("on other servers: without echo and labels it counts as sent when written, and is shown", () => {
  const talk = new Talk().comesOnline("sasl");
  talk.sees();
  talk.says("#room", "hello", "7");
  expect(talk.sees()).toEqual(["PRIVMSG #room :hello"]);
  const events = talk.events();
  expect(events).toContainEqual({ kind: "ack", ref: "7", id: undefined });
  expect(events.at(-1)).toMatchObject({ kind: "message", message: { isSelf: true } });
});

test("on other servers: without acknowledgement lines go out at a pace", () => {
  const talk = new Talk().comesOnline("sasl");
  talk.sees();
  for (let index = 0; index < 8; index += 1) talk.says("#room", `line ${index}`);
  expect(talk.sees()).toHaveLength(5);
  talk.waits(2_000);
  expect(talk.sees()).toHaveLength(1);
  talk.waits(4_000);
  expect(talk.sees()).toHaveLength(2);
  expect(talk.session.outstanding).toBe(0);
});

test("on other servers: with echo alone the echo's text acknowledges", () => {
  const talk = new Talk().comesOnline("sasl echo-message");
  talk.sees();
  talk.says("#room", "hello", "7").hears(":ann!a@h PRIVMSG #room :hello");
  expect(talk.eventsOf("ack")).toEqual([{ kind: "ack", ref: "7", id: undefined }]);
});

test("on other servers: with labels alone ACK acknowledges, and the message is shown", () => {
  const talk = new Talk().comesOnline("sasl batch message-tags labeled-response");
  talk.sees();
  talk.says("#room", "hello", "7");
  talk.events();
  talk.hears(`@label=${tagOf(talk.sees()[0], "label")} :srv ACK`);
  expect(talk.events().map(({ kind }) => kind)).toEqual(["ack", "message"]);
});

test("on other servers: without labels a refusal is for the first message to that target", () => {
  const talk = new Talk().comesOnline("sasl echo-message");
  talk.sees();
  talk.says("#a", "x", "1").says("#b", "y", "2").hears(":srv 404 ann #b :no");
  expect(talk.eventsOf("error")).toMatchObject([{ ref: "2", numeric: 404, unsent: "y" }]);
});

const multiline = `${everything} draft/multiline=max-bytes=100,max-lines=4`;

/** Online at a server that takes messages of several lines. */
function longTalk(): Talk {
  const talk = new Talk().comesOnline(multiline);
  talk.sees();
  return talk;
}

test("several lines: are one message where the server takes it, with one label, nonce and ack", () => {
  const talk = longTalk();
  talk.says("#room", "one\n\ntwo\r\nthree\n", "7");
  const lines = talk.sees();
  const label = tagOf(lines[0], "label");
  expect(lines.map((line) => line.replace(/^@\S*nonce=\S* /, "@… "))).toEqual([
    "@… BATCH +1 draft/multiline #room",
    "@batch=1 PRIVMSG #room :one",
    "@batch=1 PRIVMSG #room :",
    "@batch=1 PRIVMSG #room :two",
    "@batch=1 PRIVMSG #room :three",
    "BATCH -1",
  ]);
  talk.events();
  talk.hears(
    `@label=${label};msgid=c1-1 :ann!a@h BATCH +x draft/multiline #room`,
    ...["one", "", "two", "three"].map((text) => `@batch=x :ann!a@h PRIVMSG #room :${text}`),
    "BATCH -x",
  );
  expect(talk.events()).toMatchObject([
    { kind: "ack", ref: "7", id: "c1-1" },
    { kind: "message", message: { id: "c1-1", text: "one\n\ntwo\nthree", isSelf: true } },
  ]);
  expect(talk.session.outstanding).toBe(0);
});

test("several lines: are as many messages where there are more than the server takes in one", () => {
  const talk = longTalk();
  talk.says("#room", "1\n2\n3\n4\n5");
  expect(talk.sees().filter((line) => line.includes("BATCH"))).toEqual([]);
});

test("several lines: a refusal of the batch is of the whole text", () => {
  const talk = longTalk();
  talk.says("#room", "one\ntwo", "7");
  const label = tagOf(talk.sees()[0], "label");
  talk.hears(`@label=${label} FAIL BATCH MULTILINE_MAX_BYTES 5 :Too much`);
  expect(talk.eventsOf("error")).toMatchObject([
    { ref: "7", code: "MULTILINE_MAX_BYTES", unsent: "one\ntwo" },
  ]);
  expect(talk.session.outstanding).toBe(0);
});

test("several lines: are sent again whole with their nonce, or line by line where that is not taken", () => {
  const talk = longTalk();
  talk.says("#room", "one\n\ntwo", "7");
  const nonce = tagOf(talk.sees()[0], noncePattern);
  talk.loses().comesBack().isLetIn(multiline);
  const again = talk.sees().filter((line) => line.includes(" BATCH +"));
  expect(again.map((line) => tagOf(line, noncePattern))).toEqual([nonce]);
  talk.loses().comesBack().isLetIn();
  const lines = talk.sees().filter((line) => line.includes("PRIVMSG"));
  expect(lines.map((line) => line.replace(/^.* :?/, ""))).toEqual(["one", "two"]);
  talk.events();
  for (const line of lines) talk.hears(`@label=${tagOf(line, "label")} :srv ACK`);
  expect(talk.eventsOf("ack")).toMatchObject([{ ref: "7" }]);
});

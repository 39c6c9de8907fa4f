/** Replies: each can be written as one line, and is what its kind promises. */
import { expect, test } from "bun:test";
import { parseMessage, writeMessage } from "../../src/protocol/message.ts";
import { refusals, replies, type Refusal, type Reply } from "../../src/protocol/replies.ts";

type Maker<T> = (...words: string[]) => T;

function made<T>(table: Record<string, (...words: never[]) => T>): [string, T][] {
  return Object.entries(table).map(([name, make]) => {
    const maker = make as Maker<T>; // what takes words is given words; the others are not in the table
    return [name, maker(...Array.from({ length: make.length }, (_, index) => `word${index}`))];
  });
}

function written({ command, params, isNumeric, source = "server" }: Reply): string {
  return writeMessage({
    source: source === "" ? undefined : source,
    command,
    params: isNumeric ? ["nick", ...params] : params,
  });
}

test.each(made<Refusal>(refusals))("%s is one line with its text last", (_name, refusal) => {
  expect(refusal.isRefusal).toBe(true);
  const parsed = parseMessage(written(refusal));
  expect(parsed.ok && parsed.value.command).toBe(refusal.command);
  expect(refusal.command).toMatch(/^(?:[4-9]\d\d|FAIL)$/);
});

test.each(made<Refusal>(refusals).filter(([, refusal]) => refusal.command === "FAIL"))(
  "%s has a command, a code in capitals and a description",
  (_name, { params, isNumeric }) => {
    expect(isNumeric).toBe(false);
    expect(params.length).toBeGreaterThanOrEqual(3);
    expect(params[0]).toMatch(/^(?:\*|[A-Z]+|word0)$/);
    expect(params[1]).toMatch(/^[A-Z]+(?:_[A-Z0-9]+)*$/);
  },
);

/** Their arguments are not all words. */
const notFromWords = new Set(["historyLine", "isupport", "channelMode", "who", "ownLine"]);
const wordReplies = Object.fromEntries(
  Object.entries(replies).filter(([name]) => !notFromWords.has(name)),
);

test.each(made<Reply>(wordReplies))("%s is one line", (_name, reply) => {
  const parsed = parseMessage(written(reply));
  expect(parsed.ok && parsed.value.command).toBe(reply.command);
});

test("a full line of ISUPPORT has the fifteen parameters there may be", () => {
  const tokens = Array.from({ length: 13 }, (_, index) => `T${index}`);
  const parsed = parseMessage(written(replies.isupport(tokens)));
  expect(parsed.ok && parsed.value.params).toEqual([
    "nick",
    ...tokens,
    "are supported by this server",
  ]);
});

test("CAP says with a star that more is to come", () => {
  expect(written(replies.capList("ann", "LS", "sasl", true))).toBe(":server CAP ann LS * :sasl");
  expect(written(replies.capList("*", "LS", "", false))).toBe(":server CAP * LS :");
});

test("AUTHENTICATE, PING and ERROR come without a source", () => {
  expect(written(replies.authenticate("+"))).toBe("AUTHENTICATE +");
  expect(written(replies.ping("x"))).toBe("PING x");
  expect(written(replies.error("Closing"))).toBe("ERROR :Closing");
});

test("a line of history is as it was said, with its tags", () => {
  const tags = new Map([["msgid", "c1-1"]]);
  const reply = replies.historyLine(
    { source: "ann!a@h", command: "PRIVMSG", params: ["#a", "hi"] },
    tags,
  );
  expect(written(reply)).toBe(":ann!a@h PRIVMSG #a :hi");
  expect(reply.tags).toBe(tags);
});

/**
 * The feed and the log: sentences for people, JSON for programs, and what is never in either.
 */
import { expect, test } from "bun:test";
import fastCheck from "fast-check";
import { connectionId } from "../../../src/base/ids.ts";
import { wallMs } from "../../../src/base/time.ts";
import { type FeedOptions, noteRecord } from "../../../src/cli/server/feed.ts";
import {
  createLog,
  escapeJson,
  type LogForm,
  type LogRecord,
} from "../../../src/cli/server/log.ts";
import { type Note } from "../../../src/server/notes.ts";

const onTerminal: FeedOptions = {
  showsText: true,
  showsConnections: false,
  serverName: "chat.example",
};
const inFile: FeedOptions = { ...onTerminal, showsText: false, showsConnections: true };

const noon = wallMs(Date.UTC(2026, 10, 25, 12, 0, 0, 120));

function lines(form: LogForm, records: readonly LogRecord[], level: "info" | "debug" = "info") {
  const printed: string[] = [];
  const log = createLog({ form, level, print: (line) => printed.push(line), now: () => noon });
  for (const record of records) log.write(record);
  return printed;
}

function sentence(note: Note, options = onTerminal): string {
  return noteRecord(note, options).sentence;
}

function json(note: Note, options = inFile): unknown {
  const [line = ""] = lines("json", [noteRecord(note, options)], "debug");
  return JSON.parse(line);
}

const roomMessage: Note = {
  event: "message.channel",
  channel: "#general",
  from: "ann",
  text: "good morning",
  isNotice: false,
};

test("people read what is said in rooms and to the server, and of private messages a size", () => {
  expect(sentence(roomMessage)).toBe("#general <ann> good morning");
  expect(sentence({ event: "message.server", from: "ann", text: "hello" })).toBe(
    "ann -> chat.example: hello",
  );
  expect(sentence({ event: "message.private", from: "ann", to: "bob", bytes: 41 })).toBe(
    "ann -> bob (private, 41 bytes)",
  );
});

test("who asks for an account is shown with the words that decide", () => {
  expect(sentence({ event: "account.asked", account: "ann", address: "203.0.113.7" })).toBe(
    "ann asks for an account, from 203.0.113.7; type  approve ann  or  reject ann",
  );
});

test.each([
  [{ event: "account.added", account: "ann", by: "root" }, "ann was added by root"],
  [
    { event: "account.password", account: "ann", by: "root" },
    "ann has a new password, set by root",
  ],
  [{ event: "account.disabled", account: "ann", by: "root" }, "ann was disabled by root"],
  [{ event: "account.enabled", account: "ann", by: "root" }, "ann was enabled by root"],
  [
    { event: "account.expires", account: "ann", at: undefined, by: "root" },
    "ann expires never, by root",
  ],
  [
    { event: "account.expires", account: "ann", at: "2026-01-01T00:00:00.000Z", by: "root" },
    "ann expires at 2026-01-01T00:00:00.000Z, by root",
  ],
  [{ event: "account.deleted", account: "ann", by: "root" }, "ann was deleted by root"],
  [
    {
      event: "invitation.made",
      invitation: "12345678",
      purpose: "member",
      label: "bob",
      uses: 2,
      expires: "2026-01-01T00:00:00.000Z",
      by: "root",
    },
    "root made the invitation 12345678 (bob) (member, 2 in all, until 2026-01-01T00:00:00.000Z)",
  ],
  [
    { event: "invitation.used", invitation: "12345678", label: "", account: "bob", left: 1 },
    "bob used the invitation 12345678; 1 left",
  ],
  [
    { event: "invitation.revoked", invitation: "12345678", label: "", by: "root" },
    "root took the invitation 12345678 back",
  ],
  [
    { event: "invitation.expired", invitation: "12345678", label: "" },
    "the invitation 12345678 has expired",
  ],
] as const satisfies readonly (readonly [Note, string])[])("%j is told", (note, told) => {
  expect(sentence(note)).toBe(told);
});

test("a sentence stands behind the time and the level", () => {
  expect(lines("text", [noteRecord(roomMessage, onTerminal)])[0]).toMatch(
    /^\d\d:\d\d:00 info  #general <ann> good morning$/,
  );
});

test("in a file a message is a size, unless its text was asked for", () => {
  expect(json(roomMessage)).toEqual({
    ts: "2026-11-25T12:00:00.120Z",
    level: "info",
    event: "message.channel",
    channel: "#general",
    from: "ann",
    isNotice: false,
    bytes: 12,
  });
  expect(json(roomMessage, { ...inFile, showsText: true })).toMatchObject({
    text: "good morning",
  });
});

test("reasons and topics are what people wrote, and sizes in a file like messages", () => {
  const left: Note = { event: "channel.left", channel: "#a", nick: "ann", reason: "my secret" };
  const topic: Note = { event: "channel.topic", channel: "#a", by: "ann", text: "my secret" };
  for (const note of [left, topic]) {
    expect(JSON.stringify(json(note))).not.toContain("my secret");
    expect(sentence(note, inFile)).not.toContain("my secret");
    expect(sentence(note)).toContain("my secret");
  }
});

test("of a noted line, what is said in private is left out, even where texts are shown", () => {
  const line = (text: string): Note => ({
    event: "line",
    connection: connectionId(7),
    direction: "in",
    line: text,
  });
  const all = { ...inFile, showsText: true };
  for (const text of [
    "PRIVMSG bob :my secret",
    "@label=1;+reply=x :ann!a@h notice bob :my secret",
    "TAGMSG bob",
  ]) {
    expect(JSON.stringify(json(line(text), all))).not.toContain("secret");
  }
  expect(json(line("PRIVMSG #room :hello"), all)).toMatchObject({ line: "PRIVMSG #room :hello" });
  expect(json(line("PRIVMSG #room :hello"))).toMatchObject({ line: "PRIVMSG #room (5 bytes)" });
  expect(json(line("JOIN #room"))).toMatchObject({ line: "JOIN #room" });
});

test("connections nobody logs in on are for files and for --log debug", () => {
  const opened: Note = {
    event: "connection.opened",
    connection: connectionId(1),
    address: "::1",
  };
  expect(lines("text", [noteRecord(opened, onTerminal)])).toEqual([]);
  expect(lines("text", [noteRecord(opened, onTerminal)], "debug")).toHaveLength(1);
  expect(lines("json", [noteRecord(opened, inFile)])).toHaveLength(1);
});

test("a hundred equal lines are a hundred lines", () => {
  const records = Array.from({ length: 100 }, () => noteRecord(roomMessage, onTerminal));
  expect(lines("text", records)).toHaveLength(100);
});

test("nothing of the network's text reaches a terminal as anything but text", () => {
  const hostile = "\x1b]0;owned\x07\x9b2J\u202egnp.exe\u2028\r\n";
  const note: Note = { ...roomMessage, text: hostile };
  const [line = ""] = lines("text", [noteRecord(note, onTerminal)]);
  expect(line).not.toMatch(/[\p{Cc}\u202e\u2028]/u);
  const [object = ""] = lines("json", [noteRecord(note, { ...inFile, showsText: true })]);
  expect(object).not.toMatch(/[\p{Cc}\p{Cf}\u2028]/u);
  expect(JSON.parse(object)).toMatchObject({ text: hostile });
});

test("escaped JSON reads back as what it was and is one harmless line", () => {
  fastCheck.assert(
    fastCheck.property(fastCheck.string({ unit: "binary" }), (text) => {
      const escaped = escapeJson(JSON.stringify({ text }));
      expect(JSON.parse(escaped)).toEqual({ text });
      expect(escaped).not.toMatch(/[\p{Cc}\u200b-\u200f\u2028-\u202e\u2066-\u2069]/u);
    }),
  );
});

test("what becomes of an account's ways in is told in words", () => {
  const ann = { account: "ann", by: "root" };
  const told = [
    sentence({ event: "account.strict", isStrict: true, ...ann }),
    sentence({ event: "account.strict", isStrict: false, ...ann }),
    sentence({ event: "app-password.added", label: "irssi", ...ann }),
    sentence({ event: "app-password.removed", number: 7, ...ann }),
    sentence({ event: "device.remembered", account: "ann", number: 3, address: "192.0.2.1" }),
    sentence({ event: "device.forgotten", number: 3, ...ann }),
    sentence({ event: "totp.on", ...ann }),
    sentence({ event: "totp.off", ...ann }),
    sentence({ event: "totp.recovery", ...ann }),
  ];
  expect(told).toEqual([
    "ann is strict now, by root",
    "ann is no longer strict, by root",
    "ann has an app password for irssi",
    "app password 7 of ann was taken away",
    "device 3 of ann at 192.0.2.1 is remembered",
    "device 3 of ann was logged out by root",
    "ann has a second factor now",
    "ann has no second factor any more, by root",
    "ann has new recovery codes",
  ]);
});

test("who is throttled, and which account is locked, is told with what to do", () => {
  const address = "192.0.2.1";
  const connection = connectionId(1);
  const mechanism = "PLAIN";
  expect(sentence({ event: "login.throttled", connection, address, mechanism, seconds: 12 })).toBe(
    "login refused from 192.0.2.1 (PLAIN): too many were wrong; none is looked at for 12 s",
  );
  expect(sentence({ event: "account.locked", account: "ann", address })).toBe(
    "ann is locked against strangers after too many wrong passwords, the last from 192.0.2.1; " +
      "type  unlock ann  to end it",
  );
  expect(sentence({ event: "account.unlocked", account: "ann", by: "olga" })).toBe(
    "ann was unlocked by olga",
  );
  expect(json({ event: "account.locked", account: "ann", address })).toMatchObject({
    level: "warn",
  });
});

/** BATCH from clients and draft/multiline: a message of several lines, as it is sent, seen, kept and refused. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseMessage } from "../../../src/protocol/message.ts";
import { concatTag, type WireLine } from "../../../src/protocol/multiline.ts";
import { Chat, type ChatOptions, type Person } from "../../support/chat.ts";

const wire = ["batch", "draft/multiline", "message-tags"];

interface Room {
  readonly chat: Chat;
  /** Speaks, and hears herself. */
  readonly ann: Person;
  /** Has multiline. */
  readonly bob: Person;
  /** Has not. */
  readonly cem: Person;
}

function room(options: ChatOptions = {}, ...more: readonly string[]): Room {
  const chat = new Chat(options);
  const ann = chat.member("ann", ...wire, "echo-message", "labeled-response", ...more);
  const bob = chat.member("bob", ...wire, ...more);
  const cem = chat.member("cem", ...more);
  for (const person of [ann, bob, cem]) person.sends("JOIN #room");
  for (const person of [ann, bob, cem]) person.sees();
  return { chat, ann, bob, cem };
}

function batch(...lines: readonly string[]): string[] {
  return ["BATCH +1 draft/multiline #room", ...lines.map((line) => `@batch=1 ${line}`), "BATCH -1"];
}

const example = [
  "@label=x BATCH +123 draft/multiline #room",
  "@batch=123 PRIVMSG #ROOM hello",
  "@batch=123 privmsg #room :how is ",
  "@batch=123;draft/multiline-concat PRIVMSG #room :everyone?",
  "BATCH -123",
];

test("who has multiline is shown one batch, the others its lines, and the sender one answer", () => {
  const { ann, bob, cem } = room();
  ann.sends(...example);
  const lines = (reference: string) => [
    `@batch=${reference} :ann!ann@server PRIVMSG #room :hello`,
    `@batch=${reference} :ann!ann@server PRIVMSG #room :how is `,
    `@batch=${reference};draft/multiline-concat :ann!ann@server PRIVMSG #room :everyone?`,
    `:server BATCH -${reference}`,
  ];
  expect(bob.sees()).toEqual([
    "@msgid=c1-4 :ann!ann@server BATCH +1 draft/multiline #room",
    ...lines("1"),
  ]);
  expect(cem.sees()).toEqual([
    ":ann!ann@server PRIVMSG #room :hello",
    ":ann!ann@server PRIVMSG #room :how is ",
    ":ann!ann@server PRIVMSG #room :everyone?",
  ]);
  expect(ann.sees()).toEqual([
    "@label=x;msgid=c1-4 :ann!ann@server BATCH +2 draft/multiline #room",
    ...lines("2"),
  ]);
});

test("without batch, multiline is lines, and the id is on the first of them alone", () => {
  const { chat, ann } = room({}, "account-tag", "server-time");
  const dan = chat.member("dan", "draft/multiline", "message-tags", "account-tag", "server-time");
  dan.sends("JOIN #room");
  dan.sees();
  ann.sends("@+reply=c1-1;x=1 BATCH +1 draft/multiline #room");
  ann.sends("@batch=1 NOTICE #room :", "@batch=1 NOTICE #room :a", "@batch=1 NOTICE #room :b");
  ann.sends("BATCH -1");
  const time = "2026-01-01T00:00:00.000Z";
  expect(dan.sees()).toEqual([
    `@time=${time};msgid=c1-5;+reply=c1-1;account=ann :ann!ann@server NOTICE #room :a`,
    `@time=${time};+reply=c1-1;account=ann :ann!ann@server NOTICE #room :b`,
  ]);
});

test("tags of the message are on the opening of the batch, as others are shown it", () => {
  const { ann, bob } = room({}, "account-tag", "server-time");
  ann.sends("@+draft/reply=c1-1;x=1 BATCH +1 draft/multiline #room");
  ann.sends("@batch=1 PRIVMSG #room :a", "@batch=1 PRIVMSG #room :b", "BATCH -1");
  expect(bob.sees().slice(0, 2)).toEqual([
    "@time=2026-01-01T00:00:00.000Z;msgid=c1-4;+draft/reply=c1-1;account=ann :ann!ann@server BATCH +1 draft/multiline #room",
    "@batch=1 :ann!ann@server PRIVMSG #room :a",
  ]);
});

test("blank lines are shown in the batch only", () => {
  const { ann, bob, cem } = room();
  ann.sends(...batch("PRIVMSG #room :", "PRIVMSG #room :a", "PRIVMSG #room :", "PRIVMSG #room :b"));
  expect(bob.sees().map((line) => line.replace(/^.* :?/, ""))).toHaveLength(6);
  expect(cem.sees()).toEqual([
    ":ann!ann@server PRIVMSG #room :a",
    ":ann!ann@server PRIVMSG #room :b",
  ]);
});

test("a batch of one line is that line", () => {
  const { ann, bob } = room();
  ann.sends("@label=y BATCH +1 draft/multiline #room", "@batch=1 PRIVMSG #room :Hi", "BATCH -1");
  expect(ann.sees()).toEqual(["@label=y;msgid=c1-4 :ann!ann@server PRIVMSG #room :Hi"]);
  expect(bob.sees()).toEqual(["@msgid=c1-4 :ann!ann@server PRIVMSG #room :Hi"]);
});

test("without echo the sender is answered by ACK when the batch is closed, and not before", () => {
  const chat = new Chat();
  const ann = chat.member("ann", ...wire, "labeled-response");
  chat.member("bob");
  ann.sends("@label=x BATCH +1 draft/multiline bob", "@batch=1 PRIVMSG bob :a");
  expect(ann.sees()).toEqual([]);
  ann.sends("@batch=1 PRIVMSG bob :b", "BATCH -1");
  expect(ann.sees()).toEqual(["@label=x :server ACK"]);
});

test("an answer of several parts is one batch with the label, the message a batch in it", () => {
  const { chat, ann } = room();
  chat.hasAccount("dan");
  ann.sends("@label=x BATCH +1 draft/multiline dan");
  ann.sends("@batch=1 PRIVMSG dan :a", "@batch=1 PRIVMSG dan :b", "BATCH -1");
  expect(ann.sees()).toEqual([
    "@label=x :server BATCH +1 labeled-response",
    "@batch=1;msgid=p1-1 :ann!ann@server BATCH +2 draft/multiline dan",
    "@batch=2 :ann!ann@server PRIVMSG dan :a",
    "@batch=2 :ann!ann@server PRIVMSG dan :b",
    "@batch=1 :server BATCH -2",
    "@batch=1 :server 301 ann dan :is not connected; your message is kept",
    ":server BATCH -1",
  ]);
});

test("it is kept as one message, and read again as one, after a restart too", () => {
  const { chat, ann } = room();
  ann.sends(...example);
  const after = chat.restarts();
  const bob = after.member("bob", ...wire, "draft/chathistory");
  bob.sends("CHATHISTORY LATEST #room * 1");
  expect(bob.sees()).toEqual([
    "@draft/chathistory-end :server BATCH +1 chathistory #room",
    "@batch=1;msgid=c1-4 :ann!ann@server BATCH +2 draft/multiline #room",
    "@batch=2 :ann!ann@server PRIVMSG #room :hello",
    "@batch=2 :ann!ann@server PRIVMSG #room :how is ",
    "@batch=2;draft/multiline-concat :ann!ann@server PRIVMSG #room :everyone?",
    "@batch=1 :server BATCH -2",
    ":server BATCH -1",
  ]);
  const cem = after.member("cem", "message-tags");
  cem.sends("CHATHISTORY LATEST #room * 1");
  expect(cem.sees()).toEqual([
    "@msgid=c1-4 :ann!ann@server PRIVMSG #room :hello",
    ":ann!ann@server PRIVMSG #room :how is ",
    ":ann!ann@server PRIVMSG #room :everyone?",
  ]);
});

/** The lines of the messages among these, as they go together. */
function linesIn(shown: readonly string[]): WireLine[] {
  return shown.flatMap((line) => {
    const parsed = parseMessage(line);
    if (!parsed.ok || parsed.value.command !== "PRIVMSG") return [];
    const { tags, params } = parsed.value;
    return [{ text: params[1] ?? "", isContinuation: tags.has(concatTag) }];
  });
}

test("whatever its lines are, live and from history it is the same, and others miss only what is blank", () => {
  const { ann, bob, cem } = room();
  const text = fc
    .string({ unit: "grapheme", maxLength: 30 })
    .map((any) => any.replace(/[\r\n\0]/g, ""));
  const lines = fc
    .array(fc.record({ text, isContinuation: fc.boolean() }), { minLength: 1, maxLength: 12 })
    .map((any) =>
      any.map((line, index) => ({
        text: line.text,
        isContinuation: line.isContinuation && index > 0 && line.text !== "",
      })),
    )
    .filter((any) => any.some((line) => line.text !== ""));
  fc.assert(
    fc.property(lines, (sent) => {
      ann.sends("BATCH +p draft/multiline #room");
      for (const line of sent) {
        const tag = line.isContinuation ? `;${concatTag}` : "";
        ann.sends(`@batch=p${tag} PRIVMSG #room :${line.text}`);
      }
      ann.sends("BATCH -p");
      ann.sees();
      expect(linesIn(bob.sees())).toEqual(sent);
      const texts = sent.map((line) => line.text).filter((one) => one !== "");
      expect(linesIn(cem.sees()).map((line) => line.text)).toEqual(texts);
      bob.sends("CHATHISTORY LATEST #room * 1");
      expect(linesIn(bob.sees())).toEqual(sent);
    }),
  );
});

test("sent again with its nonce it is kept once, and answered with the first one's place", () => {
  const { ann, bob } = room();
  const nonce = "@label=x;+authchat.invalid/nonce=n";
  const lines = batch("PRIVMSG #room :a", "PRIVMSG #room :b").slice(1);
  ann.sends(`${nonce} BATCH +1 draft/multiline #room`, ...lines);
  ann.sees();
  bob.sees();
  ann.sends(`${nonce} BATCH +1 draft/multiline #room`, ...lines);
  expect(bob.sees()).toEqual([]);
  expect(ann.sees()[0]).toBe(
    "@label=x;msgid=c1-4;authchat.invalid/repeat :ann!ann@server BATCH +3 draft/multiline #room",
  );
});

test("what may not be said now and was kept before is answered as kept, with its lines", () => {
  const { ann, bob } = room();
  const nonce = "@+authchat.invalid/nonce=n";
  const lines = batch("PRIVMSG #room :a", "PRIVMSG #room :b").slice(1);
  bob.sends(`${nonce} BATCH +1 draft/multiline #room`, ...lines);
  ann.sends("MODE #room +m");
  bob.sends("CAP REQ echo-message");
  bob.sees();
  bob.sends(`${nonce} BATCH +1 draft/multiline #room`, ...lines);
  expect(bob.sees()).toEqual([
    "@msgid=c1-4;authchat.invalid/repeat :bob!bob@server BATCH +2 draft/multiline #room",
    "@batch=2 :bob!bob@server PRIVMSG #room :a",
    "@batch=2 :bob!bob@server PRIVMSG #room :b",
    ":server BATCH -2",
  ]);
});

test("a page of long messages is cut where it would be too big, at the end it is read on from", () => {
  const { ann } = room({ limits: { historyBytesMax: 600 } });
  for (const word of ["one", "two", "three"]) {
    ann.sends(...batch(`PRIVMSG #room :${word}`, "PRIVMSG #room :-"));
  }
  const firsts = (request: string): string[] => {
    ann.sees();
    ann.sends(`CHATHISTORY ${request}`);
    return ann.sees().flatMap((line) => /:(one|two|three)$/.exec(line)?.[1] ?? []);
  };
  expect(firsts("LATEST #room * 10")).toEqual(["two", "three"]);
  expect(firsts("AFTER #room msgid=c1-1 10")).toEqual(["one", "two"]);
  expect(firsts("AFTER #room msgid=c1-5 10")).toEqual(["three"]);
});

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
    `@time=${time};account=ann :ann!ann@server NOTICE #room :b`,
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
  const bob = after.member("bob", ...wire);
  bob.sends("CHATHISTORY LATEST #room * 1");
  expect(bob.sees()).toEqual([
    ":server BATCH +1 chathistory #room",
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

test("cannotSend: a message of several lines may be said where one line may", () => {
  const { ann, bob } = room();
  ann.sends("MODE #room +m");
  bob.sees();
  bob.sends(...batch("PRIVMSG #room :a", "PRIVMSG #room :b"));
  expect(bob.sees()).toEqual([
    ":server 404 bob #room :Only operators and voiced members may speak here",
  ]);
});

test("cannotSend: with +C no line of it is a CTCP, one that goes on included", () => {
  const { ann, bob } = room();
  ann.sends("MODE #room +C");
  bob.sees();
  bob.sends("BATCH +1 draft/multiline #room", "@batch=1 PRIVMSG #room :a");
  bob.sends("@batch=1;draft/multiline-concat PRIVMSG #room :\x01VERSION\x01", "BATCH -1");
  expect(bob.sees()).toEqual([":server 404 bob #room :CTCP is not for this channel"]);
});

test("noSuchNick: a message of several lines to nobody is refused, with its label", () => {
  const { ann } = room();
  ann.sends("@label=x BATCH +1 draft/multiline nobody", "@batch=1 PRIVMSG nobody :a", "BATCH -1");
  expect(ann.sees()).toEqual(["@label=x :server 401 ann nobody :No such nick/channel"]);
});

test("temporarilyUnavailable: whom it is for cannot be looked up", () => {
  const { chat, ann } = room({ limits: { answerWithinMs: 1_000 } });
  chat.holdsQuestions();
  ann.sends("BATCH +1 draft/multiline eve", "@batch=1 PRIVMSG eve :a", "BATCH -1");
  chat.passes(1_000);
  expect(ann.sees()).toEqual([
    ":server FAIL PRIVMSG TEMPORARILY_UNAVAILABLE :This cannot be done now; try again later",
  ]);
});

const invalid = ":server FAIL BATCH MULTILINE_INVALID :";

/** What ann is told, once, of a batch with these lines; and nobody hears anything. */
function refusedAs(...lines: readonly string[]): readonly string[] {
  const { ann, bob, cem } = room({ limits: { multilineBytesMax: 10, multilineLinesMax: 4 } });
  ann.sends(...lines);
  expect([bob.sees(), cem.sees()]).toEqual([[], []]);
  return ann.sees();
}

test("multilineMaxBytes: the text has so many bytes, line feeds included", () => {
  const full = [":aaaaaaaaa", "@batch=1;draft/multiline-concat PRIVMSG #room :a"];
  const fits = room({ limits: { multilineBytesMax: 10 } });
  fits.ann.sends("BATCH +1 draft/multiline #room", `@batch=1 PRIVMSG #room ${full[0]}`);
  fits.ann.sends(`${full[1]}`, "BATCH -1");
  expect(fits.bob.sees()).toHaveLength(4);
  const over = batch("PRIVMSG #room :aaaaaaaaa", "PRIVMSG #room :a", "PRIVMSG #room :more");
  expect(refusedAs(...over)).toEqual([
    ":server FAIL BATCH MULTILINE_MAX_BYTES 10 :Multiline batch max-bytes exceeded",
  ]);
});

test("multilineMaxLines: it has so many lines, those that go on included", () => {
  const lines = Array.from({ length: 5 }, () => "PRIVMSG #room :a");
  expect(refusedAs(...batch(...lines))).toEqual([
    ":server FAIL BATCH MULTILINE_MAX_LINES 4 :Multiline batch max-lines exceeded",
  ]);
  const fits = room({ limits: { multilineLinesMax: 4 } });
  fits.ann.sends(...batch(...lines.slice(1)));
  expect(fits.bob.sees()).toHaveLength(6);
});

test("multilineInvalidTarget: all lines go where the batch goes", () => {
  expect(refusedAs(...batch("PRIVMSG #room :a", "PRIVMSG #bar :b", "PRIVMSG #room :c"))).toEqual([
    ":server FAIL BATCH MULTILINE_INVALID_TARGET #room #bar :Invalid multiline target",
  ]);
});

test.each([
  ["nothing is in it", batch(), "There is nothing in it"],
  ["all lines are blank", batch("PRIVMSG #room :", "PRIVMSG #room :"), "There is nothing in it"],
  [
    "it says and tells",
    batch("PRIVMSG #room :a", "NOTICE #room :b"),
    "All lines are PRIVMSG, or all are NOTICE",
  ],
  [
    "a line does something else",
    batch("TOPIC #room :a"),
    "All lines are PRIVMSG, or all are NOTICE",
  ],
  ["a line has no text", batch("PRIVMSG #room"), "A line has a text, if an empty one"],
  [
    "a blank line goes on",
    [
      "BATCH +1 draft/multiline #room",
      "@batch=1 PRIVMSG #room :a",
      "@batch=1;draft/multiline-concat PRIVMSG #room :",
      "BATCH -1",
    ],
    "A blank line goes on from nothing",
  ],
  [
    "a line has tags of its own",
    ["BATCH +1 draft/multiline #room", "@batch=1;+reply=x PRIVMSG #room :a", "BATCH -1"],
    "Tags of the message are on the opening of the batch",
  ],
  [
    "a line is of another batch",
    [
      "BATCH +1 draft/multiline #room",
      "@batch=1 PRIVMSG #room :a",
      "@batch=2 PRIVMSG #room :b",
      "BATCH -1",
    ],
    "A line is of another batch",
  ],
  [
    "another batch ends",
    ["BATCH +1 draft/multiline #room", "@batch=1 PRIVMSG #room :a", "BATCH -2", "BATCH -1"],
    "Another batch was closed in it",
  ],
  [
    "a batch is begun in it",
    ["BATCH +1 draft/multiline #room", "@batch=1 BATCH +2 draft/multiline #room", "BATCH -1"],
    "All lines are PRIVMSG, or all are NOTICE",
  ],
  [
    "a line cannot be read",
    [
      "BATCH +1 draft/multiline #room",
      "@batch=1 PRIVMSG #room :a",
      "@batch=1;! PRIVMSG #room :b",
      "BATCH -1",
    ],
    "A line of it cannot be read",
  ],
  [
    "it has no target",
    ["BATCH +1 draft/multiline", "@batch=1 PRIVMSG #room :a", "BATCH -1"],
    "A batch has one target",
  ],
  [
    "it has several targets",
    ["BATCH +1 draft/multiline #room,bob", "BATCH -1"],
    "A batch has one target",
  ],
  [
    "its target is no word",
    ["BATCH +1 draft/multiline :#room :x", "BATCH -1"],
    "A batch has one target",
  ],
  [
    "a line has none",
    ["@batch=9 PRIVMSG #room :a", "@batch=9 PRIVMSG #room :b"],
    "There is no such batch",
  ],
  ["what ends was never begun", ["BATCH -9"], "There is no such batch"],
] as const)("multilineInvalid: %s", (_what, lines, why) => {
  const told = refusedAs(...lines).filter((line) => !line.includes("INVALID_MESSAGE"));
  expect(told).toEqual([`${invalid}${why}`]);
});

test("multilineInvalid: a line is too long with its sender's name before it", () => {
  const { ann, bob } = room();
  const long = "x".repeat(510 - "PRIVMSG #room :".length);
  ann.sends(...batch(`PRIVMSG #room :${long}`));
  expect(ann.sees()).toEqual([`${invalid}A line does not fit with your name before it`]);
  expect(bob.sees()).toEqual([]);
});

test("multilineInvalid: who has not asked for batch and multiline sends none", () => {
  const cem = new Chat().member("cem", "batch");
  cem.sends("BATCH +1 draft/multiline cem", "@batch=1 PRIVMSG cem :a", "BATCH -1");
  expect(cem.sees()).toEqual([`${invalid}batch and draft/multiline first`]);
});

test("multilineInvalid: two batches at once are none, and each is told with its label", () => {
  const { ann, bob } = room();
  ann.sends("@label=x BATCH +1 draft/multiline #room", "@label=y BATCH +2 draft/multiline #room");
  ann.sends("@batch=1 PRIVMSG #room :a", "@batch=2 PRIVMSG #room :a", "BATCH -1", "BATCH -2");
  expect(ann.sees()).toEqual([
    `@label=x ${invalid}Another batch was opened in it`,
    `@label=y ${invalid}Close the other batch first`,
    `${invalid}There is no such batch`,
  ]);
  expect(bob.sees()).toEqual([]);
});

test("multilineInvalid: what is not of the batch breaks it, and is done", () => {
  const { ann, bob } = room();
  ann.sends("@label=x BATCH +1 draft/multiline #room", "@batch=1 PRIVMSG #room :a");
  ann.sends("PRIVMSG #room :Hello", "@batch=1 PRIVMSG #room :b", "BATCH -1");
  expect(ann.sees()).toEqual([
    `@label=x ${invalid}Other messages wait until it is closed`,
    "@msgid=c1-4 :ann!ann@server PRIVMSG #room :Hello",
  ]);
  expect(bob.sees()).toEqual(["@msgid=c1-4 :ann!ann@server PRIVMSG #room :Hello"]);
});

test("multilineInvalid: NickServ is told one line at a time", () => {
  const { ann } = room();
  ann.sends("BATCH +1 draft/multiline NickServ", "@batch=1 PRIVMSG NickServ :help");
  ann.sends("@batch=1 PRIVMSG NickServ :help", "BATCH -1");
  expect(ann.sees()).toEqual([`${invalid}NickServ is told one line at a time`]);
});

test("what a client sends by itself does not break a batch", () => {
  const { ann, bob } = room();
  ann.sends("BATCH +1 draft/multiline #room", "@batch=1 PRIVMSG #room :a", "PING x", "PONG y");
  ann.sends("@batch=1 PRIVMSG #room :b", "BATCH -1");
  expect(ann.sees()[0]).toBe(":server PONG server x");
  expect(bob.sees()).toHaveLength(4);
});

test("batchInvalidReference: a reference is letters, digits and hyphens, and not too long", () => {
  const { ann } = room();
  const long = "a".repeat(65);
  ann.sends("BATCH 1 draft/multiline #room", "BATCH +a.b draft/multiline #room");
  ann.sends(`BATCH +${long} draft/multiline #room`);
  expect(ann.sees().map((line) => line.replace(/ :A reference .*$/, ""))).toEqual([
    ":server FAIL BATCH INVALID_REFTAG 1",
    ":server FAIL BATCH INVALID_REFTAG a.b",
    `:server FAIL BATCH INVALID_REFTAG ${long.slice(1)}`,
  ]);
});

test("batchUnknownType: there is one kind of batch, and what comes of another is ignored", () => {
  const { ann, bob } = room();
  ann.sends("@label=x BATCH +1 netsplit a b", "@batch=1 PRIVMSG #room :a", "BATCH -1");
  expect(ann.sees()).toEqual([
    "@label=x :server FAIL BATCH UNKNOWN_TYPE 1 netsplit :Unknown batch type",
  ]);
  expect(bob.sees()).toEqual([]);
});

test("batchTimeout: a batch that stays open is refused, and the rest of it ignored", () => {
  const { chat, ann, bob } = room({ limits: { batchMs: 1_000 } });
  ann.sends("@label=x BATCH +1 draft/multiline #room", "@batch=1 PRIVMSG #room :a");
  chat.passes(999);
  expect(ann.sees()).toEqual([]);
  chat.passes(1);
  expect(ann.sees()).toEqual([
    "@label=x :server FAIL BATCH TIMEOUT 1 :The batch was left open for too long",
  ]);
  ann.sends("@batch=1 PRIVMSG #room :b", "BATCH -1");
  expect([ann.sees(), bob.sees()]).toEqual([[], []]);
  ann.sends(...batch("PRIVMSG #room :a", "PRIVMSG #room :b"));
  chat.passes(2_000);
  expect(bob.sees()).toHaveLength(4);
  expect(ann.sees()).toHaveLength(4);
});

test("needMoreParams: a batch has a reference and a type", () => {
  const { ann } = room();
  ann.sends("BATCH", "BATCH +1");
  expect(ann.sees()).toEqual([
    ":server 461 ann BATCH :Not enough parameters",
    ":server 461 ann BATCH :Not enough parameters",
  ]);
});

test("each line of a batch is metered as any line is", () => {
  const { chat, ann, bob } = room({
    limits: { flood: true, floodBurstLines: 8, floodLinesPerSecond: 1 },
  });
  chat.passes(60_000);
  ann.sends(...batch(...Array.from({ length: 9 }, () => "PRIVMSG #room :a")));
  chat.passes(2_000);
  expect(bob.sees().filter((line) => line.includes("PRIVMSG"))).toEqual([]);
  chat.passes(1_000);
  expect(bob.sees().filter((line) => line.includes("PRIVMSG"))).toHaveLength(9);
});

test("a stranger's batch is no batch", () => {
  const ann = new Chat().stranger();
  ann.sends("BATCH +1 draft/multiline #room", "@batch=1 PRIVMSG #room :a");
  expect(ann.sees()).toEqual([
    ":server 451 * :You have not registered",
    ":server 451 * :You have not registered",
  ]);
});

/** What a batch from a client is refused for: whole, once, with the label of its opening. */
import { expect, test } from "bun:test";
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

test("multilineInvalid: what cannot be taken as a line may have been one of it", () => {
  const { ann, bob } = room();
  ann.sends("BATCH +1 draft/multiline #room", "@batch=1 PRIVMSG #room :a");
  ann.sends(`@batch=1 PRIVMSG #room :${"x".repeat(600)}`, "@batch=1 PRIVMSG #room :b", "BATCH -1");
  expect(ann.sees()).toEqual([
    `${invalid}A line of it cannot be read`,
    ":server 417 ann :Input line was too long",
  ]);
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

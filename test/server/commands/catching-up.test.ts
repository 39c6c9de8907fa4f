/** Catching up: clients without history are told what they have missed, once, and in its place. */
import { expect, test } from "bun:test";
import { Chat, password, type Person } from "../../support/chat.ts";

/** What is told of what was said, as `nick target text`. */
function said(person: Person): string[] {
  return wordsIn(person.sees());
}

function wordsIn(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const [, nick, target, text] =
      /(?:^| ):(\w+)!\S+ (?:PRIVMSG|NOTICE) (\S+) :?(.*)$/.exec(line) ?? [];
    return nick === undefined ? [] : [`${nick} ${target} ${text}`];
  });
}

/** The client answers what it is asked, as clients do, until it is asked no more. */
function answersPings(person: Person): string[] {
  const all: string[] = [];
  for (;;) {
    const lines = person.sees();
    all.push(...lines);
    const pings = lines.filter((line) => line.startsWith("PING "));
    if (pings.length === 0) return all;
    for (const line of pings) person.sends(`PONG ${line.slice(5)}`);
  }
}

function comes(chat: Chat, name: string, ...capabilities: readonly string[]): Person {
  const person = chat.stranger();
  person.sends("CAP LS 302");
  if (capabilities.length > 0) person.sends(`CAP REQ :${capabilities.join(" ")}`);
  person.sends(`NICK ${name.split("@")[0]}`, "USER x 0 * :Real Name");
  person.logsIn(name, password);
  person.sends("CAP END");
  return person;
}

/** Bob was here, and goes; ann stays, in #room with him. */
function away(chat: Chat, bobs = "bob"): Person {
  const [ann] = chat.inChannel("#room", "ann", "bob");
  if (bobs !== "bob") {
    const bob = comes(chat, bobs);
    answersPings(bob);
    bob.sends("QUIT");
  }
  return ann;
}

test("who comes again is told after the welcome and the names what was said, in its order, by its time", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  bob.sends("QUIT");
  ann.sends("PRIVMSG #room :one", "PRIVMSG bob :two", "NOTICE #room :three");
  const back = comes(chat, "bob", "server-time", "message-tags");
  const lines = answersPings(back);
  const names = lines.findIndex((line) => line.includes(" 366 "));
  const first = lines.findIndex((line) => line.includes(" PRIVMSG "));
  expect(first).toBeGreaterThan(names);
  expect(names).toBeGreaterThan(0);
  const time = "time=2026-01-01T00:00:00.000Z";
  expect(lines.slice(first)).toEqual([
    `@${time};msgid=c1-3 :ann!ann@server PRIVMSG #room :one`,
    `@${time};msgid=p1-1 :ann!ann@server PRIVMSG bob :two`,
    `@${time};msgid=c1-4 :ann!ann@server NOTICE #room :three`,
    "PING seen-5",
  ]);
});

test("it is told once: not again when the client comes once more", () => {
  const chat = new Chat();
  const ann = away(chat);
  chat.member("bob").sends("QUIT");
  ann.sends("PRIVMSG #room :one");
  const back = comes(chat, "bob");
  expect(wordsIn(answersPings(back))).toEqual(["ann #room [00:00] one"]);
  back.sends("QUIT");
  expect(said(comes(chat, "bob"))).toEqual([]);
});

test("what was shown before a QUIT is not told again, answered for or not", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  ann.sends("PRIVMSG #room :one");
  expect(said(bob)).toEqual(["ann #room one"]);
  bob.sends("QUIT");
  expect(said(comes(chat, "bob"))).toEqual([]);
});

test("a lost connection has shown what the client has answered for, and nothing after that", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  ann.sends("PRIVMSG #room :one");
  chat.passes(5_000);
  expect(bob.sees().at(-1)).toBe("PING seen-3");
  bob.sends("PONG server :seen-3");
  ann.sends("PRIVMSG #room :two");
  bob.drops();
  ann.sends("PRIVMSG #room :three");
  expect(said(comes(chat, "bob"))).toEqual(["ann #room [00:00] two", "ann #room [00:00] three"]);
});

test("who says that they have more than they were asked about is not believed", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  ann.sends("PRIVMSG #room :one");
  bob.sends("PONG seen-99", "PONG seen-3", "PONG seen-x", "PONG seen--1");
  bob.drops();
  expect(said(comes(chat, "bob"))).toEqual(["ann #room [00:00] one"]);
});

test("a server that was killed tells again no more than what was said since it last wrote that down", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  for (const text of ["one", "two"]) {
    ann.sends(`PRIVMSG #room :${text}`);
    chat.passes(60_000);
    answersPings(bob);
  }
  ann.sends("PRIVMSG #room :three");
  expect(said(comes(chat.restarts(), "bob"))).toEqual(["ann #room [00:02] three"]);
});

test("each device is told what it has missed itself: by its name, its app password, or neither", () => {
  const chat = new Chat();
  const ann = away(chat, "bob@phone");
  const bob = chat.member("bob");
  bob.sends("NS app-password add irssi");
  const token = /act-app-\S+/.exec(bob.sees().join(" "))?.[0] ?? "";
  bob.sends("QUIT");
  const withToken = (): Person => {
    const person = chat.stranger();
    person.sends("CAP LS 302", "NICK bob", "USER x 0 * :x");
    person.logsIn("bob", token);
    person.sends("CAP END");
    return person;
  };
  answersPings(withToken());
  ann.sends("PRIVMSG #room :one");
  const missed = ["ann #room [00:00] one"];
  expect(wordsIn(answersPings(comes(chat, "bob@phone")))).toEqual(missed);
  expect(wordsIn(answersPings(comes(chat, "bob")))).toEqual(missed);
  expect(wordsIn(answersPings(comes(chat, "bob@PHONE.2")))).toEqual(missed); // new, and told the newest
});

test("of a device that was never here the newest are told, and how to read the others", () => {
  const chat = new Chat({ limits: { missedNewMax: 2 } });
  const ann = away(chat);
  ann.sends("PRIVMSG #room :1", "PRIVMSG #room :2", "PRIVMSG #room :3");
  ann.sends("PRIVMSG bob :4", "PRIVMSG bob :5", "PRIVMSG bob :6");
  const lines = comes(chat, "bob@new").sees();
  const left = (where: string, named: string): string =>
    `:server NOTICE ${where} :1 older messages ${named} are left out; to read on from here: ` +
    `/msg *playback play ${named.split(" ")[1]} 0 1767225600.000`;
  expect(lines.filter((line) => line.includes(" NOTICE "))).toEqual([
    left("#room", "in #room"),
    left("bob", "with ann"),
  ]);
  expect(wordsIn(lines).map((line) => line.at(-1))).toEqual(["2", "3", "5", "6"]);
});

test("of a device that comes again no more than missedMax of each room are told", () => {
  const chat = new Chat({ limits: { missedMax: 3 } });
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  bob.sends("QUIT");
  for (let number = 1; number <= 5; number += 1) ann.sends(`PRIVMSG #room :${number}`);
  const lines = comes(chat, "bob").sees();
  expect(wordsIn(lines).map((line) => line.at(-1))).toEqual(["3", "4", "5"]);
  expect(lines.join()).toContain("2 older messages in #room are left out");
});

test("it is told page by page, each once the client has answered for the one before", () => {
  const chat = new Chat({ limits: { missedPageMax: 2 } });
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  bob.sends("QUIT");
  for (let number = 1; number <= 5; number += 1) ann.sends(`PRIVMSG #room :${number}`);
  const back = comes(chat, "bob");
  const page = (): string[] => said(back).map((line) => line.at(-1) ?? "");
  expect(page()).toEqual(["1", "2"]);
  back.sends("PONG seen-4");
  expect(page()).toEqual(["3", "4"]);
  back.drops();
  const again = comes(chat, "bob");
  expect(wordsIn(answersPings(again)).map((line) => line.at(-1))).toEqual(["3", "4", "5"]);
});

test("a page is no longer than its bytes, but for one message", () => {
  const chat = new Chat({ limits: { missedPageBytesMax: 150 } });
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  bob.sends("QUIT");
  ann.sends(...["a", "b", "c"].map((letter) => `PRIVMSG #room :${letter.repeat(100)}`));
  const back = comes(chat, "bob");
  expect(said(back).length).toBe(1);
  back.sends("PONG seen-3");
  expect(said(back).length).toBe(1);
});

test("what is said meanwhile is held back, and follows in its order, nothing twice", () => {
  const chat = new Chat({ limits: { missedPageMax: 2 } });
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  bob.sends("QUIT");
  for (let number = 1; number <= 3; number += 1) ann.sends(`PRIVMSG #room :${number}`);
  chat.holdsQuestions();
  const back = comes(chat, "bob");
  chat.answersHeld(); // the login
  chat.answersHeld(); // how far it was
  ann.sends("PRIVMSG #room :4");
  chat.answersHeld(); // the first page; 4 is told from the log
  expect(said(back).map((line) => line.at(-1))).toEqual(["1", "2"]);
  ann.sends("PRIVMSG #room :5", "TOPIC #room :New");
  expect(back.sees()).toEqual([]);
  back.sends("PONG seen-4");
  ann.sends("PRIVMSG #room :6");
  chat.answersAll();
  ann.sends("PRIVMSG #room :7");
  const lines = back.sees().filter((line) => !line.startsWith("PING"));
  expect(lines.map((line) => line.replace(/^.* #room :/, ""))).toEqual([
    ...["[00:00] 3", "4", "5", "New", "6", "7"],
  ]);
});

test("what one says meanwhile keeps its place, and is echoed once", () => {
  const chat = new Chat({ limits: { missedPageMax: 1 } });
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  bob.sends("QUIT");
  ann.sends("PRIVMSG #room :1", "PRIVMSG #room :2");
  const back = comes(chat, "bob", "echo-message", "batch", "labeled-response");
  expect(said(back)).toEqual(["ann #room [00:00] 1"]);
  ann.sends("PRIVMSG #room :3");
  back.sends("@label=a PRIVMSG #room :mine", "@label=b PING x");
  expect(back.sees()).toEqual([]);
  expect(answersPings(back)).toEqual([]);
  back.sends("PONG seen-3");
  const lines = answersPings(back).filter((line) => !line.startsWith("PING"));
  expect(lines).toEqual([
    ":ann!ann@server PRIVMSG #room :[00:00] 2",
    ":ann!ann@server PRIVMSG #room :3",
    "@label=a :bob!bob@server PRIVMSG #room :mine",
    "@label=b :server PONG server x",
  ]);
});

test("what one said before the log was read is not told back", () => {
  const chat = new Chat();
  const [, bob] = chat.inChannel("#room", "ann", "bob");
  bob.sends("QUIT");
  chat.holdsQuestions();
  const back = comes(chat, "bob");
  chat.answersHeld();
  chat.answersHeld();
  back.sends("PRIVMSG #room :mine");
  chat.answersAll();
  expect(said(back)).toEqual([]);
});

test("who cannot be told as fast as others talk is closed, and goes on from there the next time", () => {
  const chat = new Chat({ limits: { missedPageMax: 1, heldBackBytesMax: 200 } });
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  bob.sends("QUIT");
  ann.sends("PRIVMSG #room :1", "PRIVMSG #room :2");
  const back = comes(chat, "bob");
  back.sees();
  for (let number = 3; number <= 9; number += 1)
    ann.sends(`PRIVMSG #room :${number} ${"x".repeat(30)}`);
  expect(back.isClosed).toBe(true);
  expect(back.sees().at(-1)).toContain("Too much is said");
  const again = answersPings(comes(chat, "bob"));
  expect(wordsIn(again).length).toBe(9);
});

test("when the log cannot be read, that is said, what is said now is shown, and all is told the next time", () => {
  const chat = new Chat({ limits: { answerWithinMs: 1_000 } });
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  bob.sends("QUIT");
  ann.sends("PRIVMSG #room :1");
  chat.holdsQuestions();
  const back = comes(chat, "bob");
  chat.answersHeld();
  chat.answersHeld();
  ann.sends("PRIVMSG #room :2");
  back.sees();
  chat.passes(6_000);
  expect(back.looks()).toEqual([]);
  chat.passes(1_000);
  ann.sends("PRIVMSG #room :3");
  const [first, ...others] = back.sees();
  expect(first).toContain("What you have missed cannot be read now");
  expect(wordsIn(others)).toEqual(["ann #room 2", "ann #room 3"]);
  back.sends("QUIT");
  chat.answersAll();
  expect(said(comes(chat, "bob")).length).toBe(3);
});

test("when the log cannot be read for a moment, it is read again, and nothing is out of its place", () => {
  const chat = new Chat({ limits: { answerWithinMs: 1_000 } });
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  bob.sends("QUIT");
  ann.sends("PRIVMSG #room :1");
  chat.holdsQuestions();
  const back = comes(chat, "bob");
  chat.answersHeld();
  chat.answersHeld();
  ann.sends("PRIVMSG #room :2");
  chat.passes(1_500);
  chat.answersAll();
  expect(said(back)).toEqual([]);
  chat.passes(1_000);
  expect(said(back)).toEqual(["ann #room [00:00] 1", "ann #room 2"]);
});

test("two connections of one device that both live see everything once", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  ann.sends("PRIVMSG #room :1");
  chat.passes(5_000);
  answersPings(bob);
  const other = comes(chat, "bob");
  ann.sends("PRIVMSG #room :2");
  expect(said(other)).toEqual(["ann #room 2"]);
});

test("clients that fetch history themselves are told nothing, and asked nothing", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  bob.sends("QUIT");
  ann.sends("PRIVMSG #room :1");
  for (const capability of ["draft/chathistory", "znc.in/playback"]) {
    const back = comes(chat, "bob", capability);
    ann.sends("PRIVMSG #room :2");
    chat.passes(60_000);
    const lines = back.sees();
    expect(wordsIn(lines)).toEqual(["ann #room 2"]);
    expect(lines.join()).not.toContain("seen-");
  }
});

test("without server-time the text says when it was, with the day where it was another", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  bob.sends("QUIT");
  ann.sends("PRIVMSG #room :early", "PRIVMSG #room :\x01ACTION waves\x01");
  chat.wallJumps(86_400_000 + 3_660_000);
  ann.sends("PRIVMSG #room :late");
  expect(said(comes(chat, "bob"))).toEqual([
    "ann #room [2026-01-01 00:00] early",
    "ann #room \x01ACTION [2026-01-01 00:00] waves\x01",
    "ann #room [01:01] late",
  ]);
});

test("a line that is too long with its time before it is two", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  bob.sends("QUIT");
  const long = "word ".repeat(96).trim();
  ann.sends(`PRIVMSG #room :${long}`);
  const told = said(comes(chat, "bob")).map((line) => line.replace("ann #room ", ""));
  expect(told.length).toBe(2);
  expect(told.join("").replaceAll(" ", "")).toBe(`[00:00]${long.replaceAll(" ", "")}`);
});

test("a message of several lines is told as the client takes it", () => {
  const chat = new Chat();
  const ann = chat.member("ann", "batch", "message-tags", "draft/multiline");
  chat.hasAccount("bob");
  chat.member("bob").sends("QUIT");
  ann.sends(
    "BATCH +1 draft/multiline bob",
    "@batch=1 PRIVMSG bob :a",
    "@batch=1 PRIVMSG bob :b",
    "BATCH -1",
  );
  const plain = comes(chat, "bob", "server-time");
  expect(said(plain)).toEqual(["ann bob a", "ann bob b"]);
  plain.drops();
  const wire = ["server-time", "batch", "draft/multiline"];
  const lines = comes(chat, "bob", ...wire).sees();
  expect(lines.slice(-5).map((line) => line.replace(/^@\S+ /, ""))).toEqual([
    ":ann!ann@server BATCH +1 draft/multiline bob",
    ":ann!ann@server PRIVMSG bob :a",
    ":ann!ann@server PRIVMSG bob :b",
    ":server BATCH -1",
    "PING seen-1",
  ]);
});

test("what one's other devices said is told as it would have been shown; what asks clients something is not", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  const phone = comes(chat, "bob@phone");
  phone.sends("QUIT");
  bob.sends("PRIVMSG #room :mine", "PRIVMSG ann :to you", "PRIVMSG #room :\x01VERSION\x01");
  ann.sends("NOTICE bob :\x01VERSION x\x01");
  expect(said(comes(chat, "bob@phone"))).toEqual([
    "bob #room [00:00] mine",
    "bob ann [00:00] to you",
  ]);
});

test("nothing is told of a room that is no longer one's own, nor of before one was in it", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  bob.sends("QUIT");
  ann.sends("PRIVMSG #room :secret", "KICK #room bob");
  expect(said(comes(chat, "bob"))).toEqual([]);
});

test("guests are told nothing, and asked nothing", () => {
  const chat = new Chat({ settings: { accountsRequired: false, nicks: "free" } });
  const ann = chat.member("ann");
  ann.sends("JOIN #room");
  const guest = chat.stranger();
  guest.sends("NICK gus", "USER x 0 * :x", "JOIN #room");
  ann.sends("PRIVMSG #room :1");
  chat.passes(60_000);
  expect(guest.sees().join()).not.toContain("seen-");
});

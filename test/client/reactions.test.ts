/** Reactions to messages: told and counted, live and from history, asked for, and limited. */
import { expect, test } from "bun:test";
import { type ClientLimits } from "../../src/client/limits.ts";
import { eventLines } from "../../src/client/lines.ts";
import { parseEntry } from "../../src/client/slash.ts";
import { everything, tagOf, Talk } from "./talk.ts";

const wire = `${everything} draft/event-playback`;

/** In #room, in front, where bob has said "Hello" (m1) and ann "Hi" (m2). */
function inRoom(limits: Partial<ClientLimits> = {}): Talk {
  const talk = new Talk({ historyMessages: 0, limits }).comesOnline(wire);
  talk.hears(":ann!a@h JOIN #room ann :a").does({ kind: "read", room: "#room" });
  talk.hears("@msgid=m1 :bob!b@h PRIVMSG #room :Hello", "@msgid=m2 :ann!a@h PRIVMSG #room :Hi");
  talk.events();
  talk.sees();
  return talk;
}

function told(talk: Talk): string[] {
  const style = { clock: () => "10:00", arrow: "→", hasNumerics: false };
  return talk
    .events()
    .flatMap((event) => eventLines(event, talk.session.model, style).map(({ text }) => text));
}

function reacts(who: string, to: string, reaction = "👍", word = "react"): string {
  return `@+reply=${to};+draft/${word}=${reaction} :${who}!x@h TAGMSG #room`;
}

function count(talk: Talk, id: string, reaction = "👍"): number | undefined {
  return talk.session.model.room("#room")?.reactions.count(id, reaction);
}

test("who reacts how to what is told in a line, and counted", () => {
  const talk = inRoom();
  talk.hears(reacts("bob", "m2"), reacts("ann", "m1", "🎉"));
  expect(told(talk)).toEqual(['bob reacted 👍 to "Hi"', 'you reacted 🎉 to "Hello"']);
  expect([count(talk, "m2"), count(talk, "m1", "🎉"), count(talk, "m1")]).toEqual([1, 1, 0]);
});

test("what comes twice is told once, also with another name of the same account", () => {
  const talk = inRoom();
  const line = reacts("bob", "m2").replace("@", "@account=bob;");
  talk.hears(line, line, line.replace(":bob!", ":bobby!"), reacts("BOB", "m2"));
  expect(talk.eventsOf("react")).toHaveLength(1);
  expect(count(talk, "m2")).toBe(1);
});

test("a reaction that is taken back is counted no more, and told to programs", () => {
  const talk = inRoom();
  talk.hears(reacts("bob", "m2"), reacts("carl", "m2"));
  talk.events();
  talk.hears(reacts("bob", "m2", "👍", "unreact"), reacts("bob", "m2", "👍", "unreact"));
  const [event, ...more] = talk.eventsOf("react");
  expect(event).toMatchObject({ who: "bob", isRemoved: true, count: 1 });
  expect([more, count(talk, "m2")]).toEqual([[], 1]);
});

test("what a crowd does is told at some counts only", () => {
  const talk = inRoom();
  for (let number = 1; number <= 12; number += 1) talk.hears(reacts(`guest${number}`, "m2"));
  expect(told(talk)).toEqual([
    'guest1 reacted 👍 to "Hi"',
    'guest2 and another reacted 👍 to "Hi"',
    'guest3 and 2 others reacted 👍 to "Hi"',
    'guest5 and 4 others reacted 👍 to "Hi"',
    'guest10 and 9 others reacted 👍 to "Hi"',
  ]);
  expect(count(talk, "m2")).toBe(12);
});

test("in a room that is not in front it is told of one's own messages, and not of others'", () => {
  const talk = inRoom().does({ kind: "read", room: "bob" });
  talk.session.model.currentRoom = "#other";
  talk.hears(reacts("bob", "m2"), reacts("carl", "m1"));
  expect(told(talk)).toEqual(['bob reacted 👍 to "Hi" in #room']);
});

test("what is not known, has no message or is no reaction is ignored", () => {
  const talk = inRoom();
  talk.hears(
    reacts("bob", "m9"),
    "@+draft/react=👍 :bob!b@h TAGMSG #room",
    "@+reply=m1;+draft/react=👍;+draft/unreact=👍 :bob!b@h TAGMSG #room",
    "@+reply=m1;+draft/react= :bob!b@h TAGMSG #room",
    `@+reply=m1;+draft/react=${"x".repeat(65)} :bob!b@h TAGMSG #room`,
    "@+typing=active :bob!b@h TAGMSG #room",
    "@+reply=m1;+draft/react=👍 :bob!b@h TAGMSG #nowhere",
    "@+reply=m1;+draft/react=👍 :bob!b@h TAGMSG",
  );
  expect(talk.events()).toEqual([]);
});

test("older clients' tags are read, and what is not for reading is not shown", () => {
  const talk = inRoom();
  talk.hears("@+draft/reply=m1;+draft/react=\u001b[31m :carl!c@h TAGMSG #room");
  expect(told(talk)).toEqual(['carl reacted ␛[31m to "Hello"']);
});

test("different reactions, and people with one, are limited; those of messages that go go too", () => {
  const limits = { reactionsPerMessageMax: 2, peoplePerReactionMax: 2, messagesPerRoomMax: 4 };
  const talk = inRoom(limits);
  talk.hears(...["a", "b", "c"].map((reaction) => reacts("bob", "m2", reaction)));
  talk.hears(...["x", "y", "z"].map((who) => reacts(who, "m2", "a")));
  expect(["a", "b", "c"].map((reaction) => count(talk, "m2", reaction))).toEqual([2, 1, 0]);
  talk.hears(reacts("bob", "m1"), ":bob!b@h REDACT #room m1");
  expect(count(talk, "m1")).toBe(0);
  for (let next = 3; next <= 9; next += 1) {
    talk.hears(`@msgid=m${next} :bob!b@h PRIVMSG #room :more`);
  }
  expect(count(talk, "m2", "a")).toBe(0);
});

test("history after a drop tells what was reacted, shows no comings and goings, and goes on after them", () => {
  const talk = inRoom().loses().comesBack();
  talk.isLetIn(wire);
  talk.hears(":ann!a@h JOIN #room ann :a", ":srv 353 ann = #room :ann", ":srv 366 ann #room :end");
  const asked = talk.sees().find((line) => line.includes("CHATHISTORY AFTER #room")) ?? "";
  expect(asked).toContain("msgid=m2");
  talk.events();
  talk.hears(
    `@label=${tagOf(asked, "label")} :srv BATCH +h chathistory #room`,
    "@batch=h;msgid=m3 :carl!c@h JOIN #room carl :c",
    `@batch=h;msgid=m4;${reacts("carl", "m2").slice(1)}`,
    "@batch=h;msgid=m5 :ann!a@h PART #room :bye",
    "@batch=h;msgid=m6 :srv MODE #room +o carl",
    "@batch=h;msgid=m7 :carl!c@h QUIT :gone",
    ":srv BATCH -h",
  );
  expect(talk.events().filter(({ kind }) => kind !== "ack")).toMatchObject([
    { kind: "react", who: "carl", isHistory: true, count: 1 },
  ]);
  const room = talk.session.model.room("#room");
  expect([room?.lastId, room?.isJoined, room?.members.size]).toEqual(["m7", true, 1]);
});

test("a first page has as many messages as are wanted, whatever else is in it", () => {
  const talk = new Talk({ historyMessages: 2 }).comesOnline(wire);
  talk.hears(":ann!a@h JOIN #room ann :a").waits(15_000);
  const asked = talk.sees().find((line) => line.includes("LATEST #room")) ?? "";
  expect(asked).toEndWith("LATEST #room * 100");
  talk.hears(
    `@label=${tagOf(asked, "label")} :srv BATCH +h chathistory #room`,
    "@batch=h;msgid=m1 :bob!b@h PRIVMSG #room :one",
    "@batch=h;msgid=m2 :bob!b@h PRIVMSG #room :two",
    "@batch=h;msgid=m3 :carl!c@h JOIN #room carl :c",
    "@batch=h;msgid=m4 :bob!b@h PRIVMSG #room :three",
    `@batch=h;msgid=m5;${reacts("carl", "m1").slice(1)}`,
    `@batch=h;msgid=m6;${reacts("carl", "m4").slice(1)}`,
    ":srv BATCH -h",
  );
  expect(talk.eventsOf("message").map(({ message }) => message.text)).toEqual(["two", "three"]);
  expect([count(talk, "m1"), count(talk, "m4")]).toEqual([0, 1]);
});

test("/history shows as many messages as were asked for, of a longer page", () => {
  const talk = inRoom();
  talk.does({ kind: "history", target: "#room", limit: 1, ref: "r" });
  const asked = talk.sees().join();
  expect(asked).toEndWith("CHATHISTORY BEFORE #room msgid=m1 100");
  talk.hears(
    `@label=${tagOf(asked, "label")} :srv BATCH +h chathistory #room`,
    "@batch=h;msgid=k1 :bob!b@h PRIVMSG #room :one",
    "@batch=h;msgid=k2 :bob!b@h PRIVMSG #room :two",
    "@batch=h;msgid=k3 :carl!c@h JOIN #room carl :c",
    ":srv BATCH -h",
  );
  expect(talk.eventsOf("older").map(({ message }) => message.text)).toEqual(["two"]);
});

/** Shows the page, as the answer to /history. */
function shows(talk: Talk, page: readonly string[], limit = 10): void {
  talk.does({ kind: "history", target: "#room", limit, ref: "r" });
  const label = tagOf(talk.sees().join(), "label");
  talk.hears(`@label=${label} :srv BATCH +h chathistory #room`);
  talk.hears(...page.map((line) => `@batch=h;${line}`), ":srv BATCH -h");
}

function older(id: string, text: string): string {
  return `msgid=${id} :bob!b@h PRIVMSG #room :${text}`;
}

function olderReaction(id: string, ...rest: Parameters<typeof reacts>): string {
  return `msgid=${id};${reacts(...rest).slice(1)}`;
}

test("/history shows who reacted to what it shows, after it, and not the rest of the page", () => {
  const talk = inRoom();
  const page = [
    older("k1", "one"),
    olderReaction("k2", "carl", "k1"),
    older("k3", "two"),
    olderReaction("k4", "carl", "k3"),
    olderReaction("k5", "carl", "k0"),
    older("k6", "three"),
    olderReaction("k7", "dora", "k3"),
  ];
  shows(talk, page, 2);
  const shown = talk.events().map((event) => {
    if (event.kind === "older") return event.message.text;
    return event.kind === "react" ? `${event.who} ${event.text} ${event.count}` : event.kind;
  });
  expect(shown).toEqual(["two", "carl two 1", "three", "dora two 2", "ack"]);
  expect(talk.session.model.room("#room")?.lastId).toBe("m2");
});

test("a reaction to what /history has shown is told, counted and taken back like any other", () => {
  const talk = inRoom();
  shows(talk, [older("k1", "long ago"), olderReaction("k2", "carl", "k1")]);
  talk.events();
  talk.hears(`@msgid=m3;${reacts("dora", "k1").slice(1)}`);
  expect(told(talk)).toEqual(['dora and another reacted 👍 to "long ago"']);
  talk.hears(reacts("carl", "k1", "👍", "unreact"));
  expect(talk.eventsOf("react")).toMatchObject([{ who: "carl", isRemoved: true, count: 1 }]);
  talk.hears(reacts("dora", "k1", "👍", "unreact"));
  talk.events();
  // The page again, and more of it: they had not taken it back yet.
  const page = [older("k1", "long ago"), olderReaction("k2", "carl", "k1")];
  shows(talk, [...page, olderReaction("m3", "dora", "k1")]);
  expect([talk.eventsOf("react"), count(talk, "k1")]).toEqual([[], 0]);
});

test("a message that /history has shown is taken back, with the reactions to it", () => {
  const talk = inRoom();
  shows(talk, [older("k1", "long ago"), olderReaction("k2", "carl", "k1")]);
  talk.events();
  talk.hears(":bob!b@h REDACT #room k1");
  expect(talk.eventsOf("redact")).toMatchObject([{ id: "k1", author: "bob" }]);
  talk.hears(reacts("dora", "k1"));
  expect([talk.events(), count(talk, "k1")]).toEqual([[], 0]);
});

test("of what /history has shown the newest shown are known; what the room says does not push them out", () => {
  const talk = inRoom({ olderMessagesPerRoomMax: 2, messagesPerRoomMax: 4 });
  shows(talk, [
    older("k1", "one"),
    olderReaction("k2", "carl", "k1"),
    older("k3", "two"),
    olderReaction("k4", "carl", "k3"),
    older("k5", "three"),
  ]);
  expect(count(talk, "k1")).toBe(0);
  for (let next = 3; next <= 9; next += 1) {
    talk.hears(`@msgid=m${next} :bob!b@h PRIVMSG #room :more`);
  }
  talk.events();
  talk.hears(reacts("dora", "k1"), reacts("dora", "k3"));
  expect(talk.eventsOf("react")).toMatchObject([{ id: "k3", count: 2 }]);
  expect([count(talk, "k1"), count(talk, "k3")]).toEqual([0, 2]);
});

test("/react means what others said last, or what NAME did; /unreact takes it back", () => {
  const talk = inRoom();
  const sent = (line: string): string => {
    const entered = parseEntry(line, "#room");
    if (entered.kind !== "action") throw new Error(entered.kind);
    talk.does(entered.action);
    return talk
      .sees()
      .join()
      .replace(/label=\w+;/, "");
  };
  expect(sent("/react 👍")).toBe("@+reply=m1;+draft/reply=m1;+draft/react=👍 TAGMSG #room");
  expect(sent("/react 👍 ANN")).toBe("@+reply=m2;+draft/reply=m2;+draft/react=👍 TAGMSG #room");
  expect(sent("/unreact 👍")).toBe("@+reply=m1;+draft/reply=m1;+draft/unreact=👍 TAGMSG #room");
  expect([parseEntry("/react", "#room").kind, parseEntry("/react x", undefined).kind]).toEqual([
    "problem",
    "problem",
  ]);
});

test("a reaction that cannot be is refused here, with its ref", () => {
  const talk = inRoom();
  const plain = { kind: "react", isRemoved: false, ref: "r" } as const;
  talk.does({ ...plain, target: "#room", of: "nobody", reaction: "👍" });
  talk.does({ ...plain, target: "#room", id: "m1", reaction: "x".repeat(65) });
  talk.does({ ...plain, target: "#a b", id: "m1", reaction: "x" });
  const bare = new Talk().comesOnline("sasl=PLAIN");
  bare.events();
  bare.does({ ...plain, target: "#room", id: "m1", reaction: "x" });
  const codes = [...talk.eventsOf("error"), ...bare.eventsOf("error")].map(({ code }) => code);
  expect(codes).toEqual(["NO_MESSAGE", "BAD_PARAMS", "BAD_PARAMS", "NO_TAGS"]);
  expect(talk.sees()).toEqual([]);
});

/** Messages that are taken back: gone from their room, told, and asked for. */
import { expect, test } from "bun:test";
import { parseEntry } from "../../src/client/slash.ts";
import { eventLines } from "../../src/client/lines.ts";
import { everything, tagOf, Talk } from "./talk.ts";

const wire = `${everything} draft/message-redaction`;

/** In #room, in front, where bob has said "Hello" (m1) and ann "Hi" (m2). */
function inRoom(): Talk {
  const talk = new Talk({ historyMessages: 0 }).comesOnline(wire);
  talk.hears(":ann!a@h JOIN #room ann :a").does({ kind: "read", room: "#room" });
  talk.hears("@msgid=m1 :bob!b@h PRIVMSG #room :Hello", "@msgid=m2 :ann!a@h PRIVMSG #room :Hi");
  talk.events();
  talk.sees();
  return talk;
}

function texts(talk: Talk): string[] {
  return (talk.session.model.room("#room")?.messages ?? []).map(({ text }) => text);
}

function told(talk: Talk): string[] {
  const style = { clock: () => "10:00", arrow: "→", hasNumerics: false };
  return talk
    .events()
    .flatMap((event) => eventLines(event, talk.session.model, style).map(({ text }) => text));
}

test("what is taken back leaves the room, and who did it is told, by whom it was and why", () => {
  const talk = inRoom();
  talk.hears(":bob!b@h REDACT #room m1", ":bob!b@h REDACT #room m2 :spam");
  expect(texts(talk)).toEqual([]);
  expect(told(talk)).toEqual(["bob deleted a message", "bob deleted a message of ann (spam)"]);
});

test("in a private conversation and in another room it is told where", () => {
  const talk = inRoom();
  talk.hears("@msgid=p1 :bob!b@h PRIVMSG ann :psst", ":bob!b@h REDACT ann p1");
  expect(told(talk).at(-1)).toBe("bob deleted a message in bob");
  expect(talk.session.model.room("bob")?.messages).toEqual([]);
});

test("what is not known is ignored, and the same twice is told once", () => {
  const talk = inRoom();
  talk.hears(":bob!b@h REDACT #room m9", ":bob!b@h REDACT #nowhere m1");
  talk.hears("@msgid=m3 :bob!b@h REDACT #room m1", "@msgid=m3 :bob!b@h REDACT #room m1");
  expect(told(talk)).toEqual(["bob deleted a message"]);
  expect(texts(talk)).toEqual(["Hi"]);
});

test("history that is fetched after a drop takes back what was deleted meanwhile, and goes on after it", () => {
  const talk = inRoom();
  talk.input({ kind: "closed", connection: talk.connection, reason: "reset" });
  talk.waits(60_000);
  talk.input({ kind: "opened", connection: talk.connection });
  talk.isLetIn(wire);
  talk.hears(":ann!a@h JOIN #room ann :a");
  const asked = talk.sees().find((line) => line.includes("CHATHISTORY AFTER #room")) ?? "";
  expect(asked).toContain("msgid=m2");
  talk.hears(`@label=${tagOf(asked, "label")} :srv BATCH +h chathistory #room`);
  talk.hears("@batch=h;msgid=m3 :bob!b@h REDACT #room m1", ":srv BATCH -h");
  expect(texts(talk)).toEqual(["Hi"]);
  expect(talk.session.model.room("#room")?.lastId).toBe("m3");
});

test("what is taken back while history is fetched is not shown behind what was said after it", () => {
  const talk = inRoom();
  talk.input({ kind: "closed", connection: talk.connection, reason: "reset" });
  talk.waits(60_000);
  talk.input({ kind: "opened", connection: talk.connection });
  talk.isLetIn(wire);
  talk.hears(":ann!a@h JOIN #room ann :a");
  const asked = talk.sees().find((line) => line.includes("CHATHISTORY AFTER #room")) ?? "";
  talk.hears("@msgid=m3 :bob!b@h PRIVMSG #room :Oops", "@msgid=m5 :bob!b@h REDACT #room m3");
  talk.hears(`@label=${tagOf(asked, "label")} :srv BATCH +h chathistory #room`);
  talk.hears("@batch=h;msgid=m4 :bob!b@h PRIVMSG #room :Better", ":srv BATCH -h");
  expect(texts(talk)).toEqual(["Hello", "Hi", "Better"]);
  expect(told(talk).join()).not.toContain("Oops");
});

test("/redact asks for one's last message to be deleted, with the reason", () => {
  const talk = inRoom();
  const entered = parseEntry("/redact wrong room", "#room");
  if (entered.kind !== "action") throw new Error(entered.kind);
  talk.does(entered.action);
  expect(talk.sees().join()).toEndWith("REDACT #room m2 :wrong room");
  talk.does({ kind: "redact", target: "#room", id: "m1" });
  expect(talk.sees().join()).toEndWith("REDACT #room m1");
});

test("without a message of one's own there is nothing to delete, and that is said", () => {
  const talk = inRoom();
  talk.does({ kind: "redact", target: "#other", ref: "r" });
  expect(talk.sees()).toEqual([]);
  expect(talk.events()).toMatchObject([{ kind: "error", ref: "r", code: "NO_MESSAGE" }]);
  expect(parseEntry("/redact", undefined).kind).toBe("problem");
});

test("an earlier message, and someone's, is meant by its number and their name", () => {
  const talk = inRoom();
  talk.hears("@msgid=m3 :ann!a@h PRIVMSG #room :Three", "@msgid=m4 :Bob!b@h PRIVMSG #room :Four");
  const asked = [
    ["/redact", "m3"],
    ["/redact 1", "m3"],
    ["/redact 2 wrong room", "m2 :wrong room"],
    ["/redact 3rd time", "m3 :3rd time"],
    ["/redact @bob", "m4"],
    ["/redact @BOB 2 spam", "m1 spam"],
  ];
  for (const [line = "", said = ""] of asked) {
    const entered = parseEntry(line, "#room");
    if (entered.kind !== "action") throw new Error(entered.kind);
    talk.does(entered.action);
    expect(talk.sees().join()).toEndWith(`REDACT #room ${said}`);
  }
  expect(parseEntry("/redact 0", "#room").kind).toBe("problem");
  talk.events();
  talk.does({ kind: "redact", target: "#room", nth: 3, ref: "r" });
  expect(talk.events()).toMatchObject([{ kind: "error", ref: "r", code: "NO_MESSAGE" }]);
});

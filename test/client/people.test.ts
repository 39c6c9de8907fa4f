/**
 * What is told about people and about a room's name: the model follows, and the words say it where one would look.
 */
import { expect, test } from "bun:test";
import { Chat } from "../support/chat.ts";
import { eventLines } from "../../src/client/lines.ts";
import { everything, Talk } from "./talk.ts";

const wide = `${everything} away-notify setname chghost invite-notify draft/channel-rename`;

function inRoom(capabilities = wide): Talk {
  const talk = new Talk({ historyMessages: 0 }).comesOnline(capabilities);
  talk.hears(
    ":ann!a@h JOIN #room ann :a",
    ":srv 353 ann = #room :@ann bob",
    ":srv 366 ann #room :",
  );
  talk.hears(
    ":ann!a@h JOIN #other ann :a",
    ":srv 353 ann = #other :ann bob",
    ":srv 366 ann #other :",
  );
  talk.does({ kind: "read", room: "#room" }).events();
  talk.sees();
  return talk;
}

function told(talk: Talk, ...lines: readonly string[]): string[] {
  talk.events();
  talk.hears(...lines);
  const style = { clock: () => "10:00", arrow: "→", hasNumerics: false };
  return talk
    .events()
    .flatMap((event) => eventLines(event, talk.session.model, style))
    .map(({ text }) => text);
}

function awayTextsOf(talk: Talk, nick: string): (string | undefined)[] {
  return [...talk.session.model.rooms].map((room) => room.members.find(nick)?.awayText);
}

test("the client asks for what tells it about people and names", () => {
  const talk = new Talk({ login: { kind: "none" }, nick: "ann" }).opens();
  talk.sees();
  const names = "away-notify chghost invite-notify setname draft/channel-rename";
  talk.hears(`:srv CAP * LS :${names} extended-monitor`);
  expect(talk.sees()).toEqual([`CAP REQ :${names}`]);
});

test("who goes away and comes back is told where they are met, once, and known in every room", () => {
  const talk = inRoom();
  expect(told(talk, ":bob!b@h AWAY :lunch")).toEqual(["bob is away (lunch)"]);
  expect(awayTextsOf(talk, "bob")).toEqual(["lunch", "lunch"]);
  talk.hears(":srv 353 ann = #room :@ann bob", ":srv 366 ann #room :"); // names do not tell
  expect(awayTextsOf(talk, "bob")).toEqual(["lunch", "lunch"]);
  expect(told(talk, ":bob!b@h AWAY")).toEqual(["bob is back"]);
  expect(told(talk, ":bob!b@h AWAY :is not connected")).toEqual(["bob is not connected"]);
  expect(told(talk, ":bob!b@h AWAY :")).toEqual(["bob is back"]);
  expect(awayTextsOf(talk, "bob")).toEqual([undefined, undefined]);
});

test("what happens to people who are not in the room in front is not told", () => {
  const talk = inRoom();
  talk.hears(":carl!c@h JOIN #other carl :c");
  const lines = [":carl!c@h AWAY :x", ":carl!c@h SETNAME :Carl", ":carl!c@h CHGHOST c2 h2"];
  expect(told(talk, ...lines, ":carl!c@h INVITE dan #other")).toEqual([]);
  talk.hears(":carl!c@h PRIVMSG ann :psst").does({ kind: "read", room: "carl" });
  expect(told(talk, ...lines)).toEqual([
    "carl is away (x)",
    "carl's name is Carl now",
    "carl is c2@h2 now",
  ]);
});

test("names, addresses and invitations of others are told in the room in front", () => {
  const talk = inRoom();
  expect(told(talk, ":bob!b@h SETNAME :Robert \u001b[31m", ":bob!b@h CHGHOST b2 cloak")).toEqual([
    "bob's name is Robert ␛[31m now",
    "bob is b2@cloak now",
  ]);
  expect(told(talk, ":bob!b@h INVITE dan #room")).toEqual(["bob invited dan to #room"]);
});

test("one's own name and address are told everywhere, one's own being away by the server's answer", () => {
  const talk = inRoom();
  const lines = [":ann!a@h SETNAME :Anna", ":ann!a@h CHGHOST a2 h2", ":ann!a@h AWAY :lunch"];
  expect(told(talk, ...lines, ":srv 306 ann :You have been marked as being away")).toEqual([
    "your name is Anna now",
    "others see you as a2@h2 now",
    "You have been marked as being away",
  ]);
});

test("after CHGHOST a text is cut so that it fits behind the longer address", () => {
  const talk = inRoom();
  talk.says("#room", "x".repeat(600));
  const [before = ""] = talk.sees();
  talk.hears(`:ann!a@h CHGHOST a ${"h".repeat(60)}`);
  talk.says("#room", "x".repeat(600));
  const [after = ""] = talk.sees();
  expect(before.length - after.length).toBe(59);
});

test("a renamed room keeps what is in it: people, topic, what was said, and its place in front", () => {
  const talk = inRoom();
  talk.hears(":bob!b@h TOPIC #room :News", "@msgid=1 :bob!b@h PRIVMSG #room :before");
  const room = talk.session.model.room("#room");
  expect(told(talk, ":bob!b@h RENAME #room #den :a better name")).toEqual([
    "#room is #den now: bob renamed it (a better name)",
  ]);
  const { model } = talk.session;
  expect(model.room("#room")).toBeUndefined();
  expect(model.room("#den") === room).toBe(true);
  expect(model.currentRoom).toBe("#den");
  expect(room).toMatchObject({ name: "#den", topic: "News", isJoined: true, lastId: "1" });
  expect(room?.messages.map(({ room: name, text }) => [name, text])).toEqual([["#den", "before"]]);
  expect(told(talk, ":bob!b@h PRIVMSG #den :after")).toEqual(["10:00 bob: after"]);
  expect(told(talk, ":bob!b@h RENAME #den #DEN")).toEqual(["#den is #DEN now: bob renamed it"]);
  expect(told(talk, ":bob!b@h RENAME #nowhere #else", ":bob!b@h RENAME #DEN #other")).toEqual([]);
});

test("a renamed room takes the name of one that was left, and is joined by it after a lost connection", () => {
  const talk = inRoom(wide.replace("labeled-response ", ""));
  talk.hears(":ann!a@h PART #other", ":bob!b@h RENAME #room #other :");
  expect([...talk.session.model.rooms].map(({ name }) => name)).toEqual(["#other"]);
  talk.loses().comesBack().isLetIn();
  const joins = talk.sees().filter((line) => line.includes("JOIN "));
  expect(joins.map((line) => line.replace(/^@\S+ /, ""))).toEqual(["JOIN #other"]);
});

test("what waits to be sent goes to the room under its new name", () => {
  const talk = inRoom();
  talk.says("#room", "one", "r1");
  talk.sees();
  talk.hears(":bob!b@h RENAME #room #den :").loses();
  talk.comesBack().isLetIn(wide);
  const sent = talk.sees().filter((line) => line.includes("PRIVMSG"));
  expect(sent.map((line) => line.replace(/^@\S+ /, ""))).toEqual(["PRIVMSG #den :one"]);
});

test("what was held while a room was fetched comes under its new name, after what is fetched again", () => {
  const talk = new Talk().comesOnline(wide);
  talk.hears(":ann!a@h JOIN #room ann :a", "@msgid=2 :bob!b@h PRIVMSG #room :two");
  const label = /label=(\S+) CHATHISTORY LATEST #room/.exec(talk.sees().join("\n"))?.[1];
  expect(label).toBeDefined();
  talk.hears(":bob!b@h RENAME #room #den :");
  const again = /label=(\S+) CHATHISTORY LATEST #den/.exec(talk.sees().join("\n"))?.[1];
  expect(talk.texts()).toEqual([]);
  talk.hears(
    `@label=${label} :srv FAIL CHATHISTORY INVALID_TARGET LATEST #room :No such room`,
    `@label=${again} :srv BATCH +1 chathistory #den`,
    "@batch=1;msgid=1 :bob!b@h PRIVMSG #den :one",
    "@batch=1;msgid=2 :bob!b@h PRIVMSG #den :two",
    ":srv BATCH -1",
  );
  expect(talk.texts()).toEqual(["one", "two"]);
});

test("our server says all of it as the client reads it", () => {
  const chat = new Chat();
  const ann = chat.member("ann", "away-notify", "setname", "invite-notify", "draft/channel-rename");
  const bob = chat.member("bob");
  chat.member("carl");
  ann.sends("JOIN #room");
  bob.sends("JOIN #room");
  ann.sends("MODE #room +o bob");
  ann.sees();
  bob.sends("AWAY :lunch", "AWAY", "SETNAME :Robert", "INVITE carl #room");
  const seen = ann.sees();
  ann.sends("RENAME #room #den :better");
  seen.push(...ann.sees());
  const talk = new Talk({ historyMessages: 0 }).comesOnline(wide);
  talk.hears(":ann!a@h JOIN #room ann :a", ":bob!b@h JOIN #room bob :b");
  talk.does({ kind: "read", room: "#room" });
  expect(seen.flatMap((line) => told(talk, line))).toEqual([
    "bob is away (lunch)",
    "bob is back",
    "bob's name is Robert now",
    "bob invited carl to #room",
    "#room is #den now: ann renamed it (better)",
  ]);
});

/** MOTD, LUSERS and VERSION: what the server says of itself. */
import { expect, test } from "bun:test";
import { Chat } from "../../support/chat.ts";

test("the message of the day is told line by line", () => {
  const ann = new Chat({ settings: { motd: ["Be kind.", ""] } }).member("ann");
  ann.sends("MOTD");
  expect(ann.sees()).toEqual([
    ":server 375 ann :- server Message of the day - ",
    ":server 372 ann :- Be kind.",
    ":server 372 ann :- ",
    ":server 376 ann :End of /MOTD command.",
  ]);
});

test("a long line of the message of the day becomes several", () => {
  const ann = new Chat({ settings: { motd: ["m".repeat(600)] } }).member("ann");
  ann.sends("MOTD");
  const lines = ann.sees().filter((line) => line.includes(" 372 "));
  expect(lines.map((line) => line.length - ":server 372 ann :- ".length)).toEqual([350, 250]);
});

test("noMotd: without a message of the day there is none", () => {
  const ann = new Chat().member("ann");
  ann.sends("MOTD");
  expect(ann.sees()).toEqual([":server 422 ann :MOTD File is missing"]);
});

test("LUSERS counts users once however many devices they have, and secret channels not", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann", "bob");
  chat.member("ann");
  chat.stranger();
  chat.operatorSays("role bob operator");
  ann.sends("JOIN #secret", "MODE #secret +s");
  ann.sees();
  ann.sends("LUSERS");
  expect(ann.sees()).toEqual([
    ":server 251 ann :There are 2 users and 0 invisible on 1 servers",
    ":server 252 ann 1 :operator(s) online",
    ":server 253 ann 1 :unknown connection(s)",
    ":server 254 ann 1 :channels formed",
    ":server 255 ann :I have 2 clients and 0 servers",
    ":server 265 ann 2 2 :Current local users 2, max 2",
    ":server 266 ann 2 2 :Current global users 2, max 2",
  ]);
});

test("LUSERS remembers the most there were", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann"), chat.member("bob")];
  bob.drops();
  ann.sends("LUSERS");
  expect(ann.sees()).toContain(":server 265 ann 1 2 :Current local users 1, max 2");
});

test("VERSION tells the program, and what is supported", () => {
  const ann = new Chat({ settings: { version: "authchat-9" } }).member("ann");
  ann.sends("VERSION");
  const [version, ...isupport] = ann.sees();
  expect(version).toBe(":server 351 ann authchat-9 server :a private chat");
  expect(isupport.join(" ")).toContain(" PREFIX=(qaohv)~&@%+ ");
});

test("STATS of something that is no letter ends with the stand-in for it", () => {
  // Found by the crowd of the simulation, seeds 2 and 5: the answer could not be written.
  const [ann] = new Chat().inChannel("#room", "ann");
  ann.sends("STATS ::", "STATS : x", "STATS 😀u");
  expect(ann.sees()).toEqual([
    ":server 219 ann * :End of /STATS report",
    ":server 219 ann * :End of /STATS report",
    ":server 219 ann 😀 :End of /STATS report",
  ]);
});

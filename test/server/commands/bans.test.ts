/** What bans, exceptions, mutes and the flags about speaking and joining do to people. */
import { expect, test } from "bun:test";
import { Chat, type Person } from "../../support/chat.ts";

function open(): Chat {
  return new Chat({ settings: { accountsRequired: false, nicks: "free" } });
}

function guest(chat: Chat, nick: string): Person {
  const person = chat.stranger();
  person.sends(`NICK ${nick}`, `USER ${nick} 0 * :Somebody`);
  person.sees();
  return person;
}

/** ann's room with those modes; bob is in it. */
function room(modes: string): [Chat, Person, Person] {
  const chat = open();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  ann.sends(`MODE #room ${modes}`);
  ann.sees();
  bob.sees();
  return [chat, ann, bob];
}

const heard = ":bob!bob@server PRIVMSG #room :Hello";
const banned = ":server 404 bob #room :You are banned from this channel";

test.each([
  ["+b bob", banned],
  ["+b ~a:BOB", banned],
  ["+b ~a:b*", banned],
  ["+b ~m:bob", banned],
  ["+b ~m:~a:bob", banned],
])("cannotSend: with %s bob is not heard, and is told so", (modes, answer) => {
  const [, ann, bob] = room(modes);
  bob.sends("PRIVMSG #room :Hello", "@+typing=active TAGMSG #room");
  expect(ann.sees()).toEqual([]);
  expect(bob.sees()).toEqual([answer, answer]);
});

test.each([
  "+be bob bob",
  "+be bob ~a:bob",
  "+be ~m:bob ~m:bob",
  "+be ~a:bob ~m:bob",
  "+bv bob bob",
  "+b ~a:ann",
  "+b ~m:cem",
])("with %s bob is heard", (modes) => {
  const [, ann, bob] = room(modes);
  bob.sends("PRIVMSG #room :Hello");
  expect(ann.sees()).toEqual([heard]);
});

test("bannedFromChannel: a ban keeps out; a mute, and an exception that is only about muting, do not change that", () => {
  const chat = open();
  const [ann] = chat.inChannel("#room", "ann");
  const bob = chat.member("bob");
  const tries = (modes: string): string => {
    ann.sends(`MODE #room ${modes}`);
    bob.sees();
    bob.sends("JOIN #room", "PART #room");
    return bob.sees()[0] ?? "";
  };
  const refused = ":server 474 bob #room :Cannot join channel (+b)";
  const joined = ":bob!bob@server JOIN #room";
  expect(tries("+b ~a:bob")).toBe(refused);
  expect(tries("+e ~m:bob")).toBe(refused);
  expect(tries("+e ~a:bob")).toBe(joined);
  expect(tries("-bee ~a:bob ~a:bob ~m:bob")).toBe(joined);
  expect(tries("+b ~m:~a:bob")).toBe(joined);
});

test("a guest whose nick is as an account has no account that a ban could be about", () => {
  const chat = open();
  const [ann] = chat.inChannel("#room", "ann");
  ann.sends("MODE #room +b ~a:*");
  const gus = guest(chat, "gus");
  gus.sends("JOIN #room");
  expect(gus.sees()[0]).toBe(":gus!~gus@127.0.0.1 JOIN #room");
});

test("inviteOnly: an invite exception by account lets in who is logged in as that", () => {
  const chat = open();
  const [ann] = chat.inChannel("#room", "ann");
  ann.sends("MODE #room +iI ~a:bob");
  const [bob, cem] = [chat.member("bob"), chat.member("cem")];
  bob.sends("JOIN #room");
  cem.sends("JOIN #room");
  expect(bob.sees()[0]).toBe(":bob!bob@server JOIN #room");
  expect(cem.sees()).toEqual([":server 473 cem #room :Cannot join channel (+i)"]);
});

test("needAccount: only who has an account joins a channel that is +R, unless they are let in", () => {
  const chat = open();
  const [ann] = chat.inChannel("#room", "ann");
  ann.sends("MODE #room +R");
  const [bob, gus] = [chat.member("bob"), guest(chat, "gus")];
  bob.sends("JOIN #room");
  gus.sends("JOIN #room");
  expect(bob.sees()[0]).toBe(":bob!bob@server JOIN #room");
  expect(gus.sees()).toEqual([
    ":server 477 gus #room :Cannot join channel (+R): only who has an account may",
  ]);
  ann.sends("INVITE gus #room");
  gus.sends("JOIN #room");
  expect(gus.sees()).toContain(":gus!~gus@127.0.0.1 JOIN #room");
});

test("cannotSend: where only who has an account may speak, a guest may with a voice", () => {
  const [chat, ann] = room("+M");
  const gus = guest(chat, "gus");
  gus.sends("JOIN #room");
  gus.sees();
  gus.sends("PRIVMSG #room :Hello");
  expect(gus.sees()).toEqual([":server 404 gus #room :Only who has an account may speak here"]);
  ann.sends("MODE #room +v gus");
  ann.sees();
  gus.sends("PRIVMSG #room :Hello");
  expect(ann.sees()).toEqual([":gus!~gus@127.0.0.1 PRIVMSG #room :Hello"]);
});

test("cannotSend: a channel without CTCP takes what people do, and of operators no more", () => {
  const [, ann, bob] = room("+C");
  ann.sends("PRIVMSG #room :\x01VERSION\x01", "PRIVMSG #room :\x01ACTION waves\x01");
  bob.sends("PRIVMSG #room :\x01ACTIONS\x01", "NOTICE #room :\x01PING 1\x01");
  const why = "#room :CTCP is not for this channel";
  expect(ann.sees()).toEqual([`:server 404 ann ${why}`]);
  expect(bob.sees()).toEqual([
    ":ann!ann@server PRIVMSG #room :\x01ACTION waves\x01",
    `:server 404 bob ${why}`,
  ]);
});

// --- Op-moderated --------------------------------------------------------------------------------------------------

test.each(["+U", "+Um", "+Ub bob", "+Ub ~m:bob"])(
  "with %s what bob says, who has no rank, is seen by operators and half-operators, and by nobody after them",
  (modes) => {
    const chat = new Chat();
    const [ann, bob, hal, voi] = chat.inChannel("#room", "ann", "bob", "hal", "voi");
    const phone = chat.member("bob");
    ann.sends("MODE #room +hv hal voi", `MODE #room ${modes}`);
    for (const person of [ann, bob, hal, voi, phone]) person.sees();
    bob.sends("PRIVMSG #room :Hello");
    expect([bob.sees(), phone.sees(), ann.sees(), hal.sees(), voi.sees()]).toEqual([
      [],
      [heard],
      [heard],
      [heard],
      [],
    ]);
    ann.sends("CHATHISTORY LATEST #room * 10");
    expect(ann.sees()).toEqual([]);
  },
);

test("with +U who has a voice is heard by everyone", () => {
  const chat = new Chat();
  const [ann, bob, voi] = chat.inChannel("#room", "ann", "bob", "voi");
  ann.sends("MODE #room +Uv voi");
  for (const person of [ann, bob, voi]) person.sees();
  voi.sends("PRIVMSG #room :Hello");
  const said = ":voi!voi@server PRIVMSG #room :Hello";
  expect([ann.sees(), bob.sees()]).toEqual([[said], [said]]);
});

test("what only operators see has no id of the log, for it is not in the channel's log", () => {
  const [chat, , bob] = room("+Um");
  const ann = chat.member("ann", "message-tags");
  const echoing = chat.member("bob", "message-tags", "echo-message");
  echoing.sends("PRIVMSG #room :Hello", "@+typing=active TAGMSG #room");
  const [said, typing = "", ...others] = ann.sees();
  expect([said, ...others]).toEqual([heard]);
  // One that cannot be looked up: it is in no log.
  expect(typing).toMatch(/^@msgid=t\S+;\+typing=active :bob!bob@server TAGMSG #room$/);
  expect(echoing.sees()).toEqual([heard, typing]);
  expect(bob.sees()).toEqual([heard]);
});

test("cannotSend: who is no member is refused by +n, whatever +U says", () => {
  const [chat] = room("+U");
  const cem = chat.member("cem");
  cem.sends("PRIVMSG #room :Hello");
  expect(cem.sees()).toEqual([":server 404 cem #room :You are not in this channel"]);
});

/** AWAY and SETNAME: what people say about themselves, and who is told. */
import { expect, test } from "bun:test";
import { Chat } from "../../support/chat.ts";

test("AWAY with words and without them is answered", () => {
  const ann = new Chat().member("ann");
  ann.sends("AWAY :Out to lunch", "AWAY", "AWAY :");
  expect(ann.sees()).toEqual([
    ":server 306 ann :You have been marked as being away",
    ":server 305 ann :You are no longer marked as being away",
    ":server 305 ann :You are no longer marked as being away",
  ]);
});

test("who writes to someone away is told why, for a PRIVMSG and not for a NOTICE", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann"), chat.member("bob")];
  bob.sends("AWAY :Out");
  ann.sends("PRIVMSG bob :Hello", "NOTICE bob :Hello");
  expect(ann.sees()).toEqual([":server 301 ann bob :Out"]);
});

test("who shares a channel is told with away-notify, once, and only of changes", () => {
  const chat = new Chat();
  const ann = chat.member("ann", "away-notify");
  const bob = chat.member("bob");
  const other = chat.member("cem", "away-notify");
  ann.sends("JOIN #room");
  bob.sends("JOIN #room");
  ann.sees();
  bob.sends("AWAY :Out", "AWAY :Out", "AWAY");
  expect(ann.sees()).toEqual([":bob!bob@server AWAY :Out", ":bob!bob@server AWAY"]);
  expect(other.sees()).toEqual([]);
});

test("who has several devices is away when all of them are", () => {
  const chat = new Chat();
  const ann = chat.member("ann", "away-notify");
  const [laptop, phone] = [chat.member("bob"), chat.member("bob")];
  ann.sends("JOIN #room");
  laptop.sends("JOIN #room");
  ann.sees();
  laptop.sends("AWAY :Out");
  expect(ann.sees()).toEqual([]);
  phone.sends("AWAY :Gone");
  expect(ann.sees()).toEqual([":bob!bob@server AWAY :Gone"]);
  phone.drops();
  expect(ann.sees()).toEqual([":bob!bob@server AWAY :Out"]);
});

test("a member whose last device has gone is away until one is back", () => {
  const chat = new Chat();
  const ann = chat.member("ann", "away-notify");
  ann.sends("JOIN #room");
  const bob = chat.member("bob");
  bob.sends("JOIN #room");
  ann.sees();
  bob.drops();
  chat.member("bob");
  expect(ann.sees()).toEqual([":bob!bob@server AWAY :is not connected", ":bob!bob@server AWAY"]);
});

test("with draft/pre-away a connection says before the welcome that nobody is there", () => {
  const chat = new Chat();
  const ann = chat.member("ann", "away-notify");
  ann.sends("JOIN #room");
  const bob = chat.member("bob");
  bob.sends("JOIN #room");
  bob.drops();
  ann.sees();
  const phone = chat.stranger();
  phone.sends("CAP LS 302", "CAP REQ :sasl draft/pre-away", "AWAY *", "NICK bob", "USER b 0 * :b");
  phone.logsIn("bob", "correct horse battery");
  phone.sends("CAP END");
  expect(ann.sees()).toEqual([]);
  ann.sends("PRIVMSG bob :Hello");
  expect(ann.sees()).toEqual([":server 301 ann bob :is not connected"]);
});

test("notRegistered: without draft/pre-away AWAY is for later", () => {
  const ann = new Chat().stranger();
  ann.sends("AWAY *");
  expect(ann.sees()).toEqual([":server 451 * :You have not registered"]);
});

test("an over-long AWAY is cut at AWAYLEN, between characters", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann"), chat.member("bob")];
  bob.sends(`AWAY :${"ä".repeat(220)}`);
  ann.sends("PRIVMSG bob :Hello");
  expect(ann.sees()).toEqual([`:server 301 ann bob :${"ä".repeat(195)}`]);
});

test("SETNAME is shown to who asked for it, the setter included", () => {
  const chat = new Chat();
  const ann = chat.member("ann", "setname");
  const bob = chat.member("bob", "setname");
  const cem = chat.member("cem");
  for (const person of [ann, bob, cem]) person.sends("JOIN #room");
  for (const person of [ann, bob, cem]) person.sees();
  ann.sends("SETNAME :Ann the Great", "WHO ann %r");
  const line = ":ann!ann@server SETNAME :Ann the Great";
  expect(ann.sees().slice(0, 2)).toEqual([line, ":server 354 ann :Ann the Great"]);
  expect(bob.sees()).toEqual([line]);
  expect(cem.sees()).toEqual([]);
});

test.each(["SETNAME : ", `SETNAME :${"x".repeat(151)}`])("invalidRealName: %j is none", (line) => {
  const ann = new Chat().member("ann");
  ann.sends(line);
  expect(ann.sees()).toEqual([
    ":server FAIL SETNAME INVALID_REALNAME :This real name cannot be used",
  ]);
});

/** The network: any number of devices a user, and membership that outlives them all. */
import { expect, test } from "bun:test";
import { Chat } from "../../support/chat.ts";

test("two devices of one account see the same, their own lines too", () => {
  const chat = new Chat();
  const [laptop, phone] = [chat.member("ann", "echo-message"), chat.member("ann", "echo-message")];
  const bob = chat.member("bob");
  laptop.sends("JOIN #room", "TOPIC #room :Tea", "PRIVMSG #room :From the laptop");
  phone.sends("PRIVMSG #room :From the phone", "PRIVMSG bob :Hello");
  bob.sends("PRIVMSG ann :Hello");
  laptop.sends("PART #room");
  expect(laptop.sees()).toEqual(phone.sees());
});

test("one device leaves, the other stays, and the nick is shared", () => {
  const chat = new Chat();
  const [laptop, bob] = chat.inChannel("#room", "ann", "bob");
  const phone = chat.member("ann");
  laptop.drops();
  bob.sends("PRIVMSG #room :Still there?");
  expect(phone.sees()).toEqual([":bob!bob@server PRIVMSG #room :Still there?"]);
});

test("a second device is in the rooms of the first", () => {
  const chat = new Chat();
  chat.inChannel("#room", "ann");
  const phone = chat.member("ann");
  phone.sends("PART #room");
  expect(phone.sees()).toEqual([":ann!ann@server PART :#room"]);
});

test("membership survives the last QUIT, and what was said meanwhile is read", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  ann.sends("QUIT");
  bob.sends("PRIVMSG #room :You missed this");
  const back = chat.member("ann");
  back.sends("CHATHISTORY LATEST #room * 10");
  expect(back.sees()).toEqual([":bob!bob@server PRIVMSG #room :You missed this"]);
});

test("after a restart members, ranks, topic, modes, lists and key are as before", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann", "bob", "cem");
  ann.sends("MODE #room +vk-t+l bob sesame 9", "MODE #room +bI evil friend", "TOPIC #room :Tea");
  const requests = ["MODE #room", "MODE #room bI", "TOPIC #room", "NAMES #room", "LIST"];
  ann.sees();
  ann.sends(...requests);
  const before = ann.sees();
  const again = chat.restarts().member("ann");
  again.sends(...requests);
  expect(again.sees()).toEqual(before);
  expect(before).toContain(":server 353 ann = #room :~ann +bob cem");
});

test("after a restart who left or was put out is not back", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob", "cem");
  bob.sends("PART #room");
  ann.sends("KICK #room cem");
  const again = chat.restarts().member("ann");
  again.sends("NAMES #room");
  expect(again.sees()[0]).toBe(":server 353 ann = #room :~ann");
});

test("after a restart the same names log in, with the same passwords", () => {
  const chat = new Chat();
  chat.hasAccount("ann");
  const after = chat.restarts();
  expect(after.operatorSays("accounts")).toEqual(["ann active member"]);
  after.member("ann").sends("PRIVMSG server :Hello");
  expect(after.notes.at(-1)).toMatchObject({ event: "message.server", from: "ann" });
});

test("ids go on where they were after a restart", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  ann.sends("PRIVMSG #room :1");
  const again = chat.restarts().member("ann", "message-tags", "echo-message");
  again.sends("PRIVMSG #room :2", "JOIN #other");
  expect(again.sees().slice(0, 2)).toEqual([
    "@msgid=c1-3 :ann!ann@server PRIVMSG #room :2",
    "@msgid=c2-1 :ann!ann@server JOIN #other",
  ]);
});

test("a channel that all have left is there for who comes next", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  ann.sends("TOPIC #room :Tea", "PART #room");
  const bob = chat.member("bob");
  bob.sends("JOIN #room");
  expect(bob.sees()).toContain(":server 332 bob #room :Tea");
});

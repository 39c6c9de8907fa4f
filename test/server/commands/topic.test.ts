/** TOPIC, as those who write and read it see it. */
import { expect, test } from "bun:test";
import { Chat } from "../../support/chat.ts";

const newYear2026 = 1_767_225_600;

test("a topic is changed, and everyone in the channel sees it", () => {
  const [ann, bob] = new Chat().inChannel("#room", "ann", "bob");
  ann.sends("TOPIC #room :Tea at four");
  expect(ann.sees()).toEqual([":ann!ann@server TOPIC #room :Tea at four"]);
  expect(bob.sees()).toEqual([":ann!ann@server TOPIC #room :Tea at four"]);
});

test("a topic is read with who set it and when", () => {
  const [ann, bob] = new Chat().inChannel("#room", "ann", "bob");
  ann.sends("TOPIC #room :Tea at four");
  bob.sees();
  bob.sends("TOPIC #Room");
  expect(bob.sees()).toEqual([
    ":server 332 bob #room :Tea at four",
    `:server 333 bob #room ann ${newYear2026}`,
  ]);
});

test("a channel without a topic says so", () => {
  const [ann] = new Chat().inChannel("#room", "ann");
  ann.sends("TOPIC #room");
  expect(ann.sees()).toEqual([":server 331 ann #room :No topic is set"]);
});

test("an empty topic takes the topic away", () => {
  const [ann] = new Chat().inChannel("#room", "ann");
  ann.sends("TOPIC #room :Tea", "TOPIC #room :");
  ann.sees();
  ann.sends("TOPIC #room");
  expect(ann.sees()).toEqual([":server 331 ann #room :No topic is set"]);
});

test("a topic of a channel that is not secret is read from outside", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  ann.sends("TOPIC #room :Tea");
  const bob = chat.member("bob");
  bob.sends("TOPIC #room");
  expect(bob.sees()).toEqual([
    ":server 332 bob #room :Tea",
    `:server 333 bob #room ann ${newYear2026}`,
  ]);
});

test("needOperator: a member who is no operator does not change the topic", () => {
  const [ann, bob] = new Chat().inChannel("#room", "ann", "bob");
  bob.sends("TOPIC #room :Mine");
  expect(bob.sees()).toEqual([":server 482 bob #room :You're not channel operator"]);
  expect(ann.sees()).toEqual([]);
});

test("without +t every member changes the topic", () => {
  const [ann, bob] = new Chat().inChannel("#room", "ann", "bob");
  ann.sends("MODE #room -t");
  bob.sees();
  bob.sends("TOPIC #room :Mine");
  expect(bob.sees()).toEqual([":bob!bob@server TOPIC #room :Mine"]);
});

test("notOnChannel: who is not in the channel does not change its topic", () => {
  const chat = new Chat();
  chat.inChannel("#room", "ann");
  const bob = chat.member("bob");
  bob.sends("TOPIC #room :Mine");
  expect(bob.sees()).toEqual([":server 442 bob #room :You're not on that channel"]);
});

test("a topic is cut to TOPICLEN bytes, between characters", () => {
  const [ann] = new Chat().inChannel("#room", "ann");
  ann.sends(`TOPIC #room :${"é".repeat(200)}`);
  expect(ann.sees()).toEqual([`:ann!ann@server TOPIC #room :${"é".repeat(195)}`]);
});

test("a topic in a channel with the longest names is cut until every reader's line fits", () => {
  const [nick, channel] = ["n".repeat(32), `#${"c".repeat(63)}`];
  const chat = new Chat({ settings: { name: "s".repeat(63) } });
  const [long] = chat.inChannel(channel, nick);
  long.sends(`TOPIC ${channel} :${"t".repeat(390)}`, `TOPIC ${channel}`);
  const [changed = "", read = ""] = long.sees();
  expect(changed.length).toBe(510);
  expect(read).toEndWith(changed.slice(changed.lastIndexOf(":")));
});

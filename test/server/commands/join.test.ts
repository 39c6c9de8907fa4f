/** JOIN and PART, as those who come, go and stay see it. */
import { expect, test } from "bun:test";
import { Chat } from "../../support/chat.ts";

const newYear2026 = 1_767_225_600;

test("who makes a channel is its founder and sees who is there", () => {
  const ann = new Chat().member("ann");
  ann.sends("JOIN #room");
  expect(ann.sees()).toEqual([
    ":ann!ann@server JOIN #room",
    ":server 353 ann = #room :~ann",
    ":server 366 ann #room :End of /NAMES list",
  ]);
});

test("who joins a channel is seen by its members, and sees its topic", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  ann.sends("TOPIC #room :Tea");
  ann.sees();
  const bob = chat.member("bob");
  bob.sends("JOIN #ROOM");
  expect(ann.sees()).toEqual([":bob!bob@server JOIN #room"]);
  expect(bob.sees()).toEqual([
    ":bob!bob@server JOIN #room",
    ":server 332 bob #room :Tea",
    `:server 333 bob #room ann ${newYear2026}`,
    ":server 353 bob = #room :~ann bob",
    ":server 366 bob #room :End of /NAMES list",
  ]);
});

test("with extended-join the account and the real name are seen", () => {
  const chat = new Chat();
  const ann = chat.member("ann", "extended-join");
  ann.sends("JOIN #room");
  ann.sees();
  chat.member("bob").sends("JOIN #room");
  expect(ann.sees()).toEqual([":bob!bob@server JOIN #room bob :Real Name"]);
});

test("joining again is silent", () => {
  const [ann] = new Chat().inChannel("#room", "ann");
  ann.sends("JOIN #room");
  expect(ann.sees()).toEqual([]);
});

test("the other devices of who joins see the channel like the one that joined", () => {
  const chat = new Chat();
  const [laptop, phone] = [chat.member("ann"), chat.member("ann")];
  laptop.sends("JOIN #room");
  expect(phone.sees()).toEqual(laptop.sees());
});

test("a list of channels is joined with the key of each, and what is refused does not stop the rest", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  ann.sends("JOIN #a,#b,#c", "MODE #a +k one", "MODE #b +k two");
  const bob = chat.member("bob");
  bob.sends("JOIN #a,#b,#c one,wrong");
  expect(bob.sees().filter((line) => !/ 3(?:53|66) /.test(line))).toEqual([
    ":bob!bob@server JOIN #a",
    ":server 475 bob #b :Cannot join channel (+k)",
    ":bob!bob@server JOIN #c",
  ]);
});

test("tooManyChannels: nobody is in more channels than CHANLIMIT says", () => {
  const chat = new Chat({ limits: { channelsPerUserMax: 1 } });
  chat.inChannel("#old", "cem");
  const [ann] = chat.inChannel("#room", "ann");
  ann.sends("JOIN #new", "JOIN #old");
  expect(ann.sees()).toEqual([
    ":server 405 ann #new :You have joined too many channels",
    ":server 405 ann #old :You have joined too many channels",
  ]);
});

test("channelIsFull: no more come in than +l says", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  ann.sends("MODE #room +l 1");
  const bob = chat.member("bob");
  bob.sends("JOIN #room");
  expect(bob.sees()).toEqual([":server 471 bob #room :Cannot join channel (+l)"]);
});

test("channelIsFull: no more come in than the server allows, invited or not", () => {
  const chat = new Chat({ limits: { membersPerChannelMax: 1 } });
  const [ann] = chat.inChannel("#room", "ann");
  const bob = chat.member("bob");
  ann.sends("INVITE bob #room");
  bob.sees();
  bob.sends("JOIN #room");
  expect(bob.sees()).toEqual([":server 471 bob #room :Cannot join channel (+l)"]);
});

test("inviteOnly: who is not invited stays out of a channel with +i", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  ann.sends("MODE #room +i");
  const bob = chat.member("bob");
  bob.sends("JOIN #room");
  expect(bob.sees()).toEqual([":server 473 bob #room :Cannot join channel (+i)"]);
});

test("an invite exception comes in although the channel is +i", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  ann.sends("MODE #room +iI bob");
  const bob = chat.member("bob");
  bob.sends("JOIN #room");
  expect(bob.sees()[0]).toBe(":bob!bob@server JOIN #room");
});

test("bannedFromChannel: who is banned stays out", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  ann.sends("MODE #room +b B?B!*@*");
  const bob = chat.member("bob");
  bob.sends("JOIN #room");
  expect(bob.sees()).toEqual([":server 474 bob #room :Cannot join channel (+b)"]);
});

test("badChannelKey: without the key, or with another, one stays out", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  ann.sends("MODE #room +k sesame");
  const bob = chat.member("bob");
  bob.sends("JOIN #room", "JOIN #room Sesame");
  expect(bob.sees()).toEqual([
    ":server 475 bob #room :Cannot join channel (+k)",
    ":server 475 bob #room :Cannot join channel (+k)",
  ]);
});

test("the founder comes back in past every mode, as founder", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  ann.sends("MODE #room +ikb sesame ann", "PART #room");
  bob.sees();
  ann.sends("JOIN #room");
  expect(bob.sees()).toEqual([":ann!ann@server JOIN #room", ":server MODE #room +qo ann ann"]);
  expect(ann.sees()).toContain(":server 353 ann = #room :bob ~ann");
});

test.each([
  ["room", "a channel's name begins with #"],
  ["#", "a channel's name has no spaces, commas, colons, wildcards or control characters"],
  ["#a*", "a channel's name has no spaces, commas, colons, wildcards or control characters"],
  ["#a\u00a0b", "a channel's name has no spaces, commas, colons, wildcards or control characters"],
  [`#${"é".repeat(32)}`, "a channel's name has at most 64 bytes"],
])("badChannelMask: %j is no channel's name", (name, why) => {
  const ann = new Chat().member("ann");
  ann.sends(`JOIN ${name}`);
  expect(ann.sees()).toEqual([`:server 476 ann ${name.replace("\u00a0", "")} :${why}`]);
});

test("tooManyTargets: one JOIN names no more channels than TARGMAX says", () => {
  const ann = new Chat({ limits: { targetsMax: 2 } }).member("ann");
  ann.sends("JOIN #a,#b,#c");
  expect(ann.sees()).toEqual([":server 407 ann #c :Too many targets"]);
});

test("tooManyTargets: the surplus is one word, whatever was written", () => {
  const ann = new Chat({ limits: { targetsMax: 1 } }).member("ann");
  ann.sends("JOIN :#a,: b", "JOIN #a,:");
  expect(ann.sees()).toEqual([
    ":server 407 ann b :Too many targets",
    ":server 407 ann * :Too many targets",
  ]);
});

test("needMoreParams: JOIN and PART name a channel", () => {
  const ann = new Chat().member("ann");
  ann.sends("JOIN", "PART", "JOIN ,");
  expect(ann.sees()).toEqual([
    ":server 461 ann JOIN :Not enough parameters",
    ":server 461 ann PART :Not enough parameters",
    ":server 461 ann JOIN :Not enough parameters",
  ]);
});

test("temporarilyUnavailable: a channel that cannot be looked up is not made anew", () => {
  const chat = new Chat({ limits: { answerWithinMs: 1_000 } });
  const ann = chat.member("ann");
  chat.holdsQuestions();
  ann.sends("JOIN #room");
  chat.passes(1_000);
  expect(ann.sees()).toEqual([
    ":server FAIL JOIN TEMPORARILY_UNAVAILABLE :This cannot be done now; try again later",
  ]);
});

test("leaving is seen by all, with the reason", () => {
  const [ann, bob] = new Chat().inChannel("#room", "ann", "bob");
  bob.sends("PART #room :Good night");
  const line = ":bob!bob@server PART #room :Good night";
  expect([ann.sees(), bob.sees()]).toEqual([[line], [line]]);
});

test("leaving without a reason has none", () => {
  const [ann] = new Chat().inChannel("#room", "ann");
  ann.sends("PART #room");
  expect(ann.sees()).toEqual([":ann!ann@server PART :#room"]);
});

test("who left hears no more of the channel", () => {
  const [ann, bob] = new Chat().inChannel("#room", "ann", "bob");
  bob.sends("PART #room");
  bob.sees();
  ann.sends("PRIVMSG #room :Alone?");
  expect(bob.sees()).toEqual([]);
});

test("noSuchChannel: a channel that does not exist cannot be left", () => {
  const ann = new Chat().member("ann");
  ann.sends("PART #room");
  expect(ann.sees()).toEqual([":server 403 ann #room :No such channel"]);
});

test("notOnChannel: a channel one is not in cannot be left", () => {
  const chat = new Chat();
  chat.inChannel("#room", "ann");
  const bob = chat.member("bob");
  bob.sends("PART #room");
  expect(bob.sees()).toEqual([":server 442 bob #room :You're not on that channel"]);
});

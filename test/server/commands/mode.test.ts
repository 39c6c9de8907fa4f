/** MODE, as those who set, read and suffer it see it. */
import { expect, test } from "bun:test";
import { Chat } from "../../support/chat.ts";

const newYear2026 = 1_767_225_600;

test("a new channel has +nt, and its time of birth is told", () => {
  const [ann] = new Chat().inChannel("#room", "ann");
  ann.sends("MODE #Room");
  expect(ann.sees()).toEqual([":server 324 ann #room +nt", `:server 329 ann #room ${newYear2026}`]);
});

test("the key is shown to members, and hidden from others", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  ann.sends("MODE #room +kl sesame 5");
  ann.sees();
  const bob = chat.member("bob");
  ann.sends("MODE #room");
  bob.sends("MODE #room");
  expect(ann.sees()[0]).toBe(":server 324 ann #room +ntkl sesame 5");
  expect(bob.sees()[0]).toBe(":server 324 bob #room +ntkl * 5");
});

test("what happens by one MODE is one line, seen by all", () => {
  const [ann, bob] = new Chat().inChannel("#room", "ann", "bob");
  ann.sends("MODE #room +v-t+kl BOB sesame 9");
  const line = ":ann!ann@server MODE #room +v-t+kl bob sesame 9";
  expect([ann.sees(), bob.sees()]).toEqual([[line], [line]]);
});

test("a key is taken away whatever is given for it", () => {
  const [ann] = new Chat().inChannel("#room", "ann");
  ann.sends("MODE #room +k sesame");
  ann.sees();
  ann.sends("MODE #room -k wrong");
  expect(ann.sees()).toEqual([":ann!ann@server MODE #room -k *"]);
});

test.each(["+t", "-i", "-l", "-k", "+o ann", "-b nobody", "-v bob"])(
  "what is so already happens not again: %s",
  (modes) => {
    const [ann] = new Chat().inChannel("#room", "ann", "bob");
    ann.sends(`MODE #room ${modes}`);
    expect(ann.sees()).toEqual([]);
  },
);

test("a mask is filled in, and its list is read by anyone in the channel", () => {
  const [ann, bob] = new Chat().inChannel("#room", "ann", "bob");
  ann.sends("MODE #room +bI evil friend");
  bob.sees();
  bob.sends("MODE #room bI");
  expect(bob.sees()).toEqual([
    `:server 367 bob #room evil!*@* ann ${newYear2026}`,
    ":server 368 bob #room :End of channel ban list",
    `:server 346 bob #room friend!*@* ann ${newYear2026}`,
    ":server 347 bob #room :End of channel invite exception list",
  ]);
});

test("a mask is taken off its list, whatever its case", () => {
  const [ann] = new Chat().inChannel("#room", "ann");
  ann.sends("MODE #room +b evil", "MODE #room -b EVIL!*@*");
  ann.sees();
  ann.sends("MODE #room +b");
  expect(ann.sees()).toEqual([":server 368 ann #room :End of channel ban list"]);
});

test("who is voiced speaks in a moderated channel", () => {
  const [ann, bob] = new Chat().inChannel("#room", "ann", "bob");
  ann.sends("MODE #room +mv bob");
  ann.sees();
  bob.sends("PRIVMSG #room :Heard?");
  expect(ann.sees()).toEqual([":bob!bob@server PRIVMSG #room :Heard?"]);
});

test("an operator that is made operates, and one that is unmade does not", () => {
  const [ann, bob] = new Chat().inChannel("#room", "ann", "bob");
  ann.sends("MODE #room +o bob");
  bob.sees();
  bob.sends("MODE #room -t");
  ann.sends("MODE #room -o bob");
  bob.sees();
  bob.sends("MODE #room +t");
  expect(bob.sees()).toEqual([":server 482 bob #room :You're not channel operator"]);
});

test("someone who is away is given a rank", () => {
  const [ann, bob] = new Chat().inChannel("#room", "ann", "bob");
  bob.drops();
  ann.sends("MODE #room +v bob");
  expect(ann.sees()).toEqual([":ann!ann@server MODE #room +v bob"]);
});

test("needOperator: a member who is no operator is refused once, however much was asked", () => {
  const [, bob] = new Chat().inChannel("#room", "ann", "bob");
  bob.sends("MODE #room -nt+m");
  expect(bob.sees()).toEqual([":server 482 bob #room :You're not channel operator"]);
});

test("notOnChannel: who is not in the channel changes nothing of it", () => {
  const chat = new Chat();
  chat.inChannel("#room", "ann");
  const bob = chat.member("bob");
  bob.sends("MODE #room +m");
  expect(bob.sees()).toEqual([":server 442 bob #room :You're not on that channel"]);
});

test("noSuchChannel: a channel that does not exist has no modes", () => {
  const ann = new Chat().member("ann");
  ann.sends("MODE #room +m");
  expect(ann.sees()).toEqual([":server 403 ann #room :No such channel"]);
});

test("unknownMode: an unknown letter is refused, and the rest happens", () => {
  const [ann] = new Chat().inChannel("#room", "ann");
  ann.sends("MODE #room +xm");
  expect(ann.sees()).toEqual([
    ":server 472 ann x :is unknown mode char to me",
    ":ann!ann@server MODE #room +m",
  ]);
});

test("userNotInChannel: only members have ranks", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  chat.member("bob");
  ann.sends("MODE #room +o bob", "MODE #room +v nobody");
  expect(ann.sees()).toEqual([
    ":server 441 ann bob #room :They aren't on that channel",
    ":server 441 ann nobody #room :They aren't on that channel",
  ]);
});

test("needFounder: nobody is made founder by MODE", () => {
  const [ann] = new Chat().inChannel("#room", "ann", "bob");
  ann.sends("MODE #room +q bob");
  expect(ann.sees()).toEqual([":server 482 ann #room :Only the channel's founder may do that"]);
});

test("founderStays: another operator does not demote the founder", () => {
  const [ann, bob] = new Chat().inChannel("#room", "ann", "bob");
  ann.sends("MODE #room +o bob");
  bob.sees();
  bob.sends("MODE #room -o ann");
  expect(bob.sees()).toEqual([
    ":server 482 bob #room :The channel's founder cannot be removed or demoted",
  ]);
});

test.each(["a,b", "a:b", "k".repeat(33)])("invalidKey: %j is no key", (key) => {
  const [ann] = new Chat().inChannel("#room", "ann");
  ann.sends(`MODE #room +k ${key}`);
  expect(ann.sees()).toEqual([
    ":server 525 ann #room :A key is one word of at most 32 bytes, without commas and colons",
  ]);
});

test.each(["0", "-1", "many", "1e9", "1234567890"])("invalidModeParam: %j is no limit", (limit) => {
  const [ann] = new Chat().inChannel("#room", "ann");
  ann.sends(`MODE #room +l ${limit}`);
  expect(ann.sees()).toEqual([`:server 696 ann #room l ${limit} :a limit is a number from 1 on`]);
});

test.each([
  ["a,b", "a,b", "a mask is one word"],
  ["m".repeat(129), "m".repeat(64), "a mask has at most 128 bytes"],
  ["a*".repeat(9), "a*".repeat(9), "a mask has at most 8 stars"],
])("invalidModeParam: %j is no mask", (mask, shown, why) => {
  const [ann] = new Chat().inChannel("#room", "ann");
  ann.sends(`MODE #room +b ${mask}`);
  expect(ann.sees()).toEqual([`:server 696 ann #room b ${shown} :${why}`]);
});

test("listFull: a list has no more entries than the limit, also by one command", () => {
  const [ann] = new Chat({ limits: { listEntriesMax: 2 } }).inChannel("#room", "ann");
  ann.sends("MODE #room +bbb a b c", "MODE #room +b d");
  expect(ann.sees()).toEqual([
    ":server 478 ann #room c!*@* :Channel list is full",
    ":ann!ann@server MODE #room +bb a!*@* b!*@*",
    ":server 478 ann #room d!*@* :Channel list is full",
  ]);
});

test("no more changes happen by one command than MODES says", () => {
  const [ann] = new Chat({ limits: { modesPerCommandMax: 2 } }).inChannel("#room", "ann");
  ann.sends("MODE #room +ims");
  expect(ann.sees()).toEqual([":ann!ann@server MODE #room +im"]);
});

test("masks that were written short become several lines where one is too short", () => {
  const [ann] = new Chat().inChannel("#room", "ann");
  const masks = Array.from({ length: 12 }, (_, index) => `${index}`.padStart(38, "m"));
  ann.sends(`MODE #room +${"b".repeat(11)} ${masks.slice(0, 11).join(" ")}`);
  const lines = ann.sees();
  expect(lines.map((line) => line.split(" ")[3])).toEqual(["+bbbbbbbbbb", "+b"]);
  ann.sends("MODE #room b");
  expect(ann.sees()).toHaveLength(12);
});

test("no line has more than 15 parameters, whatever MODES says", () => {
  const [ann] = new Chat({ limits: { modesPerCommandMax: 100 } }).inChannel("#room", "ann");
  ann.sends("MODE #room +k sesame");
  ann.sees();
  ann.sends(`MODE #room +${"b".repeat(13)}-k a b c d e f g h i j k l m`);
  expect(ann.sees().map((line) => line.split(" ").length)).toEqual([17, 5]);
});

test("one's own user modes are read", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  ann.sends("MODE ann");
  chat.operatorSays("role ann operator");
  ann.sends("MODE ANN +i");
  expect(ann.sees()).toEqual([":server 221 ann +", ":server 221 ann +o"]);
});

test("usersDontMatch: other people's user modes are not", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  chat.member("bob");
  ann.sends("MODE bob");
  expect(ann.sees()).toEqual([":server 502 ann :Can't view or change mode for other users"]);
});

test("needMoreParams: MODE names a target", () => {
  const ann = new Chat().member("ann");
  ann.sends("MODE");
  expect(ann.sees()).toEqual([":server 461 ann MODE :Not enough parameters"]);
});

/** MODE, as those who set, read and suffer it see it. */
import { expect, test } from "bun:test";
import { Chat, type Person } from "../../support/chat.ts";

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

test("userNotInChannel, noSuchNick: only members have ranks", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  chat.member("bob");
  ann.sends("MODE #room +o bob", "MODE #room +v nobody");
  expect(ann.sees()).toEqual([
    ":server 441 ann bob #room :They aren't on that channel",
    ":server 401 ann nobody :No such nick/channel",
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

test("no more changes with a parameter happen by one command than MODES says", () => {
  const [ann] = new Chat({ limits: { modesPerCommandMax: 2 } }).inChannel("#room", "ann");
  ann.sends("MODE #room +imsbbb a b c");
  expect(ann.sees()).toEqual([":ann!ann@server MODE #room +imsbb a!*@* b!*@*"]);
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

test("needMoreParams: MODE names a target", () => {
  const ann = new Chat().member("ann");
  ann.sends("MODE");
  expect(ann.sees()).toEqual([":server 461 ann MODE :Not enough parameters"]);
});

test("what is changed and changed back in one line has its last state", () => {
  const [ann] = new Chat().inChannel("#room", "ann", "bob");
  ann.sends("MODE #room +m-m+v-v bob bob", "MODE #room");
  expect(ann.sees().slice(0, 2)).toEqual([
    ":ann!ann@server MODE #room +m-m+v-v bob bob",
    ":server 324 ann #room +nt",
  ]);
});

test("unknownMode: a letter that is unknown is refused once, however often it is met", () => {
  const [ann] = new Chat().inChannel("#room", "ann");
  ann.sends("MODE #room +xyx-x");
  expect(ann.sees()).toEqual([
    ":server 472 ann x :is unknown mode char to me",
    ":server 472 ann y :is unknown mode char to me",
  ]);
});

test("each of the lists b, e and I is read with its own numerics, a plus before it or not", () => {
  const [ann, bob] = new Chat().inChannel("#room", "ann", "bob");
  ann.sends("MODE #room +beI ~a:evil ~m:x!*@* ~a:fr*");
  expect(bob.sees()).toEqual([":ann!ann@server MODE #room +beI ~a:evil ~m:x!*@* ~a:fr*"]);
  bob.sends("MODE #room +b", "MODE #room e", "MODE #room I");
  expect(bob.sees()).toEqual([
    `:server 367 bob #room ~a:evil ann ${newYear2026}`,
    ":server 368 bob #room :End of channel ban list",
    `:server 348 bob #room ~m:x!*@* ann ${newYear2026}`,
    ":server 349 bob #room :End of channel exception list",
    `:server 346 bob #room ~a:fr* ann ${newYear2026}`,
    ":server 347 bob #room :End of channel invite exception list",
  ]);
});

test("notOnChannel: who is not in the channel reads none of its lists, and is told once", () => {
  const chat = new Chat();
  chat.inChannel("#room", "ann");
  const bob = chat.member("bob");
  bob.sends("MODE #room beI");
  expect(bob.sees()).toEqual([":server 442 bob #room :You're not on that channel"]);
});

test("listFull: the three lists have their entries together", () => {
  const [ann] = new Chat({ limits: { listEntriesMax: 2 } }).inChannel("#room", "ann");
  ann.sends("MODE #room +beI a b c", "MODE #room +b a");
  expect(ann.sees()).toEqual([
    ":server 478 ann #room c!*@* :Channel list is full",
    ":ann!ann@server MODE #room +be a!*@* b!*@*",
  ]);
});

test.each([
  ["b", "~x:ann", "there is no such extended ban here"],
  ["b", "~m:~m:ann", "there is no such extended ban here"],
  ["b", "~a:", "an account is one name, or a mask of names"],
  ["e", "~a:a!b@c", "an account is one name, or a mask of names"],
  ["I", "~m:ann", "a mute is about speaking, and no invitation"],
])("invalidModeParam: +%s %s is refused", (letter, mask, why) => {
  const [ann] = new Chat().inChannel("#room", "ann");
  ann.sends(`MODE #room +${letter} ${mask}`);
  expect(ann.sees()).toEqual([`:server 696 ann #room ${letter} ${mask} :${why}`]);
});

test("modes, lists and ranks survive a restart", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann", "bob", "cem");
  ann.sends("JOIN #lobby", "MODE #room +CMRUuf #lobby", "MODE #room +eah ~a:friend bob cem");
  const again = chat.restarts().member("ann", "multi-prefix");
  again.sends("MODE #room", "MODE #room e", "NAMES #room");
  const lines = again.sees();
  expect(lines).toContain(":server 324 ann #room +CMRUntuf #lobby");
  expect(lines).toContain(`:server 348 ann #room ~a:friend ann ${newYear2026}`);
  expect(lines).toContain(":server 353 ann = #room :~@ann &bob %cem");
});

// --- Ranks ---------------------------------------------------------------------------------------------------------

/** A founder, an admin, an operator, a half-operator, a voiced member and a plain one. */
function ranked(): readonly Person[] {
  const people = new Chat().inChannel("#room", "fou", "adm", "opi", "hal", "voi", "mem");
  people[0].sends("MODE #room +aohv adm opi hal voi");
  for (const person of people) person.sees();
  return people;
}

test("rankTooHigh: nobody takes a rank of who is above them, and a half-operator of no equal", () => {
  const [, adm, opi, hal] = ranked();
  opi?.sends("MODE #room +o adm");
  opi?.sees();
  opi?.sends("MODE #room -o adm");
  expect(opi?.sees()).toEqual([
    ":server 482 opi #room :You may not do that to someone of their rank",
  ]);
  hal?.sees();
  hal?.sends("MODE #room +v opi", "MODE #room -v opi");
  expect(hal?.sees().at(-1)).toBe(
    ":server 482 hal #room :You may not do that to someone of their rank",
  );
  adm?.sees();
  adm?.sends("MODE #room -o opi");
  expect(adm?.sees()).toEqual([":adm!adm@server MODE #room -o opi"]);
});

test("needFounder: only the founder makes admins, and nobody makes founders", () => {
  const [fou, adm, opi] = ranked();
  for (const person of [adm, opi]) {
    person?.sends("MODE #room +a mem");
    expect(person?.sees()[0]).toEndWith(":Only the channel's founder may do that");
  }
  fou?.sends("MODE #room +a mem", "MODE #room -q fou");
  expect(fou?.sees()).toEqual([
    ":fou!fou@server MODE #room +a mem",
    ":server 482 fou #room :Only the channel's founder may do that",
  ]);
});

test("everyone gives up a rank of their own", () => {
  const [, adm, , hal, voi] = ranked();
  for (const [person, letter] of [
    [adm, "a"],
    [hal, "h"],
    [voi, "v"],
  ] as const) {
    person?.sees();
    person?.sends(`MODE #room -${letter} ${{ a: "adm", h: "hal", v: "voi" }[letter]}`);
    expect(person?.sees()[0]).toContain(` MODE #room -${letter} `);
  }
});

test("needOperator: a half-operator moderates, and does not decide for whom the channel is", () => {
  const [, , , hal] = ranked();
  hal?.sends("MODE #room +bv-t evil mem");
  expect(hal?.sees()).toEqual([":hal!hal@server MODE #room +bv-t evil!*@* mem"]);
  hal?.sends("MODE #room +klfsMRUu key 3 #x", "MODE #room +o mem");
  expect(hal?.sees()).toEqual([
    ":server 482 hal #room :You're not channel operator",
    ":server 482 hal #room :You're not channel operator",
  ]);
});

test("what is supported of modes is told by their tables", () => {
  const [ann] = new Chat().inChannel("#room", "ann");
  ann.sends("VERSION");
  const told = ann.sees().join(" ");
  for (const token of [
    "ACCOUNTEXTBAN=a",
    "BOT=B",
    "CHANMODES=beI,k,flH,CMRUimnstu",
    "EXCEPTS=e",
    "EXTBAN=~,am",
    "INVEX=I",
    "KEYLEN=32",
    "MAXLIST=beI:100",
    "MODES=12",
    "PREFIX=(qaohv)~&@%+",
    "STATUSMSG=~&@%+",
  ]) {
    expect(told).toContain(` ${token} `);
  }
});

/** MODE of a user, and what user modes change for others. */
import { expect, test } from "bun:test";
import { Chat, type Person } from "../../support/chat.ts";

function guest(chat: Chat, nick: string): Person {
  const person = chat.stranger();
  person.sends(`NICK ${nick}`, `USER ${nick} 0 * :Somebody`);
  person.sees();
  return person;
}

test("one's own modes are set, taken and read, on all devices alike", () => {
  const chat = new Chat();
  const [ann, phone] = [chat.member("ann"), chat.member("ann")];
  ann.sends("MODE ann", "MODE ANN +iw-w+R", "MODE ann -i", "MODE ann");
  expect(ann.sees()).toEqual([
    ":server 221 ann +",
    ":ann!ann@server MODE ann +Ri",
    ":ann!ann@server MODE ann -i",
    ":server 221 ann +R",
  ]);
  expect(phone.sees()).toEqual([":ann!ann@server MODE ann +Ri", ":ann!ann@server MODE ann -i"]);
});

test.each(["+o", "-o", "+Z", "-i", "+", ""])("MODE %j of one's own changes nothing", (modes) => {
  const chat = new Chat();
  const ann = chat.member("ann");
  ann.sends(`MODE ann :${modes}`);
  expect(ann.sees()).toEqual([]);
});

test("the role of an operator is read as a mode, and not taken by one", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  chat.operatorSays("role ann operator");
  ann.sends("MODE ann -o", "MODE ann");
  expect(ann.sees()).toEqual([":server 221 ann +o"]);
});

test("who is connected by TLS is +Z, with all of their devices", () => {
  const chat = new Chat();
  chat.hasAccount("ann");
  const tls = { version: "TLSv1.3", exporter: undefined, peerCertificate: undefined, spki: "x" };
  const ann = chat.stranger({ tls });
  ann.sends("CAP LS 302", "NICK x", "USER x 0 * :x");
  ann.logsIn("ann", "correct horse battery");
  ann.sends("CAP END");
  expect(ann.sees()).toContain(":server 221 ann +Z");
  chat.member("ann");
  ann.sends("MODE ann");
  expect(ann.sees()).toEqual([":server 221 ann +"]);
});

test("unknownUserMode: what is known is set, and what is not is told once", () => {
  const ann = new Chat().member("ann");
  ann.sends("MODE ann +xiy");
  expect(ann.sees()).toEqual([":ann!ann@server MODE ann +i", ":server 501 ann :Unknown MODE flag"]);
});

test("usersDontMatch: the modes of others are neither read nor set, connected or not", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  chat.hasAccount("bob");
  ann.sends("MODE bob", "MODE bob +i");
  const refused = ":server 502 ann :Can't view or change mode for other users";
  expect(ann.sees()).toEqual([refused, refused]);
});

test("noSuchNick: who does not exist has no modes", () => {
  const ann = new Chat().member("ann");
  ann.sends("MODE nobody +i", "MODE @x");
  expect(ann.sees()).toEqual([
    ":server 401 ann nobody :No such nick/channel",
    ":server 401 ann @x :No such nick/channel",
  ]);
});

test("the settings' modes are given with the first device, and gone with the last", () => {
  const chat = new Chat({ settings: { defaultModes: "iR" } });
  const ann = chat.member("ann");
  ann.sends("MODE ann -i+w");
  const phone = chat.member("ann");
  phone.sends("MODE ann");
  expect(phone.sees()).toEqual([":server 221 ann +Rw"]);
  ann.drops();
  phone.drops();
  const again = chat.member("ann");
  again.sends("MODE ann");
  expect(again.sees()).toEqual([":server 221 ann +Ri"]);
});

test("needAccountToWrite: who is +R is not written to by guests", () => {
  const chat = new Chat({ settings: { accountsRequired: false } });
  const [ann, bob, gus] = [chat.member("ann"), chat.member("bob"), guest(chat, "gus")];
  ann.sends("MODE ann +R");
  ann.sees();
  gus.sends("PRIVMSG ann :Hello", "NOTICE ann :Hello");
  bob.sends("PRIVMSG ann :Hi");
  expect(gus.sees()).toEqual([
    ":server 477 gus ann :They take messages only from who has an account",
  ]);
  expect(ann.sees()).toEqual([":bob!bob@server PRIVMSG ann :Hi"]);
});

test("needAccountToWrite: who is +R gets no tags from guests", () => {
  const chat = new Chat({ settings: { accountsRequired: false } });
  const [ann, gus] = [chat.member("ann", "message-tags"), guest(chat, "gus")];
  gus.sends("CAP REQ message-tags");
  ann.sends("MODE ann +R");
  gus.sees();
  ann.sees();
  gus.sends("@+typing=active TAGMSG ann");
  expect(gus.sees()).toEqual([
    ":server 477 gus ann :They take messages only from who has an account",
  ]);
  expect(ann.sees()).toEqual([]);
});

test("cannotSendToUser: who is +T gets no CTCP, but what people do", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann"), chat.member("bob")];
  ann.sends("MODE ann +T");
  ann.sees();
  bob.sends("PRIVMSG ann :\x01VERSION\x01", "PRIVMSG ann :\x01ACTION waves\x01");
  expect(bob.sees()).toEqual([":server 531 bob ann :They take no CTCP"]);
  expect(ann.sees()).toEqual([":bob!bob@server PRIVMSG ann :\x01ACTION waves\x01"]);
});

test("who is invisible is found by name alone, in no WHO of a mask and no NAMES of strangers", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  const cem = chat.member("cem");
  ann.sends("MODE ann +i");
  cem.sends("WHO ann", "WHO an*", "WHO #room", "NAMES #room");
  expect(cem.sees()).toEqual([
    ":server 352 cem * ann server server ann H :0 Real Name",
    ":server 315 cem ann :End of /WHO list",
    ":server 315 cem an* :End of /WHO list",
    ":server 352 cem #room bob server server bob H :0 Real Name",
    ":server 315 cem #room :End of /WHO list",
    ":server 353 cem = #room :bob",
    ":server 366 cem #room :End of /NAMES list",
  ]);
  bob.sends("WHO an*", "NAMES #room");
  expect(bob.sees()).toEqual([
    ":server 352 bob * ann server server ann H :0 Real Name",
    ":server 315 bob an* :End of /WHO list",
    ":server 353 bob = #room :~ann bob",
    ":server 366 bob #room :End of /NAMES list",
  ]);
});

test("an operator of the server finds who is invisible", () => {
  const chat = new Chat();
  const [ann, ops] = [chat.member("ann"), chat.member("ops")];
  chat.operatorSays("role ops operator");
  ann.sends("MODE ann +i");
  ops.sees();
  ops.sends("WHO an*");
  expect(ops.sees()[0]).toBe(":server 352 ops * ann server server ann H :0 Real Name");
});

test("a bot is told as one by tag, WHO and WHOIS", () => {
  const chat = new Chat();
  const [ann, bot] = chat.inChannel("#room", "ann", "bot");
  const tagged = chat.member("ann", "message-tags");
  bot.sends("MODE bot +B", "PRIVMSG #room :Beep", "TOPIC #room :x");
  bot.sends("PART #room");
  expect(ann.sees()).toEqual([
    ":bot!bot@server PRIVMSG #room :Beep",
    ":bot!bot@server PART :#room",
  ]);
  expect(tagged.sees()).toEqual([
    "@msgid=c1-3;bot :bot!bot@server PRIVMSG #room :Beep",
    "@msgid=c1-4;bot :bot!bot@server PART :#room",
  ]);
  ann.sends("WHO bot", "WHOIS bot");
  const lines = ann.sees();
  expect(lines[0]).toBe(":server 352 ann * bot server server bot HB :0 Real Name");
  expect(lines).toContain(":server 335 ann bot :is a bot");
});

test("a bot's own answers are tagged, with message-tags", () => {
  const chat = new Chat();
  const [bot, plain] = [chat.member("bot", "message-tags"), chat.member("bot")];
  bot.sends("MODE bot +B");
  bot.sees();
  plain.sees();
  bot.sends("MODE bot");
  plain.sends("MODE bot");
  expect([bot.sees(), plain.sees()]).toEqual([["@bot :server 221 bot +B"], [":server 221 bot +B"]]);
});

/** PRIVMSG, NOTICE and TAGMSG: who hears what is said, and what may not be said. */
import { expect, test } from "bun:test";
import { Chat } from "../../support/chat.ts";
import { withoutPassingIds } from "../../support/passing-id.ts";

test("what is said in a channel is heard by the others in it", () => {
  const [ann, bob, cem] = new Chat().inChannel("#room", "ann", "bob", "cem");
  ann.sends("PRIVMSG #ROOM :Good morning");
  const line = ":ann!ann@server PRIVMSG #room :Good morning";
  expect([ann.sees(), bob.sees(), cem.sees()]).toEqual([[], [line], [line]]);
});

test("with echo-message the sender hears it too", () => {
  const ann = new Chat().member("ann", "echo-message");
  ann.sends("JOIN #room");
  ann.sees();
  ann.sends("PRIVMSG #room :Good morning");
  expect(ann.sees()).toEqual([":ann!ann@server PRIVMSG #room :Good morning"]);
});

test("what is said to someone is heard by them alone, on all devices of both", () => {
  const chat = new Chat();
  const [laptop, phone] = [chat.member("ann"), chat.member("ann")];
  const [bob, tablet, cem] = [chat.member("bob"), chat.member("bob"), chat.member("cem")];
  laptop.sends("PRIVMSG BOB :Psst");
  const line = ":ann!ann@server PRIVMSG bob :Psst";
  expect([laptop.sees(), phone.sees()]).toEqual([[], [line]]);
  expect([bob.sees(), tablet.sees(), cem.sees()]).toEqual([[line], [line], []]);
});

test("who speaks to themselves hears it come, and with echo-message its echo", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  const phone = chat.member("ann", "echo-message");
  const line = ":ann!ann@server PRIVMSG ann :Buy milk";
  ann.sends("PRIVMSG ann :Buy milk");
  expect([ann.sees(), phone.sees()]).toEqual([[line], [line]]);
  phone.sends("PRIVMSG ann :Buy milk");
  expect([ann.sees(), phone.sees()]).toEqual([[line], [line, line]]);
});

test("a message to someone away is answered by 301, and waits in their history", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  chat.hasAccount("bob");
  ann.sends("PRIVMSG bob :Call me");
  expect(ann.sees()).toEqual([":server 301 ann bob :is not connected; your message is kept"]);
  const bob = chat.member("bob");
  bob.sends("CHATHISTORY LATEST ann * 10");
  expect(bob.sees()).toEqual([":ann!ann@server PRIVMSG bob :Call me"]);
});

test("a notice to someone away is kept without an answer", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  chat.hasAccount("bob");
  ann.sends("NOTICE bob :Call me");
  expect(ann.sees()).toEqual([]);
  const bob = chat.member("bob");
  bob.sends("CHATHISTORY LATEST ann * 10");
  expect(bob.sees()).toEqual([":ann!ann@server NOTICE bob :Call me"]);
});

test("several targets hear it each", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  const cem = chat.member("cem");
  ann.sends("PRIVMSG #room,cem :All");
  expect(bob.sees()).toEqual([":ann!ann@server PRIVMSG #room :All"]);
  expect(cem.sees()).toEqual([":ann!ann@server PRIVMSG cem :All"]);
});

test("what is said to the server is a note with its text for the operator", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  ann.sends("PRIVMSG Server :Help, please");
  expect(ann.sees()).toEqual([]);
  expect(chat.notes.at(-1)).toEqual({ event: "message.server", from: "ann", text: "Help, please" });
});

test("of what is said between two, only the size is a note", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  chat.member("bob");
  ann.sends("PRIVMSG bob :Psst");
  expect(chat.notes.at(-1)).toEqual({ event: "message.private", from: "ann", to: "bob", bytes: 4 });
});

test("noSuchNick: who does not exist, waits or is disabled hears nothing", () => {
  const chat = new Chat();
  chat.hasAccount("pia", "pending");
  chat.hasAccount("dan", "disabled");
  const ann = chat.member("ann");
  ann.sends("PRIVMSG nobody,pia,dan,a!b :Hello");
  expect(ann.sees()).toEqual([
    ":server 401 ann nobody :No such nick/channel",
    ":server 401 ann pia :No such nick/channel",
    ":server 401 ann dan :No such nick/channel",
    ":server 401 ann a!b :No such nick/channel",
  ]);
});

test("noSuchChannel: in a channel that does not exist nothing is said", () => {
  const ann = new Chat().member("ann");
  ann.sends("PRIVMSG #room :Hello?", "@+typing=active TAGMSG #room");
  expect(ann.sees()).toEqual([
    ":server 403 ann #room :No such channel",
    ":server 403 ann #room :No such channel",
  ]);
});

test("cannotSend: with +n nobody speaks from outside", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  const bob = chat.member("bob");
  bob.sends("PRIVMSG #room :Hello");
  expect(bob.sees()).toEqual([":server 404 bob #room :You are not in this channel"]);
  expect(ann.sees()).toEqual([]);
});

test("without +n one is heard from outside", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  ann.sends("MODE #room -n");
  ann.sees();
  chat.member("bob").sends("PRIVMSG #room :Hello");
  expect(ann.sees()).toEqual([":bob!bob@server PRIVMSG #room :Hello"]);
});

test("cannotSend: with +m members without a rank are silent", () => {
  const [ann, bob] = new Chat().inChannel("#room", "ann", "bob");
  ann.sends("MODE #room +m");
  bob.sees();
  bob.sends("PRIVMSG #room :Hello");
  expect(bob.sees()).toEqual([
    ":server 404 bob #room :Only operators and voiced members may speak here",
  ]);
});

test("cannotSend: a banned member is silent, one with a rank is not", () => {
  const [ann, bob] = new Chat().inChannel("#room", "ann", "bob");
  ann.sends("MODE #room +b bob");
  bob.sees();
  bob.sends("PRIVMSG #room :Hello");
  expect(bob.sees()).toEqual([":server 404 bob #room :You are banned from this channel"]);
  ann.sends("MODE #room +v bob");
  ann.sees();
  bob.sends("PRIVMSG #room :Hello");
  expect(ann.sees()).toEqual([":bob!bob@server PRIVMSG #room :Hello"]);
});

test("a notice that is refused is answered only where a label asks for it", () => {
  const ann = new Chat().member("ann", "labeled-response", "batch");
  ann.sends("NOTICE nobody :Hello");
  expect(ann.sees()).toEqual([]);
  ann.sends("@label=x NOTICE nobody :Hello");
  expect(ann.sees()).toEqual(["@label=x :server 401 ann nobody :No such nick/channel"]);
});

test("noRecipient: something is said to someone", () => {
  const ann = new Chat().member("ann");
  ann.sends("PRIVMSG", "TAGMSG");
  expect(ann.sees()).toEqual([
    ":server 411 ann :No recipient given (PRIVMSG)",
    ":server 411 ann :No recipient given (TAGMSG)",
  ]);
});

test("noTextToSend: who speaks says something", () => {
  const ann = new Chat().member("ann");
  ann.sends("PRIVMSG ann", "PRIVMSG ann :");
  expect(ann.sees()).toEqual([
    ":server 412 ann :No text to send",
    ":server 412 ann :No text to send",
  ]);
});

test("tooManyTargets: no more are spoken to than TARGMAX says, and then nobody is", () => {
  const chat = new Chat({ limits: { targetsMax: 1 } });
  const [ann, bob] = [chat.member("ann"), chat.member("bob")];
  ann.sends("PRIVMSG bob,ann :Hello");
  expect(ann.sees()).toEqual([":server 407 ann ann :Too many targets"]);
  expect(bob.sees()).toEqual([]);
});

test("inputTooLong: what does not fit with the sender's name before it is refused whole", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann"), chat.member("bob")];
  const room = 510 - ":ann!ann@server PRIVMSG bob :".length;
  ann.sends(`PRIVMSG bob :${"x".repeat(room + 1)}`);
  expect(ann.sees()).toEqual([":server 417 ann :Input line was too long"]);
  expect(bob.sees()).toEqual([]);
  ann.sends(`PRIVMSG bob :${"x".repeat(room)}`);
  expect(bob.sees()).toHaveLength(1);
});

test("inputTooLong: also of what is said to the server or to NickServ", () => {
  const ann = new Chat().member("ann", "echo-message");
  ann.sends(`PRIVMSG server :${"x".repeat(490)}`, `PRIVMSG NickServ :${"x".repeat(490)}`);
  expect(ann.sees()).toEqual([
    ":server 417 ann :Input line was too long",
    ":server 417 ann :Input line was too long",
  ]);
});

test("temporarilyUnavailable: a message to someone who cannot be looked up is refused", () => {
  const chat = new Chat({ limits: { answerWithinMs: 1_000 } });
  const ann = chat.member("ann");
  chat.holdsQuestions();
  ann.sends("PRIVMSG bob :Hello");
  chat.passes(1_000);
  expect(ann.sees()).toEqual([
    ":server FAIL PRIVMSG TEMPORARILY_UNAVAILABLE :This cannot be done now; try again later",
  ]);
});

test("TAGMSG is seen with message-tags only, and is not kept", () => {
  const chat = new Chat();
  const ann = chat.member("ann", "message-tags");
  const [bob, cem] = [chat.member("bob", "message-tags"), chat.member("cem")];
  for (const person of [ann, bob, cem]) person.sends("JOIN #room");
  for (const person of [ann, bob, cem]) person.sees();
  ann.sends("@+typing=active;private=x TAGMSG #room");
  expect([ann.sees(), cem.sees()]).toEqual([[], []]);
  expect(withoutPassingIds(bob.sees())).toEqual(["@+typing=active :ann!ann@server TAGMSG #room"]);
  bob.sends("CHATHISTORY LATEST #room * 10");
  expect(bob.sees()).toEqual([]);
});

test("noSuchNick: TAGMSG to nobody is refused", () => {
  const ann = new Chat().member("ann");
  ann.sends("@+x=1 TAGMSG nobody");
  expect(ann.sees()).toEqual([":server 401 ann nobody :No such nick/channel"]);
});

test("cannotSend: TAGMSG is allowed where speaking is", () => {
  const chat = new Chat();
  chat.inChannel("#room", "ann");
  const bob = chat.member("bob");
  bob.sends("@+x=1 TAGMSG #room");
  expect(bob.sees()).toEqual([":server 404 bob #room :You are not in this channel"]);
});

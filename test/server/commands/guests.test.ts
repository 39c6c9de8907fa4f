/** Guests: people without an account, where the settings let them in. */
import { expect, test } from "bun:test";
import { Chat, password, type Person } from "../../support/chat.ts";

function open(): Chat {
  return new Chat({ settings: { accountsRequired: false, nicks: "free" } });
}

function guest(chat: Chat, nick: string): Person {
  const person = chat.stranger();
  person.sends(`NICK ${nick}`, `USER ${nick} 0 * :Somebody`);
  return person;
}

test("a guest is welcomed, talks, and is nobody's account", () => {
  const chat = open();
  const [ann] = chat.inChannel("#room", "ann");
  const gus = guest(chat, "gus");
  expect(gus.sees()[0]).toBe(
    ":server 001 gus :Welcome to the authchat network, gus!~gus@127.0.0.1",
  );
  gus.sends("JOIN #room", "PRIVMSG #room :Hello");
  expect(ann.sees()).toEqual([
    ":gus!~gus@127.0.0.1 JOIN #room",
    ":gus!~gus@127.0.0.1 PRIVMSG #room :Hello",
  ]);
});

test("nicknameInUse: a nick that an account reserves, or someone has, is refused", () => {
  const chat = open();
  chat.hasAccount("ann");
  const gus = guest(chat, "Ann");
  expect(gus.sees()).toEqual([":server 433 Ann Ann :Nickname is already in use"]);
  gus.sends("NICK gus");
  expect(gus.sees()[0]).toStartWith(":server 001 gus ");
  const other = guest(chat, "GUS");
  expect(other.sees()).toEqual([":server 433 GUS GUS :Nickname is already in use"]);
});

test("a guest who goes has quit, and the nick is free again", () => {
  const chat = open();
  const [ann] = chat.inChannel("#room", "ann");
  const gus = guest(chat, "gus");
  gus.sends("JOIN #room", "QUIT :bye");
  ann.sees();
  ann.sends("NAMES #room");
  expect(ann.sees()[0]).toBe(":server 353 ann = #room :~ann");
  expect(guest(chat, "gus").sees()[0]).toStartWith(":server 001 gus ");
});

test("others see the QUIT of a guest once, in whatever channels they share", () => {
  const chat = open();
  const [ann] = chat.inChannel("#room", "ann");
  const gus = guest(chat, "gus");
  ann.sends("JOIN #other");
  gus.sends("JOIN #room,#other");
  ann.sees();
  gus.drops();
  expect(ann.sees()).toEqual([":gus!~gus@127.0.0.1 QUIT :reset"]);
});

test("what a guest has said in a channel is kept, without any account", () => {
  const chat = open();
  chat.inChannel("#room", "ann");
  const gus = guest(chat, "gus");
  gus.sends("JOIN #room", "PRIVMSG #room :Kept");
  const again = chat.restarts().member("ann", "account-tag");
  again.sends("CHATHISTORY LATEST #room * 1");
  expect(again.sees()).toEqual([":gus!~gus@127.0.0.1 PRIVMSG #room :Kept"]);
});

test("a guest changes their nick, and everyone who sees them is told once", () => {
  const chat = open();
  const [ann] = chat.inChannel("#room", "ann");
  const gus = guest(chat, "gus");
  gus.sends("JOIN #room");
  ann.sees();
  gus.sees();
  gus.sends("NICK Gustav", "PRIVMSG ann :It is me");
  const changed = ":gus!~gus@127.0.0.1 NICK Gustav";
  expect(gus.sees()).toEqual([changed]);
  expect(ann.sees()).toEqual([changed, ":Gustav!~gus@127.0.0.1 PRIVMSG ann :It is me"]);
});

test("where nicks are free a member may be called otherwise, and is found by both names", () => {
  const chat = open();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  ann.sends("NICK queen");
  bob.sends("PRIVMSG queen :1", "PRIVMSG ann :2");
  expect(ann.sees()).toEqual([
    ":ann!ann@server NICK queen",
    ":bob!bob@server PRIVMSG queen :1",
    ":bob!bob@server PRIVMSG queen :2",
  ]);
});

test("accountRequired: where accounts are required a guest is turned away", () => {
  const gus = guest(new Chat(), "gus");
  expect(gus.sees()[0]).toStartWith(":server FAIL * ACCOUNT_REQUIRED ");
});

test("where nobody stays while away, the last session's end is a QUIT and the membership's end", () => {
  const chat = new Chat({ settings: { alwaysOn: "never" } });
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  const phone = chat.member("bob");
  bob.drops();
  expect(ann.sees()).toEqual([]);
  phone.sends("QUIT :later");
  expect(ann.sees()).toEqual([":bob!bob@server QUIT :Quit: later"]);
  const back = chat.restarts().member("ann");
  back.sends("NAMES #room");
  expect(back.sees()).toEqual([
    ":server 353 ann = #room :~ann",
    ":server 366 ann #room :End of /NAMES list",
  ]);
});

test("with extended-join a guest comes without an account, and a member with theirs", () => {
  const chat = open();
  chat.inChannel("#room", "ann");
  const device = chat.member("ann", "extended-join");
  const gus = guest(chat, "gus");
  gus.sends("JOIN #room");
  chat.member("bob").sends("JOIN #room");
  expect(device.sees()).toEqual([
    ":gus!~gus@127.0.0.1 JOIN #room * Somebody",
    ":bob!bob@server JOIN #room bob :Real Name",
  ]);
});

test("who makes a room as a guest is its operator, and not its founder: they are somebody else tomorrow", () => {
  const chat = open();
  const gus = guest(chat, "gus");
  gus.sees();
  gus.sends("JOIN #new");
  expect(gus.sees()).toContain(":server 353 gus = #new :@gus");
  gus.sends("PART #new", "JOIN #new");
  expect(gus.sees()).not.toContain(":server 353 gus = #new :~gus");
});

test("a member is called as they ask where nicks are free, and may go back to their own name", () => {
  const chat = open();
  chat.hasAccount("ann");
  chat.hasAccount("eve");
  const ann = chat.stranger();
  ann.sends("CAP LS 302", "NICK queen", "USER x 0 * :Ann");
  ann.logsIn("ann", password);
  ann.sends("CAP END");
  expect(ann.sees()).toContain(
    ":server 001 queen :Welcome to the authchat network, queen!ann@server",
  );
  ann.sends("NICK ann", "NICK eve");
  expect(ann.sees()).toEqual([
    ":queen!ann@server NICK ann",
    ":server 433 ann eve :Nickname is already in use",
  ]);
});

test("a member who asks to be called as someone else is called as their account", () => {
  const chat = open();
  chat.hasAccount("ann");
  chat.hasAccount("eve");
  const ann = chat.stranger();
  ann.sends("CAP LS 302", "NICK eve", "USER x 0 * :Ann");
  ann.logsIn("ann", password);
  ann.sends("CAP END");
  expect(ann.sees().join("\n")).toContain(":server 001 ann ");
});

test("who may not come in any more once it is known whether the nick is free does not", () => {
  const chat = open();
  chat.hasAccount("ann");
  const ann = chat.stranger();
  ann.sends("CAP LS 302", "NICK queen", "USER x 0 * :Ann");
  ann.logsIn("ann", password);
  chat.holdsQuestions();
  ann.sends("CAP END");
  ann.sees();
  chat.operatorSays("disable ann");
  chat.answersAll();
  expect(ann.sees().join("\n")).not.toContain(" 001 ");
  expect(ann.isClosed).toBe(true);
});

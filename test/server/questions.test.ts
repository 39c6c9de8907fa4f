/** Questions: asked once, answered once, given up in time; and what is not asked because it is known. */
import { expect, test } from "bun:test";
import { Chat, password } from "../support/chat.ts";

function asked(chat: Chat): string[] {
  return chat.questions.splice(0).map(({ kind }) => kind);
}

test("who is in memory is not asked for", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann", "bob");
  asked(chat);
  ann.sends("PRIVMSG bob :Hello", "WHOIS bob", "TOPIC #room", "MODE #room +v bob");
  expect(asked(chat)).toEqual([]);
});

test("who is away stays in memory with a channel that someone is connected to", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  bob.drops();
  asked(chat);
  ann.sends("PRIVMSG bob :Hello");
  expect(asked(chat)).toEqual([]);
});

test("what nobody needs is let go, and found again by a question", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  chat.hasAccount("bob");
  for (let time = 0; time < 2; time += 1) {
    asked(chat);
    ann.sends("PRIVMSG bob :Hello");
    expect(asked(chat)).toEqual(["account"]);
  }
});

test("a channel that everyone has left the server from is let go, and found again as it was", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann");
  const bob = chat.member("bob");
  ann.sends("TOPIC #room :Tea", "MODE #room +k sesame");
  ann.drops();
  asked(chat);
  bob.sends("TOPIC #room", "JOIN #room");
  expect(asked(chat)).toEqual(["channel", "channel"]);
  expect(bob.sees().filter((line) => !line.includes(" 333 "))).toEqual([
    ":server 332 bob #room :Tea",
    ":server 475 bob #room :Cannot join channel (+k)",
  ]);
});

test("a channel that does not exist is asked for each time", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  asked(chat);
  ann.sends("TOPIC #room", "TOPIC #room");
  expect(asked(chat)).toEqual(["channel", "channel"]);
});

test("what cannot be a name is not asked for", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  asked(chat);
  ann.sends("PRIVMSG a!b :Hello", "PRIVMSG * :Hello", "WHOIS a*");
  expect(asked(chat)).toEqual([]);
});

test("two who wait for one answer have asked once", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann"), chat.member("bob")];
  asked(chat);
  chat.holdsQuestions();
  ann.sends("PRIVMSG cem :Hello");
  bob.sends("PRIVMSG CEM :Hello");
  expect(asked(chat)).toEqual(["account"]);
  chat.answersAll();
  expect(ann.sees()).toEqual([":server 401 ann cem :No such nick/channel"]);
  expect(bob.sees()).toEqual([":server 401 bob CEM :No such nick/channel"]);
});

test("who is called as an account is not taken for the account", () => {
  const chat = new Chat({ settings: { accountsRequired: false, nicks: "free" } });
  const guest = chat.stranger();
  guest.sends("NICK gus", "USER g 0 * :G");
  chat.hasAccount("gus");
  asked(chat);
  expect(chat.operatorSays("strict gus on")[0]).toStartWith("gus logs in by OPAQUE now");
  expect(asked(chat)).toEqual(["account"]);
});

test("all targets of one command are asked for together", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  asked(chat);
  chat.holdsQuestions();
  ann.sends("PRIVMSG bob,#room,bob :Hello");
  expect(asked(chat)).toEqual(["account", "channel"]);
});

test("two who make a channel at once are in one channel, and the first is its founder", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann"), chat.member("bob")];
  chat.holdsQuestions();
  ann.sends("JOIN #room");
  bob.sends("JOIN #Room");
  chat.answersAll();
  expect(bob.sees()).toContain(":server 353 bob = #room :~ann bob");
  expect(ann.sees()).toContain(":bob!bob@server JOIN #room");
});

test("an answer that does not come is given up in time, and then dropped", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  chat.holdsQuestions();
  ann.sends("TOPIC #room", "PING 1");
  chat.passes(29_999);
  expect(ann.sees()).toEqual([]);
  chat.passes(1);
  const given = [
    ":server FAIL TOPIC TEMPORARILY_UNAVAILABLE :This cannot be done now; try again later",
    ":server PONG server 1",
  ];
  expect(ann.sees()).toEqual(given);
  chat.answersAll();
  expect(ann.sees()).toEqual([]);
});

test("what was decided while an account was looked up is not undone by the older answer", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  chat.hasAccount("bob", "pending");
  chat.holdsQuestions();
  ann.sends("PRIVMSG bob :Hello");
  chat.operatorSays("approve bob");
  chat.answersAll();
  ann.sees();
  ann.sends("PRIVMSG bob :Hello");
  expect(ann.sees()).toEqual([":server 301 ann bob :is not connected; your message is kept"]);
});

test("who is turned away while they log in is not brought back by the older answer", () => {
  const chat = new Chat();
  chat.hasAccount("bob", "pending");
  const bob = chat.stranger();
  chat.holdsQuestions();
  bob.logsIn("bob", password);
  chat.answersHeld();
  chat.operatorSays("reject bob");
  chat.answersHeld("last first");
  expect(bob.sees()).toEqual(["AUTHENTICATE +", ":server 904 * :SASL authentication failed"]);
});

test("who goes in the turn in which they log in is let go after their login was asked", () => {
  const chat = new Chat();
  const [ann, eve] = [chat.member("ann"), chat.stranger()];
  chat.holdsKeeping();
  ann.sends("PRIVMSG ann :1");
  eve.logsIn("ann", "wrong");
  eve.drops();
  chat.keepsAll();
  expect(chat.questions.at(-1)?.kind).toBe("authenticate");
  expect(chat.abandoned.get(eve.connection)).toBe(chat.questions.length);
});

test("a name is free again as soon as who asked for it has gone", () => {
  const chat = new Chat();
  const [ann, again] = [chat.stranger(), chat.stranger()];
  chat.holdsQuestions();
  ann.sends("REGISTER ann * :correct horse");
  chat.answersHeld();
  ann.drops();
  again.sends("REGISTER ann * :correct horse");
  chat.answersAll();
  expect(again.sees()).toEqual([":server REGISTER VERIFICATION_REQUIRED ann :an operator decides"]);
});

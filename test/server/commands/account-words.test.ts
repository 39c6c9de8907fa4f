/** What operators do with others' accounts. */
import { expect, test } from "bun:test";
import { elapsedMs, wallMs } from "../../../src/base/time.ts";
import { Chat, password, type Person } from "../../support/chat.ts";

const own = "a password of my own";
const dayMs = 86_400_000;

function tries(chat: Chat, name: string, secret: string): string | undefined {
  const person = chat.stranger();
  person.logsIn(name, secret);
  return / (90[34]) /.exec(person.sees().at(-1) ?? "")?.[1];
}

function closing(person: Person): string | undefined {
  return person.sees().at(-1);
}

test("an account is added with a password that came apart from the words", () => {
  const chat = new Chat({ settings: { rooms: ["#general"] } });
  expect(chat.operatorSays("add Ann", own)).toEqual(["added Ann"]);
  expect(tries(chat, "ann", own)).toBe("903");
  expect(chat.operatorSays("accounts")).toEqual(["Ann active member"]);
  expect(chat.notes).toContainEqual({ event: "account.added", account: "Ann", by: "console" });
  expect(chat.notes).toContainEqual({ event: "channel.joined", channel: "#general", nick: "Ann" });
  expect(JSON.stringify(chat.notes)).not.toContain(own);
});

test("an account is added without a password, and its owner chooses it by the link", () => {
  const chat = new Chat();
  const [added, token = ""] = chat.operatorSays("add ann");
  expect(added).toBe("added ann");
  expect(tries(chat, "ann", password)).toBe("904");
  const ann = chat.stranger();
  ann.sends(`REGISTER ann ${token} :${own}`);
  expect(ann.sees().at(-1)).toContain(" 903 ");
});

test("a password is set from the shell, and who was logged in is no more", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  expect(chat.operatorSays("passwd ann", own)).toEqual(["ann has a new password"]);
  expect(closing(ann)).toBe("ERROR :Closing link: The password was changed; log in again");
  expect([tries(chat, "ann", password), tries(chat, "ann", own)]).toEqual(["904", "903"]);
});

test("an account that is disabled is out at once, and in again when it is enabled", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  const half = chat.stranger();
  half.sends("CAP LS 302");
  half.logsIn("ann", password);
  expect(chat.operatorSays("disable ANN")).toEqual(["ann is disabled now"]);
  const ended = "ERROR :Closing link: This account is disabled";
  expect([closing(ann), closing(half)]).toEqual([ended, ended]);
  expect([ann.isClosed, half.isClosed]).toEqual([true, true]);
  expect(tries(chat, "ann", password)).toBe("904");
  bob.sends("PRIVMSG ann :Hello");
  expect(bob.sees().at(-1)).toContain(" 401 ");
  const after = chat.restarts();
  expect(tries(after, "ann", password)).toBe("904");
  expect(after.operatorSays("enable ann")).toEqual(["ann is active now"]);
  expect(tries(after, "ann", password)).toBe("903");
});

test("an account that expires is out within a minute of its day, and in again when it is given more", () => {
  const chat = new Chat({ limits: { pingAfterMs: 10 * dayMs } });
  const ann = chat.member("ann");
  expect(chat.operatorSays("expire ann 1")).toEqual(["ann expires at 2026-01-02T00:00Z"]);
  expect(chat.operatorSays("accounts")).toEqual(["ann active member until 2026-01-02T00:00Z"]);
  chat.passes(dayMs - 1);
  expect(ann.isClosed).toBe(false);
  chat.passes(1);
  expect(closing(ann)).toBe("ERROR :Closing link: This account has expired");
  expect(tries(chat, "ann", password)).toBe("904");
  expect(chat.operatorSays("expire ann never")).toEqual(["ann does not expire"]);
  expect(tries(chat, "ann", password)).toBe("903");
});

test("a wall clock that is set forward is noticed within a minute, also by who came later", () => {
  const chat = new Chat({ limits: { pingAfterMs: 10 * dayMs } });
  chat.hasAccount("ann");
  chat.operatorSays("expire ann 30");
  const ann = chat.member("ann");
  chat.wallJumps(31 * dayMs);
  chat.passes(60_000);
  expect(closing(ann)).toBe("ERROR :Closing link: This account has expired");
});

test("who is let in for ever is not looked at any more", () => {
  const chat = new Chat({ limits: { pingAfterMs: 10 * dayMs } });
  const ann = chat.member("ann");
  chat.operatorSays("expire ann 1");
  chat.operatorSays("expire ann never");
  chat.passes(2 * dayMs);
  expect(ann.isClosed).toBe(false);
});

test("who is deleted leaves their rooms, and what they said stays; the name is free", () => {
  const chat = new Chat({ settings: { registration: "open" } });
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  ann.sends("PRIVMSG #room :Remember me");
  bob.sees();
  const [token = ""] = chat.operatorSays("reset ann");
  expect(chat.operatorSays("delete ann")).toEqual(["ann is deleted"]);
  expect(closing(ann)).toBe("ERROR :Closing link: This account was deleted");
  expect(bob.sees()).toEqual([":ann!ann@server PART :#room"]);
  bob.sends("CHATHISTORY LATEST #room * 10");
  expect(bob.sees().join()).toContain("PRIVMSG #room :Remember me");
  expect(tries(chat, "ann", password)).toBe("904");
  expect(chat.operatorSays("invitations")).toEqual(["no invitation is good"]);

  const after = chat.restarts();
  const next = after.stranger();
  next.sends(`REGISTER ann ${token} :${own}`);
  expect(next.sees().join()).toContain("INVALID_INVITE");
  next.sends(`REGISTER ann * :${own}`, "NICK ann", "USER a 0 * :a");
  expect(next.sees().filter((line) => line.includes(" JOIN "))).toEqual([]);
  expect(after.operatorSays("accounts")).toEqual(["ann active member", "bob active member"]);
});

test("with messages, what who is deleted said is gone too; whoever has the name next sees nothing", () => {
  const chat = new Chat({ settings: { registration: "open" } });
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  ann.sends("PRIVMSG #room :Forget me", "PRIVMSG bob :Me too");
  bob.sends("PRIVMSG #room :I stay", "PRIVMSG ann :So do I");
  bob.sees();
  const [done] = chat.operatorSays("delete ann MESSAGES");
  expect(done).toBe("ann is deleted; what it said is being erased");
  expect(bob.sees()).toEqual([":ann!ann@server PART :#room"]);
  const next = chat.stranger();
  next.sends(`REGISTER ann * :${own}`, "NICK ann", "USER a 0 * :a");
  const now = { wall: wallMs(0), elapsed: elapsedMs(0), keepDays: 0 };
  while (chat.store.clean(now).hasMore);
  bob.sends("CHATHISTORY LATEST #room * 10");
  const page = bob.sees().join();
  expect(page).toContain("I stay");
  expect(page).not.toContain("Forget me");
  next.sends("JOIN #room");
  next.sees();
  next.sends("CHATHISTORY LATEST #room * 10", "CHATHISTORY LATEST bob * 10");
  expect(next.sees().filter((line) => line.includes(" PRIVMSG "))).toEqual([]);
});

test("with messages, a topic that who is deleted set goes too; without, and another's, it stays", () => {
  const chat = new Chat();
  const [ann, bob] = chat.inChannel("#room", "ann", "bob");
  ann.sends("TOPIC #room :Mine", "JOIN #b", "MODE #b -t");
  bob.sends("JOIN #b", "TOPIC #b :Bob's");
  bob.sees();
  chat.operatorSays("delete ann messages");
  expect(bob.sees()).toEqual([
    ":server TOPIC #room :",
    ":ann!ann@server PART :#room",
    ":ann!ann@server PART :#b",
  ]);
  chat.operatorSays("delete bob");
  const cat = chat.member("cat");
  cat.sends("JOIN #b");
  expect(cat.sees().join()).toContain("332 cat #b :Bob's");
});

test("an operator deletes by chat, with messages or without", () => {
  const chat = new Chat();
  const olga = chat.member("olga");
  chat.operatorSays("role olga operator");
  for (const name of ["ann", "bob"]) chat.hasAccount(name);
  olga.sees();
  olga.sends("PRIVMSG NickServ :DELETE ann MESSAGES", "PRIVMSG NickServ :DELETE bob");
  expect(olga.sees()).toEqual([
    ":NickServ!NickServ@server NOTICE olga :ann is deleted; what it said is being erased",
    ":NickServ!NickServ@server NOTICE olga :bob is deleted",
  ]);
});

test("who is deleted is gone from rooms that nobody is in just now", () => {
  const chat = new Chat();
  const [ann] = chat.inChannel("#room", "ann", "bob");
  ann.drops();
  const after = chat.restarts();
  after.operatorSays("delete ann");
  const bob = after.member("bob");
  bob.sends("NAMES #room");
  expect(bob.sees()[0]).toBe(":server 353 bob = #room :bob");
});

test.each([
  ["add", "a name is a letter, then letters, digits, _ or -"],
  ["add ann", "ann is taken"],
  ["add NickServ", "this name is reserved"],
  ["passwd ann", "passwords are not said here: authchat account passwd NAME, or reset NAME"],
  ["reset nobody", "no account nobody"],
  ["disable dan", "dan is disabled"],
  ["disable pat", "pat is pending"],
  ["enable ann", "ann is active"],
  ["expire ann", "expire NAME DAYS|never: up to 36500 days, 0 is now"],
  ["expire ann 36501", "expire NAME DAYS|never: up to 36500 days, 0 is now"],
  ["expire nobody 1", "no account nobody"],
  ["delete ann everything", "delete NAME, or delete NAME messages"],
  ["delete ann messages now", "delete NAME, or delete NAME messages"],
  ["delete nobody", "no account nobody"],
  ["delete pat", "pat waits for a decision: reject pat"],
])("%j is not done, and says why", (words, why) => {
  const chat = new Chat();
  chat.hasAccount("ann");
  chat.hasAccount("dan", "disabled");
  chat.hasAccount("pat", "pending");
  expect(chat.operatorSays(words)).toEqual([why]);
  expect(chat.answers.map(({ isDone }) => isDone)).toEqual([false]);
});

test("a password that is too weak makes no account, and changes none", () => {
  const chat = new Chat();
  chat.hasAccount("bob");
  expect(chat.operatorSays("add ann", "short")).toEqual(["8 characters at least"]);
  expect(chat.operatorSays("passwd bob", "short")).toEqual(["8 characters at least"]);
  expect(chat.operatorSays("accounts")).toEqual(["bob active member"]);
  expect(chat.operatorSays("add ann", own)).toEqual(["added ann"]);
});

test("an operator disables by chat, also themselves, but does not delete themselves", () => {
  const chat = new Chat();
  const [olga, ann] = [chat.member("olga"), chat.member("ann")];
  chat.operatorSays("role olga operator");
  olga.sees();
  olga.sends("PRIVMSG NickServ :delete olga", "PRIVMSG NickServ :disable ann");
  expect(olga.sees()).toEqual([
    ":NickServ!NickServ@server NOTICE olga :not your own account: another operator, or the console, says it",
    ":NickServ!NickServ@server NOTICE olga :ann is disabled now",
  ]);
  expect(ann.isClosed).toBe(true);
  olga.sends("PRIVMSG NickServ :disable olga");
  expect(closing(olga)).toBe("ERROR :Closing link: This account is disabled");
});

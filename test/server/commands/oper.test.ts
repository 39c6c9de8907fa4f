/** OPER: becoming an operator by a name and password of the settings, and being one no more. */
import { expect, test } from "bun:test";
import { Chat, type ChatOptions } from "../../support/chat.ts";
import { PlainPasswords } from "../../support/plain-passwords.ts";

function chat(options: ChatOptions = {}): Chat {
  const passwords = new PlainPasswords();
  passwords.operators.set("root", "secret");
  return new Chat({ ...options, passwords });
}

test("the right password makes one an operator, which is noted and seen", () => {
  const there = chat();
  const [ann, bob] = there.inChannel("#room", "ann", "bob");
  ann.sends("OPER root secret", "MODE ann", "KILL bob :Spam");
  expect(ann.sees().slice(0, 3)).toEqual([
    ":server 381 ann :You are now an operator of this server",
    ":ann!ann@server MODE ann +o",
    ":server 221 ann +o",
  ]);
  expect(bob.isClosed).toBe(true);
  expect(there.notes).toContainEqual({
    event: "user.operator",
    nick: "ann",
    name: "root",
    address: "127.0.0.1",
  });
});

test("wrongPassword: an unknown name and a wrong password are refused alike, and end the connection in time", () => {
  const there = chat();
  const ann = there.member("ann");
  ann.sends("OPER root wrong", "OPER nobody secret", "OPER root wrong");
  const refused = ":server 464 ann :Password incorrect";
  expect(ann.sees()).toEqual([
    refused,
    refused,
    refused,
    "ERROR :Closing link: Too many failed logins",
  ]);
  const noted = there.notes.filter(({ event }) => event === "login.refused");
  expect(noted).toHaveLength(3);
  expect(noted[0]).toMatchObject({ mechanism: "OPER", account: "*", address: "127.0.0.1" });
  expect(JSON.stringify(there.notes)).not.toContain("secret");
});

test("noOperatorHost: where the settings name nobody, and where the password could be read", () => {
  const ann = new Chat().member("ann");
  ann.sends("OPER root secret");
  const refused = ":server 491 ann :No operators are let in from where you are";
  expect(ann.sees()).toEqual([refused]);
  const there = chat({ settings: { accountsRequired: false } });
  const bob = there.stranger({ isLoopback: false });
  bob.sends("NICK ann", "USER ann 0 * :Ann");
  bob.sees();
  bob.sends("OPER root secret");
  expect(bob.sees()).toEqual([refused]);
  expect(there.questions.some(({ kind }) => kind === "operate")).toBe(false);
});

test("needMoreParams: it takes a name and a password", () => {
  const ann = chat().member("ann");
  ann.sends("OPER", "OPER root");
  const refused = ":server 461 ann OPER :Not enough parameters";
  expect(ann.sees()).toEqual([refused, refused]);
});

test("notRegistered: it is for who is in", () => {
  const ann = chat().stranger();
  ann.sends("OPER root secret");
  expect(ann.sees()).toEqual([":server 451 * :You have not registered"]);
});

test("temporarilyUnavailable: an answer that does not come makes nobody an operator", () => {
  const there = chat();
  const ann = there.member("ann");
  there.holdsQuestions();
  ann.sends("OPER root secret");
  there.passes(30_000);
  ann.sends("WALLOPS :x");
  expect(ann.sees()).toEqual([
    ":server FAIL OPER TEMPORARILY_UNAVAILABLE :This cannot be done now; try again later",
    ":server 481 ann :Permission Denied- You're not an operator of this server",
  ]);
});

test("a connection that has gone before the answer makes nobody an operator", () => {
  const there = chat();
  const [laptop, phone] = [there.member("ann"), there.member("ann")];
  there.holdsQuestions();
  laptop.sends("OPER root secret");
  laptop.drops();
  there.answersAll();
  phone.sends("WALLOPS :x");
  expect(phone.sees()).toEqual([
    ":server 481 ann :Permission Denied- You're not an operator of this server",
  ]);
});

test("one is an operator on all devices, until the one that became it has gone", () => {
  const there = chat();
  const [laptop, phone] = [there.member("ann"), there.member("ann")];
  laptop.sends("OPER root secret");
  phone.sends("WALLOPS :x");
  laptop.sends("QUIT");
  phone.sends("WALLOPS :x");
  expect(phone.sees()).toEqual([
    ":ann!ann@server MODE ann +o",
    ":ann!ann@server MODE ann -o",
    ":server 481 ann :Permission Denied- You're not an operator of this server",
  ]);
});

test("MODE -o gives it up, but not the role of an account", () => {
  const there = chat();
  const ann = there.member("ann");
  ann.sends("OPER root secret", "MODE ann -o", "WALLOPS :x");
  expect(ann.sees().slice(2)).toEqual([
    ":ann!ann@server MODE ann -o",
    ":server 481 ann :Permission Denied- You're not an operator of this server",
  ]);
  there.operatorSays("role ann operator");
  ann.sees();
  ann.sends("OPER root secret", "MODE ann -o", "MODE ann");
  expect(ann.sees()).toEqual([
    ":server 381 ann :You are now an operator of this server",
    ":server 221 ann +o",
  ]);
});

test("it gives no rank in a room, which would outlast it", () => {
  const there = chat({ settings: { rooms: ["#general"] } });
  const ann = there.member("ann");
  ann.sends("OPER root secret", "PART #general", "JOIN #general");
  expect(ann.sees().at(-2)).toBe(":server 353 ann = #general :ann");
});

test("nothing of it is kept", () => {
  const there = chat();
  there.member("ann").sends("OPER root secret");
  const ann = there.restarts().member("ann");
  ann.sends("MODE ann");
  expect(ann.sees()).toEqual([":server 221 ann +"]);
});

test("rateLimited: nothing is looked at from where too many were wrong, which is noted and counts", () => {
  const passwords = new PlainPasswords();
  passwords.operators.set("root", "secret");
  passwords.hinders("root", "throttled");
  const there = new Chat({ passwords });
  const ann = there.member("ann");
  ann.sends("OPER root secret", "MODE ann");
  const [first = "", ...rest] = ann.sees();
  expect(first).toStartWith(":server FAIL OPER RATE_LIMITED 30 :");
  expect(rest).toEqual([":server 221 ann +"]);
  const noted = there.notes.filter(({ event }) => event === "login.throttled");
  expect(noted).toMatchObject([{ mechanism: "OPER", seconds: 30 }]);
  ann.sends("OPER root secret", "OPER root secret");
  expect(ann.isClosed).toBe(true);
});

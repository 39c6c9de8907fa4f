/** PASS: logging in without SASL. */
import { expect, test } from "bun:test";
import { Chat, password, type Person } from "../../support/chat.ts";

const mismatch = ":server 464 * :Password incorrect";
const loggedIn = ":server 900 * ann!ann@server ann :You are now logged in as ann";

function stranger(chat: Chat, facts: Parameters<Chat["stranger"]>[0] = {}): Person {
  chat.hasAccount("ann");
  return chat.stranger(facts);
}

function isQuestioned(chat: Chat): boolean {
  return chat.questions.some(({ kind }) => kind === "authenticate");
}

test("who gives account and password before NICK and USER is in, under the account's own name", () => {
  const ann = stranger(new Chat());
  ann.sends(`PASS :ANN:${password}`);
  expect(ann.sees()).toEqual([loggedIn]);
  ann.sends("NICK whoever", "USER x 0 * :X");
  expect(ann.sees()[0]).toBe(":server 001 ann :Welcome to the authchat network, ann!ann@server");
});

test("what comes behind PASS in one write waits for its answer", () => {
  const chat = new Chat();
  const ann = stranger(chat);
  chat.holdsQuestions();
  ann.sends(`PASS :ann:${password}`, "NICK ann", "USER x 0 * :X");
  expect(ann.sees()).toEqual([]);
  chat.answersAll();
  expect(ann.sees().slice(0, 2)).toEqual([
    loggedIn,
    ":server 001 ann :Welcome to the authchat network, ann!ann@server",
  ]);
});

test("the password begins at the first colon, whatever is in it", () => {
  const chat = new Chat();
  const bob = chat.stranger();
  bob.sends("NICK bob", "REGISTER * * :a:long :password");
  chat.operatorSays("approve bob");
  const again = chat.stranger();
  again.sends("PASS :bob:a:long :password");
  expect(again.sees()[0]).toContain(" 900 * bob!bob@server bob ");
});

test("the note of it says PASS, for those that fail too", () => {
  const chat = new Chat();
  const ann = stranger(chat);
  ann.sends("PASS ann:wrong");
  expect(chat.notes.at(-1)).toMatchObject({ event: "login.refused", mechanism: "PASS" });
  ann.sends(`PASS :ann:${password}`);
  expect(chat.notes.at(-1)).toMatchObject({
    event: "login.ok",
    mechanism: "PASS",
    account: "ann",
  });
});

test("passwordMismatch: a wrong password, an unknown name and a disabled account look alike", () => {
  const chat = new Chat();
  chat.hasAccount("dan", "disabled");
  const said = ["ann:wrong", "nobody:wrong", `dan:${password}`, ":x", "ann:"].map((words) => {
    const person = stranger(chat);
    person.sends(`PASS :${words}`);
    return person.sees();
  });
  for (const lines of said) expect(lines).toEqual([mismatch]);
});

test("passwordMismatch: after three the connection is over", () => {
  const ann = stranger(new Chat());
  ann.sends("PASS ann:1", "PASS ann:2", "PASS ann:3");
  const seen = ann.sees();
  expect(seen.slice(0, -1)).toEqual([mismatch, mismatch, mismatch]);
  expect(seen.at(-1)).toStartWith("ERROR ");
  expect(ann.isClosed).toBe(true);
});

test("loginPending: who has an account that waits is told so, and waits", () => {
  const chat = new Chat();
  chat.hasAccount("pat", "pending");
  const pat = chat.stranger();
  pat.sends(`PASS :pat:${password}`);
  expect(pat.sees()).toEqual([
    ":server FAIL AUTHENTICATE VERIFICATION_REQUIRED pat :An operator has yet to approve this account",
    ":server NOTE REGISTER WAITING pat :You are let in when an operator approves your account",
  ]);
  chat.operatorSays("approve pat");
  pat.sees();
  pat.sends(`PASS :pat:${password}`);
  expect(pat.sees()[0]).toContain(" 900 * pat!pat@server pat ");
});

test("alreadyRegistered: who has logged in does not do it again, by whatever way", () => {
  const chat = new Chat();
  const ann = stranger(chat);
  ann.logsIn("ann", password);
  ann.sees();
  ann.sends(`PASS :ann:${password}`);
  expect(ann.sees()).toEqual([":server 462 * :You may not reregister"]);
  const member = chat.member("ann");
  member.sends(`PASS :ann:${password}`);
  expect(member.sees()).toEqual([":server 462 ann :You may not reregister"]);
});

test("alreadyRegistered: who is in the middle of AUTHENTICATE goes on with that", () => {
  const chat = new Chat();
  const ann = stranger(chat);
  ann.sends("AUTHENTICATE PLAIN", `PASS :ann:${password}`);
  expect(ann.sees()).toEqual(["AUTHENTICATE +", ":server 462 * :You may not reregister"]);
  expect(isQuestioned(chat)).toBe(false);
});

test("a PASS without a colon is ignored: the server has no password of its own", () => {
  const chat = new Chat();
  const ann = stranger(chat);
  ann.sends("PASS secret");
  expect(ann.sees()).toEqual([]);
  expect(isQuestioned(chat)).toBe(false);
});

test("in plain text from another machine, and where PLAIN is not offered, nothing is asked", () => {
  const chats = [
    { chat: new Chat(), isLoopback: false },
    { chat: new Chat({ settings: { mechanisms: ["OPAQUE-R255-EXPR"] } }), isLoopback: true },
  ];
  for (const { chat, isLoopback } of chats) {
    const ann = stranger(chat, { isLoopback });
    ann.sends(`PASS :ann:${password}`);
    expect(ann.sees()).toEqual([]);
    expect(isQuestioned(chat)).toBe(false);
  }
});

test("over TLS it is taken from everywhere", () => {
  const tls = { version: "TLSv1.3", exporter: undefined, peerCertificate: undefined, spki: "x" };
  const ann = stranger(new Chat(), { isLoopback: false, tls });
  ann.sends(`PASS :ann:${password}`);
  expect(ann.sees()).toEqual([loggedIn]);
});

test("an answer that comes after the connection is gone harms nobody", () => {
  const chat = new Chat();
  const ann = stranger(chat);
  chat.holdsQuestions();
  ann.sends(`PASS :ann:${password}`);
  ann.drops();
  chat.answersAll();
  expect(chat.notes.some(({ event }) => event === "login.ok")).toBe(false);
});

test("temporarilyUnavailable: who comes while nothing can be answered is told so", () => {
  const chat = new Chat();
  const ann = stranger(chat);
  chat.holdsQuestions();
  ann.sends(`PASS :ann:${password}`);
  chat.passes(60_000);
  expect(ann.sees()[0]).toBe(
    ":server FAIL PASS TEMPORARILY_UNAVAILABLE :This cannot be done now; try again later",
  );
});

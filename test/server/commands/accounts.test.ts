/** REGISTER: asking for an account, waiting for it, and what an operator decides. */
import { expect, test } from "bun:test";
import { Chat, type ChatOptions, type Person } from "../../support/chat.ts";

const own = "my own long password";

/** Has asked for an account on a connection that has introduced itself; the answer is not seen yet. */
function asks(chat: Chat, name: string, password = own): Person {
  const person = chat.stranger();
  person.sends("CAP LS 302", `NICK ${name}`, `USER ${name} 0 * :${name}`);
  person.sees();
  person.sends(`REGISTER ${name} * :${password}`);
  return person;
}

function open(options: ChatOptions = {}): Chat {
  return new Chat({ ...options, settings: { registration: "open", ...options.settings } });
}

test("where registration is open, who registers is logged in", () => {
  const ann = asks(open(), "ann");
  expect(ann.sees()).toEqual([
    ":server REGISTER SUCCESS ann :Account registered; you are logged in",
    ":server 900 ann ann!ann@server ann :You are now logged in as ann",
    ":server 903 ann :SASL authentication successful",
  ]);
});

test("the name may be left to the nick", () => {
  const ann = open().stranger();
  ann.sends("NICK ann", `REGISTER * * :${own}`);
  expect(ann.sees()[0]).toBe(":server REGISTER SUCCESS ann :Account registered; you are logged in");
});

test("a new member is in the rooms", () => {
  const chat = open({ settings: { rooms: ["#general"] } });
  const ann = asks(chat, "ann");
  ann.sends("CAP END");
  expect(ann.sees().slice(-3)).toEqual([
    ":ann!ann@server JOIN #general",
    ":server 353 ann = #general :ann",
    ":server 366 ann #general :End of /NAMES list",
  ]);
});

test("where operators decide, who asks is told that they wait", () => {
  const ann = asks(new Chat(), "ann");
  expect(ann.sees()).toEqual([":server REGISTER VERIFICATION_REQUIRED ann :an operator decides"]);
});

test("operators who are connected are told of a request, on all devices", () => {
  const chat = new Chat();
  const [olga, phone, bob] = [chat.member("olga"), chat.member("olga"), chat.member("bob")];
  chat.operatorSays("role olga operator");
  asks(chat, "ann");
  const line =
    ":NickServ!NickServ@server NOTICE olga :ann asks for an account: APPROVE ann or REJECT ann";
  expect([olga.sees(), phone.sees(), bob.sees()]).toEqual([[line], [line], []]);
});

test("a request is a note with name and address", () => {
  const chat = new Chat();
  asks(chat, "ann");
  expect(chat.notes.at(-1)).toEqual({
    event: "account.asked",
    account: "ann",
    address: "127.0.0.1",
  });
});

test("who waits outlasts the deadline of registration, and is pinged", () => {
  const chat = new Chat();
  const ann = asks(chat, "ann");
  ann.sees();
  chat.passes(80_000);
  expect(ann.sees()).toEqual(["PING server"]);
});

test("who is approved while they wait logs in on that connection", () => {
  const chat = new Chat();
  const ann = asks(chat, "ann");
  ann.sends("CAP END");
  ann.sees();
  expect(chat.operatorSays("approve ann")).toEqual(["approved ann"]);
  expect(ann.sees()).toEqual([
    ":server NOTE REGISTER APPROVED ann :An operator approved your account: log in now",
  ]);
  ann.logsIn("ann", own);
  expect(ann.sees()).toContain(":server 001 ann :Welcome to the authchat network, ann!ann@server");
});

test("who is approved may say something before they log in", () => {
  const chat = new Chat();
  const ann = asks(chat, "ann");
  ann.sends("CAP END");
  chat.operatorSays("approve ann");
  ann.sees();
  ann.sends("PING 1");
  expect(ann.sees()).toEqual([":server PONG server 1"]);
});

test("who is approved and does not log in is closed after the deadline", () => {
  const chat = new Chat();
  const ann = asks(chat, "ann");
  chat.passes(20_000);
  chat.operatorSays("approve ann");
  ann.sees();
  chat.passes(29_999);
  expect(ann.isClosed).toBe(false);
  chat.passes(1);
  expect(ann.sees()).toEqual(["ERROR :Closing link: Registration timed out"]);
});

test("who is approved after they have gone logs in when they come back", () => {
  const chat = new Chat();
  asks(chat, "ann").drops();
  chat.operatorSays("approve ann");
  const ann = chat.stranger();
  ann.logsIn("ann", own);
  expect(ann.sees()).toContain(":server 903 * :SASL authentication successful");
});

test("nobody waits longer than a day", () => {
  const chat = new Chat({ limits: { pingAfterMs: 1e9 } });
  const ann = asks(chat, "ann");
  ann.sees();
  chat.passes(86_399_999);
  expect(ann.isClosed).toBe(false);
  chat.passes(1);
  expect(ann.sees()).toEqual(["ERROR :Closing link: Registration timed out"]);
});

test("rejected: who is turned away is told and closed", () => {
  const chat = new Chat();
  const ann = asks(chat, "ann");
  ann.sees();
  expect(chat.operatorSays("reject ann")).toEqual(["rejected ann"]);
  expect(ann.sees()).toEqual([
    ":server FAIL REGISTER REJECTED ann :An operator rejected this request",
    "ERROR :Closing link: Your request was rejected",
  ]);
  expect(ann.isClosed).toBe(true);
});

test("a name that was turned away is free, and its password worth nothing", () => {
  const chat = new Chat();
  asks(chat, "ann");
  chat.operatorSays("reject ann");
  const late = chat.stranger();
  late.logsIn("ann", own);
  expect(late.sees()).toContain(":server 904 * :SASL authentication failed");
  expect(asks(chat, "ann", "another long password").sees()).toEqual([
    ":server REGISTER VERIFICATION_REQUIRED ann :an operator decides",
  ]);
});

test("who waits on two connections is told on both", () => {
  const chat = new Chat();
  const ann = asks(chat, "ann");
  const other = chat.stranger();
  other.sends("NICK ann");
  other.logsIn("ann", own);
  ann.sees();
  other.sees();
  chat.operatorSays("approve ann");
  expect(other.sees()).toEqual(ann.sees());
});

test("loginPending: only who proves the password learns that the account waits", () => {
  const chat = new Chat();
  asks(chat, "ann");
  const [owner, thief] = [chat.stranger(), chat.stranger()];
  owner.logsIn("ann", own);
  thief.logsIn("ann", "a guess");
  expect(owner.sees()).toEqual([
    "AUTHENTICATE +",
    ":server FAIL AUTHENTICATE VERIFICATION_REQUIRED ann :An operator has yet to approve this account",
    ":server 904 * :An operator has yet to approve this account",
    ":server NOTE REGISTER WAITING ann :You are let in when an operator approves your account",
  ]);
  expect(thief.sees()).toEqual(["AUTHENTICATE +", ":server 904 * :SASL authentication failed"]);
});

test("an account that waits does not exist to others", () => {
  const chat = new Chat();
  asks(chat, "ann");
  const bob = chat.member("bob");
  bob.sends("PRIVMSG ann :Hello");
  expect(bob.sees()).toEqual([":server 401 bob ann :No such nick/channel"]);
});

test("accountExists: a name that someone has, in any case", () => {
  const chat = new Chat();
  chat.hasAccount("bob");
  expect(asks(chat, "BOB").sees()).toEqual([
    ":server FAIL REGISTER ACCOUNT_EXISTS BOB :This name is taken",
  ]);
});

test("accountExists: of two who ask for a name at once, the second", () => {
  const chat = new Chat();
  chat.holdsQuestions();
  const [first, second] = [asks(chat, "ann"), asks(chat, "ann")];
  chat.answersAll();
  expect(first.sees()).toEqual([":server REGISTER VERIFICATION_REQUIRED ann :an operator decides"]);
  expect(second.sees()).toEqual([":server FAIL REGISTER ACCOUNT_EXISTS ann :This name is taken"]);
});

test.each([
  ["1ann", "a name is a letter, then letters, digits, _ or -"],
  ["änn", "a name is a letter, then letters, digits, _ or -"],
  ["n".repeat(33), "a name has at most 32 characters"],
  ["NickServ", "this name is reserved"],
  ["Admin", "this name is reserved"],
  ["lounge", "this name is the server's"],
])("badAccountName: %j is none", (name, why) => {
  const ann = new Chat({ settings: { name: "Lounge" } }).stranger();
  ann.sends(`REGISTER ${name} * :${own}`);
  expect(ann.sees()).toEqual([`:Lounge FAIL REGISTER BAD_ACCOUNT_NAME ${name} :${why}`]);
});

test("weakPassword: why is told, and the name stays free", () => {
  const chat = new Chat();
  const ann = asks(chat, "ann", "short");
  expect(ann.sees()).toEqual([":server FAIL REGISTER WEAK_PASSWORD ann :8 characters at least"]);
  ann.sends(`REGISTER ann * :${own}`);
  expect(ann.sees()).toEqual([":server REGISTER VERIFICATION_REQUIRED ann :an operator decides"]);
});

test("needNick: without a nick the account is named", () => {
  const stranger = new Chat().stranger();
  stranger.sends(`REGISTER * * :${own}`);
  expect(stranger.sees()).toEqual([
    ":server FAIL REGISTER NEED_NICK * :Choose a nick first, or name the account",
  ]);
});

test("alreadyAuthenticated: who is logged in, or waits, asks for no other account", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann"), asks(chat, "bob")];
  bob.sees();
  for (const person of [ann, bob]) person.sends(`REGISTER cem * :${own}`);
  expect(ann.sees()).toEqual([
    ":server FAIL REGISTER ALREADY_AUTHENTICATED ann :You are already logged in",
  ]);
  expect(bob.sees()).toEqual([
    ":server FAIL REGISTER ALREADY_AUTHENTICATED bob :You are already logged in",
  ]);
});

test("registrationClosed: where registration is closed it is not offered, and refused", () => {
  const chat = new Chat({ settings: { registration: "closed" } });
  const stranger = chat.stranger();
  stranger.sends("CAP LS 302");
  expect(stranger.sees().join(" ")).not.toContain("account-registration");
  expect(asks(chat, "ann").sees()).toEqual([
    ":server FAIL REGISTER DISALLOWED ann :This server takes no registrations",
  ]);
});

test("insecureRegistration: no password is taken in plain text from another machine", () => {
  const stranger = new Chat().stranger({ isLoopback: false });
  stranger.sends("CAP LS 302");
  expect(stranger.sees().join(" ")).not.toContain("account-registration");
  stranger.sends(`REGISTER ann * :${own}`);
  expect(stranger.sees()).toEqual([
    ":server FAIL REGISTER TEMPORARILY_UNAVAILABLE ann :Passwords are taken over TLS only",
  ]);
});

test("registrationBusy: no more connections wait than the limit", () => {
  const chat = new Chat({ limits: { waitingMax: 1 } });
  asks(chat, "ann");
  expect(asks(chat, "bob").sees()).toEqual([
    ":server FAIL REGISTER TEMPORARILY_UNAVAILABLE bob :Too many wait already; try again later",
  ]);
});

test("registrationBusy: no more connections from one address wait than its limit", () => {
  const chat = new Chat({ limits: { waitingPerAddressMax: 1 } });
  const tls = { version: "TLSv1.3", exporter: undefined, peerCertificate: undefined, spki: "" };
  const from = (address: string, name: string): string[] => {
    const person = chat.stranger({ address, isLoopback: false, tls });
    person.sends(`REGISTER ${name} * :${own}`);
    return person.sees();
  };
  from("192.0.2.1", "ann");
  expect(from("192.0.2.1", "bob")).toEqual([
    ":server FAIL REGISTER TEMPORARILY_UNAVAILABLE bob :Too many wait already; try again later",
  ]);
  expect(from("192.0.2.2", "bob")).toEqual([
    ":server REGISTER VERIFICATION_REQUIRED bob :an operator decides",
  ]);
});

test("a login that would wait beyond the limit is closed", () => {
  const chat = new Chat({ limits: { waitingMax: 1 } });
  asks(chat, "ann");
  const other = chat.stranger();
  other.logsIn("ann", own);
  expect(other.sees().at(-1)).toBe(
    "ERROR :Closing link: Too many wait already; log in again later",
  );
});

test("registrationBusy: no more accounts wait than the limit, also after a restart", () => {
  const chat = new Chat({ limits: { pendingAccountsMax: 1 } });
  const ann = asks(chat, "ann");
  ann.drops();
  const busy =
    ":server FAIL REGISTER TEMPORARILY_UNAVAILABLE bob :Too many wait already; try again later";
  expect(asks(chat, "bob").sees()).toEqual([busy]);
  const after = chat.restarts();
  expect(asks(after, "bob").sees()).toEqual([busy]);
  after.operatorSays("approve ann");
  expect(asks(after, "bob").sees()).toEqual([
    ":server REGISTER VERIFICATION_REQUIRED bob :an operator decides",
  ]);
});

test("temporarilyUnavailable: a request that is not answered in time leaves the name free", () => {
  const chat = new Chat({ limits: { answerWithinMs: 1_000 } });
  chat.holdsQuestions();
  const ann = asks(chat, "ann");
  chat.passes(1_000);
  expect(ann.sees()).toEqual([
    ":server FAIL REGISTER TEMPORARILY_UNAVAILABLE :This cannot be done now; try again later",
  ]);
  chat.answersAll();
  expect(asks(chat, "ann").sees()).toEqual([
    ":server REGISTER VERIFICATION_REQUIRED ann :an operator decides",
  ]);
});

test("who goes away while they are enrolled has asked all the same", () => {
  const chat = new Chat();
  chat.holdsQuestions();
  const ann = asks(chat, "ann");
  ann.drops();
  chat.answersAll();
  expect(chat.operatorSays("pending")).toEqual(["ann pending member"]);
});

test("needMoreParams: REGISTER has a name, an address and a password", () => {
  const stranger = new Chat().stranger();
  stranger.sends("REGISTER ann *");
  expect(stranger.sees()).toEqual([":server 461 * REGISTER :Not enough parameters"]);
});

test("a new account has a number of its own, never one that was given", () => {
  const chat = open();
  asks(chat, "ann");
  const after = chat.restarts();
  asks(after, "bob");
  expect(after.operatorSays("accounts")).toEqual(["ann active member", "bob active member"]);
});

test("invalidCode: no code is one, for who waits and for anyone else", () => {
  const stranger = new Chat().stranger();
  stranger.sends("NICK eve", "VERIFY eve 123", "VERIFY");
  expect(stranger.sees()).toEqual([
    ":server FAIL VERIFY INVALID_CODE eve :This server sends no codes; an operator decides",
    ":server 461 eve VERIFY :Not enough parameters",
  ]);
});

test("verifyAuthenticated: who is logged in has nothing to verify", () => {
  const ann = new Chat().member("ann");
  ann.sends("VERIFY ann 123");
  expect(ann.sees()).toEqual([
    ":server FAIL VERIFY ALREADY_AUTHENTICATED ann :You are already logged in",
  ]);
});

/** WHOIS, WHOWAS, USERHOST and ISON: who someone is or was, as far as one may know. */
import { expect, test } from "bun:test";
import { Chat } from "../../support/chat.ts";

const newYear2026 = 1_767_225_600;
const tls = { version: "TLSv1.3", exporter: undefined, peerCertificate: undefined, spki: "x" };

test("WHOIS tells what all may know", () => {
  const chat = new Chat();
  chat.inChannel("#room", "ann");
  const bob = chat.member("bob");
  chat.passes(5_000);
  bob.sends("WHOIS ANN");
  expect(bob.sees()).toEqual([
    ":server 311 bob ann ann server * :Real Name",
    ":server 312 bob ann server :a private chat",
    ":server 319 bob ann :~@#room",
    ":server 330 bob ann ann :is logged in as",
    `:server 317 bob ann 5 ${newYear2026} :seconds idle, signon time`,
    ":server 318 bob ann :End of /WHOIS list",
  ]);
});

test("WHOIS counts idle seconds from the last message", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann"), chat.member("bob")];
  chat.passes(5_000);
  ann.sends("PRIVMSG bob :Hello");
  chat.passes(2_000);
  bob.sees();
  bob.sends("WHOIS ann");
  expect(bob.sees()).toContain(`:server 317 bob ann 2 ${newYear2026} :seconds idle, signon time`);
});

test("WHOIS of someone away says so, and when they were here is not told", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  chat.hasAccount("bob");
  ann.sends("WHOIS bob");
  expect(ann.sees()).toEqual([
    ":server 311 ann bob bob server * :bob",
    ":server 312 ann bob server :a private chat",
    ":server 330 ann bob bob :is logged in as",
    ":server 301 ann bob :is not connected",
    ":server 318 ann bob :End of /WHOIS list",
  ]);
});

test("addresses are told to oneself and to operators, not to others", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann"), chat.member("bob")];
  const address = ":is connecting from 127.0.0.1";
  ann.sends("WHOIS ann");
  expect(ann.sees()).toContain(`:server 378 ann ann ${address}`);
  bob.sends("WHOIS ann");
  expect(bob.sees().join("\n")).not.toContain("127.0.0.1");
  chat.operatorSays("role bob operator");
  bob.sends("WHOIS ann");
  expect(bob.sees()).toContain(`:server 378 bob ann ${address}`);
});

test("an operator of the server is told as one", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  chat.operatorSays("role ann operator");
  ann.sends("WHOIS ann");
  expect(ann.sees()).toContain(":server 313 ann ann :is an operator of this server");
});

test("whose every connection is over TLS is told as secure", () => {
  const chat = new Chat();
  chat.hasAccount("ann");
  const ann = chat.stranger({ isLoopback: false, address: "192.0.2.7", tls });
  ann.sends("NICK ann", "CAP LS 302", "USER ann 0 * :Ann");
  ann.logsIn("ann", "correct horse battery");
  ann.sends("CAP END");
  const bob = chat.member("bob");
  bob.sends("WHOIS ann");
  expect(bob.sees()).toContain(":server 671 bob ann :is using a secure connection");
  chat.member("ann");
  bob.sends("WHOIS ann");
  expect(bob.sees().join("\n")).not.toContain(" 671 ");
});

test("many channels take several lines", () => {
  const ann = new Chat().member("ann");
  ann.sends("JOIN #a,#b,#c,#d,#e,#f");
  ann.sees();
  ann.sends("WHOIS ann");
  expect(ann.sees().filter((line) => line.includes(" 319 "))).toEqual([
    ":server 319 ann ann :~@#a ~@#b ~@#c ~@#d ~@#e",
    ":server 319 ann ann :~@#f",
  ]);
});

test("the server before the nick is no matter", () => {
  const ann = new Chat().member("ann");
  ann.sends("WHOIS server ann");
  expect(ann.sees()[0]).toBe(":server 311 ann ann ann server * :Real Name");
});

test.each(["nobody", "#room", "pia", "dan", "a*"])("noSuchNick: WHOIS %s is of nobody", (name) => {
  const chat = new Chat();
  chat.hasAccount("pia", "pending");
  chat.hasAccount("dan", "disabled");
  const ann = chat.member("ann");
  ann.sends(`WHOIS ${name}`);
  expect(ann.sees()).toEqual([
    `:server 401 ann ${name} :No such nick/channel`,
    `:server 318 ann ${name} :End of /WHOIS list`,
  ]);
});

test("noNicknameGiven: WHOIS names someone", () => {
  const ann = new Chat().member("ann");
  ann.sends("WHOIS");
  expect(ann.sees()).toEqual([":server 431 ann :No nickname given"]);
});

test("temporarilyUnavailable: WHOIS of who cannot be looked up", () => {
  const chat = new Chat({ limits: { answerWithinMs: 1_000 } });
  const ann = chat.member("ann");
  chat.holdsQuestions();
  ann.sends("WHOIS bob");
  chat.passes(1_000);
  expect(ann.sees()).toEqual([
    ":server FAIL WHOIS TEMPORARILY_UNAVAILABLE :This cannot be done now; try again later",
    ":server 318 ann bob :End of /WHOIS list",
  ]);
});

test("noSuchNick: WHOIS of an account that waits tells nothing of it, not even how it is written", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  chat.hasAccount("Dan", "pending");
  ann.sends("WHOIS dan", "WHO dan");
  expect(ann.sees()).toEqual([
    ":server 401 ann dan :No such nick/channel",
    ":server 318 ann dan :End of /WHOIS list",
    ":server 315 ann dan :End of /WHO list",
  ]);
});

test("WHOWAS tells of who has gone, the newest first and as many as asked for", () => {
  const chat = new Chat({ settings: { accountsRequired: false } });
  const ann = chat.member("ann");
  for (const user of ["one", "two"]) {
    const gus = chat.stranger();
    gus.sends("NICK gus", `USER ${user} 0 * :Gus`, "QUIT");
  }
  ann.sends("WHOWAS gus", "WHOWAS GUS 1");
  expect(ann.sees().filter((line) => / 31[24] /.test(line))).toEqual([
    ":server 314 ann gus ~two 127.0.0.1 * Gus",
    ":server 312 ann gus server :2026-01-01T00:00:00.000Z",
    ":server 314 ann gus ~one 127.0.0.1 * Gus",
    ":server 312 ann gus server :2026-01-01T00:00:00.000Z",
    ":server 314 ann gus ~two 127.0.0.1 * Gus",
    ":server 312 ann gus server :2026-01-01T00:00:00.000Z",
  ]);
});

test("wasNoSuchNick: nobody ever went by that nick", () => {
  const ann = new Chat().member("ann");
  ann.sends("WHOWAS nobody");
  expect(ann.sees()).toEqual([
    ":server 406 ann nobody :There was no such nickname",
    ":server 369 ann nobody :End of WHOWAS",
  ]);
});

test("USERHOST tells of five at most, with + or - for here and away, and * for operators", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann"), chat.member("bob")];
  chat.operatorSays("role ann operator");
  bob.sends("AWAY :Out");
  ann.sees();
  ann.sends("USERHOST ann bob nobody x y bob", "USERHOST nobody");
  expect(ann.sees()).toEqual([
    ":server 302 ann :ann*=+ann@server bob=-bob@server",
    ":server 302 ann :",
  ]);
});

test("ISON tells which of the nicks are connected", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  chat.hasAccount("bob");
  ann.sends("ISON bob ANN nobody", "ISON :bob ann");
  expect(ann.sees()).toEqual([":server 303 ann ann", ":server 303 ann ann"]);
});

/** AUTHENTICATE: logging in, and what keeps one from it. */
import { expect, test } from "bun:test";
import { Chat, password, type Person } from "../../support/chat.ts";

const failed = ":server 904 * :SASL authentication failed";

function stranger(chat: Chat): Person {
  chat.hasAccount("ann");
  return chat.stranger();
}

test("who proves their password is logged in, under the account's own name", () => {
  const ann = stranger(new Chat());
  ann.logsIn("ANN", password);
  expect(ann.sees()).toEqual([
    "AUTHENTICATE +",
    ":server 900 * ann!ann@server ann :You are now logged in as ann",
    ":server 903 * :SASL authentication successful",
  ]);
});

test("a login is a note with its mechanism, a refused one too, without the name that was tried", () => {
  const chat = new Chat();
  const ann = stranger(chat);
  ann.logsIn("ann", "wrong");
  expect(chat.notes.at(-1)).toMatchObject({ event: "login.refused", mechanism: "PLAIN" });
  ann.logsIn("ann", password);
  expect(chat.notes.at(-1)).toMatchObject({
    event: "login.ok",
    account: "ann",
    mechanism: "PLAIN",
  });
});

test("saslFailed: a wrong password, an unknown name and a disabled account look alike", () => {
  const chat = new Chat();
  chat.hasAccount("dan", "disabled");
  const people = ["ann", "nobody", "dan"].map((name) => {
    const person = stranger(chat);
    person.logsIn(name, name === "dan" ? password : "wrong");
    return person.sees();
  });
  expect(people).toEqual([
    ["AUTHENTICATE +", failed],
    ["AUTHENTICATE +", failed],
    ["AUTHENTICATE +", failed],
  ]);
});

test("saslFailed: what is not base64 proves nothing", () => {
  const ann = stranger(new Chat());
  ann.sends("AUTHENTICATE PLAIN", "AUTHENTICATE !!!!");
  expect(ann.sees()).toEqual(["AUTHENTICATE +", failed]);
});

test("saslFailed: a mechanism that is not offered is answered with those that are", () => {
  const ann = stranger(new Chat());
  ann.sends("AUTHENTICATE SCRAM-SHA-256");
  expect(ann.sees()).toEqual([":server 908 * PLAIN :are available SASL mechanisms", failed]);
});

test("in plain text from another machine no mechanism is offered", () => {
  const ann = new Chat().stranger({ isLoopback: false });
  ann.sends("CAP LS 302", "AUTHENTICATE PLAIN");
  const lines = ann.sees();
  const offered = lines.filter((line) => line.includes(" CAP "));
  expect(offered.join(" ")).not.toContain("sasl");
  expect(lines.slice(offered.length)).toEqual([
    ":server 908 * * :are available SASL mechanisms",
    failed,
  ]);
});

test("over TLS a mechanism is offered from everywhere", () => {
  const tls = { version: "TLSv1.3", exporter: undefined, peerCertificate: undefined, spki: "x" };
  const ann = new Chat().stranger({ isLoopback: false, tls });
  ann.sends("CAP LS 302");
  expect(ann.sees()[0]).toContain("sasl=PLAIN ");
});

test("a response in pieces is put together", () => {
  const chat = new Chat();
  const ann = chat.stranger();
  const long = "p".repeat(300 - "\0ann\0".length);
  ann.sends("NICK ann", `REGISTER ann * :${long}`);
  chat.operatorSays("approve ann");
  ann.sees();
  ann.logsIn("ann", long);
  expect(ann.sees()).toEqual(["AUTHENTICATE +"]);
  ann.sends("AUTHENTICATE +");
  expect(ann.sees()).toContain(":server 903 ann :SASL authentication successful");
});

test("saslTooLong: a piece over 400 characters, or too many pieces", () => {
  const ann = stranger(new Chat());
  ann.sends("AUTHENTICATE PLAIN", `AUTHENTICATE ${"A".repeat(401)}`);
  expect(ann.sees()).toEqual(["AUTHENTICATE +", ":server 905 * :SASL message too long"]);
  ann.sends(
    "AUTHENTICATE PLAIN",
    ...Array.from({ length: 21 }, () => `AUTHENTICATE ${"A".repeat(400)}`),
  );
  expect(ann.sees()).toEqual(["AUTHENTICATE +", ":server 905 * :SASL message too long"]);
});

test("saslAborted: a login is given up, and may be begun anew", () => {
  const ann = stranger(new Chat());
  ann.sends("AUTHENTICATE PLAIN", `AUTHENTICATE ${"A".repeat(400)}`, "AUTHENTICATE *");
  expect(ann.sees()).toEqual(["AUTHENTICATE +", ":server 906 * :SASL authentication aborted"]);
  ann.logsIn("ann", password);
  expect(ann.sees()).toContain(":server 903 * :SASL authentication successful");
});

test("saslAlready: who is logged in does not log in again", () => {
  const chat = new Chat();
  const proven = stranger(chat);
  proven.logsIn("ann", password);
  proven.sees();
  const member = chat.member("ann");
  for (const person of [proven, member]) person.sends("AUTHENTICATE PLAIN");
  expect(proven.sees()).toEqual([":server 907 * :You have already authenticated using SASL"]);
  expect(member.sees()).toEqual([":server 907 ann :You have already authenticated using SASL"]);
});

test("needMoreParams: AUTHENTICATE has one", () => {
  const ann = stranger(new Chat());
  ann.sends("AUTHENTICATE");
  expect(ann.sees()).toEqual([":server 461 * AUTHENTICATE :Not enough parameters"]);
});

test("who fails too often on one connection is closed", () => {
  const ann = stranger(new Chat({ limits: { loginFailuresMax: 2 } }));
  ann.logsIn("ann", "wrong");
  expect(ann.isClosed).toBe(false);
  ann.logsIn("ann", "wrong");
  expect(ann.sees().at(-1)).toBe("ERROR :Closing link: Too many failed logins");
  expect(ann.isClosed).toBe(true);
});

test("temporarilyUnavailable: a login that is not answered in time is refused, and the late answer dropped", () => {
  const chat = new Chat({ limits: { answerWithinMs: 1_000 } });
  const ann = stranger(chat);
  chat.holdsQuestions();
  ann.logsIn("ann", password);
  chat.passes(1_000);
  expect(ann.sees()).toEqual([
    "AUTHENTICATE +",
    ":server FAIL AUTHENTICATE TEMPORARILY_UNAVAILABLE :This cannot be done now; try again later",
    ":server 904 * :The server is busy; try again later",
  ]);
  chat.answersAll();
  expect(ann.sees()).toEqual([]);
});

test("a login that could not be answered is no failed one", () => {
  const chat = new Chat({ limits: { answerWithinMs: 1_000, loginFailuresMax: 1 } });
  const ann = stranger(chat);
  chat.holdsQuestions();
  ann.logsIn("ann", password);
  chat.passes(1_000);
  chat.answersAll();
  ann.sees();
  ann.logsIn("ann", password);
  expect(ann.sees()).toContain(":server 903 * :SASL authentication successful");
});

test("who goes away while they log in is not logged in", () => {
  const chat = new Chat();
  const ann = stranger(chat);
  chat.holdsQuestions();
  ann.logsIn("ann", password);
  ann.drops();
  chat.answersAll();
  expect(chat.notes.some(({ event }) => event === "login.ok")).toBe(false);
});

test("no password is in a note, with all lines noted", () => {
  const chat = new Chat({ settings: { notesLines: true } });
  const ann = stranger(chat);
  ann.logsIn("ann", password);
  ann.sends("REGISTER cem * :my own secret", "PRIVMSG NickServ :IDENTIFY secret");
  const response = Buffer.from(`\0ann\0${password}`).toString("base64");
  const notes = JSON.stringify(chat.notes);
  expect(notes).toContain("AUTHENTICATE [secret]");
  expect(
    [response, password, 'secret"', "IDENTIFY"].filter((word) => notes.includes(word)),
  ).toEqual([]);
});

test("a response that is taken for a mechanism's name is in no note", () => {
  const chat = new Chat();
  const eve = chat.stranger();
  const response = Buffer.from(`\0eve\0${password}`).toString("base64");
  eve.sends(`AUTHENTICATE ${response}`);
  expect(chat.notes.at(-1)).toMatchObject({ event: "login.refused", mechanism: "unknown" });
});

const exporter = new Uint8Array(32);
const tls = { version: "TLSv1.3", exporter, peerCertificate: undefined, spki: "" };

test("what is bound to the TLS exporter is offered where there is one, and nowhere else", () => {
  const chat = new Chat();
  const lists = [
    undefined,
    { ...tls, exporter: undefined },
    { ...tls, version: "TLSv1.2" },
    tls,
  ].map((of) => {
    const ann = chat.stranger({ tls: of });
    ann.sends("CAP LS 302");
    return /sasl=([^ ]*)/.exec(ann.sees().join(" "))?.[1];
  });
  expect(lists).toEqual(["PLAIN", "PLAIN", "PLAIN", "OPAQUE-R255-EXPR,PLAIN"]);
});

test("the question has what CAP LS offered, as it was sent", () => {
  const chat = new Chat();
  const ann = chat.stranger({ tls });
  ann.sends("AUTHENTICATE OPAQUE-R255-EXPR", "AUTHENTICATE AAAA", "AUTHENTICATE *");
  ann.sends("CAP LS 302", "AUTHENTICATE OPAQUE-R255-EXPR", "AUTHENTICATE AAAA");
  const asks = chat.questions.filter((question) => question.kind === "authenticate");
  expect(asks.map(({ ask }) => ask.offered)).toEqual([undefined, "OPAQUE-R255-EXPR,PLAIN"]);
});

test("a challenge that is not answered counts as a refused login", () => {
  const chat = new Chat({ limits: { loginFailuresMax: 3 } });
  const ann = chat.stranger({ tls });
  const challenged = ["AUTHENTICATE OPAQUE-R255-EXPR", "AUTHENTICATE AAAA"];
  ann.sends(...challenged, "AUTHENTICATE *");
  ann.sends(...challenged, ...Array.from({ length: 21 }, () => `AUTHENTICATE ${"A".repeat(400)}`));
  ann.sends("AUTHENTICATE PLAIN", "AUTHENTICATE *"); // nothing was told: nothing is counted
  const refused = chat.notes.filter(({ event }) => event === "login.refused");
  expect([refused.length, ann.isClosed]).toEqual([2, false]);
  ann.sends(...challenged, "AUTHENTICATE *");
  expect(ann.sees().at(-1)).toBe("ERROR :Closing link: Too many failed logins");
});

test("a connection that ends on a challenge is a note of a refused login", () => {
  const chat = new Chat();
  const ann = chat.stranger({ tls });
  ann.sends("AUTHENTICATE OPAQUE-R255-EXPR", "AUTHENTICATE AAAA");
  ann.drops();
  const refused = chat.notes.find(({ event }) => event === "login.refused");
  expect(refused).toMatchObject({ reason: "challenge not answered" });
});

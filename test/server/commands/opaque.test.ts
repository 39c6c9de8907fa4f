/**
 * OPAQUE: asking for an account without telling the password. What is computed is not computed here: a record is the
 * password, which the stand-in for `auth` then wants at the login.
 */
import { expect, test } from "bun:test";
import { Chat, type ChatOptions, type Person } from "../../support/chat.ts";

const tls = {
  version: "TLSv1.3",
  exporter: new Uint8Array(32),
  peerCertificate: undefined,
  spki: "",
};
const own = "my own record";
const request = Buffer.from("request").toString("base64");
const record = Buffer.from(own).toString("base64");
const pending = (name: string): string =>
  `:server NOTE OPAQUE PENDING ${name} :Log in to activate it`;
const success = ":server REGISTER SUCCESS ann :Account registered; you are logged in";

function open(options: ChatOptions = {}): Chat {
  return new Chat({ ...options, settings: { registration: "open", ...options.settings } });
}

function claims(chat: Chat, name = "ann"): Person {
  const person = chat.stranger({ tls });
  person.sends("CAP LS 302", "NICK someone", "USER a 0 * :a");
  person.sees();
  person.sends(`OPAQUE REC ${name} ${record}`);
  return person;
}

test("a request is answered, and a record is kept for the first login, which makes the account", () => {
  const chat = open();
  const ann = chat.stranger({ tls });
  ann.sends(`OPAQUE REG ann * * ${request}`);
  expect(ann.sees()).toEqual([`:server OPAQUE RESP ann ${request}`]);
  ann.sends(`OPAQUE REC ann ${record}`);
  expect(ann.sees()).toEqual([pending("ann")]);
  expect(chat.notes.some(({ event }) => event === "account.registered")).toBe(false);
  ann.logsIn("ANN", own);
  expect(ann.sees()).toEqual([
    "AUTHENTICATE +",
    success,
    ":server 900 * ann!ann@server ann :You are now logged in as ann",
    ":server 903 * :SASL authentication successful",
  ]);
  expect(chat.notes.some(({ event }) => event === "account.registered")).toBe(true);
});

test("where operators decide, the first login is answered as REGISTER is, and waits", () => {
  const chat = new Chat();
  const ann = claims(chat);
  ann.sees();
  ann.logsIn("ann", own);
  expect(ann.sees()).toEqual([
    "AUTHENTICATE +",
    ":server REGISTER VERIFICATION_REQUIRED ann :an operator decides",
    ":server 904 someone :An operator has yet to approve this account",
  ]);
  chat.operatorSays("approve ann");
  ann.sees();
  ann.logsIn("ann", own);
  expect(ann.sees()).toContain(":server 903 someone :SASL authentication successful");
});

test("saslFailed: another password makes no account of a claim, the right one still does", () => {
  const ann = claims(open());
  ann.sees();
  ann.logsIn("ann", "wrong");
  expect(ann.sees().at(-1)).toBe(":server 904 someone :SASL authentication failed");
  ann.logsIn("ann", own);
  expect(ann.sees()).toContain(success);
});

test("accountExists: a claimed name is the connection's alone, for as long as it lives", () => {
  const chat = open();
  const ann = claims(chat);
  const other = claims(chat, "ANN");
  expect(other.sees()).toEqual([":server FAIL REGISTER ACCOUNT_EXISTS ANN :This name is taken"]);
  ann.drops();
  other.sends(`OPAQUE REC ann ${record}`);
  expect(other.sees()).toEqual([pending("ann")]);
});

test("a second claim on a connection gives back the name of the first", () => {
  const chat = open();
  const ann = claims(chat);
  ann.sends(`OPAQUE REC bob ${record}`);
  expect(ann.sees()).toEqual([pending("ann"), pending("bob")]);
  expect(claims(chat).sees()).toEqual([pending("ann")]);
});

test("accountExists: a name that someone has is not computed for", () => {
  const chat = open();
  chat.hasAccount("ann");
  const other = chat.stranger({ tls });
  other.sends(`OPAQUE REG Ann * * ${request}`);
  expect(other.sees()).toEqual([":server FAIL REGISTER ACCOUNT_EXISTS Ann :This name is taken"]);
  expect(chat.questions.some(({ kind }) => kind === "evaluate")).toBe(false);
});

test.each([
  [`OPAQUE REG ann a@b * ${request}`, "E-mail address and invitation are not taken: *"],
  [`OPAQUE REG ann * code ${request}`, "E-mail address and invitation are not taken: *"],
  [`OPAQUE REG ann * *`, "This is not base64"],
  [`OPAQUE REG ann * * !!!!`, "This is not base64"],
  [`OPAQUE REG ann * * AA==`, "This is no request"],
  [`OPAQUE REC ann !!!!`, "This is not base64"],
  [`OPAQUE REC ann AA==`, "This is no record"],
  [`OPAQUE GET ann AA==`, "REG, REC and CHG are the subcommands"],
])("badOpaque: %s", (line, why) => {
  const ann = open().stranger({ tls });
  ann.sends(line);
  expect(ann.sees()).toEqual([`:server FAIL OPAQUE INVALID_PARAMS :${why}`]);
});

test("badOpaque: without an exporter, or where OPAQUE is off, there is none", () => {
  const people = [
    open().stranger(),
    open({ settings: { mechanisms: ["PLAIN"] } }).stranger({ tls }),
  ];
  for (const person of people) {
    person.sends("CAP LS 302", `OPAQUE REG ann * * ${request}`);
    const seen = person.sees().join("\n");
    expect(seen).not.toContain("authchat.invalid/opaque");
    expect(seen).toContain("FAIL OPAQUE INVALID_PARAMS :This connection has no OPAQUE");
  }
});

test("registrationClosed: OPAQUE is not offered, and refused as REGISTER is", () => {
  const ann = open({ settings: { registration: "closed" } }).stranger({ tls });
  ann.sends("CAP LS 302", `OPAQUE REG ann * * ${request}`);
  const seen = ann.sees().join("\n");
  expect(seen).not.toContain("authchat.invalid/opaque");
  expect(seen).toContain("FAIL REGISTER DISALLOWED ann :This server takes no registrations");
});

test("badAccountName: a name that is none cannot be claimed", () => {
  const ann = open().stranger({ tls });
  ann.sends(`OPAQUE REC 7up ${record}`, `OPAQUE REC server ${record}`);
  expect(ann.sees().every((line) => line.includes("FAIL REGISTER BAD_ACCOUNT_NAME"))).toBe(true);
});

test("each response is counted as a guess, and too many end the connection", () => {
  const ann = open({ limits: { loginFailuresMax: 3 } }).stranger({ tls });
  for (const name of ["ann", "bob", "cid"]) ann.sends(`OPAQUE REG ${name} * * ${request}`);
  expect(ann.sees().at(-1)).toBe("ERROR :Closing link: Too many registrations were begun");
});

test("a record is not in the log of lines", () => {
  const chat = open({ settings: { notesLines: true } });
  claims(chat);
  expect(JSON.stringify(chat.notes)).not.toContain(record);
});

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

test("what a record comes with for SCRAM is handed on with it, and refused when it is not base64", () => {
  const chat = open();
  const ann = chat.stranger({ tls });
  ann.sends(`OPAQUE REC ann ${record} !!!!`);
  expect(ann.sees()).toEqual([":server FAIL OPAQUE INVALID_PARAMS :This is not base64"]);
  expect(chat.questions.some(({ kind }) => kind === "claim")).toBe(false);
  ann.sends(`OPAQUE REC ann ${record} AQID`);
  expect(ann.sees()).toEqual([pending("ann")]);
  expect(chat.questions.at(-1)?.ask).toMatchObject({ scram: Uint8Array.of(1, 2, 3) });
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
  [`OPAQUE REG ann *`, "REG account email|* invitation|* request"],
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

function asks(chat: Chat, name: string, token: string): Person {
  const person = chat.stranger({ tls });
  person.sends("CAP LS 302", "NICK someone", "USER a 0 * :a");
  person.sees();
  person.sends(`OPAQUE REG ${name} * ${token} ${request}`);
  return person;
}

test("an invitation is shown with the request, and makes the account by the first login", () => {
  const chat = new Chat({ settings: { registration: "invite" } });
  const [token = ""] = chat.operatorSays("invite --role operator");
  const ann = asks(chat, "ann", token);
  expect(ann.sees()).toEqual([`:server OPAQUE RESP ann ${request}`]);
  ann.sends(`OPAQUE REC ann ${record}`);
  expect(ann.sees()).toEqual([pending("ann")]);
  ann.logsIn("ann", own);
  expect(ann.sees()).toContain(success);
  expect(chat.operatorSays("accounts")).toEqual(["ann active operator"]);
  expect(chat.operatorSays("invitations")).toEqual(["no invitation is good"]);
});

test("invalidInvite: of two who claimed by one use, the first to log in has it", () => {
  const chat = new Chat();
  const [token = ""] = chat.operatorSays("invite");
  const [ann, bob] = [asks(chat, "ann", token), asks(chat, "bob", token)];
  ann.sends(`OPAQUE REC ann ${record}`);
  bob.sends(`OPAQUE REC bob ${record}`);
  bob.logsIn("bob", own);
  ann.sees();
  ann.logsIn("ann", own);
  expect(ann.sees()).toEqual([
    "AUTHENTICATE +",
    ":server FAIL REGISTER INVALID_INVITE ann :This invitation was used, has expired, or never was",
    ":server 904 someone :SASL authentication failed",
  ]);
  expect(chat.operatorSays("accounts")).toEqual(["bob active member"]);
  expect(chat.questions.at(-2)?.kind).toBe("forget");
});

test("invalidInvite: a token that is none is refused before anything is computed, and counted", () => {
  const chat = new Chat({ limits: { loginFailuresMax: 2 } });
  const ann = asks(chat, "ann", "act-invite-00000000000000000000000000");
  expect(ann.sees()).toEqual([
    ":server FAIL REGISTER INVALID_INVITE ann :This invitation was used, has expired, or never was",
  ]);
  expect(chat.questions.some(({ kind }) => kind === "evaluate")).toBe(false);
  ann.sends(`OPAQUE REG ann * nonsense ${request}`);
  expect(ann.sees().at(-1)).toBe("ERROR :Closing link: Too many failed logins");
});

test("invalidInvite: an invitation is good for the name it was shown with, and while it is good", () => {
  const chat = new Chat({ settings: { registration: "invite" } });
  const [token = ""] = chat.operatorSays("invite --days 1");
  const ann = asks(chat, "ann", token);
  ann.sees();
  ann.sends(`OPAQUE REC bob ${record}`);
  expect(ann.sees().join()).toContain("FAIL REGISTER INVITATION_NEEDED bob");
  chat.wallJumps(86_400_000);
  ann.sends(`OPAQUE REC ann ${record}`);
  expect(ann.sees().join()).toContain("FAIL REGISTER INVALID_INVITE ann");
});

test("a reset link gives an account another record, by the first login with it", () => {
  const chat = new Chat();
  chat.hasAccount("ann");
  const phone = chat.member("ann");
  const [token = ""] = chat.operatorSays("reset ann");
  const ann = asks(chat, "ANN", token);
  ann.sends(`OPAQUE REC ann ${record}`);
  expect(ann.sees()).toEqual([`:server OPAQUE RESP ANN ${request}`, pending("ann")]);
  ann.logsIn("ann", own);
  expect(ann.sees()).toEqual([
    "AUTHENTICATE +",
    ":server REGISTER SUCCESS ann :Your new password is set",
    ":server 900 someone ann!ann@server ann :You are now logged in as ann",
    ":server 903 someone :SASL authentication successful",
  ]);
  expect(phone.sees()).toEqual(["ERROR :Closing link: The password was changed; log in again"]);
  expect(chat.operatorSays("invitations")).toEqual(["no invitation is good"]);
});

test("invalidInvite: a reset link is at one connection at a time, and for its account alone", () => {
  const chat = new Chat();
  chat.hasAccount("ann");
  chat.hasAccount("bob");
  const [token = ""] = chat.operatorSays("reset ann");
  expect(asks(chat, "bob", token).sees().join()).toContain("INVALID_INVITE bob");
  const ann = asks(chat, "ann", token);
  ann.sends(`OPAQUE REC ann ${record}`);
  expect(asks(chat, "ann", token).sees().join()).toContain("INVALID_INVITE ann");
  ann.drops();
  expect(asks(chat, "ann", token).sees().join()).toContain("OPAQUE RESP ann");
});

test("who holds a claim by an invitation that is taken back goes with it", () => {
  const chat = new Chat();
  chat.hasAccount("ann");
  const [token = ""] = chat.operatorSays("reset ann");
  const ann = asks(chat, "ann", token);
  ann.sends(`OPAQUE REC ann ${record}`);
  ann.sees();
  chat.operatorSays("reset ann");
  expect(ann.sees()).toEqual(["ERROR :Closing link: This invitation is good no more"]);
});

test("registrationClosed: with an invitation about, OPAQUE is offered, and taken with it alone", () => {
  const chat = new Chat({ settings: { registration: "closed" } });
  const [token = ""] = chat.operatorSays("invite");
  const ann = chat.stranger({ tls });
  ann.sends("CAP LS 302", `OPAQUE REG ann * * ${request}`);
  const seen = ann.sees().join("\n");
  expect(seen).toContain("authchat.invalid/opaque");
  expect(seen).toContain("FAIL REGISTER DISALLOWED ann");
  expect(asks(chat, "ann", token).sees()).toEqual([`:server OPAQUE RESP ann ${request}`]);
});

test("emailNeeded: an address that is wanted is said with the request, and is the account's by the first login", () => {
  const chat = open({ settings: { emailRequired: true } });
  const ann = chat.stranger({ tls });
  const needed =
    ":server FAIL REGISTER INVALID_EMAIL ann :On this server accounts have an e-mail address";
  ann.sends(`OPAQUE REG ann * * ${request}`, `OPAQUE REC ann ${record}`);
  expect(ann.sees()).toEqual([needed, needed]);
  ann.sends(`OPAQUE REG ann ann@example.org * ${request}`, `OPAQUE REC ann ${record}`);
  expect(ann.sees()).toEqual([`:server OPAQUE RESP ann ${request}`, pending("ann")]);
  ann.logsIn("ann", own);
  expect(chat.operatorSays("accounts")).toEqual(["ann active member ann@example.org"]);
});

test("completeConnectionRequired: neither request nor record is taken before the welcome", () => {
  const settings = { accountsRequired: false, nicks: "free", beforeConnect: false } as const;
  const chat = open({ settings });
  const ann = chat.stranger({ tls });
  ann.sends(`OPAQUE REG ann * * ${request}`, `OPAQUE REC ann ${record}`);
  const codes = ann.sees().map((line) => line.split(" ")[3]);
  expect(codes).toEqual(["COMPLETE_CONNECTION_REQUIRED", "COMPLETE_CONNECTION_REQUIRED"]);
  ann.sends("NICK ann", "USER a 0 * :a");
  ann.sees();
  ann.sends(`OPAQUE REG ann * * ${request}`, `OPAQUE REC ann ${record}`);
  ann.sees();
  ann.logsIn("ann", own);
  expect(ann.sees()).toContain(success);
});

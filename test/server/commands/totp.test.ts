/** TOTP: the words of a second factor, who may say them, and the time that a person has for a code. */
import { expect, test } from "bun:test";
import { Chat, password, type Person } from "../../support/chat.ts";
import { recoveryCodes, rightCode } from "../../support/plain-credentials.ts";

const tls = {
  version: "TLSv1.3",
  exporter: new Uint8Array(32),
  peerCertificate: undefined,
  spki: "x",
};

function asks(person: Person, words: string): readonly string[] {
  person.sends(`PRIVMSG NickServ :${words}`);
  return person.sees().map((line) => line.replace(/^:NickServ!NickServ@server NOTICE \S+ :/, ""));
}

function proves(person: Person, ...more: readonly string[]): void {
  const text = ["", "ann", password, ...more].join("\0");
  person.sends(`AUTHENTICATE ${Buffer.from(text).toString("base64")}`);
}

/** ann, as far as the password. */
function opaqueStranger(chat: Chat): Person {
  chat.hasAccount("ann");
  const ann = chat.stranger({ tls });
  ann.sends("CAP LS 302", "NICK x", "USER x 0 * :X", "AUTHENTICATE OPAQUE-R255-EXPR");
  ann.sends("AUTHENTICATE AAAA");
  proves(ann);
  return ann;
}

function opaqueMember(chat: Chat): Person {
  const ann = opaqueStranger(chat);
  ann.sends("CAP END");
  ann.sees();
  return ann;
}

/** The second factor is on, and nobody is there. */
function guarded(chat: Chat): void {
  const ann = opaqueMember(chat);
  asks(ann, "totp begin");
  asks(ann, `totp confirm ${rightCode}`);
  ann.drops();
}

test("it is begun, confirmed by a code, given new recovery codes, and ended", () => {
  const chat = new Chat();
  const ann = opaqueMember(chat);
  expect(asks(ann, "totp begin")).toEqual([
    "otpauth://totp/authchat:ann",
    "the secret, for who types it into an authenticator: ABCD EFGH",
    "then, within 10 minutes, with the code that it shows: totp confirm CODE",
  ]);
  const codes = recoveryCodes.map((code) => `  ${code}`);
  const heading =
    "recovery codes, for when the authenticator is lost; each works once, shown only now:";
  expect(asks(ann, `totp confirm ${rightCode}`)).toEqual([
    "the second factor is on: logins by OPAQUE ask for a code",
    heading,
    ...codes,
    "clients that know no OPAQUE need an app password now: app-password add LABEL",
  ]);
  expect(chat.notes.at(-1)).toEqual({ event: "totp.on", account: "ann", by: "ann" });
  expect(asks(ann, `totp recovery ${rightCode}`)).toEqual([heading, ...codes]);
  expect(chat.notes.at(-1)).toEqual({ event: "totp.recovery", account: "ann", by: "ann" });
  expect(asks(ann, `totp off ${rightCode}`)).toEqual([
    "the second factor is off; its codes work no more",
  ]);
  expect(chat.notes.at(-1)).toEqual({ event: "totp.off", account: "ann", by: "ann" });
});

test("what is on is not begun again, and what is not on is not ended", () => {
  const ann = opaqueMember(new Chat());
  expect(asks(ann, `totp off ${rightCode}`)).toEqual([
    "there is none to be found here; totp begin makes one",
  ]);
  asks(ann, "totp begin");
  asks(ann, `totp confirm ${rightCode}`);
  expect(asks(ann, "totp begin")).toEqual(["you have a second factor; totp off CODE ends it"]);
});

test("a wrong code is counted as a refused login, and too many close the connection", () => {
  const chat = new Chat({ limits: { loginFailuresMax: 2 } });
  const ann = opaqueMember(chat);
  asks(ann, "totp begin");
  expect(asks(ann, "totp confirm 000000")).toEqual(["this code is wrong, or was used before"]);
  expect(chat.notes.at(-1)).toMatchObject({
    event: "login.refused",
    account: "ann",
    mechanism: "TOTP",
    reason: "wrong code",
  });
  expect(asks(ann, "totp confirm 000001").at(-1)).toBe(
    "ERROR :Closing link: Too many failed logins",
  );
  expect(ann.isClosed).toBe(true);
});

test.each(["totp confirm", "totp off", "totp recovery"])("%s wants a code", (words) => {
  const ann = opaqueMember(new Chat());
  expect(asks(ann, words)).toEqual(["with which code? your authenticator shows it"]);
});

test("who told the server the password is not helped to shut themselves out", () => {
  const ann = new Chat().member("ann");
  for (const words of ["totp begin", "totp confirm 1", "totp off 1", "totp recovery 1"]) {
    expect(asks(ann, words)).toEqual([
      "a second factor is for logins by OPAQUE: log in with authchat connect to set it up",
    ]);
  }
});

test("an operator ends it for who has lost everything, and that is a note", () => {
  const chat = new Chat();
  expect(chat.operatorSays("totp-off nobody")).toEqual(["no account nobody"]);
  guarded(chat);
  expect(chat.operatorSays("totp-off ANN")).toEqual(["ann logs in without a second factor"]);
  expect(chat.notes.at(-1)).toEqual({ event: "totp.off", account: "ann", by: "console" });
  expect(chat.operatorSays("totp-off ann")).toEqual(["ann has no second factor"]);
});

test("a login with a code is a note that says so", () => {
  const chat = new Chat();
  guarded(chat);
  const ann = opaqueStranger(chat);
  expect(ann.sees().at(-1)).toBe("AUTHENTICATE AgM=");
  proves(ann, rightCode);
  expect(ann.sees()).toContain(":server 903 x :SASL authentication successful");
  expect(chat.notes.at(-1)).toMatchObject({
    event: "login.ok",
    mechanism: "OPAQUE-R255-EXPR (code)",
  });
});

test("a person has longer for a code than a program for a login, but not for ever", () => {
  const chat = new Chat({ limits: { registrationMs: 30_000, secondFactorMs: 120_000 } });
  guarded(chat);
  const ann = opaqueStranger(chat);
  const bob = chat.stranger();
  chat.passes(30_000);
  expect([ann.isClosed, bob.isClosed]).toEqual([false, true]);
  ann.sees();
  chat.passes(60_000);
  ann.sends("PONG x");
  chat.passes(29_999);
  expect(ann.isClosed).toBe(false);
  chat.passes(1);
  expect(ann.sees().at(-1)).toBe("ERROR :Closing link: Registration timed out");
});

test("a code that is not answered is a refused login", () => {
  const chat = new Chat();
  guarded(chat);
  const ann = opaqueStranger(chat);
  ann.sends("AUTHENTICATE *");
  expect(chat.notes.at(-1)).toMatchObject({
    event: "login.refused",
    reason: "challenge not answered",
  });
});

test("what cannot be answered in time is not done", () => {
  const chat = new Chat({ limits: { answerWithinMs: 1_000 } });
  const ann = opaqueMember(chat);
  chat.holdsQuestions();
  ann.sends("PRIVMSG NickServ :totp begin");
  chat.answersHeld(); // there is no account of that name
  chat.passes(1_000);
  expect(ann.sees().at(-1)).toEndWith(":this cannot be done now; try again later");
  chat.operatorSays("totp-off ann");
  chat.passes(1_000);
  expect(chat.answers).toEqual([
    { isDone: false, lines: ["this cannot be done now; try again later"] },
  ]);
});

/**
 * Changing the password by OPAQUE: the login before it, the change, and who is thrown out. The stand-in for `auth` takes
 * the record for the new password and the word `proof` for its proof; PLAIN's message answers OPAQUE's challenge.
 */
import { expect, test } from "bun:test";
import { Chat, password, type Person } from "../../support/chat.ts";
import { PlainPasswords } from "../../support/plain-passwords.ts";

const tls = {
  version: "TLSv1.3",
  exporter: new Uint8Array(32),
  peerCertificate: undefined,
  spki: "",
};
const next = "staple battery horse";
const request = base64("request");
const record = base64(next);
const proof = base64("proof");

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** A member over TLS, logged in by PLAIN; the welcome is not seen. */
function member(chat: Chat, name = "ann"): Person {
  chat.hasAccount(name);
  const person = chat.stranger({ tls });
  person.sends("CAP LS 302", "NICK x", "USER x 0 * :x");
  person.logsIn(name, password);
  person.sends("CAP END");
  person.sees();
  return person;
}

/** Logs in once more, by OPAQUE. */
function proves(person: Person, name = "ann", secret = password): string[] {
  person.sends("AUTHENTICATE OPAQUE-R255-EXPR", "AUTHENTICATE +");
  person.sends(`AUTHENTICATE ${base64(`\0${name}\0${secret}`)}`);
  return person.sees();
}

/** Logs in over TLS; what is answered last. */
function lastOfLogin(chat: Chat, secret: string): string | undefined {
  const person = chat.stranger({ tls });
  person.sends("CAP LS 302", "NICK x");
  person.logsIn("ann", secret);
  return person.sees().at(-1);
}

test("who is logged in proves the password once more, changes it, and stays", () => {
  const chat = new Chat();
  const ann = member(chat);
  expect(proves(ann)).toEqual([
    "AUTHENTICATE +",
    "AUTHENTICATE AQ==",
    ":server 900 ann ann!ann@server ann :You are now logged in as ann",
    ":server 903 ann :SASL authentication successful",
  ]);
  ann.sends(`OPAQUE CHG ${request}`);
  expect(ann.sees()).toEqual([`:server OPAQUE RESP ann ${request}`]);
  ann.sends(`OPAQUE REC ANN ${record} ${proof}`);
  expect(ann.sees()).toEqual([
    ":server NOTE OPAQUE CHANGED ann :Your password is changed; all other devices log in anew",
  ]);
  expect(ann.isClosed).toBe(false);
  expect(chat.notes.at(-1)).toEqual({
    event: "password.changed",
    account: "ann",
    address: "127.0.0.1",
    isSame: false,
  });
  expect(lastOfLogin(chat, password)).toContain(" 904 ");
  expect(lastOfLogin(chat, next)).toContain(" 903 ");
});

test("a changed password throws out all other connections of the account, and of no other", () => {
  const chat = new Chat();
  const [ann, bob] = [member(chat), member(chat, "bob")];
  const other = member(chat);
  const halfway = chat.stranger({ tls });
  halfway.sends("CAP LS 302", "NICK x", "USER x 0 * :x");
  halfway.logsIn("ann", password);
  halfway.sees();
  proves(ann);
  ann.sends(`OPAQUE CHG ${request}`, `OPAQUE REC ann ${record} ${proof}`);
  for (const gone of [other, halfway]) {
    expect(gone.sees().at(-1)).toBe("ERROR :Closing link: Your password was changed");
    expect(gone.isClosed).toBe(true);
  }
  expect([ann.isClosed, bob.isClosed]).toEqual([false, false]);
});

test("they are thrown out also when the connection that changed it goes in that very turn", () => {
  const chat = new Chat();
  const [ann, other, bob] = [member(chat), member(chat), member(chat, "bob")];
  bob.sends("JOIN #room");
  proves(ann);
  ann.sends(`OPAQUE CHG ${request}`);
  chat.holdsQuestions();
  ann.sends(`OPAQUE REC ann ${record} ${proof}`);
  chat.holdsKeeping();
  bob.sends("PRIVMSG #room :meanwhile");
  ann.drops();
  chat.answersAll();
  expect(other.isClosed).toBe(false);
  chat.keepsAll();
  expect(other.isClosed).toBe(true);
});

test("a record that is made anew throws nobody out", () => {
  const chat = new Chat();
  const [ann, other] = [member(chat), member(chat)];
  proves(ann);
  ann.sends(`OPAQUE CHG ${request} same`, `OPAQUE REC ann ${base64(password)} ${proof}`);
  expect(ann.sees().at(-1)).toBe(
    ":server NOTE OPAQUE CHANGED ann :Your record is made anew; the password is the same",
  );
  expect(other.isClosed).toBe(false);
  expect(chat.notes.at(-1)).toMatchObject({ event: "password.changed", isSame: true });
});

test("who logs in with a record of older keys is told before the success; who has today's is not", () => {
  const passwords = new PlainPasswords();
  const chat = new Chat({ passwords });
  chat.hasAccount("ann");
  const logsIn = (): string[] => {
    const person = chat.stranger({ tls });
    person.sends("CAP LS 302", "NICK x");
    person.sees();
    return proves(person);
  };
  expect(logsIn().at(-1)).toBe(":server 903 x :SASL authentication successful");
  passwords.outdated.add("ann");
  const told = logsIn();
  expect(told.at(-1)).toBe(":server 903 x :SASL authentication successful");
  expect(told.at(-3)).toBe(":server NOTE OPAQUE OUTDATED ann :Make your record anew: OPAQUE CHG");
});

test("changeNeedsLogin: without a login by OPAQUE on this connection nothing is changed", () => {
  const ann = member(new Chat());
  ann.sends(`OPAQUE CHG ${request}`);
  expect(ann.sees()).toEqual([
    ":server FAIL OPAQUE REAUTHENTICATE ann :Prove the password first: log in again by OPAQUE",
  ]);
});

test("changeNeedsAccount: who is not logged in changes nothing", () => {
  const chat = new Chat();
  chat.hasAccount("ann");
  const stranger = chat.stranger({ tls });
  stranger.sends("CAP LS 302", "NICK x", `OPAQUE CHG ${request}`);
  expect(stranger.sees().at(-1)).toBe(
    ":server FAIL OPAQUE NOT_LOGGED_IN :A password is changed by who is logged in",
  );
});

test("changeNotProven: a record of someone else is not kept, and counts as a failed login", () => {
  const chat = new Chat({ limits: { loginFailuresMax: 2 } });
  const ann = member(chat);
  proves(ann);
  const tries = (): string[] => {
    ann.sends(`OPAQUE CHG ${request}`, `OPAQUE REC ann ${record} ${base64("other")}`);
    return ann.sees().slice(1);
  };
  const refusal = ":server FAIL OPAQUE NOT_PROVEN ann :This record is not of who has logged in";
  expect(tries()).toEqual([refusal]);
  expect(chat.notes.at(-1)).toMatchObject({ event: "login.refused", account: "ann" });
  expect(tries()).toEqual([refusal, "ERROR :Closing link: Too many failed logins"]);
  expect(lastOfLogin(chat, password)).toContain(" 903 ");
});

test("temporarilyUnavailable: when nobody answers, it is said so", () => {
  const chat = new Chat();
  const ann = member(chat);
  proves(ann);
  chat.holdsQuestions();
  ann.sends(`OPAQUE CHG ${request}`);
  chat.passes(60_000);
  expect(ann.sees()[0]).toBe(
    ":server FAIL OPAQUE TEMPORARILY_UNAVAILABLE :This cannot be done now; try again later",
  );
});

test.each([
  ["OPAQUE CHG !!!!", "This is not base64"],
  ["OPAQUE CHG AA==", "This is no request, or no record of the response"],
  [`OPAQUE CHG ${request} other`, "After the request there is nothing, or: same"],
  [`OPAQUE REC ann ${record} ${proof}`, "There was no CHG that this could be the record of"],
])("badOpaque: %s", (line, why) => {
  const ann = member(new Chat());
  proves(ann);
  ann.sends(line);
  expect(ann.sees()).toEqual([`:server FAIL OPAQUE INVALID_PARAMS :${why}`]);
});

test.each([
  [`OPAQUE REC bob ${record} ${proof}`, "There was no CHG that this could be the record of"],
  [`OPAQUE REC ann ${record}`, "This is no request, or no record of the response"],
  [`OPAQUE REC ann !!!! ${proof}`, "This is not base64"],
])("badOpaque: after CHG, %s", (line, why) => {
  const ann = member(new Chat());
  proves(ann);
  ann.sends(`OPAQUE CHG ${request}`);
  ann.sees();
  ann.sends(line);
  expect(ann.sees().some((seen) => seen.includes(why) || seen.includes("NOT_PROVEN"))).toBe(true);
});

test("a record is taken once", () => {
  const ann = member(new Chat());
  proves(ann);
  const rec = `OPAQUE REC ann ${record} ${proof}`;
  ann.sends(`OPAQUE CHG ${request}`, rec, rec);
  expect(ann.sees().at(-1)).toContain("There was no CHG");
});

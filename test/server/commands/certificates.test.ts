/** CERT: the certificates by which an account may log in, as NickServ's words. */
import { expect, test } from "bun:test";
import { Chat, password, type Person } from "../../support/chat.ts";
import { PlainPasswords } from "../../support/plain-passwords.ts";

const shown = "ab".repeat(32);
const other = "cd".repeat(32);

function answers(person: Person, words: string): string[] {
  person.sends(`PRIVMSG NickServ :${words}`);
  return person.sees().map((line) => line.replace(/^:NickServ!NickServ@server NOTICE \S+ :/, ""));
}

/** Someone on a connection that has shown a certificate. */
function withCertificate(chat: Chat, peerCertificate = shown, name = "ann"): Person {
  chat.hasAccount(name);
  const tls = { version: "TLSv1.3", exporter: undefined, peerCertificate, spki: "x" };
  const person = chat.stranger({ tls });
  person.logsIn(name, password);
  person.sends(`NICK ${name}`, "USER x 0 * :X");
  person.sees();
  return person;
}

test("cert add without a fingerprint is for the connection's own, with a label", () => {
  const chat = new Chat();
  const ann = withCertificate(chat);
  expect(answers(ann, "cert list")).toEqual(["no certificates"]);
  expect(answers(ann, "CERT ADD old laptop")).toEqual([`certificate 1 added: ${shown}`]);
  expect(answers(ann, "cert list")).toEqual([
    `1 old laptop ${shown} since 2026-01-01, never used (this connection's)`,
  ]);
  expect(chat.notes.at(-1)).toEqual({
    event: "account.certificate",
    account: "ann",
    change: "added",
    fingerprint: shown,
  });
});

test("a fingerprint is taken with colons or without, in any case, and a label after it", () => {
  const chat = new Chat();
  const [ann, phone] = [withCertificate(chat), withCertificate(chat, other)];
  const pasted = (other.match(/../g) ?? []).join(":").toUpperCase();
  expect(answers(phone, `cert add ${pasted} phone`)).toEqual([`certificate 1 added: ${other}`]);
  expect(answers(ann, `cert add ${shown.toUpperCase()}`)).toEqual([
    `certificate 2 added: ${shown}`,
  ]);
  expect(answers(ann, "cert list")).toEqual([
    `1 phone ${other} since 2026-01-01, never used`,
    `2 certificate ${shown} since 2026-01-01, never used (this connection's)`,
  ]);
});

test("a certificate is taken from who has shown it, and from nobody who names it", () => {
  const chat = new Chat();
  const [ann, eve] = [withCertificate(chat), chat.member("eve")];
  expect(answers(eve, `cert add ${shown}`)).toEqual([
    "this connection has shown no certificate: connect with it, and say it there",
  ]);
  expect(answers(ann, `cert add ${other}`)).toEqual([
    `this connection has shown another one: ${shown}`,
  ]);
  expect(answers(ann, "cert list")).toEqual(["no certificates"]);
});

test("what can only be another fingerprint, or is cut, is no label", () => {
  const ann = withCertificate(new Chat());
  const why = "a fingerprint is the SHA-256 of the certificate: 64 hexadecimal digits";
  for (const word of ["a".repeat(40), "a".repeat(63), "a".repeat(128), "aa:".repeat(20)]) {
    expect(answers(ann, `cert add ${word}`)).toEqual([why]);
  }
});

test("a label is one short line that harms no terminal", () => {
  const chat = new Chat();
  const ann = withCertificate(chat);
  answers(ann, `cert add ${"x".repeat(80)}`);
  answers(withCertificate(chat, other), `cert add ${other} \x1b[31mred`);
  const [first, second] = answers(ann, "cert list");
  expect(first).toContain(`1 ${"x".repeat(64)} ${shown} `);
  expect(second).toContain(`2 \u241b[31mred ${other} `);
});

test("who has shown none has to connect with it", () => {
  const ann = new Chat().member("ann");
  expect(answers(ann, "cert add")).toEqual([
    "this connection has shown no certificate: connect with it, and say it there",
  ]);
});

test("a certificate is one account's, and there are not too many of them", () => {
  const chat = new Chat();
  const [ann, bob] = [withCertificate(chat, other), withCertificate(chat, other, "bob")];
  answers(ann, "cert add");
  expect(answers(ann, "cert add")).toEqual(["you have this one already"]);
  expect(answers(bob, "cert add")).toEqual(["this one is someone else's"]);
  for (const digit of ["1", "2"]) answers(withCertificate(chat, digit.repeat(64)), "cert add");
  expect(answers(withCertificate(chat, "3".repeat(64)), "cert add")).toEqual([
    "you have too many certificates: cert del takes one away",
  ]);
});

test("cert del takes one's own away, by its number or its fingerprint", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann"), chat.member("bob")];
  answers(withCertificate(chat, other), "cert add");
  answers(withCertificate(chat), "cert add");
  for (const words of ["cert del 1", `cert del ${other}`]) {
    expect(answers(bob, words)).toEqual(["which? cert list has their numbers"]);
  }
  for (const words of ["cert del", "cert del 3", "cert del 1.0", "cert del all"]) {
    expect(answers(ann, words)).toEqual(["which? cert list has their numbers"]);
  }
  expect(answers(ann, "cert del 1")).toEqual(["certificate 1 is no login any more"]);
  expect(answers(ann, `cert del ${shown.toUpperCase()}`)).toEqual([
    "certificate 2 is no login any more",
  ]);
  expect(chat.notes.at(-1)).toMatchObject({ change: "removed", fingerprint: shown });
  expect(answers(ann, "cert list")).toEqual(["no certificates"]);
});

test("who came in by one that is taken away is logged out", () => {
  const passwords = new PlainPasswords();
  const chat = new Chat({ passwords });
  const ann = chat.member("ann");
  answers(withCertificate(chat), "cert add");
  passwords.at.set("ann", 1); // logs in by the credential of that number
  const laptop = chat.member("ann");
  answers(ann, "cert del 1");
  expect(laptop.sees()).toEqual(["ERROR :Closing link: Logged out"]);
  expect([laptop.isClosed, ann.isClosed]).toEqual([true, false]);
});

test("an operator looks at a member's, at the console too; a member does not", () => {
  const chat = new Chat();
  const ann = withCertificate(chat, other);
  answers(ann, "cert add phone");
  expect(chat.operatorSays("certs ann")).toEqual([`1 phone ${other} since 2026-01-01, never used`]);
  expect(chat.operatorSays("certs nobody")).toEqual(["no account nobody"]);
  expect(answers(ann, "certs ann")[0]).toContain(" 481 ann ");
  expect(chat.operatorSays("cert list")).toEqual(["cert list is for who is logged in"]);
});

test("while nothing can be answered, each says so", () => {
  const passwords = new PlainPasswords();
  const chat = new Chat({ passwords });
  const ann = withCertificate(chat);
  passwords.credentials.isBroken = true;
  for (const words of ["cert add", "cert list", "cert del 1"]) {
    expect(answers(ann, words)).toEqual(["this cannot be done now; try again later"]);
  }
});

test("EXTERNAL is offered where a certificate was shown, and nowhere else", () => {
  const chat = new Chat();
  const offered = (peerCertificate: string | undefined): string => {
    const tls = { version: "TLSv1.3", exporter: undefined, peerCertificate, spki: "x" };
    const person = chat.stranger({ tls });
    person.sends("CAP LS 302");
    return person.sees().join(" ");
  };
  expect(offered(shown)).toContain("sasl=EXTERNAL,PLAIN ");
  expect(offered(undefined)).toContain("sasl=PLAIN ");
});

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

/** Ann, on a connection that has shown a certificate. */
function withCertificate(chat: Chat): Person {
  chat.hasAccount("ann");
  const tls = { version: "TLSv1.3", exporter: undefined, peerCertificate: shown, spki: "x" };
  const ann = chat.stranger({ tls });
  ann.logsIn("ann", password);
  ann.sends("NICK ann", "USER x 0 * :X");
  ann.sees();
  return ann;
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
  const ann = new Chat().member("ann");
  const pasted = (other.match(/../g) ?? []).join(":").toUpperCase();
  expect(answers(ann, `cert add ${pasted} phone`)).toEqual([`certificate 1 added: ${other}`]);
  expect(answers(ann, `cert add ${"EF".repeat(32)}`)).toEqual([
    `certificate 2 added: ${"ef".repeat(32)}`,
  ]);
  expect(answers(ann, "cert list")).toEqual([
    `1 phone ${other} since 2026-01-01, never used`,
    `2 certificate ${"ef".repeat(32)} since 2026-01-01, never used`,
  ]);
});

test("what can only be another fingerprint, or is cut, is no label", () => {
  const ann = withCertificate(new Chat());
  const why = "a fingerprint is the SHA-256 of the certificate: 64 hexadecimal digits";
  for (const word of ["a".repeat(40), "a".repeat(63), "a".repeat(128), "aa:".repeat(20)]) {
    expect(answers(ann, `cert add ${word}`)).toEqual([why]);
  }
});

test("a label is one short line that harms no terminal", () => {
  const ann = withCertificate(new Chat());
  answers(ann, `cert add ${"x".repeat(80)}`);
  answers(ann, `cert add ${other} \x1b[31mred`);
  const [first, second] = answers(ann, "cert list");
  expect(first).toContain(`1 ${"x".repeat(64)} ${shown} `);
  expect(second).toContain(`2 \u241b[31mred ${other} `);
});

test("who has shown none has to say which", () => {
  const ann = new Chat().member("ann");
  expect(answers(ann, "cert add")).toEqual([
    "this connection has shown no certificate: say which, cert add FINGERPRINT",
  ]);
});

test("a certificate is one account's, and there are not too many of them", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann"), chat.member("bob")];
  answers(ann, `cert add ${other}`);
  expect(answers(ann, `cert add ${other}`)).toEqual(["you have this one already"]);
  expect(answers(bob, `cert add ${other}`)).toEqual(["this one is someone else's"]);
  for (const digit of ["1", "2"]) answers(ann, `cert add ${digit.repeat(64)}`);
  expect(answers(ann, `cert add ${"3".repeat(64)}`)).toEqual([
    "you have too many certificates: cert del takes one away",
  ]);
});

test("cert del takes one's own away, by its number or its fingerprint", () => {
  const chat = new Chat();
  const [ann, bob] = [chat.member("ann"), chat.member("bob")];
  answers(ann, `cert add ${other}`);
  answers(ann, `cert add ${shown}`);
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

test("an operator looks at a member's, at the console too; a member does not", () => {
  const chat = new Chat();
  const ann = chat.member("ann");
  answers(ann, `cert add ${other} phone`);
  expect(chat.operatorSays("certs ann")).toEqual([`1 phone ${other} since 2026-01-01, never used`]);
  expect(chat.operatorSays("certs nobody")).toEqual(["no account nobody"]);
  expect(answers(ann, "certs ann")[0]).toContain(" 481 ann ");
  expect(chat.operatorSays("cert list")).toEqual(["cert list is for who is logged in"]);
});

test("while nothing can be answered, each says so", () => {
  const passwords = new PlainPasswords();
  const chat = new Chat({ passwords });
  const ann = chat.member("ann");
  passwords.credentials.isBroken = true;
  for (const words of [`cert add ${other}`, "cert list", "cert del 1"]) {
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

/**
 * Mechanisms: which of them take guesses at passwords, and so are throttled.
 */
import { expect, test } from "bun:test";
import { findMechanism, mechanismsFor } from "../../src/auth/mechanisms.ts";
import { makeToken } from "../../src/auth/tokens.ts";
import { Desk, good } from "./desk.ts";
import { inPlainText, overTls13, secret } from "./support.ts";

const facts = {
  ...overTls13,
  tls: { ...overTls13.tls, peerCertificate: "ab".repeat(32), endPoint: new Uint8Array(32) },
} as typeof overTls13;

function takesGuess(name: string, first: string): boolean {
  const mechanism = findMechanism(name, facts);
  if (mechanism === undefined) throw new Error(`no mechanism ${name}`);
  return mechanism.takesGuess?.(secret(first)) ?? true;
}

test("whoever adds a mechanism says whether it can be guessed at", () => {
  const guessable = mechanismsFor(facts).filter((name) => takesGuess(name, "\0ann\0a password"));
  expect(guessable).toEqual(["OPAQUE-R255-EXPR", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN"]);
});

test("of PLAIN a token of ours is no guess; what only looks like one is", () => {
  expect(takesGuess("PLAIN", `\0ann\0${makeToken("app")}`)).toBe(false);
  expect(takesGuess("PLAIN", `\0ann\0${makeToken("invite")}`)).toBe(false);
  expect(takesGuess("PLAIN", `\0ann\0${makeToken("app")}x`)).toBe(true);
  expect(takesGuess("PLAIN", `\0ann\0act-app-password`)).toBe(true);
  expect(takesGuess("PLAIN", "no message")).toBe(true);
});

test("who came over TLS to a trusted proxy tells the password as over TLS, and binds to nothing", async () => {
  const throughProxy = { ...inPlainText, isEncryptedToProxy: true };
  expect(mechanismsFor(throughProxy)).toEqual(["SCRAM-SHA-256", "PLAIN"]);
  const desk = new Desk();
  await desk.member(7, "ann");
  expect((await desk.login("ann", good, { facts: throughProxy })).outcome).toBe("proven");
  expect((await desk.login("ann", good, { facts: inPlainText })).outcome).toBe("refused");
});

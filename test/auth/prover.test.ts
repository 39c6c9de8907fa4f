/**
 * Prover: which mechanism a client picks, and what it answers.
 */
import { expect, test } from "bun:test";
import { PasswordProver } from "../../src/auth/prover.ts";
import { secret } from "./support.ts";

const nothing = new Uint8Array();

function prover(mechanisms?: readonly string[]): PasswordProver {
  const of = { name: "ann", password: secret("secret") };
  return new PasswordProver(mechanisms === undefined ? of : { ...of, mechanisms });
}

test("PLAIN is picked out of what is offered, or when the server does not say", () => {
  expect(prover().choose(["SCRAM-SHA-256", "PLAIN"])).toBe("PLAIN");
  expect(prover().choose(undefined)).toBe("PLAIN");
});

test("nothing is picked when nothing offered may be used", () => {
  expect(prover().choose(["EXTERNAL"])).toBeUndefined();
  expect(prover().choose([])).toBeUndefined();
  expect(prover(["OPAQUE-R255-EXPR"]).choose(["PLAIN"])).toBeUndefined();
});

test("PLAIN answers the empty challenge with name and password, at every login anew", () => {
  const of = prover();
  const response = { kind: "response", bytes: new TextEncoder().encode("\0ann\0secret") };
  expect(of.respond("PLAIN", nothing, true) as unknown).toEqual(response);
  expect(of.respond("PLAIN", nothing, true) as unknown).toEqual(response);
});

test("PLAIN gives the password to no server that goes on asking, or asks something else", () => {
  const of = prover();
  expect(of.respond("PLAIN", Uint8Array.of(1), true).kind).toBe("failed");
  of.respond("PLAIN", nothing, true);
  expect(of.respond("PLAIN", nothing, false).kind).toBe("failed");
});

test("a mechanism that may not be used, and a step of no login, fail", () => {
  expect(prover([]).respond("PLAIN", nothing, true).kind).toBe("failed");
  expect(prover().respond("PLAIN", nothing, false).kind).toBe("failed");
  expect(prover().respond("EXTERNAL", nothing, true).kind).toBe("failed");
});

test("after the password is wiped, a login under way fails", () => {
  const password = secret("secret");
  const of = new PasswordProver({ name: "ann", password });
  of.respond("PLAIN", nothing, true);
  of.wipe();
  expect(password.length).toBe(6);
  expect(() => password.bytes()).toThrow();
  expect(of.respond("PLAIN", nothing, false).kind).toBe("failed");
});

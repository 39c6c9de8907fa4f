/**
 * Prover: which mechanism a client picks, and what it answers.
 */
import { expect, test } from "bun:test";
import { LoginProver } from "../../src/auth/prover.ts";
import { type Choice } from "../../src/client/prover.ts";
import { resumeKeysOf } from "../../src/auth/resume.ts";
import { fold } from "../../src/protocol/names.ts";
import { MemoryToken } from "./device.ts";
import { secret } from "./support.ts";

const byPlain: Choice = { kind: "mechanism", name: "PLAIN" };
const byOpaque: Choice = { kind: "mechanism", name: "OPAQUE-R255-EXPR" };
const both = ["OPAQUE-R255-EXPR", "PLAIN"];
const exporter = new Uint8Array(32);
const nothing = new Uint8Array();

function prover(mechanisms?: readonly string[]): LoginProver {
  const of = { name: "ann", password: secret("secret") };
  return new LoginProver(mechanisms === undefined ? of : { ...of, mechanisms });
}

test("PLAIN is picked out of what is offered, or when the server does not say", () => {
  expect(prover().choose(["EXTERNAL", "PLAIN"])).toEqual(byPlain);
  expect(prover().choose(undefined)).toEqual(byPlain);
});

test("the better one of those that are offered and may be used is picked", () => {
  const order = ["OPAQUE-R255-EXPR", "EXTERNAL", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN"];
  const of = new LoginProver({ name: "ann", password: secret("secret"), hasCertificate: true });
  of.connected(exporter);
  for (let from = 0; from < order.length; from += 1) {
    const offered = order.slice(from).toReversed();
    expect(of.choose(offered)).toEqual({ kind: "mechanism", name: order[from] ?? "" });
  }
  of.connected(undefined);
  expect(of.choose(order.slice(2))).toEqual({ kind: "mechanism", name: "SCRAM-SHA-256" });
});

test("nothing is picked when nothing offered may be used", () => {
  expect(prover().choose(["EXTERNAL"])).toEqual({ kind: "none" });
  expect(prover().choose([])).toEqual({ kind: "none" });
  expect(prover(["OPAQUE-R255-EXPR"]).choose(["PLAIN"])).toEqual({ kind: "none" });
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
  const of = new LoginProver({ name: "ann", password });
  of.respond("PLAIN", nothing, true);
  of.wipe();
  expect(password.length).toBe(6);
  expect(() => password.bytes()).toThrow();
  expect(of.respond("PLAIN", nothing, false).kind).toBe("failed");
});

test("OPAQUE is picked where it is offered and the connection has an exporter", () => {
  const of = prover();
  expect(of.choose(both)).toEqual(byPlain);
  of.connected(exporter);
  expect(of.choose(both)).toEqual(byOpaque);
  expect(of.choose(["PLAIN"])).toEqual(byPlain);
  expect(of.choose(undefined)).toEqual(byPlain);
  of.connected(undefined);
  expect(of.choose(both)).toEqual(byPlain);
});

test("where the server is known by its OPAQUE key, nothing else is picked", () => {
  const pinnedKey = Buffer.alloc(32).toString("base64");
  const of = new LoginProver({ name: "ann", password: secret("secret"), pinnedKey });
  expect(of.choose(both).kind).toBe("downgrade"); // no exporter
  of.connected(exporter);
  expect(of.choose(both)).toEqual(byOpaque);
  for (const offered of [["PLAIN"], ["EXTERNAL"], ["SCRAM-SHA-256"], [], undefined]) {
    expect(of.choose(offered).kind).toBe("downgrade");
  }
});

test("a server that is known by its OPAQUE key gets no less from who has a certificate too", () => {
  const pinnedKey = Buffer.alloc(32).toString("base64");
  const known = { name: "ann", pinnedKey, hasCertificate: true };
  const of = new LoginProver({ ...known, password: secret("secret") });
  of.connected(exporter);
  for (const offered of [["EXTERNAL"], ["SCRAM-SHA-256-PLUS"], ["SCRAM-SHA-256"]]) {
    expect(of.choose(offered).kind).toBe("downgrade");
  }
  // Where there is no password, there is nothing to fall back with.
  const alone = new LoginProver({ ...known, password: undefined });
  expect(alone.choose(both.concat("EXTERNAL"))).toEqual({ kind: "mechanism", name: "EXTERNAL" });
  expect(alone.enrol(undefined)).toBeUndefined();
});

test("where mechanisms were named, they are what is picked from", () => {
  const pinnedKey = Buffer.alloc(32).toString("base64");
  const mechanisms = ["PLAIN"];
  const of = new LoginProver({ name: "ann", password: secret("x"), pinnedKey, mechanisms });
  of.connected(exporter);
  expect(of.choose(both)).toEqual(byPlain);
});

const every = ["OPAQUE-R255-EXPR", "HT-SHA-256-EXPR", "PLAIN"];
const byToken: Choice = { kind: "mechanism", name: "HT-SHA-256-EXPR" };

function remembering(password?: string, pinnedKey?: string): LoginProver {
  const file = new MemoryToken();
  file.token = { ...resumeKeysOf(new Uint8Array(64), fold("ann")), from: undefined };
  const of = new LoginProver({
    name: "ann",
    password: password === undefined ? undefined : secret(password),
    remembered: file,
    device: "laptop",
    pinnedKey,
  });
  of.connected(exporter);
  return of;
}

const pinned = Buffer.alloc(32).toString("base64");

test("a token is picked before the password, and counts as strong where the server is known", () => {
  expect(remembering("secret").choose(every)).toEqual(byToken);
  expect(remembering(undefined, pinned).choose(every)).toEqual(byToken);
  expect(remembering("secret").choose(both)).toEqual(byOpaque);
  expect(remembering("secret", pinned).choose(["PLAIN"]).kind).toBe("downgrade");
});

test("a token that was refused on this connection is not picked again, and the password is", () => {
  const of = remembering("secret", pinned);
  of.choose(every);
  of.respond("HT-SHA-256-EXPR", nothing, true);
  expect([of.refused(), of.isForgotten]).toEqual([true, true]);
  expect(of.choose(every)).toEqual(byOpaque);
  const without = remembering(undefined, pinned);
  without.choose(every);
  without.respond("HT-SHA-256-EXPR", nothing, true);
  expect(without.refused()).toBe(false);
  expect(without.choose(every)).toEqual({ kind: "none" });
});

test("a password that was refused is no reason to try anything else", () => {
  const of = prover();
  of.respond("PLAIN", nothing, true);
  expect(of.refused()).toBe(false);
});

test("with another key than before a server is believed by the password only", () => {
  const of = remembering("secret", pinned);
  of.connected(exporter, { isIdentityKnown: false });
  expect(of.choose(every)).toEqual(byOpaque);
  const without = remembering(undefined, pinned);
  without.connected(exporter, { isIdentityKnown: false });
  const choice = without.choose(every);
  expect(choice.kind === "downgrade" && choice.reason).toContain("key has changed");
});

test("until it is proven by the token, a server is not believed", () => {
  const of = remembering();
  of.choose(every);
  expect(of.isServerProven()).toBe(false);
  of.respond("HT-SHA-256-EXPR", nothing, true);
  expect(of.isServerProven()).toBe(false);
});

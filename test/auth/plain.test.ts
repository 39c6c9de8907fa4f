/**
 * PLAIN: what is a message and what is not, and that no bytes at all are an exception.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { mechanismsFor } from "../../src/auth/mechanisms.ts";
import { parsePlain, plainMessage } from "../../src/auth/plain.ts";
import {
  anyText,
  inPlainText,
  isWiped,
  onThisMachine,
  overTls,
  overTls13,
  secret,
} from "./support.ts";

function read(bytes: Uint8Array): { name: string; password: string } | undefined {
  const message = parsePlain(bytes);
  if (message === undefined) return undefined;
  return { name: message.name, password: Buffer.from(message.password.bytes()).toString("utf8") };
}

test.each([
  ["\0ann\0secret", { name: "ann", password: "secret" }],
  ["ann\0ann\0secret", { name: "ann", password: "secret" }],
  ["ANN\0ann\0secret", { name: "ann", password: "secret" }],
  ["\0Ann\0sécret ☃", { name: "Ann", password: "sécret ☃" }],
  ["\0\u{feff}ann\0\u{feff}x", { name: "\u{feff}ann", password: "\u{feff}x" }],
  [`\0${"a".repeat(255)}\0x`, { name: "a".repeat(255), password: "x" }],
  [`\0a\0${"x".repeat(1024)}`, { name: "a", password: "x".repeat(1024) }],
  ["", undefined],
  ["\0", undefined],
  ["\0\0", undefined],
  ["\0ann\0", undefined],
  ["\0\0secret", undefined],
  ["ann\0secret", undefined],
  ["bob\0ann\0secret", undefined],
  ["\0ann\0sec\0ret", undefined],
  ["\0ann\0secret\0", undefined],
  ["ann\0\0secret", undefined],
  [`\0${"a".repeat(256)}\0x`, undefined],
  [`${"a".repeat(256)}\0a\0x`, undefined],
  [`\0a\0${"x".repeat(1025)}`, undefined],
])("%j is read as it is meant", (text, message) => {
  expect(read(new TextEncoder().encode(text))).toEqual(message);
});

test("bytes that are no UTF-8 are no message", () => {
  expect(read(Uint8Array.of(0, 0x61, 0, 0xff))).toBeUndefined();
  expect(read(Uint8Array.of(0, 0xc3, 0, 0x61))).toBeUndefined();
});

test("any bytes are a message or none, and never an exception", () => {
  const byte = fc.oneof(fc.constant(0), fc.constant(0x61), fc.nat(255));
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 40 }), (bytes) => {
      const message = parsePlain(Uint8Array.from(bytes));
      if (message === undefined) return;
      expect(message.name).not.toBe("");
      expect(message.password.length).toBeGreaterThan(0);
    }),
  );
});

test("what a client writes, the server reads", () => {
  const ofNoNul = anyText(1, 60).filter((text) => !text.includes("\0"));
  fc.assert(
    fc.property(ofNoNul, ofNoNul, (name, password) => {
      expect(read(plainMessage(name, secret(password)))).toEqual({ name, password });
    }),
  );
});

test("the password is a copy: it and the message are wiped each on its own", () => {
  const bytes = new TextEncoder().encode("\0ann\0secret");
  const message = parsePlain(bytes);
  message?.password.wipe();
  expect(new TextDecoder().decode(bytes)).toBe("\0ann\0secret");
  expect(message !== undefined && isWiped(message.password)).toBe(true);
});

test("PLAIN is offered over TLS and on this machine, and nowhere else", () => {
  const scram = "SCRAM-SHA-256";
  expect(mechanismsFor(overTls)).toEqual([scram, "PLAIN"]);
  expect(mechanismsFor(onThisMachine)).toEqual([scram, "PLAIN"]);
  expect(mechanismsFor(inPlainText)).toEqual([]);
  const bound = ["OPAQUE-R255-EXPR", "HT-SHA-256-EXPR"];
  expect(mechanismsFor(overTls13)).toEqual([...bound, `${scram}-PLUS`, scram, "PLAIN"]);
});

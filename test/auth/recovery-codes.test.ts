/**
 * Recovery codes: their form, and that what is read off paper is the code.
 */
import { expect, test } from "bun:test";
import { hashRecoveryCode, makeRecoveryCode } from "../../src/auth/recovery-codes.ts";

function hashOf(code: string): string | undefined {
  const hash = hashRecoveryCode(Buffer.from(code));
  return hash === undefined ? undefined : Buffer.from(hash).toString("hex");
}

test("a code is sixteen letters in four groups, and no two are the same", () => {
  const codes = Array.from({ length: 100 }, makeRecoveryCode);
  for (const code of codes)
    expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
  expect(new Set(codes).size).toBe(100);
});

test("a code is the same however it is written", () => {
  const hash = hashOf("0123-4567-89ab-cdef");
  expect(hashOf("O i23 4567 89AB CDEF")).toBe(hash);
  expect(hashOf("ol23456789abcdef")).toBe(hash);
  expect(hashOf("0123-4567-89ab-cdeg")).not.toBe(hash);
});

test.each(["", "123456", "0123-4567-89ab-cde", "0123-4567-89ab-cdef0", "act-app-0123456789abcdef"])(
  "%j cannot be one",
  (text) => {
    expect(hashOf(text)).toBeUndefined();
  },
);

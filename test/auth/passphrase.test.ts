/**
 * Passphrase: six words, every word as likely as any other, and a password that may be chosen.
 */
import { expect, test } from "bun:test";
import { makePassphrase } from "../../src/auth/passphrase.ts";
import { checkPassword, passwordLengthMin } from "../../src/auth/password-rules.ts";
import { words } from "../../src/auth/words.ts";
import { secret } from "./support.ts";

test("it is six words of the list, and another each time", () => {
  const known = new Set(words);
  const made = Array.from({ length: 100 }, makePassphrase);
  expect(new Set(made).size).toBe(100);
  for (const passphrase of made) {
    const parts = passphrase.split("-");
    expect(parts.length).toBe(6);
    expect(parts.filter((part) => !known.has(part))).toEqual([]);
  }
});

test("it may be chosen, whatever the account's name", () => {
  for (let count = 0; count < 20; count += 1) {
    for (const name of ["ann", "a", "pebble"]) {
      const checked = checkPassword(secret(makePassphrase()), {
        name,
        lengthMin: passwordLengthMin,
      });
      expect(checked.ok).toBe(true);
    }
  }
});

test("every word is drawn, none of them much more often than others", () => {
  const counts = new Map<string, number>();
  for (let count = 0; count < 20_000; count += 1) {
    for (const word of makePassphrase().split("-")) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  // 58.6 times each; chi-square of 2,047 degrees of freedom has a deviation of 64.
  const expected = 120_000 / words.length;
  const squares = words.map((word) => ((counts.get(word) ?? 0) - expected) ** 2 / expected);
  const sum = squares.reduce((left, right) => left + right, 0);
  expect(sum).toBeGreaterThan(2_047 - 6 * 64);
  expect(sum).toBeLessThan(2_047 + 6 * 64);
});

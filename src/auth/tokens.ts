/**
 * Tokens: secrets that this program makes up, as people see them and as they are known here.
 *
 *     act-<purpose>-<26 characters of Crockford's base 32>       130 bits of chance
 *
 * Nobody guesses one, so a hash without salt and without stretching is enough (NIST SP 800-63B-4
 * §3.1.2 of look-up secrets with 64 bits or more). The prefix lets scanners of secrets find those
 * that were published by mistake.
 */
import { createHash, randomBytes } from "node:crypto";
import { type Secret } from "../base/secret.ts";

export type TokenPurpose = "invite" | "app";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const digits = 26;

export function makeToken(purpose: TokenPurpose): string {
  return `act-${purpose}-${randomLetters(digits)}`;
}

/** So many letters of Crockford's base 32, five bits of chance each. */
export function randomLetters(count: number): string {
  // 32 letters: the low five bits of a random byte are one of them, evenly.
  return [...randomBytes(count)].map((byte) => alphabet.charAt(byte & 31)).join("");
}

/** Whether it has the form of a token; whether there is such a one is another question. */
export function isToken(purpose: TokenPurpose, of: Secret): boolean {
  const prefix = `act-${purpose}-`;
  if (of.length !== prefix.length + digits) return false;
  const text = Buffer.from(of.bytes()).toString("latin1");
  return text.startsWith(prefix) && [...text.slice(prefix.length)].every(isLetter);
}

/** By which a token is known: SHA-256. */
export function hashToken(token: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash("sha256").update(token).digest());
}

function isLetter(letter: string): boolean {
  return alphabet.includes(letter);
}

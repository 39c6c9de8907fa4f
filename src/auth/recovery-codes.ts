/**
 * Recovery codes: what stands in for an authenticator that is lost, each for one use.
 *
 *     xxxx-xxxx-xxxx-xxxx        16 letters of Crockford's base 32, 80 bits of chance
 *
 * They are for paper, so they are read as Crockford has it: in upper or lower case, with any
 * hyphens and spaces, `o` for 0, `i` and `l` for 1. Hashes are kept, without salt and without
 * stretching (NIST SP 800-63B-4 §3.1.2.2 asks for those below 64 bits).
 */
import { createHash } from "node:crypto";
import { randomLetters } from "./tokens.ts";

/** Of one set. */
export const recoveryCodeCount = 10;

const letters = 16;
const groupLetters = 4;

export function makeRecoveryCode(): string {
  const groups = randomLetters(letters).match(new RegExp(`.{${groupLetters}}`, "g")) ?? [];
  return groups.join("-");
}

/** By which a code is known, or undefined for what cannot be one. */
export function hashRecoveryCode(code: Uint8Array): Uint8Array | undefined {
  const typed = Buffer.from(code).toString("latin1").toLowerCase().replaceAll(/[- ]/g, "");
  if (typed.length !== letters) return undefined;
  const read = typed.replaceAll("o", "0").replaceAll(/[il]/g, "1");
  return Uint8Array.from(createHash("sha256").update(read).digest());
}

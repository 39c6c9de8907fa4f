/**
 * E-mail addresses, as far as a server looks at them that sends no mail: whether one can be an address at all.
 *
 * account-registration: servers "should be careful not to accidentally send `INVALID_EMAIL` as a response to a valid
 * address". So the local part is any characters but spaces and `@` (RFC 6531 has them of any language), and the domain
 * is labels with dots, or an address in brackets. What only looks like one, an operator sees who reads it.
 */
import { failed, ok, type Result } from "../base/result.ts";
import { printable } from "./text.ts";

/** RFC 5321 §4.5.3.1.3: a path is 256 octets at most, and the angle brackets are two of them. */
export const emailBytesMax = 254;
/** RFC 5321 §4.5.3.1.1. */
const localBytesMax = 64;

const label = String.raw`[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?`;
const address = new RegExp(
  String.raw`^(?<local>[^\s@]+)@(?<domain>${label}(?:\.${label})*|\[[0-9A-Za-z:.]{2,60}\])$`,
  "u",
);
/** RFC 6761 §6.3 and §6.4: names that lead nowhere, or to whoever asks. */
const nowhere = /(?:^|\.)(?:invalid|localhost)$/i;

/** `invalid`: no mail can be sent to it; `unacceptable`: it has the form, and nobody can be reached by it. */
export type EmailProblem = "invalid" | "unacceptable";

/** For people. */
export const emailProblems: Readonly<Record<EmailProblem, string>> = {
  invalid: "this is no e-mail address",
  unacceptable: "nobody can be reached by this e-mail address",
};

export function parseEmail(text: string): Result<string, EmailProblem> {
  const isWhole = printable(text) === text && Buffer.byteLength(text) <= emailBytesMax;
  const { local, domain } = address.exec(text)?.groups ?? {};
  if (!isWhole || local === undefined || domain === undefined) return failed("invalid");
  if (Buffer.byteLength(local) > localBytesMax) return failed("invalid");
  return nowhere.test(domain) ? failed("unacceptable") : ok(text);
}

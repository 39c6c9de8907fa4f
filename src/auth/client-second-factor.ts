/**
 * Second factor, the client's side: the server wants a code besides the password, and a person has
 * it.
 *
 * It is asked for when the server has proven itself, so the code goes to nobody else. What is typed
 * says by itself which kind it is: six digits, or a recovery code.
 */
import { type Proof } from "../client/prover.ts";
import { type CodeMethod } from "./code-method.ts";
import { parseMethods, writeCode } from "./opaque/profile.ts";

export interface CodeQuestion {
  readonly methods: readonly CodeMethod[];
  /** Aborted when the answer is of no use any more. */
  readonly signal: AbortSignal;
}

/** Answers what was typed; undefined: there is nobody to ask. */
export type AskCode = (question: CodeQuestion) => Promise<string | undefined>;

const codeLengthMax = 64;

export async function answerMethods(
  challenge: Uint8Array,
  askCode: AskCode | undefined,
  signal: AbortSignal,
): Promise<Proof> {
  const methods = parseMethods(challenge);
  if (methods === undefined || methods.length === 0) {
    return failed("refused", "the server asks for more than this program knows");
  }
  const typed = await askCode?.({ methods, signal });
  if (signal.aborted) return failed("unavailable", "this login is over");
  if (typed === undefined) return failed("refused", nobodyText);
  const digits = typed.replaceAll(/\s/g, "");
  const method = /^\d{1,8}$/.test(digits) ? "totp" : "recovery";
  const text = method === "totp" ? digits : typed.trim();
  const code = new TextEncoder().encode(text.slice(0, codeLengthMax));
  // An empty answer is a wrong one: the server says so.
  return { kind: "response", bytes: writeCode({ method, code }) };
}

const nobodyText = [
  "this account asks for a code besides the password, and there is nobody to ask",
  "A program logs in with an app password, by PLAIN: its owner makes one in the chat:",
  "  /msg NickServ app-password add LABEL",
  "Or the code is the first line of a file: --totp-file FILE",
].join("\n");

function failed(code: "refused" | "unavailable", reason: string): Proof {
  return { kind: "failed", code, reason };
}

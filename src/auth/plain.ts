/**
 * PLAIN (RFC 4616): name and password in one response, over TLS or on this machine only.
 *
 *     message = [authzid] NUL authcid NUL password          UTF-8, no part with a NUL in it
 *     authcid = name [ "@" device ]                         (`login-name.ts`)
 *
 * Both sides are here: the server's mechanism and the client's message. The server sees the
 * password; it is wiped as soon as it has been hashed. Unknown names, accounts without a verifier,
 * wrong passwords, and right ones of accounts that want more than a password cost one hash each and
 * are refused alike; a message that is none costs nothing, which tells nothing about any name, and
 * so does an app password (`app-passwords.ts`). An invitation's token in the place of the password
 * is looked at after that hash: only who has a good one gets another answer than for a wrong
 * password.
 */
import { isUtf8 } from "node:buffer";
import { Secret } from "../base/secret.ts";
import { fold, isSameName } from "../protocol/names.ts";
import { type ProofStep } from "../client/prover.ts";
import { checkAppPassword, isAppPassword } from "./app-passwords.ts";
import { type ClientLogin, type ClientMechanism, type Known } from "./client-mechanism.ts";
import {
  type Exchange,
  isConfidential,
  type Mechanism,
  type MechanismContext,
  type Step,
} from "./mechanism.ts";
import { parseLoginName } from "./login-name.ts";
import { passwordBytesMax, preparePassword } from "./password-rules.ts";
import { isPasswordEnough } from "./second-factor-login.ts";
import { isToken } from "./tokens.ts";

export const plainName = "PLAIN";

export const plain: Mechanism = {
  name: plainName,
  mayUse: isConfidential,
  takesGuess(first) {
    const message = parsePlain(first.bytes());
    if (message === undefined) return true;
    const { password } = message;
    const isGuess = !isToken("app", password) && !isToken("invite", password);
    password.wipe();
    return isGuess;
  },
  begin: (context): Exchange => ({ step: (response) => login(context, response) }),
};

/** RFC 4616 §2: `authcid = 1*SAFE ; MUST accept up to 255 octets`. */
const nameBytesMax = 255;

export interface PlainMessage {
  readonly name: string;
  /** What the client called itself. */
  readonly device: string | undefined;
  /** A copy of its own, to be wiped on its own. */
  readonly password: Secret;
}

/** Reads the server's side of a message; undefined for any bytes that are none. Never throws. */
export function parsePlain(bytes: Uint8Array): PlainMessage | undefined {
  if (bytes.length > 2 * nameBytesMax + 2 + passwordBytesMax || !isUtf8(bytes)) return undefined;
  const first = bytes.indexOf(0);
  const second = bytes.indexOf(0, first + 1);
  if (first === -1 || second === -1 || bytes.includes(0, second + 1)) return undefined;
  const nameBytes = bytes.subarray(first + 1, second);
  const passwordBytes = bytes.subarray(second + 1);
  if (first > nameBytesMax || nameBytes.length > nameBytesMax) return undefined;
  if (nameBytes.length === 0 || passwordBytes.length === 0) return undefined;
  if (passwordBytes.length > passwordBytesMax) return undefined;
  const authorization = decoded(bytes.subarray(0, first));
  const { name, device } = parseLoginName(decoded(nameBytes));
  // Acting for someone else is not offered: the authorization identity is empty or the name itself.
  const isForOther = !isSameName(parseLoginName(authorization).name, name);
  if (authorization !== "" && isForOther) return undefined;
  return { name, device, password: new Secret(Uint8Array.from(passwordBytes)) };
}

export const plainClient: ClientMechanism = {
  name: plainName,
  // A server that does not say what it has is an old one, and takes passwords.
  mayUse: ({ password, offered }) =>
    password !== undefined && (offered?.includes(plainName) ?? true),
  begin: (known) => new PlainLogin(known),
};

/** One message, in answer to an empty challenge. */
class PlainLogin implements ClientLogin {
  readonly #known: Known;
  #isSent = false;

  constructor(known: Known) {
    this.#known = known;
  }

  respond(challenge: Uint8Array): ProofStep {
    const { name, password } = this.#known;
    if (password === undefined || this.#isSent || challenge.length > 0) {
      const reason = "the server sent a challenge that PLAIN does not have";
      return { kind: "failed", code: "refused", reason };
    }
    this.#isSent = true;
    return { kind: "response", bytes: plainMessage(name, password) };
  }

  isServerProven(): boolean {
    return true;
  }

  wipe(): void {
    // The password is the prover's.
  }
}

/** The client's message. The bytes hold the password: they are the caller's to send and forget. */
export function plainMessage(name: string, password: Secret): Uint8Array {
  const nameBytes = new TextEncoder().encode(name);
  const message = new Uint8Array(nameBytes.length + 2 + password.length);
  message.set(nameBytes, 1);
  message.set(password.bytes(), nameBytes.length + 2);
  return message;
}

async function login(context: MechanismContext, response: Secret): Promise<Step> {
  const message = parsePlain(response.bytes());
  if (message === undefined) return { kind: "refused" };
  const { name, device } = message;
  const password = preparePassword(message.password);
  try {
    const step = isAppPassword(password)
      ? await checkAppPassword(context, name, password)
      : await check(context, name, password);
    return step.kind === "proven" ? { ...step, device } : step;
  } finally {
    password.wipe();
  }
}

async function check(context: MechanismContext, name: string, password: Secret): Promise<Step> {
  const { passwords, secondFactor, signal } = context;
  const folded = fold(name);
  const found = context.lookUp(folded);
  const { account, verifier } = found;
  const isEnough = isPasswordEnough(secondFactor, account);
  const verdict = await passwords.verify(password, { name: folded, found }, signal);
  const isByToken = isToken("invite", password);
  if (verdict.kind === "wrong") {
    return isByToken
      ? { kind: "invited", name, token: password.copy() }
      : { kind: "refused", name };
  }
  if (verdict.kind !== "right") return verdict;
  if (account === undefined || verifier === undefined || !isEnough) {
    return { kind: "refused", name };
  }
  // Takes a second hash, once. Busy or not, the password is proven; there is a next login.
  const made = verdict.isOutdated
    ? await passwords.verifierFor(account, password, signal)
    : undefined;
  if (made?.kind === "abandoned") return made;
  // While it was hashed, the password may have been changed.
  const now = context.lookUp(folded).verifier;
  if (now?.generation !== verifier.generation) return { kind: "refused", name };
  if (made?.kind === "made") context.replace(account, verifier, made.verifier);
  await context.scram.told(account, password, signal);
  return { kind: "proven", account, isByToken };
}

function decoded(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

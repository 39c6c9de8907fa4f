/**
 * Second factor, in a login: a mechanism that asks for a code once it would have proven an account
 * that has a second factor.
 *
 *     the mechanism's steps → proven? → M4, what there is to answer with → M5, a code → proven
 *
 * Messages: `opaque/profile.ts`. It is for mechanisms by which both sides are proven before the
 * code is asked for, so that the code goes to nobody else. A code that is wrong is a login that was
 * refused. Ways in that prove a device (a resume token, a certificate) or a program (an app
 * password) go without; where a password is all there is, `isPasswordEnough` says whether that is.
 */
import { serverAccount } from "../base/ids.ts";
import { type Secret } from "../base/secret.ts";
import { type LoginAccount } from "../storage/verifiers.ts";
import { type Exchange, type Mechanism, type MechanismContext, type Step } from "./mechanism.ts";
import { parseCode, writeMethods } from "./opaque/profile.ts";
import { type SecondFactor } from "./second-factor.ts";

export function withSecondFactor(mechanism: Mechanism): Mechanism {
  return { ...mechanism, begin: (context) => new Asking(mechanism.begin(context), context) };
}

/**
 * Whether who knows the account's password, and has told it to the server, is let in. To be asked
 * before the password is looked at, and of unknown names as well: it reads what it reads.
 */
export function isPasswordEnough(
  secondFactor: SecondFactor,
  account: LoginAccount | undefined,
): boolean {
  const isOn = secondFactor.isOn(account?.id ?? serverAccount); // the server's account has none
  return !isOn && account?.isStrict !== true;
}

type Proven = Extract<Step, { readonly kind: "proven" }>;

class Asking implements Exchange {
  readonly #exchange: Exchange;
  readonly #context: MechanismContext;
  /** All but the code is proven. */
  #proven: Proven | undefined;

  constructor(exchange: Exchange, context: MechanismContext) {
    this.#exchange = exchange;
    this.#context = context;
  }

  async step(response: Secret): Promise<Step> {
    if (this.#proven !== undefined) return this.#answered(this.#proven, response.bytes());
    const outcome = await this.#exchange.step(response);
    if (outcome.kind !== "proven") return outcome;
    const methods = this.#context.secondFactor.methods(outcome.account.id);
    if (methods.length === 0) return outcome;
    this.#proven = outcome;
    const { signal } = this.#context;
    signal.addEventListener("abort", () => outcome.sessionKey?.fill(0), { once: true });
    return { kind: "challenge", bytes: writeMethods(methods), isForPerson: true };
  }

  async #answered(proven: Proven, bytes: Uint8Array): Promise<Step> {
    this.#proven = undefined;
    const answer = parseCode(bytes);
    const { secondFactor } = this.#context;
    const { id, name } = proven.account;
    if (answer !== undefined && (await secondFactor.take(id, answer.method, answer.code))) {
      return { ...proven, credentialKind: answer.method };
    }
    proven.sessionKey?.fill(0);
    return { kind: "refused", name };
  }
}

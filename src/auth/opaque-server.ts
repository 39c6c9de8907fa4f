/**
 * OPAQUE-R255-EXPR, the server's side: a login that tells the server nothing of the password.
 *
 *     first message → KE2 (challenge) → KE3 → proven or refused
 *
 * The messages and what they are bound to: `opaque/profile.ts`. It is for connections with an
 * exporter: what another TLS connection carries is of no use on this one. Who is not known is
 * answered from the fake record, at the same cost, and refused at the end as everyone else. A
 * challenge that is not answered is a guess that was checked at home (RFC 9807 §9.2): the core
 * counts it as a refusal.
 */
import { timingSafeEqual } from "node:crypto";
import { type Secret } from "../base/secret.ts";
import { exporterOf } from "./exporter.ts";
import { type Exchange, type Mechanism, type MechanismContext, type Step } from "./mechanism.ts";
import { systemEntropy } from "./opaque/derivation.ts";
import { respondToLogin } from "./opaque/login.ts";
import {
  contextOf,
  identifierOf,
  identitiesOf,
  opaqueName,
  parseFirst,
  parseThird,
  writeSecond,
} from "./opaque/profile.ts";
import { type NamedAccount } from "../storage/verifiers.ts";

export const opaque: Mechanism = {
  name: opaqueName,
  mayUse: (facts) => exporterOf(facts) !== undefined,
  begin: (context) => new Login(context),
};

/** Between KE2 and KE3. */
interface Waiting {
  /** Undefined: nobody's, and no KE3 is right. */
  readonly account: NamedAccount | undefined;
  readonly expected: Uint8Array;
  readonly sessionKey: Uint8Array;
  readonly name: string;
}

class Login implements Exchange {
  readonly #context: MechanismContext;
  #waiting: Waiting | undefined;

  constructor(context: MechanismContext) {
    this.#context = context;
  }

  step(response: Secret): Promise<Step> {
    const waiting = this.#waiting;
    if (waiting === undefined) return this.#begin(response.bytes());
    this.#waiting = undefined;
    return Promise.resolve(finish(waiting, response.bytes()));
  }

  async #begin(bytes: Uint8Array): Promise<Step> {
    const { passwords, facts, offered } = this.#context;
    const exporter = exporterOf(facts);
    const first = parseFirst(bytes);
    if (first === undefined || exporter === undefined) return { kind: "refused" };
    const { name, ke1, authorization } = first;
    const found = this.#context.lookUp(name);
    const { group, credential, isFake } = await passwords.credentialFor(found);
    const { record, keys, settings } = credential;
    const reply = respondToLogin(group, {
      ke1,
      record,
      keys,
      identifier: identifierOf(name),
      agreed: {
        context: contextOf({ authorization, settings, offered, exporter }),
        identities: identitiesOf(name),
      },
      entropy: systemEntropy,
    });
    if (reply === undefined) return { kind: "refused", name };
    const account = isFake ? undefined : found.account;
    const { expected, sessionKey } = reply;
    this.#waiting = { account, expected, sessionKey, name };
    return { kind: "challenge", bytes: writeSecond({ settings, ke2: reply.ke2 }) };
  }
}

function finish({ account, expected, sessionKey, name }: Waiting, bytes: Uint8Array): Step {
  const third = parseThird(bytes);
  const isRight = third !== undefined && timingSafeEqual(third.ke3, expected);
  if (isRight && account !== undefined) {
    return { kind: "proven", account, sessionKey, remember: third.remember };
  }
  sessionKey.fill(0);
  return { kind: "refused", name };
}

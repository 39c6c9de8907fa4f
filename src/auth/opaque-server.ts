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
import { type Folded } from "../protocol/names.ts";
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
  readonly name: Folded;
  /** Of the verifier that KE2 was made with. */
  readonly generation: number | undefined;
  /** Undefined: nobody's, and no KE3 is right. */
  readonly account: NamedAccount | undefined;
  readonly expected: Uint8Array;
  readonly sessionKey: Uint8Array;
  readonly isOutdated: boolean;
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
    // The password may have been changed since KE2; what is not known is looked for as well.
    const { verifier } = this.#context.lookUp(waiting.name);
    const isStill = verifier?.generation === waiting.generation;
    const step = finish(waiting, response.bytes());
    if (step.kind !== "proven" || isStill) return Promise.resolve(step);
    step.sessionKey?.fill(0);
    return Promise.resolve({ kind: "refused" });
  }

  async #begin(bytes: Uint8Array): Promise<Step> {
    const { passwords, facts, offered } = this.#context;
    const exporter = exporterOf(facts);
    const first = parseFirst(bytes);
    if (first === undefined || exporter === undefined) return { kind: "refused" };
    const { name, ke1, authorization } = first;
    const found = this.#context.lookUp(name);
    const usable = await passwords.credentialFor(name, found);
    const { group, credential, isFake, isOutdated } = usable;
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
    const generation = found.verifier?.generation;
    this.#waiting = { name, account, generation, expected, sessionKey, isOutdated };
    return { kind: "challenge", bytes: writeSecond({ settings, ke2: reply.ke2 }) };
  }
}

function finish(waiting: Waiting, bytes: Uint8Array): Step {
  const { account, expected, sessionKey, name, isOutdated } = waiting;
  const third = parseThird(bytes);
  const isRight = third !== undefined && timingSafeEqual(third.ke3, expected);
  if (isRight && account !== undefined) {
    return { kind: "proven", account, sessionKey, remember: third.remember, isOutdated };
  }
  sessionKey.fill(0);
  return { kind: "refused", name };
}

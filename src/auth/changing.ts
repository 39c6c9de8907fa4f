/**
 * Changing: an account's owner puts another record in the place of theirs, on a connection on which
 * they have just logged in by OPAQUE.
 *
 *     request → evaluated · record with proof → changed
 *
 * The proof is HMAC-SHA-512(session key, "authchat change v1" · record · scram), its first 32 bytes. Only who
 * has typed the old password in the last minutes has that key: an open terminal, or a connection
 * that someone has taken over, is not enough.
 *
 * A changed password is to throw out who has learnt the old one. So the resume tokens go with it, but
 * for that of the device that asks, and the SCRAM verifier, unless the client has made another. App passwords and certificates stay: they
 * were not made of the password, and have their own ways to be taken away. Where the record is made
 * anew of the same password (the keys or argon2's settings are others), all of that stays. Whether it
 * is the same nobody but the owner knows, who has no one but themselves to deceive about it.
 */
import { timingSafeEqual } from "node:crypto";
import { minuteMs } from "../base/time.ts";
import { type Answer, type Ask } from "../server/outside.ts";
import { type ChangeStep } from "../server/proofs.ts";
import { type Agreed, type Client } from "./clients.ts";
import { type Enrolment, evaluationFor } from "./enrolment.ts";
import { changeProof } from "./opaque/profile.ts";
import { parseVerifier } from "./scram/verifier.ts";
import { type Services } from "./services.ts";

/** From the login to the end of the change. */
const freshMs = 5 * minuteMs;

export class Changing {
  readonly #services: Services;
  readonly #enrolment: Enrolment;

  constructor(services: Services, enrolment: Enrolment) {
    this.#services = services;
    this.#enrolment = enrolment;
  }

  async step(client: Client, ask: Ask<"change">): Promise<Answer<"change">> {
    const agreed = this.#freshly(client, ask);
    if (agreed === undefined) return { outcome: "stale" };
    const { step, name } = ask;
    if (step.kind === "record") return this.#take(client, ask, { ...step, agreed });
    return this.#enrolment.respond(client, { name, request: step.request });
  }

  async #take(
    client: Client,
    { account: id, name }: Ask<"change">,
    given: Extract<ChangeStep, { kind: "record" }> & { readonly agreed: Agreed },
  ): Promise<Answer<"change">> {
    const { rows, vault, passwords, wall } = this.#services;
    const { record, scram, proof, isSame, agreed, own } = given;
    const expected = changeProof(agreed.sessionKey, { record, scram });
    const isProven = proof.length === expected.length && timingSafeEqual(proof, expected);
    if (!isProven) return { outcome: "unproven" };
    const scheme = evaluationFor(client, name)?.scheme;
    if (scheme === undefined) return { outcome: "refused" };
    const verifier = await passwords.verifierOf({ id, name }, record, scheme);
    const other = scram === undefined ? undefined : parseVerifier(scram);
    const isWhole = verifier !== undefined && (scram === undefined || other !== undefined);
    if (!isWhole) return { outcome: "refused" };
    if (this.#freshly(client, { account: id }) !== agreed) return { outcome: "stale" };
    rows.put(id, verifier, wall());
    if (isSame) {
      client.agreed = { ...agreed, generation: rows.find(id)?.generation };
    } else {
      vault.removeOthers(id, "session", own);
      agreed.sessionKey.fill(0);
      client.agreed = undefined;
    }
    // The verifier of the record before counts no more: it is bound to that one.
    if (other === undefined) vault.removeOf(id, "scram");
    else await this.#services.scram.given(id, other, client.gone.signal);
    return { outcome: "changed" };
  }

  /** The login by which the account's password was proven just now, if it is still its password. */
  #freshly(client: Client, { account }: Pick<Ask<"change">, "account">): Agreed | undefined {
    const { agreed } = client;
    const { rows, wall } = this.#services;
    const age = agreed === undefined ? Number.NaN : wall() - agreed.at;
    if (agreed?.account !== account || !(age >= 0 && age < freshMs)) return undefined;
    return rows.find(account)?.generation === agreed.generation ? agreed : undefined;
  }
}

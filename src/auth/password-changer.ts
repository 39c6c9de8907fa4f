/**
 * Password changer: the client's side of a change of the password by OPAQUE. The server is told neither.
 *
 *     prepare (old, new) → respond … as a login with the old one
 *                        → enrol → request → enrol (response) → record · proof → settle
 *
 * A server that wants its record anew (other keys, more stretching) gets one of the password that has just logged in:
 * `enrol` without `prepare`, and nobody is asked anything. The proof is made with the session key of the last login
 * on the connection (`auth/changing.ts` says what for).
 */
import { assert } from "../base/assert.ts";
import { type Secret } from "../base/secret.ts";
import { type ChangeProver, type Proof, type ProofStep } from "../client/prover.ts";
import { type Argon2Settings } from "./argon2-settings.ts";
import { type ClientLogin, type Known, type Met } from "./client-mechanism.ts";
import { opaqueClient } from "./opaque-client.ts";
import { joined } from "./opaque/derivation.ts";
import { changeProof, opaqueName } from "./opaque/profile.ts";
import { OpaqueEnrolment, takesScram } from "./opaque-enrolment.ts";

export interface PasswordChangerOptions {
  /** What there is to log in with, now. */
  readonly known: () => Known;
  /** By the last login on this connection. */
  readonly met: () => Met | undefined;
  /** There was another login on it. */
  readonly meet: (met: Met) => void;
  readonly floors: {
    readonly floor?: Argon2Settings;
    readonly pinnedFloor?: Argon2Settings | undefined;
  };
  /** Where it is changed. */
  readonly host: string | undefined;
  /** What became of a step that was to come later. */
  readonly came: (proof: Proof) => void;
  /** Takes the new password over; `isSure`: the one before is not one any more. */
  readonly take: (password: Secret, isSure: boolean) => void;
  /** What was to be made anew of the same password is made, or will not be. */
  readonly renewed: () => void;
}

export class PasswordChanger implements ChangeProver {
  readonly mechanism = opaqueName;
  readonly #options: PasswordChangerOptions;
  #passwords: { readonly old: Secret; readonly next: Secret } | undefined;
  #login: ClientLogin | undefined;
  #enrolment: OpaqueEnrolment | undefined;

  constructor(options: PasswordChangerOptions) {
    this.#options = options;
  }

  /** The old password, as typed, and the new one; both are taken over. False: a change is under way. */
  prepare(old: Secret, next: Secret): boolean {
    if (this.#passwords !== undefined) {
      old.wipe();
      next.wipe();
      return false;
    }
    this.#passwords = { old, next };
    return true;
  }

  isPossible(): boolean {
    return opaqueClient.mayUse(this.#known());
  }

  respond(challenge: Uint8Array, isFirst: boolean): ProofStep {
    const known = this.#known();
    if (isFirst) {
      this.#login?.wipe();
      this.#login = undefined;
      if (!opaqueClient.mayUse(known)) return notHere;
      const login = opaqueClient.begin(known, {
        came: (proof) => {
          if (this.#login === login) this.#options.came(proof);
        },
        met: (met) => {
          if (this.#login === login) this.#options.meet(met);
        },
      });
      this.#login = login;
    }
    return this.#login?.respond(challenge) ?? notHere;
  }

  /** With the password that is to be changed; no device is remembered by this login. */
  #known(): Known {
    const known = this.#options.known();
    return { ...known, password: this.#passwords?.old ?? known.password, remember: undefined };
  }

  enrol(response: Uint8Array | undefined, isSame: boolean): ProofStep {
    if (response !== undefined) return this.#enrolment?.respond(response) ?? notHere;
    const known = this.#options.known();
    const password = isSame ? known.password : this.#passwords?.next;
    const sessionKey = this.#options.met()?.sessionKey;
    // The server has proven itself on this very connection, or it learns no record.
    if (password === undefined || sessionKey === undefined) return notHere;
    const { host, floors } = this.#options;
    const { floor, pinnedFloor } = floors;
    const { name, offered = [] } = known;
    let steps = 0;
    const enrolment = new OpaqueEnrolment({
      name,
      password,
      host,
      floor,
      pinnedFloor,
      hasScram: takesScram(offered),
      isSame,
      came: (proof) => {
        if (this.#enrolment !== enrolment) return;
        steps += 1;
        this.#options.came(steps === 2 ? vouchedFor(proof, sessionKey) : proof);
      },
    });
    this.#enrolment = enrolment;
    return enrolment.respond(undefined);
  }

  settle(outcome: "changed" | "kept" | "unsure", isSame: boolean): void {
    this.#enrolment = undefined;
    if (isSame) {
      this.#options.renewed(); // passwords may wait for another change
      return;
    }
    this.#login?.wipe();
    this.#login = undefined;
    const passwords = this.#passwords;
    this.#passwords = undefined;
    passwords?.old.wipe();
    if (outcome === "kept") passwords?.next.wipe();
    else if (passwords !== undefined) this.#options.take(passwords.next, outcome === "changed");
  }
}

function vouchedFor(proof: Proof, sessionKey: Uint8Array): Proof {
  if (proof.kind === "failed") return proof;
  const { bytes: record, scram } = proof;
  assert(
    sessionKey.some((byte) => byte !== 0),
    "the key of a login that is over vouches for nothing",
  );
  const bytes = joined(record, changeProof(sessionKey, { record, scram }));
  return { ...proof, bytes };
}

const notHere = {
  kind: "failed",
  code: "unavailable",
  reason: "the password can be changed only where the server and this connection have OPAQUE",
} as const;

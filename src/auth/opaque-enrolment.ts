/**
 * Registration by OPAQUE, the client's side: the server gets a record of a password that it never
 * sees.
 *
 *     respond (nothing) → later → request
 *     respond (response) → later → record
 *
 * As nobody else sees the password, its rules are checked here. The stretching is the server's
 * choice, but no less than the floor: a record that is cheap to guess at would stay. RFC 9807
 * §10.10 wants an authenticated channel; that the server was trusted is `cli`'s doing, and that it
 * is the one at the other end the login proves that follows.
 */
import { type Result } from "../base/result.ts";
import { type Secret } from "../base/secret.ts";
import { type Proof, type ProofStep } from "../client/prover.ts";
import { type Folded, fold } from "../protocol/names.ts";
import { loadArgon2 } from "./argon2.ts";
import { type Argon2Settings } from "./argon2-settings.ts";
import { isBearable } from "./opaque-client.ts";
import { systemEntropy } from "./opaque/derivation.ts";
import { loadGroup } from "./opaque/group.ts";
import { type Blinded } from "./opaque/oprf.ts";
import { identitiesOf, inputOf, parseResponse } from "./opaque/profile.ts";
import { beginRegistration, finishRegistration } from "./opaque/registration.ts";
import { stretchBy } from "./opaque/stretch.ts";
import { makeVerifier } from "./scram/make.ts";
import { writeVerifier } from "./scram/verifier.ts";
import { scramName, scramPlusName } from "./scram-verifiers.ts";
import { checkPassword, passwordLengthMin, preparePassword } from "./password-rules.ts";

export interface OpaqueEnrolmentOptions {
  readonly name: string;
  readonly password: Secret;
  /** Where it is registered. */
  readonly host: string | undefined;
  /** Least stretching; left out: that of OWASP's cheat sheet, whatever the lanes. */
  readonly floor: Argon2Settings | undefined;
  /** The server has SCRAM for other clients, and is given what it takes. */
  readonly hasScram: boolean;
  /** As the server stretched before: it may not ask for less. */
  readonly pinnedFloor: Argon2Settings | undefined;
  /** It has been the password before: whether it may be chosen is not asked again. */
  readonly isSame?: boolean;
  /** What became of a step that was to come later. */
  readonly came: (proof: Proof) => void;
}

const owaspFloor: Argon2Settings = { memoryKib: 19_456, passes: 2, lanes: 1 };

export class OpaqueEnrolment {
  readonly #options: OpaqueEnrolmentOptions;
  readonly #name: Folded;
  #blinded: Blinded | undefined;

  constructor(options: OpaqueEnrolmentOptions) {
    this.#options = options;
    this.#name = fold(options.name);
  }

  respond(response: Uint8Array | undefined): ProofStep {
    const { isSame = false } = this.#options;
    if (response === undefined) {
      if (isSame) return this.#later((input) => this.#begin(input));
      const rule = this.#check();
      if (!rule.ok) return { kind: "failed", code: "weak", reason: rule.error };
      return this.#later((input) => this.#begin(input));
    }
    const blinded = this.#blinded;
    this.#blinded = undefined;
    if (blinded === undefined) return failed("refused", "the server answered what was not asked");
    const copy = Uint8Array.from(response);
    return this.#later(async (input, chosen) => {
      const proof = await this.#finish(input, blinded, copy);
      if (proof.kind !== "response" || !this.#options.hasScram) return proof;
      return { ...proof, scram: writeVerifier(await makeVerifier(chosen.bytes())) };
    });
  }

  /** The rules are about the one form in which the password is used. */
  #check(): Result<undefined> {
    const { name, host } = this.#options;
    const password = preparePassword(this.#options.password.copy());
    const servers = host === undefined ? [] : [host];
    const rule = checkPassword(password, { name, servers, lengthMin: passwordLengthMin });
    password.wipe();
    return rule;
  }

  /** The password as it is put in, for as long as the work takes. */
  #later(work: (input: Uint8Array, password: Secret) => Promise<Proof>): ProofStep {
    const password = preparePassword(this.#options.password.copy());
    const input = inputOf(this.#name, password.bytes());
    const text = "this machine cannot compute the registration: argon2 does not work here";
    void work(input, password)
      .catch(() => failed("unavailable", text))
      .then((proof) => {
        input.fill(0);
        password.wipe();
        this.#options.came(proof);
      });
    return { kind: "later" };
  }

  async #begin(input: Uint8Array): Promise<Proof> {
    this.#blinded = beginRegistration(await loadGroup(), input, systemEntropy);
    return { kind: "response", bytes: this.#blinded.element };
  }

  async #finish(password: Uint8Array, { blind }: Blinded, bytes: Uint8Array): Promise<Proof> {
    const message = parseResponse(bytes);
    if (message === undefined) return notOfThis;
    const { settings, response } = message;
    const { floor = owaspFloor, pinnedFloor } = this.#options;
    if (pinnedFloor !== undefined && !isEnough(settings, pinnedFloor)) {
      return failed("refused", lessText(settings, pinnedFloor));
    }
    if (!isBearable(settings) || !isEnough(settings, floor)) {
      return failed("refused", "the server wants the password stretched too much, or too little");
    }
    const [group, argon2] = await Promise.all([loadGroup(), loadArgon2()]);
    const record = await finishRegistration(group, response, {
      password,
      blind,
      identities: identitiesOf(this.#name),
      stretch: stretchBy(argon2, settings),
      entropy: systemEntropy,
    });
    if (record === undefined) return notOfThis;
    const { clientPublicKey, maskingKey, envelope } = record;
    const parts = [clientPublicKey, maskingKey, envelope];
    return { kind: "response", bytes: Uint8Array.from(Buffer.concat(parts)) };
  }
}

const notOfThis = failed("refused", "the server's response is none of this registration");

/** Memory and passes each; lanes are no matter: they make it quicker for everybody. */
/** For other clients: the server has it, and is given a verifier along with the record. */
export function takesScram(offered: readonly string[]): boolean {
  return offered.includes(scramName) || offered.includes(scramPlusName);
}

export function isEnough({ memoryKib, passes }: Argon2Settings, floor: Argon2Settings): boolean {
  return memoryKib >= floor.memoryKib && passes >= floor.passes;
}

export function lessText(now: Argon2Settings, before: Argon2Settings): string {
  const shown = ({ memoryKib, passes }: Argon2Settings): string => `${memoryKib} KiB × ${passes}`;
  return (
    `the server protects passwords less than it did before: ${shown(now)} now, ` +
    `${shown(before)} then. If its operator confirms that: authchat servers forget HOST:PORT`
  );
}

function failed(code: "refused" | "unavailable", reason: string): Proof {
  return { kind: "failed", code, reason };
}

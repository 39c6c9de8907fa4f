/**
 * Prover: the client's side of a login with a password, for the client's machine, which sees
 * neither.
 *
 * It picks a mechanism out of those that the server offers and it may use, the better one first,
 * and answers that mechanism's challenges. A new mechanism is a line in the table below. The
 * password stays with the prover, because the client logs in again after every lost connection;
 * `wipe` ends that.
 */
import { type Secret } from "../base/secret.ts";
import { type ProofStep, type Prover } from "../client/prover.ts";
import { plainMessage, plainName } from "./plain.ts";

export interface PasswordProverOptions {
  readonly name: string;
  /** Taken over. */
  readonly password: Secret;
  /** Mechanisms that may be used; left out: all there are. */
  readonly mechanisms?: readonly string[];
}

/** The client's side of a mechanism. */
interface ClientMechanism {
  readonly name: string;
  begin(name: string, password: Secret): Proof;
}

/** One login: answers one challenge after the other. */
interface Proof {
  respond(challenge: Uint8Array): ProofStep;
}

/** The one to be preferred first. */
const clientMechanisms: readonly ClientMechanism[] = [{ name: plainName, begin: plainProof }];

export class PasswordProver implements Prover {
  readonly #name: string;
  readonly #password: Secret;
  readonly #usable: readonly ClientMechanism[];
  #proof: { readonly mechanism: string; readonly steps: Proof } | undefined;

  constructor({ name, password, mechanisms }: PasswordProverOptions) {
    this.#name = name;
    this.#password = password;
    this.#usable = clientMechanisms.filter(
      (mechanism) => mechanisms === undefined || mechanisms.includes(mechanism.name),
    );
  }

  choose(offered: readonly string[] | undefined): string | undefined {
    const isOffered = ({ name }: ClientMechanism) => offered?.includes(name) ?? true;
    return this.#usable.find(isOffered)?.name;
  }

  respond(mechanism: string, challenge: Uint8Array, isFirst: boolean): ProofStep {
    if (isFirst) this.#begin(mechanism);
    if (this.#proof?.mechanism !== mechanism) {
      return { kind: "failed", reason: `no login by ${mechanism} is under way` };
    }
    return this.#proof.steps.respond(challenge);
  }

  /** The password is not needed any more; nothing can be proven after this. */
  wipe(): void {
    this.#proof = undefined;
    this.#password.wipe();
  }

  #begin(mechanism: string): void {
    const found = this.#usable.find(({ name }) => name === mechanism);
    const steps = found?.begin(this.#name, this.#password);
    this.#proof = steps === undefined ? undefined : { mechanism, steps };
  }
}

/** PLAIN is one message, in answer to an empty challenge. */
function plainProof(name: string, password: Secret): Proof {
  let isSent = false;
  return {
    respond(challenge) {
      if (isSent || challenge.length > 0) {
        return { kind: "failed", reason: "the server sent a challenge that PLAIN does not have" };
      }
      isSent = true;
      return { kind: "response", bytes: plainMessage(name, password) };
    },
  };
}

/**
 * Prover: the client's side of a login, handed in, so that the machine sees no password and knows no mechanism.
 *
 * `auth/prover.ts` makes one. A step that takes its time (stretching a password) answers `later`; its outcome comes
 * to the machine as the input `proof`.
 */

export interface Prover {
  /** Of those the server offers; `offered` is undefined when the server did not say which it has. */
  choose(offered: readonly string[] | undefined): Choice;
  /** Answers the server's next challenge of the login with that mechanism; the first one is often empty. */
  respond(mechanism: string, challenge: Uint8Array, isFirst: boolean): ProofStep;
  /**
   * Whether the server has done its part, so that its word may be taken for the login's success. A server could say so
   * without: who is between would then be talked to instead of it.
   */
  isServerProven(): boolean;
  /**
   * Asks for an account without telling the password: answers the request, and with the server's response the record.
   * Left out or undefined: it cannot be done on this connection. `offered`: the mechanisms that the server says it has.
   */
  enrol?(response: Uint8Array | undefined, offered?: readonly string[]): ProofStep | undefined;
  /** The server has let us in by the login that was under way; `isOutdated`: and wants its record made anew. */
  admitted?(isOutdated: boolean): void;
  /** The server has refused the login that was under way; true: another may be tried on this connection. */
  refused?(): boolean;
  /** Left out: the password cannot be changed. */
  readonly change?: ChangeProver;
  /**
   * After a login that failed with the password: takes the other one, where it is not known which of two the server
   * has, because the connection was lost during the change. False: there is no other.
   */
  takeOther?(): boolean;
  /** What is to be said of a login that has succeeded, and is worse than the ones before. */
  concern?(): string | undefined;
}

/** A change of the password. The machine sees neither: the prover has been told both, or knows the one. */
export interface ChangeProver {
  /** Logs in with the old password, by the mechanism of that name, on the connection there is. */
  readonly mechanism: string;
  /** False: the server or this connection does not have it. */
  isPossible(): boolean;
  respond(challenge: Uint8Array, isFirst: boolean): ProofStep;
  /**
   * The request, and with the server's response the record and its proof, of the new password; `isSame`: of the one
   * that has just logged in, for a server that wants its record anew.
   */
  enrol(response: Uint8Array | undefined, isSame: boolean): ProofStep;
  /** How it ended; `unsure`: the record was sent, and no answer came. */
  settle(outcome: "changed" | "kept" | "unsure", isSame: boolean): void;
}

/** Bytes of the record, in front of its proof. */
export const recordBytes = 192;

export type Choice =
  | { readonly kind: "mechanism"; readonly name: string }
  /** Both sides have none in common. */
  | { readonly kind: "none" }
  /** There is one, but the server had a better one before: it is not what it was. */
  | { readonly kind: "downgrade"; readonly reason: string };

/** `later`, `isForPerson`: a person has to answer, who needs longer than a machine. */
export type ProofStep = Proof | { readonly kind: "later"; readonly isForPerson?: boolean };

export type Proof =
  | {
      readonly kind: "response";
      readonly bytes: Uint8Array;
      /** Beside a record of OPAQUE: SCRAM's verifier of the same password. */
      readonly scram?: Uint8Array;
    }
  | {
      readonly kind: "failed";
      /**
       * `identity`: the server did not prove itself; `weak`: the password may not be chosen; `again`: this login is
       * given up, and the next may go well.
       */
      readonly code: "refused" | "identity" | "unavailable" | "weak" | "again";
      readonly reason: string;
    };

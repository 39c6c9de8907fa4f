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
  /** The server has let us in by the login that was under way. */
  admitted?(): void;
  /** The server has refused the login that was under way; true: another may be tried on this connection. */
  refused?(): boolean;
}

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

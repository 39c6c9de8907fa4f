/**
 * Prover: the client's side of a login, handed in, so that the machine sees no password and knows no mechanism.
 *
 * `auth/prover.ts` makes one. A step that takes its time (stretching a password) answers `later`; its outcome comes
 * to the machine as the input `proof`.
 */

export interface Prover {
  /**
   * The mechanism to use, out of those the server offers; undefined when none will do. `offered` is undefined when
   * the server did not say which it has.
   */
  choose(offered: readonly string[] | undefined): string | undefined;
  /** Answers the server's next challenge of the login with that mechanism; the first one is often empty. */
  respond(mechanism: string, challenge: Uint8Array, isFirst: boolean): ProofStep;
}

export type ProofStep =
  | { readonly kind: "response"; readonly bytes: Uint8Array }
  | { readonly kind: "later" }
  /** The server did not prove itself, or said what it may not say. */
  | { readonly kind: "failed"; readonly reason: string };

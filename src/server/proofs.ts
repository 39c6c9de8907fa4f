/**
 * Proofs: what the server asks of `auth`, which alone sees passwords and what proves them.
 *
 * The answer that counts is a `ProvenAccount`: only `auth` makes one, and a user can be made from nothing else.
 */
import { type AccountId, type ConnectionId } from "../base/ids.ts";
import { type Secret } from "../base/secret.ts";
import { type WallMs } from "../base/time.ts";
import { type ConnectionFacts, type Unavailable } from "./outside.ts";

/** The questions that `auth` answers. */
export interface ProofQuestions {
  /** One step of a login. `mechanism` is set on the first step only; a new first step ends the one before. */
  readonly authenticate: {
    readonly ask: {
      readonly connection: ConnectionId;
      readonly facts: ConnectionFacts;
      readonly mechanism: string | undefined;
      /** What CAP LS said of `sasl`, as it was sent; undefined when it was not asked. */
      readonly offered: string | undefined;
      readonly response: Secret;
    };
    readonly answer:
      | { readonly outcome: "challenge"; readonly bytes: Uint8Array }
      | { readonly outcome: "proven"; readonly account: ProvenAccount }
      /** `name` is whose login it was, as far as that was said, for the operator to read. */
      | { readonly outcome: "refused"; readonly name: string | undefined }
      | { readonly outcome: "busy" }
      | Unavailable;
  };
  /**
   * Makes and keeps an account's verifier: of a new account, before its account is; of one that is there, in the place
   * of the one before, and its resume tokens end. Wipes the password.
   */
  readonly enrol: {
    readonly ask: {
      readonly connection: ConnectionId;
      readonly account: AccountId;
      readonly name: string;
      readonly password: Secret;
    };
    readonly answer:
      /** Who set the password has proven it. */
      | { readonly outcome: "enrolled"; readonly account: ProvenAccount }
      /** The password may not be used; `why` is for the person who chose it. */
      | { readonly outcome: "weak"; readonly why: string }
      | { readonly outcome: "busy" }
      | Unavailable;
  };
  /** The server's part of a registration by OPAQUE: of a name that nobody has. */
  readonly evaluate: {
    readonly ask: {
      readonly connection: ConnectionId;
      readonly name: string;
      readonly request: Uint8Array;
    };
    readonly answer:
      | { readonly outcome: "evaluated"; readonly response: Uint8Array }
      | { readonly outcome: "refused" }
      | Unavailable;
  };
  /**
   * Holds a record ready for the account's first login on this connection, by which its verifier is kept. Ends with
   * the connection, and with the next claim on it.
   */
  readonly claim: {
    readonly ask: {
      readonly connection: ConnectionId;
      readonly account: AccountId;
      readonly name: string;
      readonly record: Uint8Array;
    };
    readonly answer:
      { readonly outcome: "claimed" } | { readonly outcome: "refused" } | Unavailable;
  };
  /** Removes the verifier of an account that is no more. */
  readonly forget: {
    readonly ask: { readonly account: AccountId };
    readonly answer: { readonly outcome: "forgotten" } | Unavailable;
  };
  /** What else proves an account: looked through, added to, taken away. */
  readonly credentials: {
    readonly ask: {
      readonly account: AccountId;
      readonly name: string;
      /** The credential by which whoever asks has logged in: it is not among the others. */
      readonly own: number | undefined;
      readonly action: CredentialAction;
    };
    readonly answer:
      | { readonly outcome: "listed"; readonly credentials: readonly CredentialInfo[] }
      /** `secret` is to be shown once, to its owner. */
      | { readonly outcome: "added"; readonly id: number; readonly secret: string | undefined }
      | { readonly outcome: "removed"; readonly count: number }
      | { readonly outcome: "full" }
      | Unavailable;
  };
  /** OPER: whether it is the password of that operator in the settings. Wipes it. */
  readonly operate: {
    readonly ask: {
      readonly connection: ConnectionId;
      readonly facts: ConnectionFacts;
      readonly name: string;
      readonly password: Secret;
    };
    readonly answer:
      /** The name as the settings have it. */
      | { readonly outcome: "right"; readonly name: string }
      | { readonly outcome: "wrong" }
      /** The settings name nobody. */
      | { readonly outcome: "none" }
      | { readonly outcome: "busy" }
      | Unavailable;
  };
  /** PASS: whether it is the server's own password. Wipes it. */
  readonly enter: {
    readonly ask: { readonly connection: ConnectionId; readonly password: Secret };
    readonly answer: { readonly outcome: "right" } | { readonly outcome: "wrong" } | Unavailable;
  };
  /** Makes the token of an invitation. It is nowhere but in this answer. */
  readonly mint: {
    readonly ask: { readonly purpose: "invitation" };
    readonly answer:
      { readonly outcome: "minted"; readonly token: string; readonly hash: string } | Unavailable;
  };
  /** The hash by which the token is known here, if it is a token at all. Wipes it. */
  readonly recognise: {
    readonly ask: { readonly connection: ConnectionId; readonly token: Secret };
    readonly answer:
      | { readonly outcome: "token"; readonly hash: string }
      | { readonly outcome: "none" }
      | Unavailable;
  };
}

/** What can prove an account besides its password. */
export type CredentialKind =
  "session" | "app-password" | "certificate" | "totp" | "recovery" | "scram";

/** One of them as its owner and operators may see it. */
export interface CredentialInfo {
  readonly id: number;
  readonly kind: CredentialKind;
  readonly label: string;
  readonly createdAt: WallMs;
  readonly usedAt: WallMs | undefined;
  readonly expiresAt: WallMs | undefined;
  /** It is the one by which whoever asks has logged in. */
  readonly isOwn: boolean;
}

export type CredentialAction =
  | { readonly kind: "list"; readonly of: CredentialKind }
  /** One by its number, all, or all but the one of whoever asks. */
  | {
      readonly kind: "remove";
      readonly of: CredentialKind;
      readonly which: number | "all" | "others";
    };

declare const isProven: unique symbol;

/**
 * An account whose password (or key) has been proven on this connection. Only `auth` makes one; a user can be made
 * from nothing else.
 */
export interface ProvenAccount {
  readonly id: AccountId;
  readonly name: string;
  readonly mechanism: string;
  /** The credential that proved it, when it was not the password. */
  readonly credential: number | undefined;
  readonly [isProven]: true;
}

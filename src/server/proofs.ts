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
      /** `isForPerson`: a person has to answer it, who needs longer than a program. */
      | {
          readonly outcome: "challenge";
          readonly bytes: Uint8Array;
          readonly isForPerson?: boolean;
        }
      | {
          readonly outcome: "proven";
          readonly account: ProvenAccount;
          /** The password has the form of an invitation's token, which others may know. */
          readonly isByToken?: boolean;
          /** The client is to make its record anew: the one there is is not of today's keys and settings. */
          readonly isOutdated?: boolean;
        }
      /** No password of that name's, but a token that may be an invitation's, with this hash. */
      | {
          readonly outcome: "invited";
          readonly name: string;
          readonly hash: string;
          readonly token: Secret;
        }
      /** `name` is whose login it was, as far as that was said, for the operator to read. */
      | {
          readonly outcome: "refused";
          readonly name: string | undefined;
          /** A credential that two had, and that is no more: who came in by it is to go. */
          readonly copied?: number | undefined;
          /** The account is locked against strangers now, and that was not said yet. */
          readonly isLocked?: boolean;
        }
      | Throttled
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
      /** The peer's, as in the connection's facts; undefined: an operator's, who may do it as often as they like. */
      readonly address: string | undefined;
      readonly account: AccountId;
      readonly name: string;
      readonly password: Secret;
    };
    readonly answer:
      /** Who set the password has proven it. `isMoreWanted`: a login of that account asks for more than that. */
      | {
          readonly outcome: "enrolled";
          readonly account: ProvenAccount;
          readonly isMoreWanted?: boolean;
        }
      /** The password may not be used; `why` is for the person who chose it. */
      | { readonly outcome: "weak"; readonly why: string }
      | Throttled
      | { readonly outcome: "busy" }
      | Unavailable;
  };
  /** The server's part of a registration by OPAQUE: of a name that nobody has, or of a reset. */
  readonly evaluate: {
    readonly ask: {
      readonly connection: ConnectionId;
      /** The peer's, as in the connection's facts. */
      readonly address: string;
      readonly name: string;
      readonly request: Uint8Array;
    };
    readonly answer:
      | { readonly outcome: "evaluated"; readonly response: Uint8Array }
      | { readonly outcome: "refused" }
      | Throttled
      | { readonly outcome: "busy" }
      | Unavailable;
  };
  /**
   * Holds a record ready for the account's first login on this connection, by which its verifier is kept: the first
   * one, or another in its place, and its resume tokens end. Ends with the connection, and with the next claim on it.
   */
  readonly claim: {
    readonly ask: {
      readonly connection: ConnectionId;
      readonly account: AccountId;
      readonly name: string;
      readonly record: Uint8Array;
      /** SCRAM's verifier of the same password, if the client has made one. */
      readonly scram?: Uint8Array | undefined;
    };
    readonly answer:
      { readonly outcome: "claimed" } | { readonly outcome: "refused" } | Unavailable;
  };
  /**
   * The server's part of a change of the password by OPAQUE, which it is not told: for who has logged in by OPAQUE on
   * this connection just now.
   */
  readonly change: {
    readonly ask: {
      readonly connection: ConnectionId;
      readonly account: AccountId;
      readonly name: string;
      readonly step: ChangeStep;
    };
    readonly answer:
      | { readonly outcome: "evaluated"; readonly response: Uint8Array }
      | { readonly outcome: "changed" }
      /** It is no request, or no record that was asked for. */
      | { readonly outcome: "refused" }
      /** There was no such login, or it is too long ago. */
      | { readonly outcome: "stale" }
      /** The record is not of who has logged in. */
      | { readonly outcome: "unproven" }
      | Unavailable;
  };
  /** Keys: another one, and what is still made with older ones. */
  readonly rekey: {
    readonly ask: { readonly action: RekeyAction };
    readonly answer:
      | {
          readonly outcome: "rekeyed";
          /** All there are now. */
          readonly keys: number;
          /** Passwords that only an older key can check. */
          readonly older: number;
          /** Keys and passwords that are no more. */
          readonly dropped: number;
          readonly lost: number;
        }
      /** There are as many keys as there may be. */
      | { readonly outcome: "full" }
      /** It is being done already. */
      | { readonly outcome: "busy" }
      | Unavailable;
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
      /** It is an account's already: this one's or another's. */
      | { readonly outcome: "taken"; readonly isOwn: boolean }
      | Unavailable;
  };
  /** The second factor of whoever asks: begun, confirmed by a code of it, taken away, given new recovery codes. */
  readonly totp: {
    readonly ask: {
      readonly connection: ConnectionId;
      readonly account: AccountId;
      readonly name: string;
      readonly action: TotpAction;
    };
    readonly answer:
      /** Both are the secret, in base 32 and as authenticators read it: to be shown once, to its owner. */
      | { readonly outcome: "begun"; readonly secret: string; readonly uri: string }
      /** With new recovery codes, to be shown once. */
      | { readonly outcome: "on"; readonly codes: readonly string[] }
      | { readonly outcome: "off" }
      | { readonly outcome: "wrong" }
      /** It is on. */
      | { readonly outcome: "already" }
      /** There is none, or none was begun here. */
      | { readonly outcome: "none" }
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
      | Throttled
      | { readonly outcome: "busy" }
      | Unavailable;
  };
  /** PASS: whether it is the server's own password. Wipes it. */
  readonly enter: {
    readonly ask: {
      readonly connection: ConnectionId;
      /** The peer's, as in the connection's facts. */
      readonly address: string;
      readonly password: Secret;
    };
    readonly answer:
      { readonly outcome: "right" } | { readonly outcome: "wrong" } | Throttled | Unavailable;
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

/** Too many passwords from there were wrong: none is looked at for so long. */
export interface Throttled {
  readonly outcome: "throttled";
  /** At least 1. */
  readonly seconds: number;
}

export type ChangeStep =
  | { readonly kind: "request"; readonly request: Uint8Array }
  | {
      readonly kind: "record";
      readonly record: Uint8Array;
      /** A verifier of the same password for SCRAM. */
      readonly scram: Uint8Array | undefined;
      readonly proof: Uint8Array;
      /** The device that asks, which stays remembered. */
      readonly own: number | undefined;
      /** The password stays the one it was, and so does who is logged in by it. */
      readonly isSame: boolean;
    };

/** Make a new key; count; drop older keys that nothing is made with; drop all older keys with what is. */
export type RekeyAction = "add" | "count" | "drop" | "force";

/** What can prove an account besides its password, and what is kept with it. */
export type CredentialKind =
  | "session"
  | "app-password"
  | "certificate"
  | "totp"
  | "recovery"
  | "scram"
  /** From where the account was logged in to: proves nothing, and is not locked out with strangers. */
  | "known-source"
  /** Strangers may not try passwords: too many were wrong. */
  | "lock";

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
  /** Of a certificate: SHA-256 in lower-case hex. */
  readonly fingerprint?: string | undefined;
}

export type TotpAction =
  | { readonly kind: "begin"; readonly issuer: string }
  /** Wipes the code. */
  | { readonly kind: "confirm" | "off" | "renew"; readonly code: Secret };

export type CredentialAction =
  | { readonly kind: "list"; readonly of: CredentialKind }
  /** One by its number, all, or all but the one of whoever asks. */
  | {
      readonly kind: "remove";
      readonly of: CredentialKind;
      readonly which: number | "all" | "others";
    }
  /** A TLS client certificate that proves the account from now on. */
  | {
      readonly kind: "add-certificate";
      /** SHA-256 in lower-case hex. */
      readonly fingerprint: string;
      readonly label: string;
    }
  | {
      readonly kind: "add-app-password";
      readonly label: string;
      /** Undefined: it stays. */
      readonly lastsMs: number | undefined;
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
  /** What that was; also of what was asked for besides the password. */
  readonly credentialKind: CredentialKind | undefined;
  /** As the client called itself in its login, `name@device`; undefined: it did not. */
  readonly device: string | undefined;
  readonly [isProven]: true;
}

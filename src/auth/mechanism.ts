/**
 * Mechanism: the server's side of one way to log in, as a small state machine for each login.
 *
 *     begin → step → challenge → step → … → proven, refused, busy or unavailable: over
 *
 * A new one is a file of its own and a line in `mechanisms.ts`. It learns nothing from whether a
 * name is known: who is unknown is taken through the same steps, at the same cost, to the same
 * refusal.
 */
import { type Secret } from "../base/secret.ts";
import { type Folded } from "../protocol/names.ts";
import { type ConnectionFacts } from "../server/outside.ts";
import { type CredentialKind } from "../server/proofs.ts";
import { type Passwords } from "./passwords.ts";
import { type ScramVerifiers } from "./scram-verifiers.ts";
import { type SecondFactor } from "./second-factor.ts";
import { type Vault } from "./vault.ts";
import { type LookedUp } from "./verifier-rows.ts";
import { type NamedAccount, type NewVerifier, type Verifier } from "../storage/verifiers.ts";

export interface Mechanism {
  /** RFC 4422 §3.1: 1 to 20 upper-case letters, digits, `-` and `_`. */
  readonly name: string;
  /** Whether such a connection may use it. */
  mayUse(facts: ConnectionFacts): boolean;
  /**
   * Whether a login that begins with that is a guess at a password, and not what nobody can guess
   * (a token, a key). Left out: always.
   */
  takesGuess?(first: Secret): boolean;
  begin(context: MechanismContext): Exchange;
}

/** Whether nobody but this machine reads what is told on it: the core asks the same. */
export function isConfidential(facts: ConnectionFacts): boolean {
  return facts.tls !== undefined || facts.isEncryptedToProxy === true || facts.isLoopback;
}

/** One login. */
export interface Exchange {
  /** Takes one response. The secret is wiped by who calls, when the promise is done. */
  step(response: Secret): Promise<Step>;
}

export type Step =
  /** `isForPerson`: a person has to answer it. */
  | { readonly kind: "challenge"; readonly bytes: Uint8Array; readonly isForPerson?: boolean }
  | {
      readonly kind: "proven";
      readonly account: NamedAccount;
      /** The number of what proved it, when that was not the password. */
      readonly credential?: number;
      /** The password has the form of an invitation's token. */
      readonly isByToken?: boolean;
      /** What that was; also of what was asked for besides the password. */
      readonly credentialKind?: CredentialKind;
      /** What the client called itself (`login-name.ts`). */
      readonly device?: string | undefined;
      /** A device of that name is to be remembered, once nothing more is asked for. */
      readonly remember?: string | undefined;
      /** What both sides have in common now, and nobody else: OPAQUE's session key. */
      readonly sessionKey?: Uint8Array;
      /** The verifier is not as it would be made today, and only the client can make another. */
      readonly isOutdated?: boolean;
    }
  /** No account's password, but it may be an invitation to be of that name. */
  | { readonly kind: "invited"; readonly name: string; readonly token: Secret }
  /** `name`: whose login it would have been, as far as that was said. */
  | {
      readonly kind: "refused";
      readonly name?: string;
      /** A credential of it that was shown by two, and that is no more. */
      readonly copied?: number;
    }
  | { readonly kind: "busy" }
  | { readonly kind: "unavailable" }
  /** The connection is gone: there is nobody to answer. */
  | { readonly kind: "abandoned" };

/** What a mechanism works with. */
export interface MechanismContext {
  readonly passwords: Passwords;
  readonly vault: Vault;
  readonly scram: ScramVerifiers;
  readonly secondFactor: SecondFactor;
  readonly facts: ConnectionFacts;
  /** The mechanisms this connection was told of, as CAP LS had them; empty when it was not. */
  readonly offered: string;
  /** Aborted when the connection is gone, or begins another login. */
  readonly signal: AbortSignal;
  /** The account of that name and its verifier; either may be missing. */
  lookUp(name: Folded): LookedUp;
  /** The account of that name, for who has no use for its verifier: one read less. */
  findAccount(name: Folded): LookedUp["account"];
  /** Puts a new verifier in the place of that one, if it is still the account's. */
  replace(account: NamedAccount, old: Verifier, verifier: NewVerifier): void;
}

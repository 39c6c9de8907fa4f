/**
 * Verifier rows: what `auth` asks of storage. `storage/verifiers.ts` does it; tests keep the rows
 * in a map.
 *
 * A verifier is what proves a password, one for each account; `form` says how its `data` is to be
 * read, and only `auth` reads or writes any. An account's generation goes up by one with each
 * verifier of it, and is kept apart from them. A failing disk is an exception.
 */
import { type AccountId } from "../base/ids.ts";
import { type WallMs } from "../base/time.ts";
import { type Folded } from "../protocol/names.ts";
import {
  type HeaderCount,
  type LoginAccount,
  type NewVerifier,
  type Verifier,
} from "../storage/verifiers.ts";

export interface VerifierRows {
  find(account: AccountId): Verifier | undefined;
  /** In the place of the one before, in the next generation. */
  put(account: AccountId, verifier: NewVerifier, now: WallMs): void;
  remove(account: AccountId): void;
  /** How many there are of that form, by their header. */
  countByHeader(form: string): readonly HeaderCount[];
  /** Removes those of that form that begin so, and says how many there were. */
  removeByHeader(form: string, header: Uint8Array): number;
  findAccountByName(name: Folded): LoginAccount | undefined;
}

/** What there is under a name; either may be missing. */
export interface LookedUp {
  readonly account: LoginAccount | undefined;
  readonly verifier: Verifier | undefined;
}

/**
 * Verifier rows: what `auth` asks of storage. `storage/verifiers.ts` does it; tests keep the rows
 * in a map.
 *
 * A verifier is what proves a password, one for each account; `form` says how its `data` is to be
 * read, and only `auth` reads or writes any. A failing disk is an exception.
 */
import { type AccountId } from "../base/ids.ts";
import { type WallMs } from "../base/time.ts";
import { type Folded } from "../protocol/names.ts";

export interface VerifierRows {
  find(account: AccountId): Verifier | undefined;
  put(account: AccountId, form: string, data: Uint8Array, now: WallMs): void;
  remove(account: AccountId): void;
  findAccountByName(name: Folded): NamedAccount | undefined;
}

export interface Verifier {
  readonly form: string;
  readonly data: Uint8Array;
}

export interface NamedAccount {
  readonly id: AccountId;
  readonly name: string;
}

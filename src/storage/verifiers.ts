/**
 * Verifiers: what proves a password, one row for each account. Only `auth` uses this.
 *
 * What is in `data` is `auth`'s business, and `form` says how to read it. Each call is a
 * transaction of its own, on the store's connection, committed when it returns; a failing disk is
 * an exception, which `auth` makes an answer of. A verifier is written before its account is: one
 * without an account was left by a crash in between, and goes at the next start. Its number is not
 * given to another account even so.
 */
import { type AccountId, accountId } from "../base/ids.ts";
import { type WallMs } from "../base/time.ts";
import { type Folded } from "../protocol/names.ts";
import { Counters } from "./counters.ts";
import { type Change, type Database, type Query } from "./database.ts";
import { bytes, integer, text } from "./rows.ts";

export interface Verifier {
  readonly form: string;
  readonly data: Uint8Array;
}

/** All that a login needs to know of an account. */
export interface NamedAccount {
  readonly id: AccountId;
  readonly name: string;
}

export class Verifiers {
  readonly #database: Database;
  readonly #counters: Counters;
  readonly #find: Query<Verifier>;
  readonly #put: Change;
  readonly #remove: Change;
  readonly #removeOrphans: Change;
  readonly #accountByName: Query<NamedAccount>;

  constructor(database: Database) {
    this.#database = database;
    this.#counters = new Counters(database);
    this.#find = database.query("SELECT form, data FROM verifier WHERE account = ?1", (row) => ({
      form: text(row, "form"),
      data: bytes(row, "data"),
    }));
    this.#put = database.change(
      `INSERT INTO verifier (account, form, data, updated_at) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (account) DO UPDATE
       SET form = excluded.form, data = excluded.data, updated_at = excluded.updated_at`,
    );
    this.#remove = database.change("DELETE FROM verifier WHERE account = ?1");
    this.#removeOrphans = database.change(
      "DELETE FROM verifier WHERE account NOT IN (SELECT id FROM account)",
    );
    this.#accountByName = database.query(
      "SELECT id, name FROM account WHERE folded = ?1",
      (row) => ({ id: accountId(integer(row, "id")), name: text(row, "name") }),
    );
  }

  find(account: AccountId): Verifier | undefined {
    return this.#find.first(account);
  }

  /** Writes the account's verifier in the place of the one before. */
  put(account: AccountId, form: string, data: Uint8Array, now: WallMs): void {
    this.#database.transaction(() => {
      this.#put.run(account, form, data, now);
      this.#counters.raise("account", account);
    });
  }

  remove(account: AccountId): void {
    this.#database.transaction(() => this.#remove.run(account));
  }

  /** Removes the verifiers without an account, and says how many there were. */
  removeOrphans(): number {
    return this.#database.transaction(() => this.#removeOrphans.run());
  }

  /** The account of that name, whatever its state. */
  findAccountByName(name: Folded): NamedAccount | undefined {
    return this.#accountByName.first(name);
  }
}

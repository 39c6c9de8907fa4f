/**
 * Verifiers: what proves a password, one row for each account. Only `auth` uses this.
 *
 * What is in `data` is `auth`'s business, and `form` says how to read it. Each call is a
 * transaction of its own, on the store's connection, committed when it returns; a failing disk is
 * an exception, which `auth` makes an answer of. A verifier is written before its account is: one
 * without an account was left by a crash in between, and goes at the next start. Its number is not
 * given to another account even so.
 *
 * The generation counts an account's verifiers. It is in a table of its own, so that a row that is
 * put back from an older copy is of another generation than its account.
 */
import { type AccountId, accountId, serverAccount } from "../base/ids.ts";
import { type WallMs } from "../base/time.ts";
import { type Folded } from "../protocol/names.ts";
import { Counters } from "./counters.ts";
import { type Change, type Database, type Query } from "./database.ts";
import { boolean, bytes, integer, text } from "./rows.ts";

export interface Verifier {
  readonly form: string;
  readonly data: Uint8Array;
  readonly generation: number;
}

export interface NewVerifier {
  readonly form: string;
  /** Makes the data, for the generation that it will have. */
  readonly seal: (generation: number) => Uint8Array;
}

/** Whose something is. */
export interface NamedAccount {
  readonly id: AccountId;
  readonly name: string;
}

/** As many first bytes of the data say how it was made, and are in an index. */
const headerBytes = 11;

/** No verifier's: they are counted from 1. */
const decoyGeneration = 0;

/** How many verifiers begin with the same bytes. */
export interface HeaderCount {
  readonly header: Uint8Array;
  readonly count: number;
}

export interface LoginAccount extends NamedAccount {
  /** The server is never told its password. */
  readonly isStrict: boolean;
}

export class Verifiers {
  readonly #database: Database;
  readonly #counters: Counters;
  readonly #find: Query<Verifier>;
  readonly #generation: Query<number>;
  readonly #hasForm: Query<number>;
  readonly #put: Change;
  readonly #raise: Change;
  readonly #countByHeader: Query<HeaderCount>;
  readonly #remove: Change;
  readonly #removeByHeader: Change;
  readonly #removeGeneration: Change;
  readonly #removeOrphans: Change;
  readonly #removeOrphanGenerations: Change;
  readonly #accountByName: Query<LoginAccount>;

  constructor(database: Database) {
    this.#database = database;
    this.#counters = new Counters(database);
    this.#find = database.query(
      `SELECT form, data, value FROM verifier JOIN generation USING (account) WHERE account = ?1
       UNION ALL SELECT form, data, ${decoyGeneration} FROM verifier WHERE account > 0
       LIMIT 1`,
      (row) => ({
        form: text(row, "form"),
        data: bytes(row, "data"),
        generation: integer(row, "value"),
      }),
    );
    this.#generation = database.query("SELECT value FROM generation WHERE account = ?1", (row) =>
      integer(row, "value"),
    );
    this.#hasForm = database.query(
      "SELECT EXISTS (SELECT 1 FROM verifier WHERE form = ?1) AS found",
      (row) => integer(row, "found"),
    );
    this.#countByHeader = database.query(
      `SELECT substr(data, 1, ${headerBytes}) AS header, COUNT(*) AS count FROM verifier
       WHERE form = ?1 GROUP BY header`,
      (row) => ({ header: bytes(row, "header"), count: integer(row, "count") }),
    );
    this.#removeByHeader = database.change(
      "DELETE FROM verifier WHERE form = ?1 AND substr(data, 1, length(?2)) = ?2",
    );
    this.#put = database.change(
      `INSERT INTO verifier (account, form, data, updated_at) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (account) DO UPDATE
       SET form = excluded.form, data = excluded.data, updated_at = excluded.updated_at`,
    );
    this.#raise = database.change(
      `INSERT INTO generation (account, value) VALUES (?1, ?2)
       ON CONFLICT (account) DO UPDATE SET value = excluded.value`,
    );
    this.#removeGeneration = database.change("DELETE FROM generation WHERE account = ?1");
    this.#removeOrphanGenerations = database.change(
      "DELETE FROM generation WHERE account NOT IN (SELECT id FROM account)",
    );
    this.#remove = database.change("DELETE FROM verifier WHERE account = ?1");
    this.#removeOrphans = database.change(
      "DELETE FROM verifier WHERE account NOT IN (SELECT id FROM account)",
    );
    this.#accountByName = database.query(
      `SELECT id, name, is_strict FROM account WHERE folded = ?1
       UNION ALL SELECT ${serverAccount}, name, is_strict FROM account WHERE id > 0
       LIMIT 1`,
      (row) => ({
        id: accountId(integer(row, "id")),
        name: text(row, "name"),
        isStrict: boolean(row, "is_strict"),
      }),
    );
  }

  /** Where there is none another one is read, so that it takes no less time. */
  find(account: AccountId): Verifier | undefined {
    const found = this.#find.first(account);
    return found?.generation === decoyGeneration ? undefined : found;
  }

  /** Writes the account's verifier in the place of the one before, in its next generation. */
  put(account: AccountId, { form, seal }: NewVerifier, now: WallMs): void {
    this.#database.transaction(() => {
      const generation = (this.#generation.first(account) ?? 0) + 1;
      this.#raise.run(account, generation);
      this.#put.run(account, form, seal(generation), now);
      this.#counters.raise("account", account);
    });
  }

  remove(account: AccountId): void {
    this.#database.transaction(() => {
      this.#remove.run(account);
      this.#removeGeneration.run(account); // account numbers are not given twice
    });
  }

  /** Removes the verifiers without an account, and says how many there were. */
  removeOrphans(): number {
    return this.#database.transaction(() => {
      this.#removeOrphanGenerations.run();
      return this.#removeOrphans.run();
    });
  }

  /** How many there are of that form, by their header: reads every row's. */
  countByHeader(form: string): HeaderCount[] {
    return this.#countByHeader.all(form);
  }

  /** Removes those of that form that begin so, and says how many there were. */
  removeByHeader(form: string, header: Uint8Array): number {
    return this.#removeByHeader.run(form, header);
  }

  /** Whether there is any verifier of that form. */
  hasForm(form: string): boolean {
    return this.#hasForm.first(form) === 1;
  }

  /** The account of that name, whatever its state. For nobody's name another's row is read. */
  findAccountByName(name: Folded): LoginAccount | undefined {
    const found = this.#accountByName.first(name);
    return found?.id === serverAccount ? undefined : found;
  }
}

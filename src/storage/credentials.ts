/**
 * Credentials: what proves an account besides its password, any number of rows for each account.
 * Only `auth` uses this.
 *
 * What is in `data` is `auth`'s business: it is sealed, and bound to the row's number, so numbers
 * are never given twice. `lookup` finds a row without its account, where there is a way to (the hash
 * of a token, a certificate's fingerprint); it is unique among its kind. Each call is a transaction
 * of its own, committed when it returns; a failing disk is an exception.
 */
import { type AccountId, accountId } from "../base/ids.ts";
import { type WallMs, wallMs } from "../base/time.ts";
import { type CredentialKind } from "../server/proofs.ts";
import { type Change, type Database, type Query } from "./database.ts";
import { bytes, integer, oneOf, optionalInteger, type Row, text } from "./rows.ts";

export interface StoredCredential {
  readonly id: number;
  readonly account: AccountId;
  readonly kind: CredentialKind;
  readonly label: string;
  readonly data: Uint8Array;
  readonly createdAt: WallMs;
  readonly usedAt: WallMs | undefined;
  readonly expiresAt: WallMs | undefined;
}

export interface NewCredential {
  readonly account: AccountId;
  readonly kind: CredentialKind;
  /** Undefined: it is only looked for under its account. */
  readonly lookup: Uint8Array | undefined;
  readonly label: string;
  readonly expiresAt: WallMs | undefined;
  /** Makes the data, for the number that the row will have. */
  readonly seal: (id: number) => Uint8Array;
}

export interface Renewal {
  readonly data: Uint8Array;
  readonly usedAt: WallMs;
  readonly expiresAt: WallMs;
  /** A loss of power may undo it. */
  readonly mayBeLost: boolean;
}

const kinds: readonly CredentialKind[] = [
  "session",
  "app-password",
  "certificate",
  "totp",
  "recovery",
  "scram",
  "known-source",
  "lock",
];

/** No row's number. */
const decoyId = 0;

const columns = "id, account, kind, label, data, created_at, used_at, expires_at";

export class Credentials {
  readonly #database: Database;
  readonly #insert: Change;
  readonly #seal: Change;
  readonly #touch: Change;
  readonly #renew: Change;
  readonly #remove: Change;
  readonly #removeOf: Change;
  readonly #removeAll: Change;
  readonly #removeExpired: Change;
  readonly #removeOrphans: Change;
  readonly #last: Query<number>;
  readonly #byId: Query<StoredCredential>;
  readonly #byLookup: Query<StoredCredential>;
  readonly #ofAccount: Query<StoredCredential>;
  readonly #has: Query<number>;
  readonly #page: Query<StoredCredential>;

  constructor(database: Database) {
    this.#database = database;
    const empty = "x''";
    this.#insert = database.change(
      `INSERT INTO credential (account, kind, lookup, label, data, created_at, expires_at)
       VALUES (?1, ?2, ?3, ?4, ${empty}, ?5, ?6)`,
    );
    this.#last = database.query("SELECT last_insert_rowid() AS id", (row) => integer(row, "id"));
    this.#seal = database.change("UPDATE credential SET data = ?2 WHERE id = ?1");
    this.#touch = database.change("UPDATE credential SET used_at = ?2 WHERE id = ?1");
    this.#renew = database.change(
      "UPDATE credential SET data = ?2, used_at = ?3, expires_at = ?4 WHERE id = ?1",
    );
    this.#remove = database.change("DELETE FROM credential WHERE id = ?1");
    this.#removeOf = database.change("DELETE FROM credential WHERE account = ?1 AND kind = ?2");
    this.#removeAll = database.change("DELETE FROM credential WHERE account = ?1");
    this.#removeExpired = database.change("DELETE FROM credential WHERE expires_at <= ?1");
    this.#removeOrphans = database.change(
      "DELETE FROM credential WHERE account NOT IN (SELECT id FROM account)",
    );
    this.#byId = database.query(`SELECT ${columns} FROM credential WHERE id = ?1`, parseCredential);
    this.#byLookup = database.query(
      `SELECT ${columns} FROM credential WHERE kind = ?1 AND lookup = ?2
       UNION ALL
       SELECT ${decoyId}, account, ?1, label, data, created_at, used_at, expires_at
       FROM credential WHERE id > ${decoyId}
       LIMIT 1`,
      parseCredential,
    );
    this.#ofAccount = database.query(
      `SELECT ${columns} FROM credential WHERE account = ?1 AND kind = ?2 ORDER BY id`,
      parseCredential,
    );
    this.#has = database.query(
      "SELECT EXISTS (SELECT 1 FROM credential WHERE account = ?1 AND kind = ?2) AS found",
      (row) => integer(row, "found"),
    );
    this.#page = database.query(
      `SELECT ${columns} FROM credential WHERE id > ?1 ORDER BY id LIMIT ?2`,
      parseCredential,
    );
  }

  /** Answers the new row's number. @throws when the lookup is there already. */
  add(credential: NewCredential, now: WallMs): number {
    const { account, kind, lookup, label, expiresAt, seal } = credential;
    return this.#database.transaction(() => {
      this.#insert.run(account, kind, lookup ?? null, label, now, expiresAt ?? null);
      const id = this.#last.first() ?? 0;
      this.#seal.run(id, seal(id));
      return id;
    });
  }

  findById(id: number): StoredCredential | undefined {
    return this.#byId.first(id);
  }

  /** Where there is none another one is read, so that it takes no less time. */
  findByLookup(kind: CredentialKind, lookup: Uint8Array): StoredCredential | undefined {
    const found = this.#byLookup.first(kind, lookup);
    return found?.id === decoyId ? undefined : found;
  }

  /** In the order in which they were made. */
  list(account: AccountId, kind: CredentialKind): StoredCredential[] {
    return this.#ofAccount.all(account, kind);
  }

  /** Whether there is any, whatever is in it: as fast when there is one as when there is none. */
  has(account: AccountId, kind: CredentialKind): boolean {
    return this.#has.first(account, kind) === 1;
  }

  /** Puts other data in its place. */
  replace(id: number, data: Uint8Array): void {
    this.#seal.run(id, data);
  }

  /** As `replace`, of many, all or none. */
  replaceAll(rows: readonly { readonly id: number; readonly data: Uint8Array }[]): void {
    this.#database.transaction(() => {
      for (const { id, data } of rows) this.#seal.run(id, data);
    });
  }

  /** It was used just now. */
  touch(id: number, now: WallMs): void {
    this.#touch.run(id, now);
  }

  /** It was used: other data in its place, and another end. */
  renew(id: number, { data, usedAt, expiresAt, mayBeLost }: Renewal): void {
    const write = (): number => this.#renew.run(id, data, usedAt, expiresAt);
    if (mayBeLost) this.#database.relaxed(write);
    else write();
  }

  /** False when there is none of that number. */
  remove(id: number): boolean {
    return this.#remove.run(id) > 0;
  }

  /** Answers how many there were. */
  removeOf(account: AccountId, kind: CredentialKind): number {
    return this.#removeOf.run(account, kind);
  }

  removeAll(account: AccountId): void {
    this.#removeAll.run(account);
  }

  removeExpired(now: WallMs): number {
    return this.#removeExpired.run(now);
  }

  /** Removes those without an account, and says how many there were. */
  removeOrphans(): number {
    return this.#removeOrphans.run();
  }

  /** All there are, after a number, at most so many. */
  page(after: number, limit: number): StoredCredential[] {
    return this.#page.all(after, limit);
  }
}

function parseCredential(row: Row): StoredCredential {
  const usedAt = optionalInteger(row, "used_at");
  const expiresAt = optionalInteger(row, "expires_at");
  return {
    id: integer(row, "id"),
    account: accountId(integer(row, "account")),
    kind: oneOf(row, "kind", kinds),
    label: text(row, "label"),
    data: bytes(row, "data"),
    createdAt: wallMs(integer(row, "created_at")),
    usedAt: usedAt === undefined ? undefined : wallMs(usedAt),
    expiresAt: expiresAt === undefined ? undefined : wallMs(expiresAt),
  };
}

/**
 * Accounts: their rows, written whole and read by name or number.
 *
 * Writing is part of the store's transaction. Removing an account removes its memberships (by
 * foreign key) and leaves what it said: entries keep the number, which is never given to another.
 */
import { type AccountId, accountId, type ChannelId, channelId } from "../base/ids.ts";
import { type WallMs, wallMs } from "../base/time.ts";
import { fold } from "../protocol/names.ts";
import {
  type AccountRole,
  type AccountRow,
  type AccountState,
  type Answer,
  type Ask,
} from "../server/outside.ts";
import { Counters } from "./counters.ts";
import { type Change, type Database, type Query } from "./database.ts";
import { metadataText, parseMetadata } from "./metadata.ts";
import { boolean, integer, oneOf, optionalInteger, type Row, text } from "./rows.ts";

const states: readonly AccountState[] = ["pending", "active", "disabled"];
const roles: readonly AccountRole[] = ["member", "operator"];

/** The columns `parseAccount` reads, of a table called `a`. */
export const accountColumns = `a.id, a.name, a.state, a.role, a.created_at, a.is_strict,
  a.expires_at, a.is_always_on, a.metadata`;

export function parseAccount(row: Row): AccountRow {
  return {
    id: accountId(integer(row, "id")),
    name: text(row, "name"),
    state: oneOf(row, "state", states),
    role: oneOf(row, "role", roles),
    createdAt: wallMs(integer(row, "created_at")),
    isStrict: boolean(row, "is_strict"),
    expiresAt: optionalWall(row),
    ...parseAlwaysOn(row),
    ...parseMetadata(row),
  };
}

function parseAlwaysOn(row: Row): Pick<AccountRow, "isAlwaysOn"> {
  const isAlwaysOn = optionalInteger(row, "is_always_on");
  return isAlwaysOn === undefined ? {} : { isAlwaysOn: isAlwaysOn !== 0 };
}

function optionalWall(row: Row): WallMs | undefined {
  const at = optionalInteger(row, "expires_at");
  return at === undefined ? undefined : wallMs(at);
}

export class Accounts {
  readonly #counters: Counters;
  readonly #save: Change;
  readonly #remove: Change;
  readonly #byNumber: Query<AccountRow>;
  readonly #byName: Query<AccountRow>;
  readonly #channels: Query<ChannelId>;
  readonly #page: Query<AccountRow>;
  readonly #pageInState: Query<AccountRow>;
  readonly #countInState: Query<number>;
  readonly #operators: Query<number>;

  constructor(database: Database) {
    const select = `SELECT ${accountColumns} FROM account a`;
    this.#counters = new Counters(database);
    this.#save = database.change(
      `INSERT INTO account (id, name, folded, state, role, created_at, is_strict, expires_at,
         metadata, is_always_on)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
       ON CONFLICT (id) DO UPDATE SET name = excluded.name, folded = excluded.folded,
         state = excluded.state, role = excluded.role, created_at = excluded.created_at,
         is_strict = excluded.is_strict, expires_at = excluded.expires_at,
         metadata = excluded.metadata, is_always_on = excluded.is_always_on`,
    );
    this.#remove = database.change("DELETE FROM account WHERE id = ?1");
    this.#byNumber = database.query(`${select} WHERE a.id = ?1`, parseAccount);
    this.#byName = database.query(`${select} WHERE a.folded = ?1`, parseAccount);
    this.#channels = database.query(
      "SELECT channel FROM member WHERE account = ?1 ORDER BY channel",
      (row) => channelId(integer(row, "channel")),
    );
    this.#page = database.query(
      `${select} WHERE a.folded > ?1 ORDER BY a.folded LIMIT ?2`,
      parseAccount,
    );
    this.#pageInState = database.query(
      `${select} WHERE a.state = ?3 AND a.folded > ?1 ORDER BY a.folded LIMIT ?2`,
      parseAccount,
    );
    this.#countInState = database.query(
      "SELECT count(*) AS accounts FROM account WHERE state = ?1",
      (row) => integer(row, "accounts"),
    );
    this.#operators = database.query(
      `SELECT EXISTS (SELECT 1 FROM account WHERE state = 'active' AND role = 'operator') AS found`,
      (row) => integer(row, "found"),
    );
  }

  save(account: AccountRow): void {
    const { id, name, state, role, createdAt, isStrict, expiresAt, isAlwaysOn, metadata } = account;
    const always = isAlwaysOn === undefined ? null : Number(isAlwaysOn);
    const rest = [Number(isStrict), expiresAt ?? null, metadataText(metadata), always] as const;
    this.#save.run(id, name, fold(name), state, role, createdAt, ...rest);
    this.#counters.raise("account", id);
  }

  remove(id: AccountId): void {
    this.#remove.run(id);
  }

  find({ by }: Ask<"account">): Answer<"account"> {
    const account = typeof by === "number" ? this.#byNumber.first(by) : this.#byName.first(by);
    if (account === undefined) return { outcome: "none" };
    return { outcome: "found", account, channels: this.#channels.all(account.id) };
  }

  list({ state, after, limit }: Ask<"accounts">): Answer<"accounts"> {
    const from = after ?? ""; // sorts before every name
    const accounts =
      state === undefined
        ? this.#page.all(from, limit + 1)
        : this.#pageInState.all(from, limit + 1, state);
    const hasMore = accounts.length > limit;
    return { outcome: "found", accounts: accounts.slice(0, limit), hasMore };
  }

  countPending(): number {
    return this.#countInState.first("pending") ?? 0;
  }

  /** Whether anyone may run the server. */
  hasOperator(): boolean {
    return this.#operators.first() === 1;
  }
}

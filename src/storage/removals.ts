/**
 * Removals: of accounts that are gone, what they said is erased, wherever they said it.
 *
 * There is no index by author, which every entry would have to pay for: all entries up to the last
 * one at the account's end are looked at, in short steps, in the order in which they were kept. How
 * far it has come is a row of `removal`, so a restart goes on from there. What is erased are the
 * words: messages, reactions, topics and reasons, by tombstones. That someone of that name was there,
 * came and went, is of the room.
 */
import { type AccountId } from "../base/ids.ts";
import { type Change, type Database, type Query } from "./database.ts";
import { integer, optionalInteger, type Row, text } from "./rows.ts";
import { Tombstones } from "./tombstones.ts";

/** Rows looked at in one step: 2 ms. */
export const lookedAtMax = 4_000;
/** Rows erased in one step: 3 ms. */
export const erasedAtOnceMax = 200;

export interface RemovalStep {
  /** There is more to do now. */
  readonly hasMore: boolean;
  readonly erased: number;
  /** Whose is done, and how much it was in all. */
  readonly done: { readonly name: string; readonly erased: number } | undefined;
}

interface Removal {
  readonly account: number;
  readonly name: string;
  readonly reached: number;
  readonly last: number;
  readonly erased: number;
}

export class Removals {
  readonly #database: Database;
  readonly #tombstones: Tombstones;
  readonly #begin: Change;
  readonly #first: Query<Removal>;
  readonly #said: Query<number>;
  readonly #goOn: Change;
  readonly #end: Change;

  constructor(database: Database) {
    this.#database = database;
    this.#tombstones = new Tombstones(database);
    this.#begin = database.change(
      `INSERT INTO removal (account, name, reached, last, erased)
       SELECT id, name, 0, ifnull((SELECT max(id) FROM entry), 0), 0 FROM account WHERE id = ?1`,
    );
    this.#first = database.query(
      "SELECT account, name, reached, last, erased FROM removal ORDER BY account LIMIT 1",
      parseRemoval,
    );
    this.#said = database.query(
      `SELECT id FROM entry WHERE id > ?1 AND id <= ?2 AND account = ?3
       ORDER BY id LIMIT ${erasedAtOnceMax}`,
      (row) => optionalInteger(row, "id") ?? 0,
    );
    this.#goOn = database.change("UPDATE removal SET reached = ?2, erased = ?3 WHERE account = ?1");
    this.#end = database.change("DELETE FROM removal WHERE account = ?1");
  }

  /** What the account said up to here is to be erased. Part of the transaction that removes it. */
  begin(account: AccountId): void {
    this.#begin.run(account);
  }

  /** Whether anything is to be done. */
  isUnderWay(): boolean {
    return this.#first.first() !== undefined;
  }

  /** Does a little of what is to be done, if anything is. */
  step(): RemovalStep {
    if (!this.isUnderWay()) return { hasMore: false, erased: 0, done: undefined };
    // A loss of power may undo a step, which is then done again.
    return this.#database.relaxed(() => this.#database.transaction(() => this.#step()));
  }

  #step(): RemovalStep {
    const removal = this.#first.first();
    if (removal === undefined) return { hasMore: false, erased: 0, done: undefined };
    const { account, name, reached, last } = removal;
    const end = Math.min(last, reached + lookedAtMax);
    const ids = this.#said.all(reached, end, account);
    let erased = 0;
    for (const id of ids) if (this.#tombstones.make(id)) erased += 1;
    const isFull = ids.length === erasedAtOnceMax;
    const now = isFull ? (ids.at(-1) ?? end) : end;
    const inAll = removal.erased + erased;
    if (now < last) {
      this.#goOn.run(account, now, inAll);
      return { hasMore: true, erased, done: undefined };
    }
    this.#end.run(account);
    return { hasMore: this.isUnderWay(), erased, done: { name, erased: inAll } };
  }
}

function parseRemoval(row: Row): Removal {
  return {
    account: integer(row, "account"),
    name: text(row, "name"),
    reached: integer(row, "reached"),
    last: integer(row, "last"),
    erased: integer(row, "erased"),
  };
}

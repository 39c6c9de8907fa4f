/**
 * Removals: of accounts that are gone, what they said is erased, wherever they said it.
 *
 * There is no index by author, which every entry would have to pay for: all entries up to the last
 * one at the account's end are looked at, in short steps, in the order in which they were kept. How
 * far it has come is a row of `removal`, so a restart goes on from there. All of it goes (`erasing.ts`):
 * messages and the reactions to them, reactions, topics, reasons, and that they came and went.
 */
import { type AccountId, logId } from "../base/ids.ts";
import { type MessagePlace } from "../protocol/message-ids.ts";
import { type Change, type Database, type Query } from "./database.ts";
import { entryClasses } from "./entries.ts";
import { Erasing } from "./erasing.ts";
import { integer, type Row, text } from "./rows.ts";

/** Rows looked at in one step: 2 ms. */
export const lookedAtMax = 4_000;
/** Rows erased in one step: 3 ms, in which nobody is served. */
export const erasedAtOnceMax = 50;

export interface RemovalStep {
  /** There is more to do now. */
  readonly hasMore: boolean;
  readonly erased: number;
  /** Whose is done, and how much it was in all. */
  readonly done: { readonly name: string; readonly erased: number } | undefined;
}

/** Something the account did. */
interface Done extends MessagePlace {
  readonly id: number;
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
  readonly #erasing: Erasing;
  readonly #begin: Change;
  readonly #first: Query<Removal>;
  readonly #done: Query<Done>;
  readonly #goOn: Change;
  readonly #end: Change;

  constructor(database: Database) {
    this.#database = database;
    this.#erasing = new Erasing(database);
    this.#begin = database.change(
      `INSERT INTO removal (account, name, reached, last, erased)
       SELECT id, name, 0, ifnull((SELECT max(id) FROM entry), 0), 0 FROM account WHERE id = ?1`,
    );
    this.#first = database.query(
      "SELECT account, name, reached, last, erased FROM removal ORDER BY account LIMIT 1",
      parseRemoval,
    );
    this.#done = database.query(
      `SELECT id, log, sequence FROM entry
       WHERE id > ?1 AND id <= ?2 AND account = ?3 AND said <> ${entryClasses.erased}
       ORDER BY id LIMIT ${erasedAtOnceMax}`,
      (row) => ({
        id: integer(row, "id"),
        log: logId(integer(row, "log")),
        sequence: integer(row, "sequence"),
      }),
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
    const done = this.#done.all(reached, end, account);
    for (const { id, ...place } of done) this.#erasing.eraseAnyhow(id, place);
    const erased = done.length;
    const now = erased === erasedAtOnceMax ? (done.at(-1)?.id ?? end) : end;
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

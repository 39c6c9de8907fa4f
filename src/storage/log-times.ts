/**
 * Log times: from when to where. Time never runs back in a log, so where a time begins is found by halving, 20 reads in a
 * log of a million, without an index on time that every entry would have to pay for.
 */
import { type LogId } from "../base/ids.ts";
import { type WallMs } from "../base/time.ts";
import { type Database, type Query } from "./database.ts";
import { anyClass, entryColumns, parseEntry, type StoredEntry } from "./entries.ts";
import { DamagedRow, integer } from "./rows.ts";

export class LogTimes {
  readonly #head: Query<number>;
  readonly #at: Query<StoredEntry>;

  constructor(database: Database) {
    this.#head = database.query("SELECT head FROM log WHERE id = ?1", (row) =>
      integer(row, "head"),
    );
    this.#at = database.query(
      `SELECT ${entryColumns} FROM entry e
       WHERE e.log = ?1 AND e.said IN (${anyClass}) AND e.sequence = ?2`,
      parseEntry,
    );
  }

  /** Whatever stands there, erased or not. */
  entryAt(log: LogId, sequence: number): StoredEntry | undefined {
    return this.#at.first(log, sequence);
  }

  /**
   * The first sequence of that time or later, not before `from`; the one after the last when there is none.
   * @throws DamagedRow
   */
  firstSince(time: WallMs, { log, from }: { readonly log: LogId; readonly from: number }): number {
    let low = from;
    let high = (this.#head.first(log) ?? 0) + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const entry = this.#at.first(log, middle);
      if (entry === undefined) throw new DamagedRow(`entry ${middle} of log ${log} is missing`);
      if (entry.time < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

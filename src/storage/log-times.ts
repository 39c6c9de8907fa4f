/**
 * Log times: from when to where. Time never runs back in a log, so where a time begins is found by halving, 20 reads in a
 * log of a million, without an index on time that every entry would have to pay for.
 */
import { type LogId } from "../base/ids.ts";
import { type WallMs } from "../base/time.ts";
import { type Database, type Query } from "./database.ts";
import { anyClass, entryClasses, entryColumns, parseEntry, type StoredEntry } from "./entries.ts";
import { isAfterLoss } from "./loss.ts";
import { DamagedRow, integer } from "./rows.ts";

export class LogTimes {
  readonly #ends: Query<{ readonly head: number; readonly floor: number }>;
  readonly #at: Query<StoredEntry>;
  readonly #firstFrom: Query<StoredEntry>;

  constructor(database: Database) {
    this.#ends = database.query("SELECT head, floor FROM log WHERE id = ?1", (row) => ({
      head: integer(row, "head"),
      floor: integer(row, "floor"),
    }));
    this.#at = database.query(
      `SELECT ${entryColumns} FROM entry e
       WHERE e.log = ?1 AND e.said IN (${anyClass}) AND e.sequence = ?2`,
      parseEntry,
    );
    const ranges = Object.values(entryClasses).map(
      (number) =>
        `SELECT ${entryColumns} FROM entry e
         WHERE e.log = ?1 AND e.said = ${number} AND e.sequence >= ?2`,
    );
    this.#firstFrom = database.query(
      `${ranges.join(" UNION ALL ")} ORDER BY sequence LIMIT 1`,
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
    // Nothing is missing where its time was over (`retention.ts`).
    const { head, floor } = this.#ends.first(log) ?? { head: 0, floor: 0 };
    let low = Math.max(from, floor + 1);
    let high = head + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      // Nearly always it is there, and found in a fifth of the time.
      const entry = this.#at.first(log, middle) ?? this.#firstFrom.first(log, middle);
      if (entry === undefined || (entry.sequence !== middle && !isAfterLoss(entry))) {
        throw new DamagedRow(`entry ${middle} of log ${log} is missing`);
      }
      if (entry.time < time) low = entry.sequence + 1;
      else high = middle;
    }
    return low;
  }
}

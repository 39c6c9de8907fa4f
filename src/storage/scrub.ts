/**
 * Scrubbing: entries are read for no other reason than to see that they are as they were written.
 *
 * SQLite does not notice bytes that have changed inside a text; who reads the row does
 * (`entries.ts`), but rows that nobody reads would rot unseen until a backup is all that is left of
 * them. So all of them are read, a few at a time, again and again.
 */
import { type Database, type Query } from "./database.ts";
import { entryColumns, parseEntry } from "./entries.ts";
import { DamagedRow, integer, optionalInteger, type Row } from "./rows.ts";

export class Scrubber {
  readonly #rows: Query<Row>;
  #after: number;

  /** Begins behind the row of this number; 0: at the beginning. */
  constructor(database: Database, after = 0) {
    this.#rows = database.query(
      `SELECT e.id AS id, ${entryColumns} FROM entry e WHERE e.id > ?1 ORDER BY e.id LIMIT ?2`,
      (row) => row,
    );
    this.#after = after;
  }

  /** Reads so many rows; `isAtEnd`: there are no more, and the next call begins anew. @throws when they cannot be read. */
  next(count: number): { readonly damaged: readonly string[]; readonly isAtEnd: boolean } {
    const rows = this.#rows.all(this.#after, count);
    const last = rows.at(-1);
    const isAtEnd = rows.length < count;
    this.#after = isAtEnd || last === undefined ? 0 : integer(last, "id");
    return { damaged: rows.flatMap(damageOf), isAtEnd };
  }
}

/** A row of the database to begin behind, so that a server that is often restarted reads all of them in time. */
export function someRow(database: Database, share: number): number {
  const last = database.query(
    "SELECT max(id) AS id FROM entry",
    (row) => optionalInteger(row, "id") ?? 0,
  );
  return Math.floor((last.first() ?? 0) * share);
}

function damageOf(row: Row): string[] {
  try {
    parseEntry(row);
    return [];
  } catch (error) {
    if (error instanceof DamagedRow) return [error.message];
    throw error;
  }
}

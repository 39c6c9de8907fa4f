/**
 * Inspecting: a database that is not in use, looked at from end to end, before it is trusted.
 */
import { type Database } from "./database.ts";
import { Scrubber } from "./scrub.ts";
import { integer } from "./rows.ts";

export interface Inspection {
  /** What is wrong with the structure of the file: it is not to be used. */
  readonly problems: readonly string[];
  /** Entries that are not as they were written: nobody is shown them, and the others are sound. */
  readonly damaged: readonly string[];
  readonly entries: number;
  /** Changes that were ever kept. */
  readonly kept: number;
  /** Where each log stands, by its number. */
  readonly heads: Readonly<Record<string, number>>;
}

const rowsAtOnce = 1_000;

/** Reads everything. @throws when it cannot be read. */
export function inspect(database: Database): Inspection {
  const problems = database.quickCheck();
  if (problems.length > 0) return { problems, damaged: [], entries: 0, kept: 0, heads: {} };
  const scrubber = new Scrubber(database);
  const damaged: string[] = [];
  for (let isAtEnd = false; !isAtEnd;) {
    const part = scrubber.next(rowsAtOnce);
    damaged.push(...part.damaged);
    isAtEnd = part.isAtEnd;
  }
  const count = database.query("SELECT count(*) AS entries FROM entry", (row) =>
    integer(row, "entries"),
  );
  const heads = database.query(
    "SELECT id, head FROM log ORDER BY id",
    (row) => [String(integer(row, "id")), integer(row, "head")] as const,
  );
  return {
    problems,
    damaged,
    entries: count.first() ?? 0,
    kept: database.kept,
    heads: Object.fromEntries(heads.all()),
  };
}

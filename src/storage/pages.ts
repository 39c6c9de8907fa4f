/**
 * Pages: rows of a log between two sequences, in either direction, of those classes of the index that are asked for.
 *
 * Each class is an index range of its own, so what is not asked for is not read, and erased entries never are. Only where
 * a few commands of those that merely happened are wanted, the others are read and left out.
 */
import { type LogId } from "../base/ids.ts";
import { type Database, type Query } from "./database.ts";
import { entryClasses, entryColumns, isSaid, parseEntry, type StoredEntry } from "./entries.ts";
import { DamagedRow, integer, optionalText, type Row } from "./rows.ts";

/** Sequences between two others, both exclusive. */
export interface Range {
  readonly above: number;
  readonly below: number;
}

export interface PageEntry extends StoredEntry {
  readonly accountName: string | undefined;
}

export interface PageAsk {
  readonly log: LogId;
  readonly range: Range;
  readonly direction: "up" | "down";
  readonly limit: number;
  /** Undefined: all. */
  readonly commands: readonly string[] | undefined;
}

/** By the classes they read; `all` asks for no command, the others leave out what was not asked for. */
type PageKind = `${"all" | "said" | "told" | "some"} ${"up" | "down"}`;

const { happened, said, erased, erasing } = entryClasses;

export class Pages {
  readonly #kinds: Readonly<Record<PageKind, Query<PageEntry>>>;
  readonly #erasedBetween: Query<number>;

  constructor(database: Database) {
    this.#kinds = preparePages(database);
    this.#erasedBetween = database.query(
      `SELECT count(*) AS count FROM entry e
       WHERE e.log = ?1 AND e.said = ${erased} AND e.sequence > ?2 AND e.sequence < ?3
         AND e.text = '' AND e.tags = ''`,
      (row) => integer(row, "count"),
    );
  }

  /** In the order of the direction. */
  read({ log, range: { above, below }, direction, limit, commands }: PageAsk): PageEntry[] {
    if (commands === undefined) {
      return this.#kinds[`all ${direction}`].all(log, above, below, limit);
    }
    const kind = `${kindOf(commands)} ${direction}` as const;
    return this.#kinds[kind].all(log, above, below, limit, JSON.stringify(commands));
  }

  /**
   * A hole in a page of everything is an entry that was kept and is lost, unless as many were erased there. What has a
   * text was not erased: damage made it look so.
   * @throws DamagedRow
   */
  assertContiguous(rows: readonly PageEntry[]): void {
    let previous: PageEntry | undefined;
    for (const row of rows) {
      if (previous !== undefined && row.sequence !== previous.sequence + 1) {
        const { log, sequence } = previous;
        const erasedCount = this.#erasedBetween.first(log, sequence, row.sequence) ?? 0;
        if (sequence + erasedCount + 1 !== row.sequence) {
          throw new DamagedRow(`entry ${sequence + 1} of log ${log} is missing`);
        }
      }
      previous = row;
    }
  }
}

function kindOf(commands: readonly string[]): "said" | "told" | "some" {
  if (commands.every(isSaid)) return "said";
  return commands.every((name) => isSaid(name) || name === "REDACT") ? "told" : "some";
}

function preparePages(database: Database): Readonly<Record<PageKind, Query<PageEntry>>> {
  const prepare = (classes: readonly number[], filter: string, order: "ASC" | "DESC") => {
    const ranges = classes.map(
      (number) =>
        `SELECT ${entryColumns}, (SELECT name FROM account WHERE id = e.account) AS account_name
         FROM entry e
         WHERE e.log = ?1 AND e.said = ${number} AND e.sequence > ?2 AND e.sequence < ?3 ${filter}`,
    );
    return database.query(
      `${ranges.join(" UNION ALL ")} ORDER BY sequence ${order} LIMIT ?4`,
      parsePageEntry,
    );
  };
  const all = [said, happened, erasing];
  const isWanted = "AND e.command IN (SELECT value FROM json_each(?5))";
  return {
    "all up": prepare(all, "", "ASC"),
    "all down": prepare(all, "", "DESC"),
    "said up": prepare([said], isWanted, "ASC"),
    "said down": prepare([said], isWanted, "DESC"),
    "told up": prepare([said, erasing], isWanted, "ASC"),
    "told down": prepare([said, erasing], isWanted, "DESC"),
    "some up": prepare(all, isWanted, "ASC"),
    "some down": prepare(all, isWanted, "DESC"),
  };
}

function parsePageEntry(row: Row): PageEntry {
  return { ...parseEntry(row), accountName: optionalText(row, "account_name") };
}

/**
 * History: pages of a log, and which logs have something new, for one reader.
 *
 * It promises: a reader gets what they may read and nothing else (of a channel, from their
 * membership's start on; of a conversation, when they are one of the two); pages are contiguous and
 * oldest first; a damaged or missing entry is a `DamagedRow`, never a page without it; and no
 * question costs more because a log is long.
 *
 * Bounds by time become bounds by sequence first: time never runs back in a log, so the sequence is
 * found by halving, 20 reads in a log of a million, without an index on time that every entry would
 * have to pay for.
 */
import { assert } from "../base/assert.ts";
import { accountId, type AccountId, type LogId, logId, serverAccount } from "../base/ids.ts";
import { type WallMs, wallMs } from "../base/time.ts";
import {
  type Answer,
  type Ask,
  type HistoryAsk,
  type HistoryBound,
  type HistoryPage,
  type HistoryTarget,
  type KeptEntry,
  type LogRef,
} from "../server/outside.ts";
import { type Database, type Query } from "./database.ts";
import { entryColumns, isSaid, parseEntry, type StoredEntry } from "./entries.ts";
import { isAfterLoss } from "./loss.ts";
import { ordered } from "./messages.ts";
import { DamagedRow, integer, optionalText, type Row } from "./rows.ts";

/** What a reader may read: the log, from a sequence on. */
interface Readable {
  readonly log: LogId;
  readonly from: number;
}

/** A log someone takes part in; `other` is set for a conversation. */
interface Part {
  readonly log: LogId;
  readonly from: number;
  readonly name: string | undefined;
  readonly other: AccountId | undefined;
}

/** Sequences between two others, both exclusive. */
interface Range {
  readonly above: number;
  readonly below: number;
}

interface PageEntry extends StoredEntry {
  readonly accountName: string | undefined;
}

export class History {
  readonly #since: Query<number>;
  readonly #conversation: Query<number>;
  readonly #head: Query<number>;
  readonly #firstFrom: Query<StoredEntry>;
  readonly #lastSaid: Query<StoredEntry>;
  readonly #parts: Query<Part>;
  readonly #pages: Readonly<Record<PageKind, Query<PageEntry>>>;

  constructor(database: Database) {
    this.#since = database.query(
      "SELECT since FROM member WHERE channel = ?1 AND account = ?2",
      (row) => integer(row, "since"),
    );
    this.#conversation = database.query(
      "SELECT id FROM conversation WHERE low = ?1 AND high = ?2",
      (row) => integer(row, "id"),
    );
    this.#head = database.query("SELECT head FROM log WHERE id = ?1", (row) =>
      integer(row, "head"),
    );
    const from = (said: 0 | 1) =>
      `SELECT ${entryColumns} FROM entry e WHERE e.log = ?1 AND e.said = ${said} AND e.sequence >= ?2`;
    this.#firstFrom = database.query(
      `${from(0)} UNION ALL ${from(1)} ORDER BY sequence LIMIT 1`,
      parseEntry,
    );
    this.#lastSaid = database.query(
      `SELECT ${entryColumns} FROM entry e
       WHERE e.log = ?1 AND e.said = 1 AND e.sequence >= ?2 ORDER BY e.sequence DESC LIMIT 1`,
      parseEntry,
    );
    this.#parts = database.query(partsSql, parsePart);
    this.#pages = preparePages(database);
  }

  page(ask: HistoryAsk): Answer<"history"> {
    assert(ask.limit >= 1, "a page has room for an entry");
    const readable = this.#readable(ask.reader, ask.log);
    if (readable === undefined || isOfAnotherLog(ask.page, readable.log)) {
      return { outcome: "none" };
    }
    const rows = this.#rows(ask, readable.log, this.#range(ask.page, readable));
    if (ask.page.kind !== "after") rows.reverse();
    if (ask.commands === undefined) assertContiguous(rows);
    return { outcome: "found", entries: rows.map((row) => keptEntry(row, ask.log)) };
  }

  targets({ reader, after, before, limit }: Ask<"targets">): Answer<"targets"> {
    const targets: HistoryTarget[] = [];
    for (const part of this.#parts.all(reader, after)) {
      const last = this.#lastSaid.first(part.log, part.from);
      if (last === undefined || last.time <= after || last.time >= before) continue;
      const name = nameOf(part, last);
      if (name !== undefined) targets.push({ name, latest: last.time });
    }
    targets.sort((left, right) => left.latest - right.latest || (left.name < right.name ? -1 : 1));
    return { outcome: "found", targets: targets.slice(0, limit) };
  }

  #readable(reader: AccountId, ref: LogRef): Readable | undefined {
    if (ref.kind === "channel") {
      const since = this.#since.first(ref.channel, reader);
      return since === undefined ? undefined : { log: logId(ref.channel), from: since };
    }
    if (!ref.between.includes(reader)) return undefined;
    const id = this.#conversation.first(...ordered(ref.between));
    return id === undefined ? undefined : { log: logId(-id), from: 1 };
  }

  #range(page: HistoryPage, readable: Readable): Range {
    const all = { above: readable.from - 1, below: Number.MAX_SAFE_INTEGER };
    if (page.kind === "before") return { ...all, below: this.#below(page.before, readable) };
    if (page.after === undefined) return all;
    return { ...all, above: Math.max(all.above, this.#above(page.after, readable)) };
  }

  #above(bound: HistoryBound, readable: Readable): number {
    if (bound.kind === "sequence") return bound.sequence;
    return this.#firstSince(wallMs(bound.time + 1), readable) - 1;
  }

  #below(bound: HistoryBound, readable: Readable): number {
    if (bound.kind === "sequence") return bound.sequence;
    return this.#firstSince(bound.time, readable);
  }

  /**
   * The first readable sequence of that time or later; the one after the last when there is none.
   */
  #firstSince(time: WallMs, { log, from }: Readable): number {
    let low = from;
    let high = (this.#head.first(log) ?? 0) + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const entry = this.#firstFrom.first(log, middle);
      if (entry === undefined || (entry.sequence !== middle && !isAfterLoss(entry))) {
        throw new DamagedRow(`entry ${middle} of log ${log} is missing`);
      }
      if (entry.time < time) low = entry.sequence + 1;
      else high = middle;
    }
    return low;
  }

  #rows({ page, limit, commands }: HistoryAsk, log: LogId, { above, below }: Range): PageEntry[] {
    const direction = page.kind === "after" ? "up" : "down";
    if (commands === undefined) {
      return this.#pages[`all ${direction}`].all(log, above, below, limit);
    }
    const kind: PageKind = `${commands.every(isSaid) ? "said" : "some"} ${direction}`;
    return this.#pages[kind].all(log, above, below, limit, JSON.stringify(commands));
  }
}

/**
 * All entries, those that say something (index ranges), or any others by their command (read and
 * left out).
 */
type PageKind = `${"all" | "said" | "some"} ${"up" | "down"}`;

function preparePages(database: Database): Readonly<Record<PageKind, Query<PageEntry>>> {
  const range = (said: 0 | 1, filter: string) =>
    `SELECT ${entryColumns}, (SELECT name FROM account WHERE id = e.account) AS account_name
     FROM entry e
     WHERE e.log = ?1 AND e.said = ${said} AND e.sequence > ?2 AND e.sequence < ?3 ${filter}`;
  const isWanted = "AND e.command IN (SELECT value FROM json_each(?5))";
  const prepare = (ranges: readonly string[], order: "ASC" | "DESC") =>
    database.query(
      `${ranges.join(" UNION ALL ")} ORDER BY sequence ${order} LIMIT ?4`,
      parsePageEntry,
    );
  const all = [range(1, ""), range(0, "")];
  const said = [range(1, isWanted)];
  const some = [range(1, isWanted), range(0, isWanted)];
  return {
    "all up": prepare(all, "ASC"),
    "all down": prepare(all, "DESC"),
    "said up": prepare(said, "ASC"),
    "said down": prepare(said, "DESC"),
    "some up": prepare(some, "ASC"),
    "some down": prepare(some, "DESC"),
  };
}

function parsePageEntry(row: Row): PageEntry {
  return { ...parseEntry(row), accountName: optionalText(row, "account_name") };
}

function keptEntry(row: PageEntry, log: LogRef): KeptEntry {
  return {
    log,
    place: { log: row.log, sequence: row.sequence, time: row.time },
    account: row.account,
    accountName: row.accountName,
    source: row.source,
    command: row.command,
    target: row.target,
    middle: row.middle,
    text: row.text,
    seams: row.seams,
    tags: row.tags,
  };
}

/** A hole in a page of everything is an entry that was kept and is lost, unless that is known. */
function assertContiguous(rows: readonly PageEntry[]): void {
  let previous: PageEntry | undefined;
  for (const row of rows) {
    const isNext = previous === undefined || row.sequence === previous.sequence + 1;
    if (previous !== undefined && !isNext && !isAfterLoss(row)) {
      throw new DamagedRow(`entry ${previous.sequence + 1} of log ${row.log} is missing`);
    }
    previous = row;
  }
}

/** The logs a reader takes part in; those where nothing happened since then are not looked at. */
const partsSql = `
  SELECT m.channel AS log, m.since AS since, c.name AS name, NULL AS other
    FROM member m JOIN channel c ON c.id = m.channel JOIN log l ON l.id = m.channel
    WHERE m.account = ?1 AND l.time > ?2
  UNION ALL
  SELECT -v.id, 1, (SELECT name FROM account WHERE id = v.high), v.high
    FROM conversation v JOIN log l ON l.id = -v.id
    WHERE v.low = ?1 AND l.time > ?2
  UNION ALL
  SELECT -v.id, 1, (SELECT name FROM account WHERE id = v.low), v.low
    FROM conversation v JOIN log l ON l.id = -v.id
    WHERE v.high = ?1 AND v.low <> ?1 AND l.time > ?2`;

function parsePart(row: Row): Part {
  const other = row["other"] === null ? undefined : accountId(integer(row, "other"));
  return {
    log: logId(integer(row, "log")),
    from: integer(row, "since"),
    name: optionalText(row, "name"),
    other,
  };
}

/**
 * The server has no row: its name is the one it had in the entry. An account that is no more has
 * none.
 */
function nameOf(part: Part, last: StoredEntry): string | undefined {
  if (part.other !== serverAccount) return part.name;
  return last.account === serverAccount ? last.source : last.target;
}

function isOfAnotherLog(page: HistoryPage, log: LogId): boolean {
  const bound = page.kind === "before" ? page.before : page.after;
  return bound?.kind === "sequence" && bound.log !== undefined && bound.log !== log;
}

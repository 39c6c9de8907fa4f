/**
 * History: pages of a log, and which logs have something new, for one reader.
 *
 * It promises: a reader gets what they may read (`readable.ts`) and nothing else; pages are contiguous, but for what was
 * erased, and oldest first; a damaged or missing entry is a `DamagedRow`, never a page without it; and no question costs
 * more because a log is long.
 *
 * Bounds by time become bounds by sequence first (`log-times.ts`).
 */
import { assert } from "../base/assert.ts";
import { type LogId, serverAccount } from "../base/ids.ts";
import { wallMs } from "../base/time.ts";
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
import { entryClasses, entryColumns, isSaid, parseEntry, type StoredEntry } from "./entries.ts";
import { LogTimes } from "./log-times.ts";
import { type Found, type Newest } from "./newest.ts";
import { type PageEntry, Pages, type Range } from "./pages.ts";
import { type Part, type Readable, Readables } from "./readable.ts";

export class History {
  readonly #readables: Readables;
  readonly #pages: Pages;
  readonly #times: LogTimes;
  readonly #lastSaid: Query<StoredEntry>;
  readonly #newest: Newest;

  constructor(database: Database, newest: Newest) {
    this.#newest = newest;
    this.#readables = new Readables(database);
    this.#times = new LogTimes(database);
    this.#pages = new Pages(database);
    this.#lastSaid = database.query(
      `SELECT ${entryColumns} FROM entry e
       WHERE e.log = ?1 AND e.said = ${entryClasses.said} AND e.sequence >= ?2
       ORDER BY e.sequence DESC LIMIT 1`,
      parseEntry,
    );
  }

  page(ask: HistoryAsk): Answer<"history"> {
    assert(ask.limit >= 1, "a page has room for an entry");
    const readable = this.#readables.of(ask);
    if (readable === undefined || isOfAnotherLog(ask.page, readable.log)) {
      return { outcome: "none" };
    }
    const { rows, start, hasMore } = this.#find(ask, readable);
    if (ask.commands === undefined) this.#pages.assertContiguous(rows);
    const entries = rows.map((row) => keptEntry(row, ask.log));
    return { outcome: "found", entries, start, hasMore };
  }

  targets({ reader, after, before, limit, countedFrom }: Ask<"targets">): Answer<"targets"> {
    const targets: HistoryTarget[] = [];
    for (const part of this.#readables.partsOf(reader, after)) {
      const last = this.#lastSaid.first(part.log, part.from);
      if (last === undefined || last.time <= after || last.time >= before) continue;
      const name = nameOf(part, last);
      if (name !== undefined) targets.push({ name, latest: last.time });
    }
    targets.sort((left, right) => left.latest - right.latest || (left.name < right.name ? -1 : 1));
    const counted = countedFrom === "soonest" ? targets.slice(0, limit) : targets.slice(-limit);
    return { outcome: "found", targets: counted, hasMore: targets.length > limit };
  }

  message({ reader, log, place, guestSince }: Ask<"message">): Answer<"message"> {
    const readable =
      reader === undefined ? this.#whole(log) : this.#readables.of({ reader, log, guestSince });
    const isThere = readable?.log === place.log && place.sequence >= readable.from;
    const entry = isThere ? this.#times.entryAt(place.log, place.sequence) : undefined;
    if (entry === undefined || entry.isErased || !isErasable(entry)) return { outcome: "none" };
    return { outcome: "found", author: entry.account };
  }

  #whole(ref: LogRef): Readable | undefined {
    const log = this.#readables.numberOf(ref);
    return log === undefined ? undefined : { log, from: 1 };
  }

  #find(ask: HistoryAsk, readable: Readable): Found {
    const { page } = ask;
    const all = { above: readable.from - 1, below: Number.MAX_SAFE_INTEGER };
    switch (page.kind) {
      case "latest": {
        const { after } = page;
        if (after === undefined) return this.#findNewest(ask, readable);
        return this.#down(ask, readable.log, { ...all, above: this.#above(after, readable) });
      }
      case "before":
        return this.#down(ask, readable.log, { ...all, below: this.#below(page.before, readable) });
      case "after":
        return this.#up(ask, readable.log, { ...all, above: this.#above(page.after, readable) });
      case "between":
        return this.#between(ask, readable, page);
      case "around":
        return this.#around(ask, readable, this.#below(page.at, readable));
    }
  }

  #findNewest(ask: HistoryAsk, { log, from }: Readable): Found {
    const known = this.#newest.find(log, from, ask);
    if (known !== undefined) return known;
    const found = this.#down(ask, log, { above: from - 1, below: Number.MAX_SAFE_INTEGER });
    this.#newest.keep(log, ask, found);
    return found;
  }

  #between(
    ask: HistoryAsk,
    readable: Readable,
    { from, to }: Extract<HistoryPage, { readonly kind: "between" }>,
  ): Found {
    const isForward = this.#above(from, readable) <= this.#above(to, readable);
    const [first, last] = isForward ? [from, to] : [to, from];
    const range = { above: this.#above(first, readable), below: this.#below(last, readable) };
    return isForward ? this.#up(ask, readable.log, range) : this.#down(ask, readable.log, range);
  }

  /** Half before the centre; where one side has less than its half, the other is read once more, for more of it. */
  #around(ask: HistoryAsk, { log, from }: Readable, centre: number): Found {
    const { limit } = ask;
    const middle = Math.max(centre, from);
    const down = (most: number): Found =>
      this.#down({ ...ask, limit: most }, log, { above: from - 1, below: middle });
    const up = (most: number): Found =>
      this.#up({ ...ask, limit: most }, log, { above: middle - 1, below: Number.MAX_SAFE_INTEGER });
    const half = Math.floor(limit / 2);
    let [before, since] = [down(half), up(limit - half)];
    if (since.rows.length < limit - half && before.hasMore)
      before = down(limit - since.rows.length);
    if (before.rows.length < half && since.hasMore) since = up(limit - before.rows.length);
    const rows = [...before.rows, ...since.rows];
    const start = Math.min(before.rows.length, Math.max(rows.length - 1, 0));
    return { rows, start, hasMore: before.hasMore || since.hasMore };
  }

  /** One more than is asked for tells whether there is more. */
  #up({ commands, limit }: HistoryAsk, log: LogId, range: Range): Found {
    const rows = this.#pages.read({ log, range, commands, limit: limit + 1, direction: "up" });
    return { rows: rows.slice(0, limit), start: 0, hasMore: rows.length > limit };
  }

  #down({ commands, limit }: HistoryAsk, log: LogId, range: Range): Found {
    const rows = this.#pages.read({ log, range, commands, limit: limit + 1, direction: "down" });
    const page = rows.slice(0, limit).toReversed();
    const beyond = rows[limit]?.sequence;
    const start = Math.max(page.length - 1, 0);
    return { rows: page, start, hasMore: beyond !== undefined, beyond };
  }

  /** The last sequence up to the bound, itself included; of what may be read, or the one before it. */
  #above(bound: HistoryBound, readable: Readable): number {
    const sequence =
      bound.kind === "sequence"
        ? bound.sequence
        : this.#times.firstSince(wallMs(bound.time + 1), readable) - 1;
    return Math.max(sequence, readable.from - 1);
  }

  /** The first sequence from the bound on, itself included. */
  #below(bound: HistoryBound, readable: Readable): number {
    if (bound.kind === "sequence") return bound.sequence;
    return this.#times.firstSince(bound.time, readable);
  }
}

/** message-redaction: "which MUST be a PRIVMSG, NOTICE, or TAGMSG". */
function isErasable({ command }: StoredEntry): boolean {
  return isSaid(command) || command === "TAGMSG";
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

/**
 * The server has no row: its name is the one it had in the entry. An account that is no more has
 * none.
 */
function nameOf(part: Part, last: StoredEntry): string | undefined {
  if (part.other !== serverAccount) return part.name;
  return last.account === serverAccount ? last.source : last.target;
}

function isOfAnotherLog(page: HistoryPage, log: LogId): boolean {
  return boundsOf(page).some(
    (bound) => bound?.kind === "sequence" && bound.log !== undefined && bound.log !== log,
  );
}

function boundsOf(page: HistoryPage): readonly (HistoryBound | undefined)[] {
  switch (page.kind) {
    case "latest":
    case "after":
      return [page.after];
    case "before":
      return [page.before];
    case "between":
      return [page.from, page.to];
    case "around":
      return [page.at];
  }
}

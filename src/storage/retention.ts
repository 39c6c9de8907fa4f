/**
 * Retention: what is older than it is to be kept is removed, from the front of each log, in order.
 *
 * The server says for how many days anything is kept, a channel may say less. It promises: a step is
 * short (`rowsAtOnceMax` rows, `logsAtOnceMax` logs) and one transaction; what is removed is noted in
 * `erasure`; the log's `floor` is the last sequence that is gone, so that a log of which all is gone
 * still knows what comes next, and nothing is taken for lost.
 *
 * **The last row of all stays**, emptied (`erasing.ts`), until there is a newer one: SQLite would
 * give its number, by which the search knows an entry, to the next.
 *
 * **A clock that is wrong.** A day that the clock skips would be a day's messages gone, for good. So
 * the clock that is gone by here runs behind the wall clock: `catchUp` times as fast as time passes
 * while the program runs, and never beyond it. In ordinary life it is the wall clock. After a jump
 * by years an operator has time to see it, and is told; after a week switched off it takes hours
 * until all is removed whose time is over.
 */
import {
  dayMs,
  type ElapsedMs,
  hourMs,
  later,
  minuteMs,
  type WallMs,
  wallMs,
} from "../base/time.ts";
import { type LogId, logId } from "../base/ids.ts";
import { Counters } from "./counters.ts";
import { type Change, type Database, type Query } from "./database.ts";
import { entryClasses } from "./entries.ts";
import { Erasing } from "./erasing.ts";
import { integer, optionalInteger, type Row } from "./rows.ts";

/** Each from another page of the file: 2 ms, in which nobody is served. */
export const rowsAtOnceMax = 50;
/** Logs looked at in one step, most of them in vain: 20 µs each. */
export const logsAtOnceMax = 100;
/** From the end of one pass over all logs to the next. */
export const passEveryMs = 10 * minuteMs;
/** A day in an hour. */
export const catchUp = 24;

/** What a step is to go by. */
export interface RetentionNow {
  readonly wall: WallMs;
  readonly elapsed: ElapsedMs;
  /** Of the server; 0: for ever. */
  readonly keepDays: number;
}

export interface RetentionStep {
  /** There is more to do now. */
  readonly hasMore: boolean;
  readonly removed: number;
  /** How far the clock is ahead of what is gone by, when that has just become more than a day. */
  readonly behindMs: number | undefined;
}

interface Log {
  readonly log: LogId;
  readonly floor: number;
  readonly keepDays: number | undefined;
}

interface Oldest {
  readonly id: number;
  readonly sequence: number;
  readonly time: number;
}

export class Retention {
  readonly #database: Database;
  readonly #counters: Counters;
  readonly #erasing: Erasing;
  readonly #logs: Query<Log>;
  /** Those of channels that say for how long. */
  readonly #boundedLogs: Query<Log>;
  readonly #oldest: Query<Oldest>;
  readonly #last: Query<number>;
  readonly #remove: Change;
  readonly #note: Change;
  readonly #raise: Change;
  /** The last log looked at in this pass. */
  #reached = Number.MIN_SAFE_INTEGER;
  #nextPass: ElapsedMs | undefined;
  #clock: { readonly at: WallMs; readonly since: ElapsedMs } | undefined;
  #isBehind = false;

  constructor(database: Database) {
    this.#database = database;
    this.#counters = new Counters(database);
    this.#erasing = new Erasing(database);
    const logs = (joined: string): Query<Log> =>
      database.query(
        `SELECT l.id, l.floor, c.keep_days FROM log l ${joined}
         WHERE l.id > ?1 ORDER BY l.id LIMIT ${logsAtOnceMax}`,
        parseLog,
      );
    this.#logs = logs("LEFT JOIN channel c ON c.id = l.id");
    this.#boundedLogs = logs("JOIN channel c ON c.id = l.id AND c.keep_days IS NOT NULL");
    // Each class is a range of the index, so that only those are read that come first of all.
    const ranges = Object.values(entryClasses).map(
      (number) =>
        `SELECT e.id, e.sequence, e.time FROM entry e
         WHERE e.log = ?1 AND e.said = ${number} AND e.sequence > ?2 AND e.sequence < ?3`,
    );
    this.#oldest = database.query(
      `${ranges.join(" UNION ALL ")} ORDER BY sequence LIMIT ?4`,
      parseOldest,
    );
    this.#last = database.query("SELECT max(id) AS id FROM entry", (row) => {
      return optionalInteger(row, "id") ?? 0;
    });
    this.#remove = database.change("DELETE FROM entry WHERE id = ?1");
    this.#note = database.change("INSERT INTO erasure (entry) VALUES (?1)");
    this.#raise = database.change("UPDATE log SET floor = ?2 WHERE id = ?1");
  }

  /** Does a little of what is to be done now, if anything is. */
  step(now: RetentionNow): RetentionStep {
    if (this.#nextPass !== undefined && now.elapsed < this.#nextPass) {
      return { hasMore: false, removed: 0, behindMs: undefined };
    }
    // A loss of power may undo a step: what it removed is still too old then.
    return this.#database.relaxed(() => this.#database.transaction(() => this.#step(now)));
  }

  #step(now: RetentionNow): RetentionStep {
    const clock = this.#clockAt(now);
    const behindMs = this.#behind(now.wall - clock);
    let removed = 0;
    const logs = (now.keepDays === 0 ? this.#boundedLogs : this.#logs).all(this.#reached);
    for (const log of logs) {
      const keepDays = shorter(now.keepDays, log.keepDays);
      const left = rowsAtOnceMax - removed;
      const before = wallMs(clock - keepDays * dayMs);
      const gone = keepDays === 0 ? 0 : this.#removeFrom(log, before, left);
      removed += gone;
      if (gone === left) return { hasMore: true, removed, behindMs }; // the same log once more
      this.#reached = log.log;
    }
    const hasMore = logs.length === logsAtOnceMax;
    if (!hasMore) {
      this.#reached = Number.MIN_SAFE_INTEGER;
      this.#nextPass = later(now.elapsed, passEveryMs);
    }
    return { hasMore, removed, behindMs };
  }

  /** Removes what is older from the front of the log, at most so many; answers how many. */
  #removeFrom({ log, floor }: Log, before: WallMs, most: number): number {
    const rows = this.#oldest.all(log, floor, Number.MAX_SAFE_INTEGER, most);
    const young = rows.findIndex(({ time }) => time >= before);
    const old = young < 0 ? rows : rows.slice(0, young);
    const last = old.at(-1);
    if (last === undefined) return 0;
    if (last.id === this.#last.first()) {
      this.#erasing.eraseAnyhow(last.id, { log, sequence: last.sequence });
      old.pop();
    }
    for (const { id } of old) {
      this.#remove.run(id);
      this.#note.run(id);
    }
    const highest = old.at(-1);
    if (highest !== undefined) this.#raise.run(log, highest.sequence);
    return old.length;
  }

  /** What is gone by: the wall clock, or behind it when that has jumped. */
  #clockAt({ wall, elapsed }: RetentionNow): WallMs {
    const stored = this.#counters.value("retention");
    const { at, since } = this.#clock ?? { at: stored === 0 ? wall : stored, since: elapsed };
    const clock = wallMs(Math.min(wall, at + catchUp * (elapsed - since)));
    this.#clock = { at: clock, since: elapsed };
    const isWorthWriting = clock < stored || clock - stored >= hourMs;
    if (isWorthWriting) this.#counters.set("retention", clock);
    return clock;
  }

  /** Says so once, until it has caught up. */
  #behind(byMs: number): number | undefined {
    const wasBehind = this.#isBehind;
    this.#isBehind = byMs > dayMs;
    return this.#isBehind && !wasBehind ? byMs : undefined;
  }
}

/** Days, where 0 is for ever. */
function shorter(server: number, channel: number | undefined): number {
  if (channel === undefined || server === 0) return channel ?? server;
  return Math.min(server, channel);
}

function parseLog(row: Row): Log {
  return {
    log: logId(integer(row, "id")),
    floor: integer(row, "floor"),
    keepDays: optionalInteger(row, "keep_days"),
  };
}

function parseOldest(row: Row): Oldest {
  return {
    id: integer(row, "id"),
    sequence: integer(row, "sequence"),
    time: integer(row, "time"),
  };
}

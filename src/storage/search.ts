/**
 * Search: what was said, found again by its text, for one reader.
 *
 * It promises: what is found is what the reader may read and nothing else (of a channel from their membership's start
 * on; of a conversation when they are one of the two); each entry found was looked at itself: its checksum is right, it
 * really has the text, it is not erased; what was just said is found, indexed or not; and a search ends in time, with
 * what it has found and where to go on.
 *
 *     newest first    the tail that is not indexed yet, by a look at each · then what the index names
 *     oldest first    (`after`) the other way round
 *
 * The index is asked in windows of entry numbers, so that no single question takes long: a window in which the index
 * was fast is followed by one twice as wide.
 *
 * Bounds by time become bounds by number first. Time never runs back from one entry to the next (the server's clock does
 * not, also across a restart), so the number is found by halving.
 *
 * For a text too short for the index, messages are looked at one by one, and only so many of them.
 */
import { assert } from "../base/assert.ts";
import { type AccountId, accountId, channelId, isGuest, type LogId, logId } from "../base/ids.ts";
import { type WallMs, wallMs } from "../base/time.ts";
import {
  type Answer,
  type KeptEntry,
  type LogRef,
  type SearchAsk,
  type SearchBound,
  type SearchedSoFar,
} from "../server/outside.ts";
import { fold } from "../protocol/names.ts";
import { type Database, type Query } from "./database.ts";
import { entryColumns, parseEntry, type StoredEntry } from "./entries.ts";
import { ordered } from "./messages.ts";
import { DamagedRow, integer, optionalInteger, optionalText, type Row } from "./rows.ts";
import { expressionOf, type Glance, nickOf, type SearchIndex } from "./search-index.ts";
import {
  type Direction,
  Glances,
  IndexSource,
  LogSource,
  type Source,
  type Span,
} from "./search-sources.ts";
import { foldText, isShort } from "./search-text.ts";

/** A search that takes longer ends with what it has found. */
export const searchMsMax = 200;
/** So many messages are looked at for a text that is too short for the index. */
export const shortTextMessagesMax = 20_000;

/** A log that the reader may read, from a sequence on. */
interface ReadableLog {
  readonly id: LogId;
  readonly from: number;
  readonly ref: LogRef;
}

type Readable = ReadonlyMap<number, ReadableLog>;

interface FoundEntry extends StoredEntry {
  readonly accountName: string | undefined;
}

/** A search under way. */
interface Wanted {
  readonly ask: SearchAsk;
  readonly folded: string;
  readonly readable: Readable;
  readonly direction: Direction;
}

export interface SearchParts {
  readonly database: Database;
  readonly index: SearchIndex;
  /** Monotonic milliseconds. */
  readonly elapsed: () => number;
  /** Told, in a sentence without any user's data, what is wrong with the database. */
  readonly report: (problem: string) => void;
}

export class Search {
  readonly #parts: SearchParts;
  readonly #glances: Glances;
  readonly #logs: Query<ReadableLog>;
  readonly #firstIn: Query<number>;
  readonly #entry: Query<FoundEntry>;
  readonly #idAt: Query<number>;
  readonly #timeFrom: Query<WallMs>;
  readonly #last: Query<number>;

  constructor(parts: SearchParts) {
    const { database } = parts;
    this.#parts = parts;
    this.#glances = new Glances(database);
    this.#logs = database.query(logsSql, parseLog);
    this.#firstIn = database.query(
      `SELECT id FROM entry WHERE log = ?1 AND said = 1 AND sequence >= ?2
       ORDER BY sequence LIMIT 1`,
      (row) => integer(row, "id"),
    );
    this.#entry = database.query(
      `SELECT ${entryColumns}, (SELECT name FROM account WHERE id = e.account) AS account_name
       FROM entry e WHERE e.id = ?1`,
      (row) => ({ ...parseEntry(row), accountName: optionalText(row, "account_name") }),
    );
    this.#idAt = database.query(
      "SELECT id FROM entry WHERE log = ?1 AND said IN (0, 1) AND sequence = ?2",
      (row) => integer(row, "id"),
    );
    this.#timeFrom = database.query(
      "SELECT time FROM entry WHERE id >= ?1 ORDER BY id LIMIT 1",
      (row) => wallMs(integer(row, "time")),
    );
    this.#last = database.query(
      "SELECT max(id) AS id FROM entry",
      (row) => optionalInteger(row, "id") ?? 0,
    );
  }

  /** @throws DamagedRow, and what SQLite throws. */
  search(ask: SearchAsk): Answer<"search"> {
    assert(ask.limit >= 1, "a search has room for an entry");
    return this.#parts.database.reading(() => this.#search(ask));
  }

  #search(ask: SearchAsk): Answer<"search"> {
    const all = this.#readable(ask.reader);
    const bounds = this.#boundsOf(ask, all);
    if (bounds === undefined) return { outcome: "none" };
    const { readable, above } = this.#startOf(narrowed(all, ask.log));
    const span = { above: Math.max(above, bounds.above), below: bounds.below };
    const folded = foldText(ask.text);
    const direction = ask.after === undefined ? "newest" : "oldest";
    const wanted = { ask, folded, readable, direction } as const;
    const { entries, more } =
      readable.size === 0 ? { entries: [], more: undefined } : this.#collect(wanted, span);
    return {
      outcome: "found",
      entries: direction === "newest" ? entries.toReversed() : entries,
      more,
    };
  }

  // --- What may be read ----------------------------------------------------------------------------------------

  #readable(reader: AccountId): Readable {
    // What guests have said is kept under a number that is nobody's: none of it is one guest's.
    if (isGuest(reader)) return new Map();
    return new Map(this.#logs.all(reader).map((log) => [log.id, log]));
  }

  /** The logs in which there is something, and the number before the first of it. */
  #startOf(logs: Readable): { readonly readable: Readable; readonly above: number } {
    const readable = new Map<number, ReadableLog>();
    let first = Number.MAX_SAFE_INTEGER;
    for (const log of logs.values()) {
      const id = this.#firstIn.first(log.id, log.from);
      if (id === undefined) continue;
      readable.set(log.id, log);
      first = Math.min(first, id);
    }
    return { readable, above: first - 1 };
  }

  // --- Bounds --------------------------------------------------------------------------------------------------

  /** Undefined: a bound is no message that the reader may read. */
  #boundsOf({ after, before }: SearchAsk, readable: Readable): Span | undefined {
    const above = after === undefined ? 0 : this.#idOf(after, readable, "after");
    const below =
      before === undefined ? (this.#last.first() ?? 0) + 1 : this.#idOf(before, readable, "before");
    return above === undefined || below === undefined ? undefined : { above, below };
  }

  #idOf(bound: SearchBound, readable: Readable, side: "after" | "before"): number | undefined {
    if (bound.kind === "place") {
      const { log, sequence } = bound;
      const from = readable.get(log)?.from;
      return from === undefined || sequence < from ? undefined : this.#idAt.first(log, sequence);
    }
    // search: "the message was sent at or after this time", and "at or before this time".
    return side === "after"
      ? this.#firstSince(bound.time) - 1
      : this.#firstSince(wallMs(bound.time + 1));
  }

  /** The first number from which on entries are of that time or later; the one after the last when there is none. */
  #firstSince(time: WallMs): number {
    let low = 1;
    let high = (this.#last.first() ?? 0) + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const at = this.#timeFrom.first(middle);
      if (at !== undefined && at < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // --- Finding -------------------------------------------------------------------------------------------------

  #collect(
    wanted: Wanted,
    span: Span,
  ): { readonly entries: readonly KeptEntry[]; readonly more: SearchedSoFar | undefined } {
    const { limit, bytesMax } = wanted.ask;
    const endMs = this.#parts.elapsed() + searchMsMax;
    const entries: KeptEntry[] = [];
    let bytes = 0;
    let looksLeft = isTooShort(wanted) ? shortTextMessagesMax : Number.MAX_SAFE_INTEGER;
    for (const source of this.#sources(wanted, span)) {
      for (let piece = source.next(); piece !== undefined; piece = source.next()) {
        for (const glance of piece) {
          if (!isReadable(glance, wanted.readable)) continue;
          looksLeft -= 1;
          const entry = isWanted(glance, wanted) ? this.#verified(glance, wanted) : undefined;
          if (entry !== undefined) {
            entries.push(entry);
            bytes += bytesOf(entry);
          }
          const isFull = entries.length === limit || bytes > bytesMax;
          if (isFull) return { entries, more: { reason: "limit", from: placeOf(glance) } };
          if (looksLeft === 0) {
            return { entries, more: { reason: "short", from: placeOf(glance) } };
          }
        }
        if (this.#parts.elapsed() >= endMs) {
          return { entries, more: this.#outOfTime(source.left, wanted.direction) };
        }
      }
    }
    return { entries, more: undefined };
  }

  /** The tail that is not indexed, and what the index names; in the order in which it is searched. */
  #sources(wanted: Wanted, { above, below }: Span): readonly Source[] {
    const { ask, folded, readable, direction } = wanted;
    const { indexed } = this.#parts.index;
    const expression = expressionOf({ logs: [...readable.keys()], nick: ask.from, folded });
    const isIndexed = expression !== undefined;
    const tail = { above: isIndexed ? Math.max(above, indexed) : above, below };
    const sources: Source[] = [new LogSource(this.#glances, tail, direction)];
    if (isIndexed) {
      const span = { above, below: Math.min(below, indexed + 1) };
      const parts = { ...this.#parts, glances: this.#glances };
      sources.push(new IndexSource(parts, expression, span, direction));
    }
    return direction === "newest" ? sources : sources.toReversed();
  }

  /** The entry, whole; undefined when it is damaged, which is reported, or no longer what was looked at. */
  #verified(glance: Glance, { readable }: Wanted): KeptEntry | undefined {
    try {
      const row = this.#entry.first(glance.id);
      const log = readable.get(glance.log);
      return row === undefined || log === undefined ? undefined : keptEntry(row, log.ref);
    } catch (error) {
      if (!(error instanceof DamagedRow)) throw error;
      this.#parts.report(`a message that was searched for cannot be shown: ${error.message}`);
      return undefined;
    }
  }

  /** Times are no secret, places of messages that the reader may not read are one. */
  #outOfTime({ above, below }: Span, direction: Direction): SearchedSoFar | undefined {
    if (below - above <= 1) return undefined;
    const next = direction === "newest" ? below - 1 : above + 1;
    const time = this.#timeFrom.first(next);
    return time === undefined ? undefined : { reason: "time", from: { kind: "time", time } };
  }
}

function narrowed(readable: Readable, log: LogRef | undefined): Readable {
  if (log === undefined) return readable;
  const found = [...readable.values()].filter(({ ref }) => isSameLog(ref, log));
  return new Map(found.map((each) => [each.id, each]));
}

function isSameLog(one: LogRef, other: LogRef): boolean {
  if (one.kind === "channel") return other.kind === "channel" && one.channel === other.channel;
  if (other.kind === "channel") return false;
  const [low, high] = ordered(one.between);
  const [otherLow, otherHigh] = ordered(other.between);
  return low === otherLow && high === otherHigh;
}

function isTooShort({ folded }: Wanted): boolean {
  return folded !== "" && isShort(folded);
}

function isReadable({ log, sequence }: Glance, readable: Readable): boolean {
  const from = readable.get(log)?.from;
  return from !== undefined && sequence >= from;
}

/** An entry without text was erased. */
function isWanted({ source, text }: Glance, { ask, folded }: Wanted): boolean {
  if (text === "") return false;
  if (ask.from !== undefined && fold(nickOf(source)) !== ask.from) return false;
  return folded === "" || foldText(text).includes(folded);
}

function placeOf({ log, sequence }: Glance): SearchBound {
  return { kind: "place", log: logId(log), sequence };
}

/** With what stands around it on the wire, about. */
function bytesOf({ text, tags, source, target }: KeptEntry): number {
  return Buffer.byteLength(text) + Buffer.byteLength(tags) + source.length + target.length + 100;
}

function keptEntry(row: FoundEntry, log: LogRef): KeptEntry {
  const { sequence, time, nonce: _, ...said } = row;
  return { ...said, log, place: { log: row.log, sequence, time } };
}

/** Whose membership or conversation it is; ?1 is the reader. */
const logsSql = `
  SELECT channel AS log, since, NULL AS low, NULL AS high FROM member WHERE account = ?1
  UNION ALL
  SELECT -id, 1, low, high FROM conversation WHERE low = ?1
  UNION ALL
  SELECT -id, 1, low, high FROM conversation WHERE high = ?1 AND low <> ?1`;

function parseLog(row: Row): ReadableLog {
  const id = logId(integer(row, "log"));
  const low = optionalInteger(row, "low");
  const high = optionalInteger(row, "high");
  const ref: LogRef =
    low === undefined || high === undefined
      ? { kind: "channel", channel: channelId(id) }
      : { kind: "conversation", between: [accountId(low), accountId(high)] };
  return { id, from: integer(row, "since"), ref };
}

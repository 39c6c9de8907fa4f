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
 * was fast is followed by one twice as wide. Of the text it is asked for the few trigrams that rule out most messages
 * (`search-terms.ts`).
 *
 * Bounds by time become bounds by number first. Time never runs back from one entry to the next (the server's clock does
 * not, also across a restart), so the number is found by halving.
 *
 * For a text too short for the index, messages are looked at one by one, and only so many of them.
 */
import { assert } from "../base/assert.ts";
import { channelId, logId } from "../base/ids.ts";
import { type WallMs, wallMs } from "../base/time.ts";
import { type Answer, type KeptEntry, type LogRef } from "../server/outside.ts";
import {
  type SearchAsk,
  type SearchBound,
  type SearchedSoFar,
} from "../server/search-questions.ts";
import { fold } from "../protocol/names.ts";
import { type Database, type Query } from "./database.ts";
import { anyClass, entryClasses, entryColumns, parseEntry, type StoredEntry } from "./entries.ts";
import { type Readable, Readables } from "./readable.ts";
import { DamagedRow, integer, optionalInteger, optionalText } from "./rows.ts";
import { expressionOf, type Glance, nickOf, type SearchIndex } from "./search-index.ts";
import {
  type Direction,
  Glances,
  IndexSource,
  LogSource,
  type Source,
  type Span,
} from "./search-sources.ts";
import { tellingTrigrams } from "./search-terms.ts";
import { foldText, isShort, trigramsOf } from "./search-text.ts";

/** A search that takes longer ends with what it has found. */
export const searchMsMax = 200;
/** Earlier than anything that was kept. */
const beforeAll = wallMs(-1);
/** So many messages are looked at for a text that is too short for the index. */
const shortTextMessagesMax = 20_000;

/** By their numbers. */
type ReadableLogs = ReadonlyMap<number, ReadableLog>;

interface ReadableLog extends Readable {
  readonly ref: LogRef;
}

interface FoundEntry extends StoredEntry {
  readonly accountName: string | undefined;
}

/** A search under way. */
interface Wanted {
  readonly ask: SearchAsk;
  readonly folded: string;
  readonly readable: ReadableLogs;
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
  readonly #readables: Readables;
  readonly #firstIn: Query<number>;
  readonly #entry: Query<FoundEntry>;
  readonly #idAt: Query<number>;
  readonly #timeFrom: Query<WallMs>;
  readonly #last: Query<number>;

  constructor(parts: SearchParts) {
    const { database } = parts;
    this.#parts = parts;
    this.#glances = new Glances(database);
    this.#readables = new Readables(database);
    this.#firstIn = database.query(
      `SELECT id FROM entry WHERE log = ?1 AND said = ${entryClasses.said} AND sequence >= ?2
       ORDER BY sequence LIMIT 1`,
      (row) => integer(row, "id"),
    );
    this.#entry = database.query(
      `SELECT ${entryColumns}, (SELECT name FROM account WHERE id = e.account) AS account_name
       FROM entry e WHERE e.id = ?1`,
      (row) => ({ ...parseEntry(row), accountName: optionalText(row, "account_name") }),
    );
    this.#idAt = database.query(
      `SELECT id FROM entry WHERE log = ?1 AND said IN (${anyClass}) AND sequence = ?2`,
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
    const bounds = this.#boundsOf(ask);
    if (bounds === undefined) return { outcome: "none" };
    const { readable, above } = this.#startOf(this.#readable(ask));
    if (readable.size === 0) return { outcome: "found", entries: [], more: undefined };
    const span = { above: Math.max(above, bounds.above), below: bounds.below };
    const direction = ask.after === undefined ? "newest" : "oldest";
    const { entries, more } = this.#collect(
      { ask, folded: foldText(ask.text), readable, direction },
      span,
    );
    const inOrder = direction === "newest" ? entries.toReversed() : entries;
    return { outcome: "found", entries: inOrder, more };
  }

  // --- What may be read ----------------------------------------------------------------------------------------

  #readable({ reader, guestSince, log: ref }: SearchAsk): readonly ReadableLog[] {
    if (ref !== undefined) {
      const readable = this.#readables.of({ reader, guestSince, log: ref });
      return readable === undefined ? [] : [{ ...readable, ref }];
    }
    return this.#readables.partsOf(reader, beforeAll).map(({ log, from, other }) => ({
      log,
      from,
      ref:
        other === undefined
          ? { kind: "channel", channel: channelId(log) }
          : { kind: "conversation", between: [reader, other] },
    }));
  }

  /** The logs in which there is something, and the number before the first of it. */
  #startOf(logs: readonly ReadableLog[]): {
    readonly readable: ReadableLogs;
    readonly above: number;
  } {
    const readable = new Map<number, ReadableLog>();
    let first = Number.MAX_SAFE_INTEGER;
    for (const each of logs) {
      const id = this.#firstIn.first(each.log, each.from);
      if (id === undefined) continue;
      readable.set(each.log, each);
      first = Math.min(first, id);
    }
    return { readable, above: first - 1 };
  }

  // --- Bounds --------------------------------------------------------------------------------------------------

  /** Undefined: a bound is no message that the reader may read. */
  #boundsOf(ask: SearchAsk): Span | undefined {
    const { after, before } = ask;
    const above = after === undefined ? 0 : this.#idOf(after, ask, "after");
    const end = (this.#last.first() ?? 0) + 1;
    const below = before === undefined ? end : this.#idOf(before, ask, "before");
    return above === undefined || below === undefined ? undefined : { above, below };
  }

  #idOf(bound: SearchBound, ask: SearchAsk, side: "after" | "before"): number | undefined {
    if (bound.kind === "place") {
      const { log, sequence } = bound;
      const parts = this.#readables.partsOf(ask.reader, beforeAll);
      const readable = [...this.#readable(ask), ...parts].find((each) => each.log === log);
      const isReadable = readable !== undefined && sequence >= readable.from;
      return isReadable ? this.#idAt.first(log, sequence) : undefined;
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
    const trigrams = tellingTrigrams(trigramsOf(folded), () => this.#sample({ above, below }));
    const expression = expressionOf({ logs: [...readable.keys()], nick: ask.from, trigrams });
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

  /** Folded texts of messages, from all of the span. */
  #sample(span: Span): readonly string[] {
    return this.#glances.sample(span).map(({ text }) => foldText(text));
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

function isTooShort({ folded }: Wanted): boolean {
  return folded !== "" && isShort(folded);
}

function isReadable({ log, sequence }: Glance, readable: ReadableLogs): boolean {
  const from = readable.get(log)?.from;
  return from !== undefined && sequence >= from;
}

function isWanted({ source, text }: Glance, { ask, folded }: Wanted): boolean {
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
  const { sequence, time, nonce: _nonce, isErased: _isErased, ...said } = row;
  return { ...said, log, place: { log: row.log, sequence, time } };
}

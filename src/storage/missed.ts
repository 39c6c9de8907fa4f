/**
 * Missed: what was said after an entry, for one reader, in the order in which it was kept.
 *
 * It promises: a reader gets what they may read (`readable.ts`) and nothing else; of each log the newest
 * up to a limit, and how many older ones are left out; a page goes on where the one before ended.
 * What it costs goes by how many logs have something new, not by how long they are.
 *
 * Ids ascend with the sequence in every log, so the first entry of a log after an id is found by
 * halving, and the logs are one in the order of their ids. Only ids are read of what is merged: the
 * index has them.
 */
import { assert, present } from "../base/assert.ts";
import { type AccountId, channelId } from "../base/ids.ts";
import { wallMs } from "../base/time.ts";
import { type Answer, type Ask, type LogRef } from "../server/outside.ts";
import { type MissedCut, type MissedEntry } from "../server/reading.ts";
import { type Database, type Query } from "./database.ts";
import { entryColumns, parseEntry } from "./entries.ts";
import { type Part, Readables } from "./readable.ts";
import { integer, optionalText, type Row } from "./rows.ts";

/** Left out are so many at most that are counted: more is "more". */
export const countedMax = 10_000;

interface Spot {
  readonly id: number;
  readonly sequence: number;
}

/** Before anything was said. */
const always = wallMs(-1);

type PageAsk = Ask<"missed"> & { readonly upTo: number };

export class Missed {
  readonly #last: Query<number>;
  readonly #readables: Readables;
  readonly #newest: Query<Spot>;
  readonly #next: Query<Spot>;
  readonly #count: Query<number>;
  readonly #nthNewest: Query<Spot>;
  readonly #ids: Query<number>;
  readonly #entry: Query<Omit<MissedEntry, "log">>;

  constructor(database: Database) {
    const said = "FROM entry WHERE log = ?1 AND said = 1 AND sequence >= ?2";
    this.#last = database.query("SELECT ifnull(max(id), 0) AS id FROM entry", (row) =>
      integer(row, "id"),
    );
    this.#readables = new Readables(database);
    this.#newest = database.query(
      `SELECT id, sequence ${said} ORDER BY sequence DESC LIMIT 1`,
      parseSpot,
    );
    this.#next = database.query(`SELECT id, sequence ${said} ORDER BY sequence LIMIT 1`, parseSpot);
    this.#count = database.query(`SELECT count(*) AS entries ${said} AND sequence < ?3`, (row) =>
      integer(row, "entries"),
    );
    this.#nthNewest = database.query(
      `SELECT id, sequence ${said} AND id <= ?3 ORDER BY sequence DESC LIMIT 1 OFFSET ?4`,
      parseSpot,
    );
    this.#ids = database.query(`SELECT id ${said} AND id <= ?3 ORDER BY sequence LIMIT ?4`, (row) =>
      integer(row, "id"),
    );
    this.#entry = database.query(
      `SELECT e.id, ${entryColumns}, (SELECT name FROM account WHERE id = e.account) AS account_name
       FROM entry e WHERE e.id = ?1`,
      parseMissed,
    );
  }

  /** The id of the last entry of all. */
  lastEntry(): number {
    return this.#last.first() ?? 0;
  }

  page(ask: Ask<"missed">): Answer<"missed"> {
    assert(ask.limit >= 1, "a page has room for an entry");
    assert(ask.perLogMax >= 1, "of each log there is at least the newest");
    const whole: PageAsk = { ...ask, upTo: ask.upTo ?? this.lastEntry() };
    const found: { readonly id: number; readonly part: Part }[] = [];
    const cuts: MissedCut[] = [];
    for (const part of this.#readables.partsOf(ask.reader, always)) {
      const start = this.#start(part, whole, cuts);
      if (start === undefined) continue;
      for (const id of this.#ids.all(part.log, start, whole.upTo, ask.limit + 1)) {
        found.push({ id, part });
      }
    }
    found.sort((left, right) => left.id - right.id);
    const entries = found.slice(0, ask.limit).map(({ id, part }) => {
      const entry = present(this.#entry.first(id), "an entry of the index is there");
      return { ...entry, log: refOf(part, ask.reader) };
    });
    return {
      outcome: "found",
      entries,
      upTo: whole.upTo,
      hasMore: found.length > ask.limit,
      cuts,
    };
  }

  /** The sequence from which on the log is shown; undefined: there is nothing new in it. */
  #start(part: Part, { reader, after, upTo, perLogMax }: PageAsk, cuts: MissedCut[]) {
    const { log, from } = part;
    const newest = this.#newest.first(log, from);
    if (newest === undefined || newest.id <= after) return undefined;
    const first = this.#firstAfter(part, after, newest.sequence);
    const start = this.#nthNewest.first(log, first, upTo, perLogMax - 1);
    if (start === undefined) return first;
    // Counting goes on for ever in a log that does: only as far as is said.
    const far = this.#nthNewest.first(log, first, upTo, perLogMax + countedMax - 1);
    const count = this.#count.first(log, far?.sequence ?? first, start.sequence) ?? 0;
    if (count === 0) return first;
    cuts.push({
      log: refOf(part, reader),
      otherName: part.other === undefined ? undefined : part.name,
      count,
      isMore: far !== undefined,
      before: present(this.#entry.first(start.id), "an entry of the index is there").place.time,
    });
    return start.sequence;
  }

  /** The least sequence from which on all that is said has a later id. `newest` is one of these. */
  #firstAfter({ log, from }: Part, after: number, newest: number): number {
    let low = from;
    let high = newest;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const spot = present(this.#next.first(log, middle), "the newest is not before the middle");
      if (spot.id > after) high = middle;
      else low = spot.sequence + 1;
    }
    return low;
  }
}

function parseSpot(row: Row): Spot {
  return { id: integer(row, "id"), sequence: integer(row, "sequence") };
}

function parseMissed(row: Row): Omit<MissedEntry, "log"> {
  const { log, sequence, time, account, source, command, target, middle, text, seams, tags } =
    parseEntry(row);
  return {
    id: integer(row, "id"),
    place: { log, sequence, time },
    accountName: optionalText(row, "account_name"),
    account,
    source,
    command,
    target,
    middle,
    text,
    seams,
    tags,
  };
}

function refOf({ log, other }: Part, reader: AccountId): LogRef {
  return other === undefined
    ? { kind: "channel", channel: channelId(log) }
    : { kind: "conversation", between: [reader, other] };
}

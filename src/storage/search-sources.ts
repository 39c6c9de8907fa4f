/**
 * Sources of a search: messages that may be what is searched for, in order, some at a time.
 *
 * Each gives everything between two entry numbers that it cannot rule out: `IndexSource` what the index names,
 * `LogSource` whatever was said. Each piece is little work, so that who searches can stop between two.
 */
import { type Database, type Query } from "./database.ts";
import { entryClasses } from "./entries.ts";
import { integer, type Row, text } from "./rows.ts";
import { type Glance, type SearchIndex } from "./search-index.ts";

export type Direction = "newest" | "oldest";

/** Numbers of entries between two others, both exclusive. */
export interface Span {
  readonly above: number;
  readonly below: number;
}

export interface Source {
  /** The next ones, perhaps none; undefined: that was all. */
  next(): readonly Glance[] | undefined;
  /** What it has not looked at yet. */
  readonly left: Span;
}

/** How many are looked at before the clock is; of what the index names more and more. */
const pieceMax = 256;
const pieceMost = 2_048;
/** A sample is of so many messages in a row, from so many places. */
const sampleRun = 64;
const sampleRuns = 16;
/** A window of entry numbers to begin with, and how wide one can become. */
const windowStart = 16_384;
const windowMax = 4_194_304;
/** A window that took less is followed by a wider one, and one that took more by a narrower one. */
const fastMs = 5;
const slowMs = 20;

/** Looks at entries by their numbers. */
export class Glances {
  readonly #among: Query<Glance>;
  readonly #newest: Query<Glance>;
  readonly #oldest: Query<Glance>;

  constructor(database: Database) {
    const columns = "SELECT e.id, e.log, e.sequence, e.source, e.text FROM";
    this.#among = database.query(
      `${columns} json_each(?1) j JOIN entry e ON e.id = j.value WHERE e.said = ${entryClasses.said}`,
      parseGlance,
    );
    const said = `${columns} entry e WHERE e.id > ?1 AND e.id < ?2 AND e.said = ${entryClasses.said}
      ORDER BY e.id`;
    this.#newest = database.query(`${said} DESC LIMIT ?3`, parseGlance);
    this.#oldest = database.query(`${said} ASC LIMIT ?3`, parseGlance);
  }

  /** In the order of the numbers given; those that are no more are left out. */
  among(ids: readonly number[]): readonly Glance[] {
    const found = new Map(this.#among.all(JSON.stringify(ids)).map((each) => [each.id, each]));
    return ids.flatMap((id) => found.get(id) ?? []);
  }

  within({ above, below }: Span, direction: Direction): readonly Glance[] {
    return (direction === "newest" ? this.#newest : this.#oldest).all(above, below, pieceMax);
  }

  /** Some of what was said there, from all of it. */
  sample({ above, below }: Span): readonly Glance[] {
    const width = Math.max(sampleRun, Math.floor((below - above) / sampleRuns));
    const found: Glance[] = [];
    for (let start = above; start < below; start += width) {
      found.push(...this.#oldest.all(start, Math.min(start + width, below), sampleRun));
    }
    return found;
  }
}

/** Whatever was said. */
export class LogSource implements Source {
  readonly #glances: Glances;
  readonly #direction: Direction;
  left: Span;

  constructor(glances: Glances, span: Span, direction: Direction) {
    this.#glances = glances;
    this.#direction = direction;
    this.left = span;
  }

  next(): readonly Glance[] | undefined {
    if (isEmpty(this.left)) return undefined;
    const found = this.#glances.within(this.left, this.#direction);
    const last = found.length < pieceMax ? undefined : found.at(-1)?.id;
    this.left = rest(this.left, last, this.#direction);
    return found;
  }
}

/** What the index names for the expression. */
export class IndexSource implements Source {
  readonly #index: SearchIndex;
  readonly #glances: Glances;
  readonly #expression: string;
  readonly #direction: Direction;
  readonly #elapsed: () => number;
  #width = windowStart;
  #pieceMax = pieceMax;
  left: Span;

  constructor(
    parts: {
      readonly index: SearchIndex;
      readonly glances: Glances;
      readonly elapsed: () => number;
    },
    expression: string,
    span: Span,
    direction: Direction,
  ) {
    this.#index = parts.index;
    this.#glances = parts.glances;
    this.#elapsed = parts.elapsed;
    this.#expression = expression;
    this.#direction = direction;
    this.left = span;
  }

  next(): readonly Glance[] | undefined {
    if (isEmpty(this.left)) return undefined;
    const began = this.#elapsed();
    const window = this.#window();
    const ids = this.#index.candidates(this.#expression, window, this.#direction, this.#pieceMax);
    const last = ids.length < this.#pieceMax ? undefined : ids.at(-1);
    this.#pieceMax = Math.min(this.#pieceMax * 2, pieceMost);
    this.left = rest(this.left, last ?? this.#endOf(window), this.#direction);
    const tookMs = this.#elapsed() - began;
    if (last === undefined && tookMs < fastMs) this.#width = Math.min(this.#width * 2, windowMax);
    if (tookMs > slowMs) this.#width = Math.max(this.#width / 2, pieceMax);
    return this.#glances.among(ids);
  }

  #window(): Span {
    const { above, below } = this.left;
    return this.#direction === "newest"
      ? { above: Math.max(above, below - this.#width), below }
      : { above, below: Math.min(below, above + this.#width) };
  }

  /** The last number that is looked at in the window. */
  #endOf({ above, below }: Span): number {
    return this.#direction === "newest" ? above + 1 : below - 1;
  }
}

function isEmpty({ above, below }: Span): boolean {
  return below - above <= 1;
}

/** What is left after that number; undefined: nothing is. */
function rest(span: Span, last: number | undefined, direction: Direction): Span {
  if (direction === "newest") return { above: span.above, below: last ?? span.above };
  return { above: last ?? span.below, below: span.below };
}

function parseGlance(row: Row): Glance {
  return {
    id: integer(row, "id"),
    log: integer(row, "log"),
    sequence: integer(row, "sequence"),
    source: text(row, "source"),
    text: text(row, "text"),
  };
}

/**
 * SearchIndex: which messages may contain a text, in a file of its own, filled behind the log.
 *
 * It promises: what is asked of it gives every indexed message that contains the text, and others besides (whoever asks
 * looks at the message itself); what was erased is not given after the next step; whatever becomes of its file, it is
 * made again from the log.
 *
 * A message is three texts of an FTS5 table without content: a word for the log, a word for the sender's nick, and the
 * folded text (`search-text.ts`) in trigrams, so that parts of words are found in every script. Only which message has
 * which trigram is kept (`detail=none`): that is a quarter of the size of an index with positions and half of the time,
 * 27 µs a message. The rowid is the entry's.
 *
 * The state has numbers: up to which entry and which erasure all is taken in, and the checksum of that entry, so that an
 * index of another database, or of an older copy of it, is known as that and begun anew.
 *
 * **Erasing.** An entry that is named in the table `erasure` is taken out, and put in again as it is now, if anything of
 * it is left: rowids may be given again when the newest entries are deleted. Its trigrams leave the file only when the
 * parts of the index are merged, which `purge` does a little at a time.
 */
import { fold } from "../protocol/names.ts";
import { type Change, type Database, type Query } from "./database.ts";
import { type Derived } from "./opening.ts";
import { entryClasses } from "./entries.ts";
import { integer, optionalInteger, type Row, text } from "./rows.ts";
import { foldText, wordOf } from "./search-text.ts";

export const searchDerived: Derived = {
  version: 1,
  schema: `
    CREATE VIRTUAL TABLE message USING fts5 (
      log, nick, text,
      content = '', contentless_delete = 1, detail = none,
      tokenize = "trigram case_sensitive 1"
    );
    CREATE TABLE state (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  `,
};

/** What is looked at before an entry is read whole. */
export interface Glance {
  readonly id: number;
  readonly log: number;
  readonly sequence: number;
  readonly source: string;
  readonly text: string;
}

interface GlanceRow extends Glance {
  readonly isSaid: boolean;
  readonly crc: number;
}

/**
 * Logs that the index is asked for; of more, the messages are asked where they are. With 201 logs each question took 10 ms
 * however seldom the text was, and a search of a million messages never came to its end.
 */
const logsAskedMax = 32;
/** Pages of the index that one step of a purge merges: a few milliseconds. */
const purgePages = 64;

type StateName = "entry" | "erasure" | "crc" | "unpurged";

export class SearchIndex {
  readonly #main: Database;
  readonly #index: Database;
  readonly #lastEntry: Query<number>;
  readonly #lastErasure: Query<number>;
  readonly #entries: Query<GlanceRow>;
  readonly #entry: Query<GlanceRow>;
  readonly #erasures: Query<{ readonly id: number; readonly entry: number }>;
  readonly #isErased: Query<number>;
  readonly #insert: Change;
  readonly #remove: Change;
  readonly #command: Change;
  readonly #merge: Change;
  readonly #changes: Query<number>;
  readonly #readState: Query<number>;
  readonly #writeState: Change;
  readonly #newest: Query<number>;
  readonly #oldest: Query<number>;
  #isMerging = false;

  /** `index` was opened with `searchDerived`. */
  constructor(main: Database, index: Database) {
    this.#main = main;
    this.#index = index;
    this.#lastEntry = main.query(
      "SELECT max(id) AS id FROM entry",
      (row) => optionalInteger(row, "id") ?? 0,
    );
    this.#lastErasure = main.query(
      "SELECT max(seq) AS id FROM sqlite_sequence WHERE name = 'erasure'",
      (row) => optionalInteger(row, "id") ?? 0,
    );
    const columns = "id, log, sequence, source, text, said, crc";
    this.#entries = main.query(
      `SELECT ${columns} FROM entry WHERE id > ?1 ORDER BY id LIMIT ?2`,
      parseGlance,
    );
    this.#entry = main.query(`SELECT ${columns} FROM entry WHERE id = ?1`, parseGlance);
    this.#erasures = main.query(
      "SELECT id, entry FROM erasure WHERE id > ?1 ORDER BY id LIMIT ?2",
      (row) => ({ id: integer(row, "id"), entry: integer(row, "entry") }),
    );
    this.#isErased = main.query("SELECT 1 AS found FROM erasure WHERE entry = ?1 LIMIT 1", (row) =>
      integer(row, "found"),
    );
    this.#insert = index.change(
      "INSERT INTO message (rowid, log, nick, text) VALUES (?1, ?2, ?3, ?4)",
    );
    this.#remove = index.change("DELETE FROM message WHERE rowid = ?1");
    this.#command = index.change("INSERT INTO message (message) VALUES (?1)");
    this.#merge = index.change("INSERT INTO message (message, rank) VALUES ('merge', ?1)");
    this.#changes = index.query("SELECT total_changes() AS count", (row) => integer(row, "count"));
    this.#readState = index.query("SELECT value FROM state WHERE name = ?1", (row) =>
      integer(row, "value"),
    );
    this.#writeState = index.change(
      "INSERT INTO state (name, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2",
    );
    const matches = `SELECT rowid AS id FROM message
      WHERE message MATCH ?1 AND rowid > ?2 AND rowid < ?3 ORDER BY rowid`;
    this.#newest = index.query(`${matches} DESC LIMIT ?4`, (row) => integer(row, "id"));
    this.#oldest = index.query(`${matches} ASC LIMIT ?4`, (row) => integer(row, "id"));
    if (!main.reading(() => this.#isOfThisDatabase())) this.#clear();
  }

  /** Up to this entry all is taken in. */
  get indexed(): number {
    return this.#state("entry");
  }

  /** Takes in what is next, at most `limit` erasures and `limit` entries. False: there was nothing. */
  step(limit: number): boolean {
    return this.#main.reading(() => {
      const erasures = this.#erasures.all(this.#state("erasure"), limit);
      const entries = this.#entries.all(this.indexed, limit);
      const last = this.#lastEntry.first() ?? 0;
      if (erasures.length === 0 && entries.length === 0 && last >= this.indexed) return false;
      this.#index.transaction(() => {
        for (const { id, entry } of erasures) this.#erase(id, entry);
        // All of the newest were deleted: their numbers will be given again.
        if (erasures.length < limit && last < this.indexed) this.#reached(this.#entry.first(last));
        for (const entry of entries) this.#add(entry);
        if (entries.length > 0) this.#reached(entries.at(-1));
      });
      return true;
    });
  }

  /** Merges a little of the index, so that what was erased leaves the file. False: nothing of it is there any more. */
  purge(): boolean {
    if (this.#state("unpurged") === 0) return false;
    const before = this.#changes.first() ?? 0;
    // SQLite: a negative number begins a merge of everything, a positive one goes on with it; "If the difference is less
    // than 2, then the 'merge' command was a no-op".
    this.#merge.run(this.#isMerging ? purgePages : -purgePages);
    this.#isMerging = true;
    if ((this.#changes.first() ?? 0) - before >= 2) return true;
    this.#isMerging = false;
    this.#writeState.run("unpurged", 0);
    return false;
  }

  /** At most `limit` numbers of entries between two others that may be what is asked for, in this order. */
  candidates(
    expression: string,
    { above, below }: { readonly above: number; readonly below: number },
    direction: "newest" | "oldest",
    limit: number,
  ): number[] {
    const query = direction === "newest" ? this.#newest : this.#oldest;
    return query.all(expression, above, below, limit);
  }

  #isOfThisDatabase(): boolean {
    if (this.#state("erasure") > (this.#lastErasure.first() ?? 0)) return false;
    const { indexed } = this;
    if (indexed === 0) return true;
    return (
      this.#entry.first(indexed)?.crc === this.#state("crc") ||
      this.#isErased.first(indexed) !== undefined
    );
  }

  #clear(): void {
    this.#index.transaction(() => {
      this.#command.run("delete-all");
      for (const name of ["entry", "erasure", "crc", "unpurged"] as const) {
        this.#writeState.run(name, 0);
      }
    });
  }

  #erase(erasure: number, entry: number): void {
    this.#writeState.run("erasure", erasure);
    if (entry > this.indexed) return;
    this.#remove.run(entry);
    this.#writeState.run("unpurged", 1);
    this.#isMerging = false; // what was just taken out is in none of the parts being merged
    const left = this.#entry.first(entry);
    if (left !== undefined) this.#add(left);
  }

  #add({ id, log, source, text: said, isSaid }: GlanceRow): void {
    if (!isSaid || said === "") return;
    this.#insert.run(id, wordOfLog(log), wordOfNick(nickOf(source)), foldText(said));
  }

  #reached(entry: GlanceRow | undefined): void {
    this.#writeState.run("entry", entry?.id ?? 0);
    this.#writeState.run("crc", entry?.crc ?? 0);
  }

  #state(name: StateName): number {
    return this.#readState.first(name) ?? 0;
  }
}

/** What the index is asked for: messages in one of the logs, from that nick, with the text. Undefined: any of them. */
export function expressionOf(wanted: {
  readonly logs: readonly number[];
  readonly nick: string | undefined;
  /** Of the text, which of them does not matter (`search-terms.ts`). */
  readonly trigrams: readonly string[];
}): string | undefined {
  const { logs, nick, trigrams } = wanted;
  const terms = trigrams.map(quoted);
  if (nick !== undefined) terms.push(quoted(wordOfNick(nick)));
  if (logs.length <= logsAskedMax) {
    terms.push(`(${logs.map((log) => quoted(wordOfLog(log))).join(" OR ")})`);
  }
  return terms.length === 0 ? undefined : terms.join(" AND ");
}

/** The sender's nick in `nick!user@host`; a server's name is whole. */
export function nickOf(source: string): string {
  const end = source.indexOf("!");
  return end < 0 ? source : source.slice(0, end);
}

/** FTS5: a string in double quotes is text and nothing else; one inside is written twice. */
function quoted(word: string): string {
  return `"${word.replaceAll('"', '""')}"`;
}

/** Conversations have numbers below zero. */
function wordOfLog(log: number): string {
  return wordOf(log < 0 ? -2 * log + 1 : 2 * log);
}

/** Nicks with the same word are told apart where the message is looked at. */
function wordOfNick(nick: string): string {
  return wordOf(Bun.hash.crc32(fold(nick)));
}

function parseGlance(row: Row): GlanceRow {
  return {
    id: integer(row, "id"),
    log: integer(row, "log"),
    sequence: integer(row, "sequence"),
    source: text(row, "source"),
    text: text(row, "text"),
    isSaid: integer(row, "said") === entryClasses.said,
    crc: integer(row, "crc"),
  };
}

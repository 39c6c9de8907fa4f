/**
 * The database: statements and transactions on one open SQLite file (`opening.ts`).
 *
 * It promises: a committed transaction survives a crash and a power loss (WAL, synchronous=FULL), but for what `relaxed`
 * writes, which survives a crash, and what `deferred` writes, until `sync` has answered; a transaction is there whole or
 * not at all; what was kept is counted, and the witness told of it (`witness.ts`).
 *
 * It leaves to others: what the tables mean.
 */
import { type Database as Sqlite, type Statement } from "bun:sqlite";
import { assert } from "../base/assert.ts";
import { LogSync, type Synced, type SyncPlace } from "./log-sync.ts";
import { type Binding, integer, type Row, text } from "./rows.ts";
import { type Witness } from "./witness.ts";

/** What is wrong with a damaged file is told so often. */
const problemsMax = 10;

/** `derived`: nothing is counted in it, since all of it can be made again. */
export type Use = "writer" | "reader" | "derived";

export class Database {
  readonly #sqlite: Sqlite;
  readonly #use: Use;
  readonly #begin: Statement<Row, Binding[]>;
  readonly #beginReading: Statement<Row, Binding[]>;
  readonly #commit: Statement<Row, Binding[]>;
  readonly #rollback: Statement<Row, Binding[]>;
  readonly #prepared: string[] = [];
  readonly #countChanges: Statement<Row, Binding[]>;
  readonly #writeKept: Statement<Row, Binding[]> | undefined;
  #kept: number;
  /** What is committed now is not on the disk before `sync`. */
  #isDeferred = false;
  /** What is committed now may be lost with the power, and is not counted. */
  #isRelaxed = false;
  readonly #log: LogSync;
  #witness: Witness | undefined;
  /** What the witness says. */
  #witnessed = 0;

  constructor(sqlite: Sqlite, use: Use = "writer") {
    this.#sqlite = sqlite;
    this.#use = use;
    this.#log = new LogSync(`${sqlite.filename}-wal`);
    // IMMEDIATE: a transaction that begins by reading can fail with BUSY when it first writes,
    // without waiting.
    this.#begin = sqlite.prepare<Row, Binding[]>("BEGIN IMMEDIATE");
    this.#beginReading = sqlite.prepare<Row, Binding[]>("BEGIN");
    this.#commit = sqlite.prepare<Row, Binding[]>("COMMIT");
    this.#rollback = sqlite.prepare<Row, Binding[]>("ROLLBACK");
    this.#countChanges = sqlite.prepare<Row, Binding[]>("SELECT total_changes() AS value");
    this.#writeKept =
      use === "writer"
        ? sqlite.prepare<Row, Binding[]>("UPDATE kept SET changes = ?1 WHERE id = 1")
        : undefined;
    this.#kept = use === "derived" ? 0 : numberFrom(sqlite, "SELECT changes AS value FROM kept");
  }

  /** How many changes were ever kept, but for those that a loss of power may undo. */
  get kept(): number {
    return this.#kept;
  }

  /** What was kept and is lost counts as kept, from the next transaction on. */
  passOver(lost: number): void {
    assert(
      lost > 0 && !this.#isInTransaction(),
      "something is lost, and known before it is written",
    );
    this.#kept += lost;
  }

  /** From now on the witness is told of every commit. */
  isWitnessedBy(witness: Witness): void {
    this.#witness = witness;
    this.#witnessed = this.#kept;
    witness.write(this.#kept);
  }

  /** The text of every statement in use here, for whoever checks how SQLite runs them. */
  get prepared(): readonly string[] {
    return this.#prepared;
  }

  /** A statement that reads; `parse` makes a value of each row. */
  query<T>(sql: string, parse: (row: Row) => T): Query<T> {
    this.#prepared.push(sql);
    return new Query(this.#sqlite.prepare<Row, Binding[]>(sql), parse);
  }

  /** A statement that writes. */
  change(sql: string): Change {
    this.#prepared.push(sql);
    return new Change(this.#sqlite.prepare<Row, Binding[]>(sql));
  }

  /** Does the work in one transaction. What it throws undoes everything and is thrown on. */
  transaction<T>(work: () => T): T {
    let kept = this.#kept;
    const value = this.#within(this.#begin, () => {
      const before = this.#changes();
      const done = work();
      const changes = this.#changes() - before;
      // What changes nothing writes nothing, so that it can be done on a full disk as well.
      if (changes === 0 || this.#isRelaxed || this.#writeKept === undefined) return done;
      kept += changes;
      this.#writeKept.run(kept);
      return done;
    });
    if (kept === this.#kept) return value;
    this.#kept = kept;
    if (!this.#isDeferred) this.#testify(kept);
    return value;
  }

  /** As `transaction`, but nothing waits for the disk: a loss of power may undo it until `sync` has answered. */
  deferred<T>(work: () => T): T {
    assert(!this.#isDeferred, "one is deferred at a time");
    this.#isDeferred = true;
    try {
      return this.#unsynced(() => this.transaction(work));
    } finally {
      this.#isDeferred = false;
    }
  }

  /** Answers when all that is committed now is on disk. After `close` there is no answer. */
  sync(place: SyncPlace, synced: Synced): void {
    const kept = this.#kept;
    this.#log.sync(place, (failure) => {
      if (failure === undefined) this.#testify(kept);
      synced(failure);
    });
  }

  /**
   * Does work that only reads, all of it at one state of the database, whatever another process
   * writes meanwhile. Also the faster way to read more than once: outside a transaction each
   * statement takes a lock of its own, which is half of the 20 µs that reading one row by index
   * costs.
   */
  reading<T>(work: () => T): T {
    return this.#within(this.#beginReading, work);
  }

  /**
   * Does work that a loss of power may undo, and a crash of the program may not: nothing waits for
   * the disk. It is on disk with the next commit that has to be.
   */
  relaxed<T>(work: () => T): T {
    this.#isRelaxed = true;
    try {
      return this.#unsynced(work);
    } finally {
      this.#isRelaxed = false;
    }
  }

  /** Moves what is committed from the write-ahead log into the file, as far as readers allow. */
  checkpoint(): void {
    this.#sqlite.run("PRAGMA wal_checkpoint(PASSIVE)");
  }

  /**
   * Moves all that is committed into the file and cuts the write-ahead log to nothing, so that what was erased is not
   * there either. False when someone is reading: nobody is waited for.
   */
  emptyLog(): boolean {
    const waits = numberFrom(this.#sqlite, "SELECT timeout AS value FROM pragma_busy_timeout");
    this.#sqlite.run("PRAGMA busy_timeout=0");
    const statement = this.#sqlite.prepare<Row, []>("PRAGMA wal_checkpoint(TRUNCATE)");
    try {
      const row = statement.get();
      return row !== null && integer(row, "busy") === 0;
    } finally {
      statement.finalize();
      this.#sqlite.run(`PRAGMA busy_timeout=${waits}`);
    }
  }

  /** Gives back the disk that the write-ahead log takes, once all of it is in the file. */
  cutOffLog(): void {
    this.#sqlite.run("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  /** How many pages are in the write-ahead log, and how many of them are in the file as well. */
  logState(): { readonly pages: number; readonly moved: number } {
    const row = this.#sqlite.query<Row, []>("PRAGMA wal_checkpoint(NOOP)").get();
    assert(row !== null, "a checkpoint says how it went");
    return { pages: integer(row, "log"), moved: integer(row, "checkpointed") };
  }

  /** What is wrong with the structure of the file: reads all of it. Nothing: it is sound. */
  quickCheck(): string[] {
    const rows = this.#sqlite.prepare<Row, []>(`PRAGMA quick_check(${problemsMax})`).all();
    return rows.map((row) => text(row, "quick_check")).filter((problem) => problem !== "ok");
  }

  /** A copy of what is committed now, without what was ever deleted, in a file that is made for it. */
  copyInto(file: string): void {
    this.#sqlite.prepare<Row, [string]>("VACUUM INTO ?1").run(file);
  }

  /** Closes, and leaves the write-ahead log to whoever goes on. */
  abandon(): void {
    this.#log.close();
    this.#sqlite.close(true);
  }

  /** Empties the write-ahead log and closes. Nothing may be asked of it afterwards. */
  close(): void {
    try {
      // The writer's own: for it a reader would make the writer wait.
      // Who reads just now, or empties the log, keeps it from being flushed: then the witness says less.
      if (this.#use !== "reader" && this.emptyLog()) this.#testify(this.#kept);
    } finally {
      this.#log.close();
      this.#sqlite.close(true); // statements end too, else they would hold the file open
      this.#witness?.close();
      this.#witness = undefined;
    }
  }

  /** Without SQLite's own flush; 2 µs. */
  #unsynced<T>(work: () => T): T {
    assert(!this.#isInTransaction(), "a transaction is as durable as where it began");
    this.#sqlite.run("PRAGMA synchronous=NORMAL"); // done when it is prepared, so not kept prepared
    try {
      return work();
    } finally {
      this.#sqlite.run("PRAGMA synchronous=FULL");
    }
  }

  /** So much is on disk: what was deferred may come after what was not. */
  #testify(kept: number): void {
    if (kept <= this.#witnessed) return;
    this.#witnessed = kept;
    this.#witness?.write(kept);
  }

  #within<T>(begin: Statement<Row, Binding[]>, work: () => T): T {
    assert(!this.#isInTransaction(), "transactions do not nest");
    begin.run();
    try {
      const value = work();
      this.#commit.run();
      return value;
    } catch (error) {
      // SQLite has rolled back by itself after some errors, such as a full disk.
      if (this.#isInTransaction()) this.#rollback.run();
      throw error;
    }
  }

  /** Rows that were changed on this connection, ever. */
  #changes(): number {
    const row = this.#countChanges.get();
    assert(row !== null, "a question for one number has an answer");
    return integer(row, "value");
  }

  #isInTransaction(): boolean {
    return this.#sqlite.inTransaction;
  }
}

export class Query<T> {
  readonly #statement: Statement<Row, Binding[]>;
  readonly #parse: (row: Row) => T;

  constructor(statement: Statement<Row, Binding[]>, parse: (row: Row) => T) {
    this.#statement = statement;
    this.#parse = parse;
  }

  first(...bindings: Binding[]): T | undefined {
    const row = this.#statement.get(...bindings);
    return row === null ? undefined : this.#parse(row);
  }

  all(...bindings: Binding[]): T[] {
    return this.#statement.all(...bindings).map(this.#parse);
  }
}

export class Change {
  readonly #statement: Statement<Row, Binding[]>;

  constructor(statement: Statement<Row, Binding[]>) {
    this.#statement = statement;
  }

  /** Runs it, and answers how many rows it changed. */
  run(...bindings: Binding[]): number {
    return this.#statement.run(...bindings).changes;
  }

  /** Runs an INSERT of one row, and answers its rowid; undefined: there was a conflict, and it did nothing. */
  insert(...bindings: Binding[]): number | undefined {
    const { changes, lastInsertRowid } = this.#statement.run(...bindings);
    return changes === 1 ? Number(lastInsertRowid) : undefined;
  }
}

/** @throws when there is no row. */
export function numberFrom(sqlite: Sqlite, sql: string): number {
  const row = sqlite.prepare<Row, []>(sql).get();
  assert(row !== null, "a question for one number has an answer");
  return integer(row, "value");
}

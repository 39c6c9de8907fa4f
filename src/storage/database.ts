/**
 * The database: one SQLite file, opened, brought up to date, and given out as statements and
 * transactions.
 *
 * It promises: a committed transaction survives a crash and a power loss (WAL, synchronous=FULL),
 * but for what `relaxed` writes, which survives a crash; a transaction is there whole or not at all; the file is readable by its owner only. A file that is
 * not ours, is damaged, or was written by a newer program is refused before anything is written to
 * it. This is the one file that uses `bun:sqlite`, besides the lock.
 *
 * It leaves to others: what the tables mean, and keeping a second server away (`lock.ts`).
 */
import { chmodSync, closeSync, openSync, statSync } from "node:fs";
import { Database as Sqlite, type Statement } from "bun:sqlite";
import { assert } from "../base/assert.ts";
import { describe, StorageFault } from "./fault.ts";
import { type Witness } from "./witness.ts";
import { applicationId, migrations } from "./migrations.ts";
import { type Binding, integer, type Row, text } from "./rows.ts";

/** How long a statement waits for another process; it blocks everything, so it is short. */
const busyTimeoutMs = 250;
/**
 * What the write-ahead log is cut back to after it has grown, by a reader that kept it from being
 * emptied.
 */
const journalBytesMax = 64 * 1024 * 1024;
/**
 * Pages of the write-ahead log at which a commit empties it itself: 16 MiB. Before, `caring.ts` does,
 * so that no commit waits for it.
 */
const logPagesMax = 4_096;
/** What is wrong with a damaged file is told so often. */
const problemsMax = 10;

/**
 * Opens the file, makes it if there is none, and brings its schema up to date. @throws StorageFault
 */
export function openDatabase(file: string): Database {
  makePrivate(file);
  let sqlite: Sqlite | undefined;
  try {
    sqlite = new Sqlite(file, { strict: true, readwrite: true, create: true });
    sqlite.run(`PRAGMA busy_timeout=${busyTimeoutMs}`);
    checkOrigin(sqlite, file);
    configure(sqlite);
    migrate(sqlite);
    return new Database(sqlite);
  } catch (error) {
    sqlite?.close(true);
    if (error instanceof StorageFault) throw error;
    throw new StorageFault(
      `cannot open ${file}: ${describe(error)}`,
      "Check the disk and the file's owner; if the file is damaged, restore a backup.",
      error,
    );
  }
}

/**
 * Opens the file to read it while another process, a server, may be writing: nothing is changed, and
 * nobody has to wait. It has to be of this program's schema. @throws StorageFault
 */
export function openToRead(file: string): Database {
  let sqlite: Sqlite | undefined;
  try {
    // Not read-only: who reads a write-ahead log that nobody has open has to be able to recover it.
    sqlite = new Sqlite(file, { strict: true, readwrite: true, create: false });
    sqlite.run(`PRAGMA busy_timeout=${busyTimeoutMs}`);
    checkOrigin(sqlite, file);
    if (versionOf(sqlite) < migrations.length) {
      throw new StorageFault(
        `${file} was written by an older authchat`,
        "Start this server once on it (authchat serve): that brings it up to date.",
      );
    }
    sqlite.run("PRAGMA query_only=ON");
    return new Database(sqlite, { isReader: true });
  } catch (error) {
    sqlite?.close(true);
    if (error instanceof StorageFault) throw error;
    throw new StorageFault(
      `cannot read ${file}: ${describe(error)}`,
      "Check the file's owner; if the file is damaged, restore a backup.",
      error,
    );
  }
}

/**
 * A further connection to a database that this program keeps open, or another one: nothing is made,
 * moved or migrated. @throws StorageFault when it is none of ours, anything else when it cannot be read.
 */
export function openBeside(file: string, isReadOnly = false): Database {
  const how = isReadOnly ? { readonly: true } : { readwrite: true, create: false };
  const sqlite = new Sqlite(file, { strict: true, ...how });
  try {
    sqlite.run(`PRAGMA busy_timeout=${busyTimeoutMs}`);
    sqlite.run("PRAGMA trusted_schema=OFF");
    sqlite.run("PRAGMA cell_size_check=ON");
    checkOrigin(sqlite, file);
    const version = versionOf(sqlite);
    if (version < migrations.length) {
      throw new StorageFault(
        `${file} has schema ${version}, of an older authchat`,
        "Start the server with this program once.",
      );
    }
    return new Database(sqlite);
  } catch (error) {
    sqlite.close(true);
    throw error;
  }
}

/**
 * How many changes the database says were ever kept; it is only read. One without any tables, and
 * one from before they were counted, says none. @throws when it is none of ours or cannot be read.
 */
export function keptIn(file: string): number {
  const sqlite = new Sqlite(file, { strict: true, readonly: true });
  try {
    checkOrigin(sqlite, file);
    const isCounted = "SELECT count(*) AS value FROM sqlite_schema WHERE name = 'kept'";
    return numberFrom(sqlite, isCounted) === 0
      ? 0
      : numberFrom(sqlite, "SELECT changes AS value FROM kept");
  } finally {
    sqlite.close(true);
  }
}

export class Database {
  readonly #sqlite: Sqlite;
  readonly #isReader: boolean;
  readonly #begin: Statement<Row, Binding[]>;
  readonly #beginReading: Statement<Row, Binding[]>;
  readonly #commit: Statement<Row, Binding[]>;
  readonly #rollback: Statement<Row, Binding[]>;
  readonly #prepared: string[] = [];
  readonly #countChanges: Statement<Row, Binding[]>;
  readonly #writeKept: Statement<Row, Binding[]>;
  #kept: number;
  #isRelaxed = false;
  #witness: Witness | undefined;

  constructor(sqlite: Sqlite, { isReader = false } = {}) {
    this.#sqlite = sqlite;
    this.#isReader = isReader;
    // IMMEDIATE: a transaction that begins by reading can fail with BUSY when it first writes,
    // without waiting.
    this.#begin = sqlite.prepare<Row, Binding[]>("BEGIN IMMEDIATE");
    this.#beginReading = sqlite.prepare<Row, Binding[]>("BEGIN");
    this.#commit = sqlite.prepare<Row, Binding[]>("COMMIT");
    this.#rollback = sqlite.prepare<Row, Binding[]>("ROLLBACK");
    this.#countChanges = sqlite.prepare<Row, Binding[]>("SELECT total_changes() AS value");
    this.#writeKept = sqlite.prepare<Row, Binding[]>("UPDATE kept SET changes = ?1 WHERE id = 1");
    this.#kept = numberFrom(sqlite, "SELECT changes AS value FROM kept");
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
      if (changes === 0 || this.#isRelaxed) return done;
      kept += changes;
      this.#writeKept.run(kept);
      return done;
    });
    if (kept === this.#kept) return value;
    this.#kept = kept;
    this.#witness?.write(kept);
    return value;
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
    assert(!this.#isInTransaction(), "a transaction is as durable as where it began");
    this.#sqlite.run("PRAGMA synchronous=NORMAL"); // done when it is prepared, so not kept prepared
    this.#isRelaxed = true;
    try {
      return work();
    } finally {
      this.#isRelaxed = false;
      this.#sqlite.run("PRAGMA synchronous=FULL");
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
    this.#sqlite.run("PRAGMA busy_timeout=0");
    const statement = this.#sqlite.prepare<Row, []>("PRAGMA wal_checkpoint(TRUNCATE)");
    try {
      const row = statement.get();
      return row !== null && integer(row, "busy") === 0;
    } finally {
      statement.finalize();
      this.#sqlite.run(`PRAGMA busy_timeout=${busyTimeoutMs}`);
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
    this.#sqlite.close(true);
  }

  /** Empties the write-ahead log and closes. Nothing may be asked of it afterwards. */
  close(): void {
    try {
      // The writer's own: for it a reader would make the writer wait.
      if (!this.#isReader) this.#sqlite.run("PRAGMA wal_checkpoint(TRUNCATE)");
    } finally {
      this.#sqlite.close(true); // statements end too, else they would hold the file open
      this.#witness?.close();
      this.#witness = undefined;
    }
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

/**
 * Makes the file with mode 0600, or takes away what others may do with it. SQLite gives its -wal
 * and -shm files the mode of the database. @throws StorageFault
 */
export function makePrivate(file: string): void {
  try {
    closeSync(openSync(file, "a", 0o600));
    if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
  } catch (error) {
    throw new StorageFault(
      `cannot use ${file}: ${describe(error)}`,
      "The data folder has to exist and to belong to the user who runs the server.",
      error,
    );
  }
}

/** Refuses what this program must not touch, before anything is written. */
function checkOrigin(sqlite: Sqlite, file: string): void {
  const isEmpty = numberFrom(sqlite, "SELECT count(*) AS value FROM sqlite_schema") === 0;
  if (isEmpty) return;
  const application = numberFrom(
    sqlite,
    "SELECT application_id AS value FROM pragma_application_id",
  );
  if (application !== applicationId) {
    throw new StorageFault(
      `${file} is a database of another program`,
      "Choose another data folder with --data.",
    );
  }
  const version = versionOf(sqlite);
  if (version > migrations.length) {
    throw new StorageFault(
      `${file} has schema ${version}; this program knows schemas up to ${migrations.length}`,
      "It was written by a newer authchat: run that one, or restore a backup made before.",
    );
  }
}

function configure(sqlite: Sqlite): void {
  const mode = sqlite.prepare<Row, []>("PRAGMA journal_mode=WAL").get();
  if (mode === null || text(mode, "journal_mode") !== "wal") {
    throw new Error("this file system cannot hold a write-ahead log");
  }
  // FULL: with NORMAL, 41 % of simulated power losses lost acknowledged messages; FULL lost none
  // and cost 5 % of the speed.
  sqlite.run("PRAGMA synchronous=FULL");
  sqlite.run("PRAGMA trusted_schema=OFF");
  sqlite.run("PRAGMA cell_size_check=ON");
  sqlite.run("PRAGMA foreign_keys=ON");
  // What is erased is overwritten in the file, not only unlinked; free pages too, which FAST leaves as they were.
  sqlite.run("PRAGMA secure_delete=ON");
  sqlite.run(`PRAGMA wal_autocheckpoint=${logPagesMax}`);
  sqlite.run(`PRAGMA journal_size_limit=${journalBytesMax}`);
}

function migrate(sqlite: Sqlite): void {
  for (let version = versionOf(sqlite); version < migrations.length; version += 1) {
    const step = migrations[version];
    assert(step !== undefined, "every version has its step");
    sqlite.transaction(() => {
      sqlite.run(`PRAGMA application_id=${applicationId}`);
      sqlite.run(step);
      sqlite.run(`PRAGMA user_version=${version + 1}`);
    })();
  }
}

function versionOf(sqlite: Sqlite): number {
  return numberFrom(sqlite, "SELECT user_version AS value FROM pragma_user_version");
}

function numberFrom(sqlite: Sqlite, sql: string): number {
  const row = sqlite.prepare<Row, []>(sql).get();
  assert(row !== null, "a question for one number has an answer");
  return integer(row, "value");
}

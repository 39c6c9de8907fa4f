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
import { chmodSync, closeSync, openSync, rmSync, statSync } from "node:fs";
import { Database as Sqlite, type Statement } from "bun:sqlite";
import { assert } from "../base/assert.ts";
import { describe, StorageFault } from "./fault.ts";
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
    throw cannotOpen(file, error);
  }
}

function cannotOpen(file: string, error: unknown): StorageFault {
  if (error instanceof StorageFault) return error;
  return new StorageFault(
    `cannot open ${file}: ${describe(error)}`,
    "Check the disk and the file's owner; if the file is damaged, restore a backup.",
    error,
  );
}

/**
 * Opens the file to read it beside whoever writes it. Nothing can be written through it.
 * @throws StorageFault
 */
export function openReader(file: string): Database {
  let sqlite: Sqlite | undefined;
  try {
    sqlite = new Sqlite(file, { strict: true, readonly: true });
    sqlite.run(`PRAGMA busy_timeout=${busyTimeoutMs}`);
    checkOrigin(sqlite, file);
    sqlite.run("PRAGMA trusted_schema=OFF");
    sqlite.run("PRAGMA cell_size_check=ON");
    return new Database(sqlite, "reader");
  } catch (error) {
    sqlite?.close(true);
    throw cannotOpen(file, error);
  }
}

/** A file that holds nothing but what can be made again from the database. */
export interface Derived {
  /** Another number: the file is of another program version, and is made anew. */
  readonly version: number;
  readonly schema: string;
}

/**
 * Opens a derived file. One that is missing, damaged, or of another version is removed and begun anew. It survives a
 * crash of the program; a loss of power may take the newest of it. @throws StorageFault
 */
export function openDerived(file: string, derived: Derived): Database {
  const known = openKnown(file, derived);
  if (known !== undefined) return known;
  removeDatabase(file);
  makePrivate(file);
  let sqlite: Sqlite | undefined;
  try {
    const made = new Sqlite(file, { strict: true, readwrite: true, create: true });
    sqlite = made;
    configureDerived(made);
    made.transaction(() => {
      made.run(derived.schema);
      made.run(`PRAGMA application_id=${applicationId}`);
      made.run(`PRAGMA user_version=${derived.version}`);
    })();
    return new Database(made);
  } catch (error) {
    sqlite?.close(true);
    throw cannotOpen(file, error);
  }
}

/** Removes a derived file, with what SQLite keeps beside it. It must not be open. */
export function removeDatabase(file: string): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(`${file}${suffix}`, { force: true });
}

/** The derived file as it is; undefined when it is none that can be used. */
function openKnown(file: string, { version }: Derived): Database | undefined {
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return undefined;
  let sqlite: Sqlite | undefined;
  try {
    makePrivate(file);
    sqlite = new Sqlite(file, { strict: true, readwrite: true });
    configureDerived(sqlite);
    const isOfThisVersion = versionOf(sqlite) === version;
    const checked = sqlite.prepare<Row, []>("PRAGMA quick_check(1)").get();
    if (isOfThisVersion && checked !== null && text(checked, "quick_check") === "ok") {
      return new Database(sqlite);
    }
  } catch {
    // Damaged, or no database at all: it is made anew.
  }
  sqlite?.close(true);
  return undefined;
}

function configureDerived(sqlite: Sqlite): void {
  sqlite.run(`PRAGMA busy_timeout=${busyTimeoutMs}`);
  sqlite.run("PRAGMA journal_mode=WAL");
  sqlite.run("PRAGMA synchronous=NORMAL");
  sqlite.run("PRAGMA trusted_schema=OFF");
  sqlite.run("PRAGMA cell_size_check=ON");
  // What is taken out is overwritten: it may be what someone had erased.
  sqlite.run("PRAGMA secure_delete=ON");
  sqlite.run(`PRAGMA journal_size_limit=${journalBytesMax}`);
}

export class Database {
  readonly #sqlite: Sqlite;
  readonly #use: "writer" | "reader";
  readonly #begin: Statement<Row, Binding[]>;
  readonly #beginReading: Statement<Row, Binding[]>;
  readonly #commit: Statement<Row, Binding[]>;
  readonly #rollback: Statement<Row, Binding[]>;
  readonly #prepared: string[] = [];

  constructor(sqlite: Sqlite, use: "writer" | "reader" = "writer") {
    this.#sqlite = sqlite;
    this.#use = use;
    // IMMEDIATE: a transaction that begins by reading can fail with BUSY when it first writes,
    // without waiting.
    this.#begin = sqlite.prepare<Row, Binding[]>("BEGIN IMMEDIATE");
    this.#beginReading = sqlite.prepare<Row, Binding[]>("BEGIN");
    this.#commit = sqlite.prepare<Row, Binding[]>("COMMIT");
    this.#rollback = sqlite.prepare<Row, Binding[]>("ROLLBACK");
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
    return this.#within(this.#begin, work);
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
    try {
      return work();
    } finally {
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
    try {
      const row = this.#sqlite.prepare<Row, []>("PRAGMA wal_checkpoint(TRUNCATE)").get();
      return row !== null && integer(row, "busy") === 0;
    } finally {
      this.#sqlite.run(`PRAGMA busy_timeout=${busyTimeoutMs}`);
    }
  }

  /** Empties the write-ahead log, if it is a writer, and closes. Nothing may be asked of it afterwards. */
  close(): void {
    try {
      if (this.#use === "writer") this.#sqlite.run("PRAGMA wal_checkpoint(TRUNCATE)");
    } finally {
      this.#sqlite.close(true); // statements end too, else they would hold the file open
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

/**
 * Opening: the SQLite files of the data folder, each as it is used.
 *
 *     openDatabase  the server's: made if there is none, and brought up to date
 *     openBeside    one more connection to a database that a program has open
 *     openToRead    for a command, whether a server runs or not
 *     openDerived   what can be made again from the database, such as the index of the search
 *
 * It promises: a file is readable by its owner only. One that is not ours, is damaged, or was written by a newer program is
 * refused before anything is written to it.
 *
 * Besides the lock this is the one file that opens any; keeping a second server away is the lock's (`lock.ts`).
 */
import { chmodSync, closeSync, openSync, rmSync, statSync } from "node:fs";
import { Database as Sqlite } from "bun:sqlite";
import { assert } from "../base/assert.ts";
import { Database, numberFrom } from "./database.ts";
import { describe, StorageFault } from "./fault.ts";
import { applicationId, migrations } from "./migrations.ts";
import { type Row, text } from "./rows.ts";

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
/** Of pages in memory, taken as they are read: a page of history is of many, and each costs a call to the system. */
const cacheKibMax = 16_384;

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
    const database = new Database(sqlite);
    // What a killed program had written may still be in memory only: nobody is to be shown it before it is on the disk.
    database.sync("here", (failure) => {
      if (failure !== undefined) throw new Error(describe(failure), { cause: failure });
    });
    return database;
  } catch (error) {
    sqlite?.close(true);
    throw cannotOpen(file, error);
  }
}

/**
 * Opens the file to read it while another process, a server, may be writing: nothing is changed, and
 * nobody has to wait. It has to be of this program's schema. @throws StorageFault
 */
export function openToRead(file: string): Database {
  try {
    // Not read-only: who reads a write-ahead log that nobody has open has to be able to recover it.
    return openExisting(file, { readwrite: true, create: false }, (sqlite) => {
      sqlite.run("PRAGMA query_only=ON");
      return new Database(sqlite, "reader");
    });
  } catch (error) {
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
  const use = isReadOnly ? "reader" : "writer";
  return openExisting(file, how, (sqlite) => new Database(sqlite, use));
}

/** Refuses what is none of ours or has an older schema; whatever is thrown, it is closed again. */
function openExisting(
  file: string,
  how: { readonly readonly?: boolean; readonly readwrite?: boolean; readonly create?: boolean },
  use: (sqlite: Sqlite) => Database,
): Database {
  const sqlite = new Sqlite(file, { strict: true, ...how });
  try {
    sqlite.run(`PRAGMA busy_timeout=${busyTimeoutMs}`);
    sqlite.run("PRAGMA trusted_schema=OFF");
    sqlite.run("PRAGMA cell_size_check=ON");
    checkOrigin(sqlite, file);
    if (versionOf(sqlite) >= migrations.length) return use(sqlite);
    throw new StorageFault(
      `${file} was written by an older authchat`,
      "Start this server once on it (authchat serve): that brings it up to date.",
    );
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
    return new Database(made, "derived");
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
      return new Database(sqlite, "derived");
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
  // FULL, but for what is `deferred` and synced afterwards: with NORMAL alone, 41 % of simulated power losses lost
  // acknowledged messages.
  sqlite.run("PRAGMA synchronous=FULL");
  sqlite.run("PRAGMA trusted_schema=OFF");
  sqlite.run("PRAGMA cell_size_check=ON");
  sqlite.run("PRAGMA foreign_keys=ON");
  // What is erased is overwritten in the file, not only unlinked; free pages too, which FAST leaves as they were.
  sqlite.run("PRAGMA secure_delete=ON");
  sqlite.run(`PRAGMA cache_size=${-cacheKibMax}`);
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

function cannotOpen(file: string, error: unknown): StorageFault {
  if (error instanceof StorageFault) return error;
  return new StorageFault(
    `cannot open ${file}: ${describe(error)}`,
    "Check the disk and the file's owner; if the file is damaged, restore a backup.",
    error,
  );
}

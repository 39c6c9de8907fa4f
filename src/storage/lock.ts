/**
 * The lock on a data folder: while one server holds it, no second one starts there.
 *
 * It is an SQLite file of its own, `authchat.lock`, on which an exclusive transaction stays open
 * for life: the system ends it with the process however that dies, so a lock is never left behind.
 * The database itself is not locked: backups and the command line read it beside the server. The
 * file stays; only the lock on it counts.
 */
import { join } from "node:path";
import { Database as Sqlite, SQLiteError } from "bun:sqlite";
import { failed, ok, type Result } from "../base/result.ts";
import { makePrivate } from "./opening.ts";
import { describe, StorageFault } from "./fault.ts";

export const lockFile = "authchat.lock";

export interface FolderLock {
  /** Lets the next server in. */
  release(): void;
}

/**
 * Takes the folder's lock, at once or not at all: failed when another server holds it.
 * @throws StorageFault when it cannot be taken at all
 */
export function lockFolder(folder: string): Result<FolderLock> {
  let sqlite: Sqlite | undefined;
  try {
    const file = join(folder, lockFile);
    makePrivate(file);
    sqlite = new Sqlite(file, { readwrite: true, create: true });
    sqlite.run("PRAGMA locking_mode=EXCLUSIVE");
    sqlite.run("BEGIN EXCLUSIVE");
  } catch (error) {
    sqlite?.close();
    const isTaken = error instanceof SQLiteError && error.code === "SQLITE_BUSY";
    if (isTaken) return failed(`another authchat server is running on ${folder}`);
    if (error instanceof StorageFault) throw error;
    throw new StorageFault(
      `cannot lock ${folder}: ${describe(error)}`,
      "Check the disk, and who owns the folder.",
      error,
    );
  }
  const held = sqlite;
  return ok({ release: () => held.close(true) });
}

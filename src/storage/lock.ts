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
import { makePrivate } from "./database.ts";
import { describe } from "./fault.ts";

export const lockFile = "authchat.lock";

export interface FolderLock {
  /** Lets the next server in. */
  release(): void;
}

/** Takes the folder's lock, at once or not at all. */
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
    return failed(`cannot lock ${folder}: ${describe(error)}`);
  }
  const held = sqlite;
  return ok({ release: () => held.close(true) });
}

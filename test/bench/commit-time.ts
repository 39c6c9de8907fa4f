/**
 * How long one row's commit with `synchronous=FULL` takes in a folder: what a durable message waits for at the least.
 */
import { Database } from "bun:sqlite";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { median } from "./figures.ts";

const commits = 300;

/** The median, in milliseconds. */
export function commitMs(folder: string): number {
  const file = join(folder, "commit-time.db");
  const database = new Database(file, { create: true });
  try {
    database.run("PRAGMA journal_mode = WAL");
    database.run("PRAGMA synchronous = FULL");
    database.run("CREATE TABLE said (id INTEGER PRIMARY KEY, text TEXT) STRICT");
    const insert = database.prepare("INSERT INTO said (text) VALUES (?)");
    const times = Array.from({ length: commits }, (_, number) => {
      const start = performance.now();
      insert.run(`message ${number} ${"x".repeat(80)}`);
      return performance.now() - start;
    });
    insert.finalize();
    return median(times);
  } finally {
    database.close();
    for (const end of ["", "-wal", "-shm"]) rmSync(`${file}${end}`, { force: true });
  }
}

/** What kind of file system the folder is on. */
export function fileSystemOf(folder: string): string {
  const asked = Bun.spawnSync(["df", "--output=fstype", folder], { stderr: "ignore" });
  const [, type = "?"] = asked.stdout.toString().split("\n");
  return type.trim();
}

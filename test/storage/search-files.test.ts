/** The files of a search: whatever becomes of the index's, searches are answered. */
import { expect, test } from "bun:test";
import { closeSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Database as Sqlite } from "bun:sqlite";
import { openDatabase } from "../../src/storage/opening.ts";
import { StorageFault } from "../../src/storage/fault.ts";
import { SearchFiles } from "../../src/storage/search-files.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { freshFolder } from "../support/folder.ts";
import { annAndBobInRoom, keep, said } from "./records.ts";
import { defaultAsk } from "./searched.ts";

interface Opened {
  readonly index: string;
  readonly reports: string[];
  readonly again: () => SearchFiles;
}

function open(): Opened {
  const folder = freshFolder();
  const database = join(folder, "authchat.db");
  const index = join(folder, "search.db");
  const store = new SqliteStore(openDatabase(database), () => undefined);
  keep(store, [...annAndBobInRoom, said("tea one"), said("tea two")]);
  const reports: string[] = [];
  const report = (problem: string): number => reports.push(problem);
  return {
    index,
    reports,
    again: () => new SearchFiles({ database, index, elapsed: () => 0, report }),
  };
}

function finds(files: SearchFiles): string[] {
  const answer = files.search({ ...defaultAsk, text: "tea" });
  return answer.outcome === "found" ? answer.entries.map(({ text }) => text) : [answer.outcome];
}

function catchUp(files: SearchFiles): void {
  while (files.work());
}

test.each([
  ["empty", ""],
  ["no database", "x".repeat(10_000)],
])("an index file that is %s is made anew, for its owner only", (_what, content) => {
  const { index, again, reports } = open();
  writeFileSync(index, content);
  const files = again();
  catchUp(files);
  expect(finds(files)).toEqual(["tea one", "tea two"]);
  expect(statSync(index).mode & 0o777).toBe(0o600);
  expect(reports).toEqual([]);
  files.close();
});

test("an index of another version is made anew", () => {
  const { index, again } = open();
  const files = again();
  catchUp(files);
  files.close();
  const sqlite = new Sqlite(index);
  sqlite.run("PRAGMA user_version=99");
  sqlite.close();
  const later = again();
  catchUp(later);
  expect(finds(later)).toEqual(["tea one", "tea two"]);
  later.close();
  expect(new Sqlite(index).query("PRAGMA user_version").get()).toEqual({ user_version: 1 });
});

test("an index that is damaged while it is open is made anew, once, and said to be", () => {
  const { index, again, reports } = open();
  const files = again();
  catchUp(files);
  const sqlite = new Sqlite(index);
  sqlite.run("PRAGMA wal_checkpoint(TRUNCATE)");
  const whole = readFileSync(index);
  const descriptor = openSync(index, "r+");
  writeSync(descriptor, Buffer.alloc(whole.length - 4_096, 0xff), 0, null, 4_096);
  closeSync(descriptor);
  // So that nobody goes by what they have read before.
  sqlite.run("PRAGMA user_version=1");
  sqlite.close();
  expect(finds(files)).toEqual(["tea one", "tea two"]);
  expect(reports).toHaveLength(1);
  expect(reports[0]).toStartWith("the search index is damaged and is made anew: ");
  catchUp(files);
  expect(finds(files)).toEqual(["tea one", "tea two"]);
  files.close();
});

test("without the database there is no search", () => {
  const index = join(freshFolder(), "search.db");
  const options = { database: `${index}-none`, index, elapsed: () => 0, report: () => undefined };
  expect(() => new SearchFiles(options)).toThrow(StorageFault);
});

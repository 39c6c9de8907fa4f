/** Care: the write-ahead log is emptied beside the server, the file is checked, and damage is told. */
import { copyFileSync, openSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "bun:test";
import { type CareReport } from "../../src/storage/care.ts";
import { Care } from "../../src/storage/caring.ts";
import { openDatabase } from "../../src/storage/opening.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { freshFolder } from "../support/folder.ts";
import { annAndBobInRoom, keep, page, said } from "./records.ts";

function freshFile(): string {
  return join(freshFolder(), "authchat.db");
}

function inUse(file: string) {
  const database = openDatabase(file);
  onTestFinished(() => database.close());
  const store = new SqliteStore(database, () => undefined);
  keep(store, [...annAndBobInRoom, said("a")]);
  return { database, store };
}

function caring(file: string): { readonly care: Care; readonly reports: CareReport[] } {
  const reports: CareReport[] = [];
  const care = new Care(file, (report) => reports.push(report));
  onTestFinished(() => care.end());
  return { care, reports };
}

test("when the server pauses, what is in the log goes into the file", () => {
  const file = freshFile();
  const { database } = inUse(file);
  const { care } = caring(file);
  care.look();
  expect(database.logState().moved).toBe(0);
  care.look();
  const { pages, moved } = database.logState();
  expect([moved === pages, pages > 0]).toEqual([true, true]);
  const copy = freshFile();
  copyFileSync(file, copy);
  expect(page(new SqliteStore(openDatabase(copy), () => undefined))).toEqual(["1 a"]);
});

test("a log that has grown long goes into the file also while the server writes", () => {
  const file = freshFile();
  const { database, store } = inUse(file);
  const { care } = caring(file);
  for (let count = 0; count < 60; count += 1) keep(store, [said("x".repeat(80_000))]);
  care.look();
  expect(database.logState().moved).toBeGreaterThan(1_000);
});

test("a log that nobody has written to for half a minute is cut off", () => {
  const file = freshFile();
  const { store } = inUse(file);
  const { care } = caring(file);
  for (let count = 0; count < 20; count += 1) keep(store, [said("x".repeat(80_000))]);
  for (let count = 0; count < 30; count += 1) care.look();
  expect(statSync(`${file}-wal`).size).toBeGreaterThan(1024 * 1024);
  care.look();
  expect(statSync(`${file}-wal`).size).toBe(0);
  expect(page(store, { limit: 1 })).toHaveLength(1);
});

test("a sound file has no problems", () => {
  const file = freshFile();
  inUse(file);
  const { care, reports } = caring(file);
  care.begin();
  expect(reports).toEqual([{ kind: "checked", problems: [] }]);
});

test("a page that is damaged is found when the server starts", () => {
  const file = freshFile();
  const { store, database } = inUse(file);
  for (let count = 0; count < 50; count += 1) keep(store, [said("x".repeat(1_000))]);
  database.checkpoint();
  const descriptor = openSync(file, "r+");
  const { size } = statSync(file);
  for (let at = 40 * 4096; at < size; at += 4096)
    writeSync(descriptor, Buffer.alloc(64, 7), 0, 64, at);
  const { care, reports } = caring(file);
  care.begin();
  const [first] = reports;
  expect(first?.kind === "checked" && first.problems.length > 0).toBe(true);
});

test("a row that is damaged is told once a round, without what is in it", () => {
  const file = freshFile();
  const { database } = inUse(file);
  database.change("UPDATE entry SET text = 'secret' WHERE sequence = 1").run();
  const { care, reports } = caring(file);
  care.look();
  const text = "entry 1 of log 1 is damaged; it is not shown to anyone";
  expect(reports).toEqual([{ kind: "problem", text }]);
});

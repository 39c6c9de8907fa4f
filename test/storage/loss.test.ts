/** A loss that is accepted: no place is given twice, people are told, and other holes are damage as before. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { Database as Sqlite } from "bun:sqlite";
import { wallMs } from "../../src/base/time.ts";
import { type Database } from "../../src/storage/database.ts";
import { openDatabase } from "../../src/storage/opening.ts";
import { acceptLoss, lossIn } from "../../src/storage/loss.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { freshFolder } from "../support/folder.ts";
import {
  ann,
  annAndBobInRoom,
  at,
  atTime,
  between,
  bob,
  keep,
  page,
  places,
  said,
} from "./records.ts";

interface Lossy {
  readonly file: string;
  readonly database: Database;
  readonly store: SqliteStore;
}

/** A room and a conversation with two entries each, of which `changes` that came after are lost. */
function lossy(changes: number): Lossy {
  const file = join(freshFolder(), "authchat.db");
  const database = openDatabase(file);
  const before = new SqliteStore(database, () => undefined);
  keep(before, [...annAndBobInRoom, said("a"), said("b")], 5);
  keep(before, [said("c", { log: between(ann, bob) })], 6);
  const words = "what was said here is lost";
  acceptLoss(database, { changes, words, source: "server", now: wallMs(7) });
  const problems: string[] = [];
  const store = new SqliteStore(database, (problem) => problems.push(problem));
  return { file, database, store };
}

test("every log goes on above all that can have been given in it, and says so", () => {
  const { store } = lossy(10);
  expect(places(keep(store, [said("d")], 8))).toEqual(["1/14@8"]);
  const outcomes = keep(store, [said("e", { log: between(ann, bob) })], 9);
  expect(places(outcomes)).toEqual(["-1/13@9"]);
  const entries = ["1 a", "2 b", "13 what was said here is lost", "14 d"];
  expect(page(store)).toEqual(entries);
});

test("numbers of accounts, channels, conversations and credentials are above those given", () => {
  const { store, database } = lossy(10);
  const { nextAccount, nextChannel } = store.opening();
  expect([nextAccount > 12, nextChannel > 11]).toEqual([true, true]);
  const log = between(ann, ann);
  expect(places(keep(store, [said("to myself", { log })], 8))).toEqual(["-12/1@8"]);
  const last = database.query(
    "SELECT seq FROM sqlite_sequence WHERE name = 'credential'",
    ({ seq }) => seq,
  );
  expect(last.first()).toBe(10);
});

test("entries are numbered above those that are lost: a device that was told them is told what comes", () => {
  const { store } = lossy(10);
  const [{ id } = { id: 0 }] = keep(store, [said("d")], 8);
  expect(id).toBeGreaterThan(3 + 10);
});

test("the loss counts as kept: the next start has nothing more to accept", () => {
  const { database } = lossy(10);
  const withoutLoss = openDatabase(join(freshFolder(), "authchat.db"));
  keep(new SqliteStore(withoutLoss, () => undefined), [...annAndBobInRoom, said("a"), said("b")]);
  expect(database.kept).toBeGreaterThan(withoutLoss.kept + 10);
});

test("pages reach over the loss, from both sides and by time", () => {
  const { store } = lossy(1_000_000);
  keep(store, [said("d")], 8);
  const after = page(store, { page: { kind: "after", after: at(2) } });
  expect(after).toEqual(["1000003 what was said here is lost", "1000004 d"]);
  expect(page(store, { page: { kind: "before", before: at(1_000_003) } })).toEqual(["1 a", "2 b"]);
  expect(page(store, { page: { kind: "after", after: atTime(5) } })).toEqual(after);
  expect(page(store, { page: { kind: "before", before: atTime(8) } })).toEqual([
    "1 a",
    "2 b",
    "1000003 what was said here is lost",
  ]);
});

test("a hole that nobody has announced is damage, as before", () => {
  const { store, database } = lossy(10);
  keep(store, [said("d"), said("e")], 8);
  database.change("DELETE FROM entry WHERE log = 1 AND sequence = 14").run();
  expect(page(store)).toBe("unavailable");
  expect(page(store, { page: { kind: "after", after: atTime(7) } })).toBe("unavailable");
});

test("what a witness says beyond the database is lost, and nothing is written by looking", () => {
  const { file, database } = lossy(10);
  const { kept } = database;
  expect([lossIn(file, kept), lossIn(file, kept + 3), lossIn(file, undefined)]).toEqual([0, 3, 0]);
  const files = ["", "-wal"].map((end) => file + end);
  const before = files.map((each) => readFileSync(each));
  lossIn(file, kept + 3);
  expect(
    files.map((each, index) => readFileSync(each).equals(before[index] ?? new Uint8Array())),
  ).toEqual([true, true]);
});

test("without its database all of it is lost", () => {
  expect(lossIn(join(freshFolder(), "authchat.db"), 7)).toBe(7);
});

test("a database whose write-ahead log had everything is empty without it, and all of it is lost", () => {
  const file = join(freshFolder(), "authchat.db");
  new Sqlite(file).close();
  expect(lossIn(file, 7)).toBe(7);
});

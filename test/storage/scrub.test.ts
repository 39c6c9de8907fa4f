/** Scrubbing: bytes that have changed inside a row are found, wherever it is, and the others are read on. */
import { join } from "node:path";
import { expect, test } from "bun:test";
import { openDatabase } from "../../src/storage/opening.ts";
import { Scrubber, someRow } from "../../src/storage/scrub.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { freshFolder } from "../support/folder.ts";
import { annAndBobInRoom, keep, said } from "./records.ts";

/** Five entries, of which those are not as they were written. */
function withDamage(...sequences: readonly number[]) {
  const database = openDatabase(join(freshFolder(), "authchat.db"));
  const store = new SqliteStore(database, () => undefined);
  keep(store, [...annAndBobInRoom, ..."abcde".split("").map((text) => said(text))]);
  const damage = database.change("UPDATE entry SET text = 'other' WHERE sequence = ?1");
  for (const sequence of sequences) damage.run(sequence);
  return database;
}

test("sound entries are no damage, to the end and from the beginning again", () => {
  const scrubber = new Scrubber(withDamage());
  const parts = [1, 2, 3, 4].map(() => scrubber.next(2));
  expect(parts.flatMap(({ damaged }) => damaged)).toEqual([]);
  expect(parts.map(({ isAtEnd }) => isAtEnd)).toEqual([false, false, true, false]);
});

test("each damaged entry is named by its place, and without what is in it", () => {
  const { damaged } = new Scrubber(withDamage(2, 5)).next(100);
  expect(damaged).toEqual(["entry 2 of log 1 is damaged", "entry 5 of log 1 is damaged"]);
});

test("it may begin anywhere, and comes to all", () => {
  const database = withDamage(1);
  expect([0, 0.5, 0.99].map((share) => someRow(database, share))).toEqual([0, 2, 4]);
  const scrubber = new Scrubber(database, someRow(database, 0.5));
  expect([scrubber.next(100).damaged.length, scrubber.next(100).damaged.length]).toEqual([0, 1]);
});

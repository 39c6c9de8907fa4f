/** The index behind the log: what it follows, what leaves it, and which index is of another database. */
import { expect, test } from "bun:test";
import { Database as Sqlite } from "bun:sqlite";
import { copyFileSync, readFileSync } from "node:fs";
import { openDatabase, openDerived, openBeside } from "../../src/storage/opening.ts";
import { expressionOf, searchDerived, SearchIndex } from "../../src/storage/search-index.ts";
import { trigramsOf } from "../../src/storage/search-text.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { annAndBobInRoom, erased, keep, said } from "./records.ts";
import { Searched } from "./searched.ts";

function asked(folded: string): string {
  return expressionOf({ logs: [1], nick: undefined, trigrams: trigramsOf(folded) }) ?? "";
}

function named(index: SearchIndex, folded: string): number[] {
  return index.candidates(asked(folded), { above: 0, below: 1_000 }, "newest", 100);
}

test("the index takes in as much at once as it is told to, and says whether there was anything", () => {
  const { store, index } = new Searched();
  keep(store, [...annAndBobInRoom, said("tea one"), said("tea two"), said("tea three")]);
  expect([index.step(2), index.indexed, named(index, "tea")]).toEqual([true, 2, [2, 1]]);
  expect([index.step(2), index.indexed, named(index, "tea")]).toEqual([true, 3, [3, 2, 1]]);
  expect(index.step(2)).toBe(false);
});

test("what was erased leaves the index with the next step, and its letters leave the file", () => {
  const searched = new Searched();
  const { store, index } = searched;
  keep(store, [...annAndBobInRoom, said("qzxj secret"), said("tea")]);
  searched.catchesUp();
  keep(store, [erased(1)]);
  expect([index.step(10), named(index, "qzxj"), named(index, "tea")]).toEqual([true, [], [2]]);
  while (index.purge());
  searched.closes();
  // A word of the index is written as one letter for the table and its three.
  expect(readFileSync(searched.indexFile).includes("zxj")).toBe(false);
});

test("before anything is erased, the letters are in the file", () => {
  const searched = new Searched();
  keep(searched.store, [...annAndBobInRoom, said("qzxj secret")]);
  searched.catchesUp();
  searched.closes();
  expect(readFileSync(searched.indexFile).includes("zxj")).toBe(true);
});

test("an entry that was deleted, and whose number is given again, is in the index as it is now", () => {
  const { store, index, database } = new Searched();
  keep(store, [...annAndBobInRoom, said("tea one"), said("old words")]);
  index.step(10);
  const sqlite = new Sqlite(database);
  sqlite.run("DELETE FROM entry WHERE id = 2");
  sqlite.run("INSERT INTO erasure (entry) VALUES (2)");
  // As if the log went on: the same number, another text.
  sqlite.run(
    `INSERT INTO entry (log, said, sequence, time, account, source, command, target, middle,
       text, tags, nonce, crc, seams)
     SELECT log, said, 3, time, account, source, command, target, middle, 'new words', tags, nonce,
       crc, seams FROM entry WHERE id = 1`,
  );
  sqlite.close();
  index.step(10);
  expect([named(index, "old"), named(index, "new")]).toEqual([[], [2]]);
});

test("after the newest entries were deleted the index goes on with what is said next", () => {
  const { store, index, database } = new Searched();
  keep(store, [...annAndBobInRoom, said("one"), said("two"), said("three")]);
  index.step(10);
  const sqlite = new Sqlite(database);
  sqlite.run("INSERT INTO erasure (entry) SELECT id FROM entry WHERE id > 1");
  sqlite.run("DELETE FROM entry WHERE id > 1");
  sqlite.close();
  expect([index.step(10), index.indexed]).toEqual([true, 1]);
  expect(index.step(10)).toBe(false);
});

test("the index of another database, or of one that went back, is begun anew", () => {
  const first = new Searched();
  keep(first.store, [...annAndBobInRoom, said("tea one"), said("tea two")]);
  first.catchesUp();
  first.closes();
  const other = new Searched();
  keep(other.store, [...annAndBobInRoom, said("cake one"), said("cake two")]);
  copyFileSync(first.indexFile, `${other.indexFile}-copied`);
  const copied = openDerived(`${other.indexFile}-copied`, searchDerived);
  const index = new SearchIndex(openBeside(other.database, true), copied);
  expect([index.indexed, named(index, "tea")]).toEqual([0, []]);
});

test("the index of this database goes on where it was", () => {
  const searched = new Searched();
  keep(searched.store, [...annAndBobInRoom, said("tea one"), said("tea two")]);
  searched.catchesUp();
  // The last one that was taken in has changed since: it was erased.
  keep(searched.store, [erased(2)]);
  searched.closes();
  const again = openDerived(searched.indexFile, searchDerived);
  expect(new SearchIndex(openBeside(searched.database, true), again).indexed).toBe(2);
});

test("whatever the text, the index is asked for text and nothing else", () => {
  const searched = new Searched();
  const texts = ['"tea" OR *', "text:tea^2", "NEAR(a b, 2)", "{log}: -x + y", "'; DROP TABLE"];
  keep(searched.store, [...annAndBobInRoom, ...texts.map((text) => said(text))]);
  searched.catchesUp();
  for (const [number, text] of texts.entries()) {
    expect(named(searched.index, text.toLowerCase())).toEqual([number + 1]);
  }
});

test("searching reads: the database cannot be written through its connection", () => {
  const searched = new Searched();
  const reader = openBeside(searched.database, true);
  expect(() => reader.change("DELETE FROM entry").run()).toThrow("readonly");
  reader.close();
  expect(new SqliteStore(openDatabase(searched.database), () => undefined)).toBeDefined();
});

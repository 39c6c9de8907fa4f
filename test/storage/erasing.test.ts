/**
 * Erasing on disk: what was erased is in no file of the data folder, and a tombstone is checked like any other row.
 */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Database as Sqlite } from "bun:sqlite";
import fc from "fast-check";
import { elapsedMs, wallMs } from "../../src/base/time.ts";
import { openDatabase } from "../../src/storage/opening.ts";
import { applicationId, migrations } from "../../src/storage/migrations.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { freshFolder } from "../support/folder.ts";
import { annAndBobInRoom, atTime, erased, keep, page, reaction, said } from "./records.ts";

/** Nothing is too old. */
const quiet = { wall: wallMs(1_000), elapsed: elapsedMs(0), keepDays: 0 };

function openStore(folder: string, problems: string[] = []): SqliteStore {
  const database = openDatabase(join(folder, "authchat.db"));
  return new SqliteStore(database, (problem) => problems.push(problem));
}

/** The files in the folder in which the words are. */
function filesWith(folder: string, words: string): string[] {
  return readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes(words));
}

function sqliteIn(folder: string): Sqlite {
  return new Sqlite(join(folder, "authchat.db"));
}

test("what was erased is in no file after the next quiet moment, nor are the reactions to it", () => {
  const folder = freshFolder();
  const store = openStore(folder);
  keep(store, [...annAndBobInRoom, said("canary one"), said("other")]);
  keep(store, [reaction("c1-1", { tags: "+draft/react=canary-two;+reply=c1-1" })]);
  store.clean(quiet);
  expect(filesWith(folder, "canary").toSorted()).toEqual(["authchat.db"]);
  keep(store, [erased(1)]);
  expect(filesWith(folder, "canary")).not.toEqual([]);
  store.clean(quiet);
  expect(filesWith(folder, "canary")).toEqual([]);
  expect(filesWith(folder, "other")).toEqual(["authchat.db"]);
  expect(page(store)).toEqual(["2 other"]);
});

test("someone who reads meanwhile keeps the log from being emptied, and the next quiet moment does it", () => {
  const folder = freshFolder();
  const store = openStore(folder);
  keep(store, [...annAndBobInRoom, said("canary")]);
  const reader = sqliteIn(folder);
  reader.run("BEGIN");
  reader.query("SELECT count(*) FROM entry").get();
  keep(store, [erased(1)]);
  store.clean(quiet);
  expect(filesWith(folder, "canary")).not.toEqual([]);
  reader.run("COMMIT");
  store.clean(quiet);
  expect(filesWith(folder, "canary")).toEqual([]);
});

test("what was erased before a crash leaves the log after the next start", () => {
  const folder = freshFolder();
  const crashed = openStore(folder);
  keep(crashed, [...annAndBobInRoom, said("canary")]);
  keep(crashed, [erased(1)]);
  expect(filesWith(folder, "canary")).toEqual(["authchat.db-wal"]);
  const store = openStore(folder);
  store.clean(quiet);
  expect(filesWith(folder, "canary")).toEqual([]);
});

test("messages of any length, erased in any order: their bytes are nowhere, the others' all there", () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 9_000 }), { minLength: 20, maxLength: 60 });
  const runs = fc.property(lengths, fc.infiniteStream(fc.nat()), (sizes, random) => {
    const folder = freshFolder();
    const store = openStore(folder);
    keep(store, annAndBobInRoom);
    const words = sizes.map((size, index) => `<canary ${index}>${"x".repeat(size)}<end ${index}>`);
    for (const text of words) keep(store, [said(text)]);
    const order = sizes
      .map((_, index) => ({ index, key: random.next().value ?? 0 }))
      .toSorted((left, right) => left.key - right.key)
      .map(({ index }) => index);
    const gone = order.slice(0, Math.ceil(order.length / 2));
    for (const index of gone) {
      keep(store, [erased(index + 1)]);
      store.clean(quiet);
    }
    const isThere = (index: number): boolean =>
      filesWith(folder, `<canary ${index}>`).length + filesWith(folder, `<end ${index}>`).length >
      0;
    expect(gone.filter(isThere)).toEqual([]);
    expect(page(store, { limit: 100 })).toHaveLength(sizes.length - gone.length);
    store.close();
    expect(gone.filter(isThere)).toEqual([]);
  });
  fc.assert(runs, { numRuns: 10 });
}, 60_000);

test("each row that is erased is noted once, in the transaction that erases it", () => {
  const folder = freshFolder();
  const store = openStore(folder);
  keep(store, [...annAndBobInRoom, said("a"), said("b"), reaction("c1-1"), reaction("c1-2")]);
  keep(store, [erased(1)]);
  keep(store, [erased(1), erased(3)]);
  const noted = sqliteIn(folder).query("SELECT entry FROM erasure ORDER BY id").values();
  expect(noted.flat()).toEqual([1, 3]);
});

test.each([
  "text = 'back again'",
  "tags = '+a=b'",
  "account = 2",
  "said = 1",
  "said = 0",
  "command = 'NOTICE'",
  "crc = crc + 1",
])("a tombstone of which %s was changed is noticed when it is read", (change) => {
  const folder = freshFolder();
  const writer = openStore(folder);
  keep(writer, [...annAndBobInRoom, said("a"), said("b"), said("c"), erased(2)], 10);
  writer.close();
  sqliteIn(folder).run(`UPDATE entry SET ${change} WHERE sequence = 2`);
  const problems: string[] = [];
  const store = openStore(folder, problems);
  expect(page(store, { page: { kind: "after", after: atTime(9) } })).toBe("unavailable");
  expect(problems.join()).toContain("entry 2 of log 1 is damaged");
});

test("a row that only looks like a tombstone is missing from a page of everything", () => {
  const folder = freshFolder();
  const writer = openStore(folder);
  keep(writer, [...annAndBobInRoom, said("a"), said("b"), said("c")]);
  writer.close();
  sqliteIn(folder).run("UPDATE entry SET said = 2 WHERE sequence = 2");
  const problems: string[] = [];
  expect(page(openStore(folder, problems))).toBe("unavailable");
  expect(problems).toHaveLength(1);
});

test("reactions that an older program kept go with the message they mean too", () => {
  const folder = freshFolder();
  const file = join(folder, "authchat.db");
  const old = new Sqlite(file);
  for (const step of migrations.slice(0, 2)) old.run(step);
  const tags = ["+draft/react=x;+reply=c1-1", "+draft/reply=c1-2", "+x=1"];
  for (const [index, written] of tags.entries()) {
    old
      .query(
        `INSERT INTO entry (log, said, sequence, time, account, source, command, target, middle,
           text, tags, crc) VALUES (1, 0, ?1, 1, 1, 'a', 'TAGMSG', '#room', '', '', ?2, 0)`,
      )
      .run(index + 1, written);
  }
  old.run(`PRAGMA application_id=${applicationId}`);
  old.run("PRAGMA user_version=2");
  old.close();
  openDatabase(file).close();
  const replies = sqliteIn(folder).query("SELECT reply FROM entry ORDER BY id").values();
  expect(replies.flat()).toEqual(["c1-1", "c1-2", null]);
});

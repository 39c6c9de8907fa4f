/**
 * Removals: everything of an account that is gone is erased, wherever it was, in steps that a restart goes on with.
 */
import { expect, test } from "bun:test";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { accountId, channelId } from "../../src/base/ids.ts";
import { elapsedMs, wallMs } from "../../src/base/time.ts";
import { type Database } from "../../src/storage/database.ts";
import { openDatabase } from "../../src/storage/opening.ts";
import { erasedAtOnceMax, lookedAtMax, Removals } from "../../src/storage/removals.ts";
import { integer } from "../../src/storage/rows.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { freshFolder } from "../support/folder.ts";
import {
  account,
  ann,
  annAndBobInRoom,
  between,
  bob,
  channel,
  entry,
  inChannel,
  keep,
  member,
  page,
  places,
  said,
  type TestedStore,
} from "./records.ts";

interface Opened {
  readonly file: string;
  readonly database: Database;
  readonly store: SqliteStore;
}

function open(file = join(freshFolder(), "authchat.db")): Opened {
  const database = openDatabase(file);
  const store = new SqliteStore(database, (problem) => {
    throw new Error(problem);
  });
  return { file, database, store };
}

function removed(store: TestedStore): void {
  keep(store, [{ kind: "account-removed", id: bob, erases: true }], 5_000);
}

/** What each step came to, until there is nothing more to do. */
function steps({ store }: Opened): (string | undefined)[] {
  const done: (string | undefined)[] = [];
  for (;;) {
    const now = { wall: wallMs(9_000), elapsed: elapsedMs(0), keepDays: 0 };
    const { hasMore, erased } = store.clean(now);
    done.push(erased === undefined ? undefined : `${erased.name} ${erased.erased}`);
    if (!hasMore) return done;
  }
}

function count(database: Database, sql: string): number {
  return (
    database
      .query(`SELECT count(*) AS value FROM ${sql}`, (row) => integer(row, "value"))
      .first() ?? 0
  );
}

const other = inChannel(2);
const bobSays = (text: string, rest: Parameters<typeof said>[1] = {}) =>
  said(text, { account: bob, source: "Bob!Bob@host", ...rest });

/** bob has spoken in two rooms and in private, and has reacted; so has ann, to him. */
function withWords(): Opened {
  const opened = open();
  const { store } = opened;
  keep(store, [
    ...annAndBobInRoom,
    channel(channelId(2), "#b"),
    member(ann, { channel: channelId(2) }),
  ]);
  keep(store, [said("a1"), bobSays("b2"), said("a3"), bobSays("b1", { log: other })]);
  keep(store, [
    bobSays("to ann", { log: between(ann, bob) }),
    said("to bob", { log: between(ann, bob) }),
  ]);
  const reaction = { command: "TAGMSG", text: "" };
  keep(store, [entry({ ...reaction, tags: "+draft/react=x;+reply=c1-2" })]);
  keep(store, [bobSays("", { ...reaction, tags: "+draft/react=y;+reply=c1-1" })]);
  return opened;
}

test("all that the account said is gone from rooms and conversations, with the reactions to it", () => {
  const opened = withWords();
  removed(opened.store);
  expect(steps(opened)).toEqual(["Bob 4"]);
  expect(page(opened.store)).toEqual(["1 a1", "3 a3"]);
  expect(page(opened.store, { log: other })).toEqual([]);
  expect(page(opened.store, { log: between(ann, bob) })).toEqual(["2 to bob"]);
  expect(count(opened.database, "entry WHERE account = 2 AND (text <> '' OR tags <> '')")).toBe(0);
  // Four of bob's, and ann's reaction to one of them.
  expect(count(opened.database, "erasure")).toBe(5);
  expect(opened.store.isErasing()).toBe(false);
});

test("without that its words stay, under the name they were said with", () => {
  const opened = withWords();
  keep(opened.store, [{ kind: "account-removed", id: bob }], 5_000);
  expect(opened.store.isErasing()).toBe(false);
  steps(opened);
  expect(page(opened.store)).toHaveLength(5);
  expect(count(opened.database, "erasure")).toBe(0);
});

test("who takes the name meanwhile is another, and what they say stays", () => {
  const opened = withWords();
  removed(opened.store);
  const cat = accountId(3);
  keep(opened.store, [account(cat, "Bob"), member(cat), bobSays("new", { account: cat })], 6_000);
  expect(page(opened.store, { reader: cat })).toEqual(["6 new"]);
  steps(opened);
  expect(page(opened.store, { reader: cat })).toEqual(["6 new"]);
  expect(page(opened.store, { reader: cat, log: between(ann, cat) })).toBe("none");
});

test("a step looks at so many rows, erases so many, and the next one goes on", () => {
  const opened = open();
  const { store, database } = opened;
  keep(store, annAndBobInRoom);
  keep(
    store,
    Array.from({ length: erasedAtOnceMax + 10 }, () => bobSays("b")),
  );
  keep(
    store,
    Array.from({ length: lookedAtMax }, () => said("a")),
  );
  keep(store, [bobSays("last")]);
  removed(store);
  const removals = new Removals(database);
  const erased: number[] = [];
  while (removals.isUnderWay()) erased.push(removals.step().erased);
  expect(erased).toEqual([erasedAtOnceMax, 10, 1]);
  expect(count(database, "entry WHERE said <> 2")).toBe(lookedAtMax);
});

test("a crash in the middle costs nothing: the next start goes on where it was", () => {
  const opened = open();
  const { store, database, file } = opened;
  keep(store, annAndBobInRoom);
  keep(
    store,
    Array.from({ length: 3 * erasedAtOnceMax }, () => bobSays("b")),
  );
  removed(store);
  new Removals(database).step();
  const left = join(freshFolder(), "authchat.db");
  for (const end of ["", "-wal"]) copyFileSync(file + end, left + end);
  const again = open(left);
  expect(again.store.isErasing()).toBe(true);
  expect(count(again.database, "entry WHERE said = 2")).toBe(erasedAtOnceMax);
  expect(steps(again).at(-1)).toBe(`Bob ${3 * erasedAtOnceMax}`);
  expect(count(again.database, "entry WHERE said = 2")).toBe(3 * erasedAtOnceMax);
});

test("two accounts are erased one after the other", () => {
  const opened = withWords();
  removed(opened.store);
  keep(opened.store, [{ kind: "account-removed", id: ann, erases: true }], 5_000);
  expect(steps(opened)).toEqual(["ann 4", "Bob 3"]);
});

test("who said nothing is erased at once, also where nobody ever said anything", () => {
  const opened = open();
  keep(opened.store, annAndBobInRoom);
  removed(opened.store);
  expect(steps(opened)).toEqual(["Bob 0"]);
});

test("a damaged entry loses its words too, and is still seen to be damaged", () => {
  const opened = withWords();
  const { database, store } = opened;
  database.transaction(() =>
    database.change("UPDATE entry SET text = 'x' WHERE text = 'b2'").run(),
  );
  removed(store);
  steps(opened);
  expect(count(database, "entry WHERE account = 2 AND text <> ''")).toBe(0);
  expect(() => page(store)).toThrow("is damaged");
});

test("when it is done, the words are in no file any more", () => {
  const opened = open();
  const { store, file } = opened;
  keep(store, annAndBobInRoom);
  for (let line = 0; line < 300; line += 1) {
    keep(store, [bobSays(`a secret of bob's ${line}`), said(`not his ${line} ${"x".repeat(200)}`)]);
  }
  removed(store);
  const found = (end: string): number =>
    readFileSync(file + end)
      .toString("latin1")
      .split("a secret of bob's").length - 1;
  expect(found("-wal")).toBeGreaterThan(300);
  steps(opened);
  expect(found("")).toBe(0);
  expect(found("-wal")).toBe(0);
  expect(readFileSync(file).toString("latin1")).toContain("not his 299");
});

test("the nonces of what was erased are still taken", () => {
  const opened = withWords();
  keep(opened.store, [bobSays("once", { nonce: "n" })]);
  removed(opened.store);
  steps(opened);
  expect(places(keep(opened.store, [bobSays("once", { nonce: "n" })], 8_000))).toEqual([
    "1/6@1000 again",
  ]);
});

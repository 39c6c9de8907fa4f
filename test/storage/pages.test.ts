/** What a page costs: as many rows are read at the beginning of a long log as at its end. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { Database as Sqlite } from "bun:sqlite";
import { type HistoryPage } from "../../src/server/outside.ts";
import { Database, type Query } from "../../src/storage/database.ts";
import { openDatabase } from "../../src/storage/opening.ts";
import { type Row } from "../../src/storage/rows.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { freshFolder } from "../support/folder.ts";
import { annAndBobInRoom, at, atTime, erased, joined, ann, keep, page, said } from "./records.ts";

/** Counts the rows that are read, each of which is one step of SQLite by index (`database.test.ts`). */
class CountingDatabase extends Database {
  rowsRead = 0;

  override query<T>(sql: string, parse: (row: Row) => T): Query<T> {
    return super.query(sql, (row) => {
      this.rowsRead += 1;
      return parse(row);
    });
  }
}

const length = 20_000;

/** One message a millisecond; every tenth entry is a JOIN. */
function longLog(): { readonly store: SqliteStore; readonly database: CountingDatabase } {
  const file = join(freshFolder(), "authchat.db");
  openDatabase(file).close();
  const database = new CountingDatabase(new Sqlite(file, { strict: true }));
  const store = new SqliteStore(database, (problem) => {
    throw new Error(problem);
  });
  keep(store, annAndBobInRoom, 0);
  for (let from = 1; from <= length; from += 10) {
    const records = Array.from({ length: 9 }, (_, index) => said(`${from + index}`));
    keep(store, [...records, joined(ann)], from);
  }
  return { store, database };
}

test("a page costs the same at both ends of a log, and hardly more than its entries", () => {
  const { store, database } = longLog();
  const limit = 10;
  const costOf = (asked: HistoryPage, commands: readonly string[] | undefined): number => {
    database.rowsRead = 0;
    expect(page(store, { page: asked, limit, commands })).toHaveLength(limit);
    return database.rowsRead;
  };
  const said = ["PRIVMSG", "NOTICE"];
  for (const commands of [undefined, said, [...said, "REDACT"]]) {
    const costs = [100, length / 2, length - 100].map((place) => {
      const [id, time] = [at(place), atTime(place)];
      return [
        costOf({ kind: "before", before: id }, commands),
        costOf({ kind: "after", after: id }, commands),
        costOf({ kind: "between", from: id, to: at(place + 50) }, commands),
        costOf({ kind: "around", at: id }, commands),
        costOf({ kind: "before", before: time }, commands),
        costOf({ kind: "after", after: time }, commands),
        costOf({ kind: "around", at: time }, commands),
      ];
    });
    const [first = [], ...others] = costs;
    // Membership and one more than asked for; around reads both sides; a time is halved for, 2^15 > 20,000.
    expect(Math.max(...first.slice(0, 3))).toBeLessThanOrEqual(limit + 2);
    expect(Math.max(...costs.flat())).toBeLessThanOrEqual(2 * (limit + 1) + 1 + 16);
    for (const other of others) {
      // Halving may end a step sooner or later.
      const differences = other.map((cost, index) => Math.abs(cost - (first[index] ?? 0)));
      expect(Math.max(...differences)).toBeLessThanOrEqual(1);
    }
  }
});

test("what was erased costs a page nothing, however much it was", () => {
  const { store, database } = longLog();
  keep(
    store,
    Array.from({ length: 3_000 }, (_, index) => erased(index + 5_001)),
  );
  database.rowsRead = 0;
  const before = page(store, {
    page: { kind: "before", before: at(8_001) },
    commands: ["PRIVMSG"],
    limit: 2,
  });
  expect(before).toEqual(["4998 4998", "4999 4999"]);
  expect(database.rowsRead).toBeLessThanOrEqual(4);
});

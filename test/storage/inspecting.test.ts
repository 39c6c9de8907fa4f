/** Inspecting: a database read from end to end, with what is in it and what is wrong. */
import { join } from "node:path";
import { expect, test } from "bun:test";
import { openDatabase } from "../../src/storage/opening.ts";
import { inspect } from "../../src/storage/inspecting.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { freshFolder } from "../support/folder.ts";
import { ann, annAndBobInRoom, between, bob, keep, said } from "./records.ts";

test("it counts entries and heads, and names what is damaged", () => {
  const database = openDatabase(join(freshFolder(), "authchat.db"));
  const store = new SqliteStore(database, () => undefined);
  keep(store, [...annAndBobInRoom, said("a"), said("b"), said("c", { log: between(ann, bob) })]);
  const { kept } = database;
  expect(inspect(database)).toEqual({
    problems: [],
    damaged: [],
    entries: 3,
    kept,
    heads: { "1": 2, "-1": 1 },
  });
  database.change("UPDATE entry SET source = 'eve!e@h' WHERE text = 'b'").run();
  expect(inspect(database).damaged).toEqual(["entry 2 of log 1 is damaged"]);
});

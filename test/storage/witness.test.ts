/** The witness: what it says of how much was kept, and that it is never ahead of the database. */
import { expect, onTestFinished, test } from "bun:test";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Database } from "../../src/storage/database.ts";
import { openDatabase } from "../../src/storage/opening.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { testimonyIn, Witness } from "../../src/storage/witness.ts";
import { freshFolder } from "../support/folder.ts";
import { annAndBobInRoom, keep, said, tryKeep } from "./records.ts";

interface Witnessed {
  readonly database: Database;
  readonly store: SqliteStore;
  readonly witness: string;
}

function witnessed(): Witnessed {
  const folder = freshFolder();
  const witness = join(folder, "witness");
  const database = openDatabase(join(folder, "authchat.db"));
  database.isWitnessedBy(new Witness(witness));
  onTestFinished(() => database.close());
  return { database, store: new SqliteStore(database, () => undefined), witness };
}

test("after each commit it says what the database says", () => {
  const { database, store, witness } = witnessed();
  const seen = [testimonyIn(witness)];
  keep(store, annAndBobInRoom);
  seen.push(testimonyIn(witness));
  keep(store, [said("a"), said("b")]);
  expect(testimonyIn(witness)).toBe(database.kept);
  expect(seen[0]).toBe(0);
  expect(testimonyIn(witness)).toBeGreaterThan(seen[1] ?? 0);
});

test("of a turn that fails it says nothing", () => {
  const { store, witness } = witnessed();
  keep(store, annAndBobInRoom);
  const before = testimonyIn(witness);
  const broken = { ...said("b"), account: Number.NaN } as unknown as ReturnType<typeof said>; // no number
  expect(tryKeep(store, [said("a"), broken]).kind).toBe("failed");
  expect(testimonyIn(witness)).toBe(before);
});

test("what a loss of power may undo does not count", () => {
  const { database, witness } = witnessed();
  const raise = database.change("INSERT INTO counter (name, value) VALUES ('a', 1)");
  database.relaxed(() => database.transaction(() => raise.run()));
  expect([database.kept, testimonyIn(witness)]).toEqual([0, 0]);
});

test("a transaction that changes nothing writes nothing", () => {
  const { database } = witnessed();
  const before = database.logState();
  database.transaction(() => undefined);
  expect(database.logState()).toEqual(before);
});

test("it has 16 bytes, and its owner alone reads it", () => {
  const { witness } = witnessed();
  const { size, mode } = statSync(witness);
  expect([size, mode & 0o777]).toEqual([16, 0o600]);
});

test("one that is damaged, or half written, says nothing", () => {
  const { store, witness } = witnessed();
  keep(store, annAndBobInRoom);
  const whole = readFileSync(witness);
  for (let index = 0; index < whole.length; index += 1) {
    const damaged = Buffer.from(whole);
    damaged[index] = (damaged[index] ?? 0) ^ 1;
    writeFileSync(witness, damaged);
    expect(testimonyIn(witness)).toBeUndefined();
  }
  writeFileSync(witness, whole.subarray(0, 10));
  expect(testimonyIn(witness)).toBeUndefined();
});

test("where there is none nothing is said", () => {
  expect(testimonyIn(join(freshFolder(), "witness"))).toBeUndefined();
});

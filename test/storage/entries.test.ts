/**
 * Damage: whatever changes on disk behind the store's back is noticed when it is read, reported,
 * and not served.
 */
import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Database as Sqlite } from "bun:sqlite";
import { openDatabase } from "../../src/storage/opening.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { freshFolder } from "../support/folder.ts";
import {
  annAndBobInRoom,
  at,
  atTime,
  bob,
  joined,
  keep,
  page,
  room,
  said,
  targets,
  tryKeep,
} from "./records.ts";

interface Damaged {
  readonly store: SqliteStore;
  readonly problems: string[];
}

/**
 * Three entries in #room (the second with a nonce), changed by `damage` before the store opens them
 * again.
 */
function damagedBy(damage: (file: string) => void): Damaged {
  const file = join(freshFolder(), "authchat.db");
  const writer = new SqliteStore(openDatabase(file), () => undefined);
  keep(writer, annAndBobInRoom);
  keep(writer, [said("first"), said("second", { nonce: "n" }), said("third")]);
  writer.close();
  damage(file);
  const problems: string[] = [];
  const store = new SqliteStore(openDatabase(file), (problem) => problems.push(problem));
  return { store, problems };
}

function bySql(sql: string): (file: string) => void {
  return (file) => {
    const sqlite = new Sqlite(file);
    sqlite.run(sql);
    sqlite.close();
  };
}

describe("a changed field is noticed", () => {
  const changes = ["account = 2", "time = time + 1", "source = 'bob'", "command = 'NOTICE'"];
  changes.push("target = '#Room'", "middle = 'x'", "text = 'sec0nd'", "tags = '+a'");
  changes.push("seams = '3'");
  changes.push("nonce = 'm'", "nonce = NULL", "crc = crc + 1", "said = 0");
  // A border between two fields moved.
  changes.push(
    "source = source || command, command = ''",
    "command = command || target, target = ''",
  );
  changes.push(
    "middle = target, target = ''",
    "middle = text, text = ''",
    "tags = text, text = ''",
  );
  for (const change of changes) {
    test(change, () => {
      const { store, problems } = damagedBy(bySql(`UPDATE entry SET ${change} WHERE sequence = 2`));
      expect(page(store)).toBe("unavailable");
      expect(problems).toEqual([
        'the question "history" cannot be answered: entry 2 of log 1 is damaged',
      ]);
    });
  }
});

test("bytes changed in the file, inside a text, are noticed", () => {
  const { store, problems } = damagedBy((file) => {
    const bytes = readFileSync(file);
    bytes[bytes.indexOf("second")] = 0x53;
    writeFileSync(file, bytes);
  });
  expect(new Set([page(store)])).toEqual(new Set(["unavailable"]));
  expect(problems).toHaveLength(1);
});

test("pages without the damaged entry are served", () => {
  const { store, problems } = damagedBy(bySql("UPDATE entry SET text = 'x' WHERE sequence = 2"));
  expect(page(store, { page: { kind: "after", after: at(2) } })).toEqual(["3 third"]);
  expect(page(store, { page: { kind: "before", before: at(2) } })).toEqual(["1 first"]);
  expect(problems).toEqual([]);
});

test("a missing entry is noticed by a page of everything and by a bound in time", () => {
  const { store, problems } = damagedBy(bySql("DELETE FROM entry WHERE sequence = 2"));
  expect(page(store)).toBe("unavailable");
  expect(page(store, { page: { kind: "after", after: atTime(1) } })).toBe("unavailable");
  expect(problems.every((problem) => problem.endsWith("entry 2 of log 1 is missing"))).toBe(true);
  expect(problems).toHaveLength(2);
});

test("lost entries at the end of a log: nothing gets their sequences", () => {
  const { store } = damagedBy(bySql("DELETE FROM entry WHERE sequence = 3"));
  expect(tryKeep(store, [said("fourth")])).toEqual({
    kind: "failed",
    reason: "log 1 ends at 2, its head says 3",
  });
});

test("a log that has lost its head is not begun again", () => {
  const { store } = damagedBy(bySql("DELETE FROM log"));
  expect(tryKeep(store, [joined(bob)])).toEqual({
    kind: "failed",
    reason: "log 1 ends at 3, its head says 0",
  });
});

test("a damaged entry is no answer to a repeated nonce", () => {
  const { store } = damagedBy(bySql("UPDATE entry SET text = 'x' WHERE sequence = 2"));
  expect(tryKeep(store, [said("second", { nonce: "n" })])).toEqual({
    kind: "failed",
    reason: "entry 2 of log 1 is damaged",
  });
});

test("a damaged entry does not say where something was said", () => {
  const { store, problems } = damagedBy(bySql("UPDATE entry SET time = 5 WHERE sequence = 3"));
  expect(targets(store)).toBe("unavailable");
  expect(problems).toHaveLength(1);
});

test("a list of masks that is none makes the channel unavailable", () => {
  for (const bans of ["[", "{}", "[1]", '[["a","b"]]']) {
    const { store, problems } = damagedBy(bySql(`UPDATE channel SET bans = '${bans}'`));
    const { outcome } = store.answer("channel", { by: room });
    expect(outcome).toBe("unavailable");
    expect(problems).toHaveLength(1);
  }
});

test("an account in an unknown state is unavailable", () => {
  const { store, problems } = damagedBy(bySql("UPDATE account SET state = 'x' WHERE id = 2"));
  expect(store.answer("account", { by: bob })).toEqual({ outcome: "unavailable" });
  expect(problems[0]).toContain("column state has an unknown word");
});

test("a question after closing is unavailable, not an exception", () => {
  const { store, problems } = damagedBy(() => undefined);
  store.close();
  expect(page(store)).toBe("unavailable");
  expect(problems).toHaveLength(1);
});

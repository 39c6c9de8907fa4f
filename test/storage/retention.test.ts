/**
 * Retention: what goes, in which steps, what is left of a log of which everything is gone, and what a clock that is
 * wrong costs.
 */
import { expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { accountId, channelId, logId } from "../../src/base/ids.ts";
import { dayMs, elapsedMs, hourMs, wallMs } from "../../src/base/time.ts";
import { type Database } from "../../src/storage/database.ts";
import { openDatabase } from "../../src/storage/opening.ts";
import {
  catchUp,
  logsAtOnceMax,
  passEveryMs,
  Retention,
  type RetentionStep,
  rowsAtOnceMax,
} from "../../src/storage/retention.ts";
import { integer } from "../../src/storage/rows.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { freshFolder } from "../support/folder.ts";
import {
  ann,
  annAndBobInRoom,
  at,
  atTime,
  between,
  bob,
  channel,
  inChannel,
  keep,
  member,
  page,
  places,
  room,
  said,
  targets,
  tryKeep,
} from "./records.ts";

interface Opened {
  readonly file: string;
  readonly database: Database;
  readonly store: SqliteStore;
  readonly retention: Retention;
}

function open(file = join(freshFolder(), "authchat.db")): Opened {
  const database = openDatabase(file);
  const store = new SqliteStore(database, (problem) => {
    throw new Error(problem);
  });
  return { file, database, store, retention: new Retention(database) };
}

/** ann and bob in #room, where a line was said on each of the days, from the first on. */
function withDays(days: number, rest: Parameters<typeof channel>[2] = {}): Opened {
  const opened = open();
  keep(opened.store, [...annAndBobInRoom, channel(room, "#room", rest)], 1);
  for (let day = 1; day <= days; day += 1) {
    keep(opened.store, [said(`day ${day}`)], day * dayMs);
  }
  return opened;
}

/** The steps of one pass on that day, at a clock that was right before. */
function passes(
  { retention }: Pick<Opened, "retention">,
  day: number,
  keepDays: number,
  elapsed = 0,
): RetentionStep[] {
  const steps: RetentionStep[] = [];
  for (;;) {
    const now = { wall: wallMs(day * dayMs), elapsed: elapsedMs(elapsed), keepDays };
    const step = retention.step(now);
    steps.push(step);
    if (!step.hasMore) return steps;
  }
}

function rows(database: Database, sql: string): number[] {
  return database.query(sql, (row) => integer(row, "value")).all();
}

const erasures = "SELECT entry AS value FROM erasure ORDER BY id";

test("what is older than the server keeps anything goes, and nothing else", () => {
  const opened = withDays(10);
  passes(opened, 10, 3);
  expect(page(opened.store)).toEqual(["7 day 7", "8 day 8", "9 day 9", "10 day 10"]);
  expect(rows(opened.database, "SELECT floor AS value FROM log")).toEqual([6]);
});

test("0 days are for ever, for the server and for rooms that say nothing", () => {
  const opened = withDays(10);
  passes(opened, 10_000, 0);
  expect(page(opened.store)).toHaveLength(10);
  expect(rows(opened.database, erasures)).toEqual([]);
});

test("a room may keep less than the server, never more", () => {
  const short = withDays(10, { keepDays: 2 });
  passes(short, 10, 5);
  expect(page(short.store)).toHaveLength(3);
  const alone = withDays(10, { keepDays: 2 });
  passes(alone, 10, 0);
  expect(page(alone.store)).toHaveLength(3);
  const long = withDays(10, { keepDays: 8 });
  passes(long, 10, 5);
  expect(page(long.store)).toHaveLength(6);
});

test("private conversations follow the server, whatever rooms say", () => {
  const { store, ...opened } = withDays(3, { keepDays: 1 });
  const log = between(ann, bob);
  for (const day of [1, 5, 9]) keep(store, [said(`private ${day}`, { log })], day * dayMs);
  passes(opened, 10, 0);
  expect(page(store, { log })).toHaveLength(3);
  passes(opened, 10, 5, passEveryMs);
  const left = ["2 private 5", "3 private 9"];
  expect(page(store, { log })).toEqual(left);
  expect(page(store, { log, page: { kind: "after", after: atTime(0) } })).toEqual(left);
  const place = { log: logId(-1), sequence: 1 };
  expect(store.answer("message", { reader: ann, log, place }).outcome).toBe("none");
});

test("every row that goes is noted for the search, in the order of the log", () => {
  const opened = withDays(10);
  passes(opened, 10, 3);
  expect(rows(opened.database, erasures)).toEqual([1, 2, 3, 4, 5, 6]);
});

test("CHATHISTORY is right at the new beginning: bounds before it are its beginning", () => {
  const opened = withDays(10);
  passes(opened, 10, 3);
  const { store } = opened;
  const left = ["7 day 7", "8 day 8", "9 day 9", "10 day 10"];
  expect(page(store, { page: { kind: "after", after: at(2) } })).toEqual(left);
  expect(page(store, { page: { kind: "after", after: atTime(0) } })).toEqual(left);
  expect(page(store, { page: { kind: "before", before: at(3) } })).toEqual([]);
  expect(page(store, { page: { kind: "before", before: atTime(2 * dayMs) } })).toEqual([]);
  expect(page(store, { page: { kind: "before", before: at(8) } })).toEqual(["7 day 7"]);
  expect(page(store, { page: { kind: "latest", after: at(1) }, limit: 2 })).toEqual(left.slice(2));
});

test("a guest who came before all that is left reads what is left", () => {
  const opened = withDays(10);
  passes(opened, 10, 3);
  const reader = accountId(-2);
  const since = (day: number) => page(opened.store, { reader, guestSince: wallMs(day * dayMs) });
  expect(since(2)).toHaveLength(4);
  expect(since(8)).toEqual(["9 day 9", "10 day 10"]);
});

test("a step removes so many rows at most, and the next one goes on in the same log", () => {
  const opened = open();
  const lines = Array.from({ length: 2 * rowsAtOnceMax + 9 }, (_, index) => said(`${index}`));
  keep(opened.store, [...annAndBobInRoom, ...lines], dayMs);
  keep(opened.store, [said("young")], 9 * dayMs);
  const counts = passes(opened, 10, 5).map(({ removed }) => removed);
  expect(counts).toEqual([rowsAtOnceMax, rowsAtOnceMax, 9]);
  expect(page(opened.store)).toEqual([`${lines.length + 1} young`]);
});

test("a step looks at so many logs at most, and a pass comes to all of them", () => {
  const opened = open();
  const channels = Array.from({ length: 2 * logsAtOnceMax + 1 }, (_, index) =>
    channelId(index + 1),
  );
  keep(opened.store, annAndBobInRoom, 1);
  const lines = channels.map((id) => said("old", { log: inChannel(id) }));
  keep(opened.store, lines, dayMs);
  keep(opened.store, [said("young")], 9 * dayMs);
  expect(passes(opened, 10, 20)).toHaveLength(3);
  passes(opened, 10, 5, passEveryMs);
  expect(rows(opened.database, "SELECT count(*) AS value FROM entry")).toEqual([1]);
});

test("between two passes there is time: a step asked for too early does nothing", () => {
  const opened = withDays(10);
  passes(opened, 10, 3);
  const early = { wall: wallMs(12 * dayMs), elapsed: elapsedMs(passEveryMs - 1), keepDays: 1 };
  expect(opened.retention.step(early)).toEqual({ hasMore: false, removed: 0, behindMs: undefined });
  passes(opened, 10, 1, passEveryMs);
  expect(page(opened.store)).toHaveLength(2);
});

test("a log of which all is gone goes on with the next sequence, also after a restart", () => {
  const opened = withDays(3);
  const other = inChannel(2);
  keep(opened.store, [channel(channelId(2), "#b"), member(ann, { channel: channelId(2) })], 1);
  keep(opened.store, [said("young", { log: other })], 100 * dayMs);
  passes(opened, 100, 30);
  expect(page(opened.store)).toEqual([]);
  expect(targets(opened.store, { before: wallMs(1_000 * dayMs) })).toEqual([`#b@${100 * dayMs}`]);
  opened.store.close();
  const { store } = open(opened.file);
  expect(page(store)).toEqual([]);
  expect(places(keep(store, [said("again")], 101 * dayMs))).toEqual([`1/4@${101 * dayMs}`]);
  expect(page(store)).toEqual(["4 again"]);
});

test("entries lost from the end of a log are still noticed where the front of it is gone", () => {
  const opened = withDays(10);
  passes(opened, 10, 3);
  opened.database.transaction(() =>
    opened.database.change("DELETE FROM entry WHERE id = 10").run(),
  );
  opened.store.close();
  const { store } = open(opened.file);
  const answer = tryKeep(store, [said("next")], 10 * dayMs);
  expect(answer.kind === "failed" ? answer.reason : "").toContain("ends at 9, its head says 10");
});

test("the last row of all is emptied and stays until there is a newer one: its number is nobody else's", () => {
  const opened = withDays(3);
  passes(opened, 100, 30);
  expect(page(opened.store)).toEqual([]);
  expect(rows(opened.database, "SELECT id AS value FROM entry")).toEqual([3]);
  expect(rows(opened.database, "SELECT length(text) AS value FROM entry")).toEqual([0]);
  expect(rows(opened.database, erasures)).toEqual([3, 1, 2]);
  passes(opened, 100, 30, passEveryMs);
  expect(rows(opened.database, erasures)).toEqual([3, 1, 2]);
  expect(places(keep(opened.store, [said("new")], 100 * dayMs))).toEqual([`1/4@${100 * dayMs}`]);
  expect(rows(opened.database, "SELECT id AS value FROM entry ORDER BY id")).toEqual([3, 4]);
  passes(opened, 100, 30, 2 * passEveryMs);
  expect(rows(opened.database, "SELECT id AS value FROM entry")).toEqual([4]);
  expect(rows(opened.database, erasures)).toEqual([3, 1, 2, 3]);
});

test("a nonce whose entry is gone is kept anew; one whose entry is there is not", () => {
  const opened = withDays(1);
  keep(opened.store, [said("old", { nonce: "o" })], 2 * dayMs);
  keep(opened.store, [said("young", { nonce: "y" })], 9 * dayMs);
  passes(opened, 10, 3);
  const outcomes = keep(
    opened.store,
    [said("old", { nonce: "o" }), said("young", { nonce: "y" })],
    10 * dayMs,
  );
  expect(outcomes.map(({ isFirst }) => isFirst)).toEqual([true, false]);
});

test("a hole in a log does not keep what is behind it for ever", () => {
  const opened = open();
  const lines = Array.from({ length: rowsAtOnceMax + 9 }, (_, index) => said(`${index}`));
  keep(opened.store, [...annAndBobInRoom, ...lines], dayMs);
  keep(opened.store, [said("young")], 9 * dayMs);
  const { database } = opened;
  const hole = database.change("DELETE FROM entry WHERE id < ?1");
  database.transaction(() => hole.run(rowsAtOnceMax + 5));
  passes(opened, 10, 5);
  expect(page(opened.store)).toEqual([`${lines.length + 1} young`]);
});

test("a damaged row at the front goes when its time is over, as any other", () => {
  const opened = withDays(10);
  const { database } = opened;
  database.transaction(() => database.change("UPDATE entry SET text = 'x' WHERE id = 2").run());
  passes(opened, 10, 3);
  expect(page(opened.store)).toHaveLength(4);
});

// --- Clocks ------------------------------------------------------------------------------------------------------

test("a clock that jumps ahead by years costs a day an hour, and it is said once", () => {
  const opened = withDays(10);
  passes(opened, 10, 3);
  const hour = hourMs;
  const later = (day: number, hours: number): RetentionStep[] =>
    passes(opened, day, 3, hours * hour);
  const [first] = later(30_000, 1);
  expect(first?.behindMs).toBe((30_000 - 11) * dayMs);
  expect(page(opened.store)).toHaveLength(3);
  expect(later(30_000, 2).map(({ behindMs }) => behindMs)).toEqual([undefined]);
  expect(page(opened.store)).toHaveLength(2);
});

test("a clock that is set right again takes what retention goes by back with it", () => {
  const opened = withDays(10);
  passes(opened, 10, 3);
  passes(opened, 30_000, 3, hourMs);
  passes(opened, 10, 3, 2 * hourMs);
  expect(rows(opened.database, counter)).toEqual([10 * dayMs]);
  // And the next jump is said again.
  const [step] = passes(opened, 30_000, 3, 3 * hourMs);
  expect(step?.behindMs).toBe((30_000 - 11) * dayMs);
});

const counter = "SELECT value FROM counter WHERE name = 'retention'";

test("switched off for long, a restarted server comes to it by and by; the time it goes by is kept", () => {
  const opened = withDays(40);
  passes(opened, 40, 30);
  expect(page(opened.store)).toHaveLength(31);
  opened.store.close();
  const again = open(opened.file);
  passes(again, 50, 30, 0);
  expect(page(again.store)).toHaveLength(31);
  passes(again, 50, 30, (5 * dayMs) / catchUp);
  expect(page(again.store)).toHaveLength(26);
  passes(again, 50, 30, (10 * dayMs) / catchUp);
  expect(page(again.store)).toHaveLength(21);
});

test("in ordinary life what retention goes by is the clock itself", () => {
  const opened = withDays(40);
  for (let hour = 0; hour < 48; hour += 1) {
    const [step] = passes(opened, 40 + hour / 24, 30, hour * hourMs);
    expect(step?.behindMs).toBeUndefined();
  }
  expect(page(opened.store)[0]).toBe("12 day 12");
});

// --- Anything ----------------------------------------------------------------------------------------------------

test("random turns and passes: what is left is a log's end, contiguous, and as old as it may be", () => {
  const logs = [inChannel(1), inChannel(2), between(ann, bob)];
  const turn = fc.record({
    lines: fc.array(fc.nat(2), { maxLength: 30 }),
    laterDays: fc.nat(3),
    keepDays: fc.nat(4),
    isReopened: fc.boolean(),
  });
  const run = fc.property(fc.array(turn, { minLength: 1, maxLength: 12 }), (turns) => {
    let opened = open();
    keep(opened.store, [...annAndBobInRoom, channel(channelId(2), "#b", { keepDays: 2 })], 1);
    keep(opened.store, [member(ann, { channel: channelId(2) })], 1);
    const model = new Map<number, { sequence: number; day: number }[]>([
      [0, []],
      [1, []],
      [2, []],
    ]);
    const heads = [0, 0, 0];
    let day = 1;
    let passed = 0;
    for (const { lines, laterDays, keepDays, isReopened } of turns) {
      day += laterDays;
      for (const index of lines) {
        heads[index] = (heads[index] ?? 0) + 1;
        const sequence = heads[index];
        const [place] = keep(
          opened.store,
          [said("x", { log: logs[index] ?? inChannel(1) })],
          day * dayMs,
        );
        expect(place?.place.sequence).toBe(sequence);
        model.get(index)?.push({ sequence, day });
      }
      if (isReopened) {
        opened.store.close();
        opened = open(opened.file);
        passed = 0;
      }
      passes(opened, day, 0, passed); // what it goes by is where it was
      passed += 3 * dayMs;
      passes(opened, day, keepDays, passed);
      passed += passEveryMs;
      for (const [index, list] of model) {
        const room2 = index === 1 ? 2 : undefined;
        const days = keepDays === 0 ? room2 : Math.min(keepDays, room2 ?? keepDays);
        const left = days === undefined ? list : list.filter((one) => one.day >= day - days);
        model.set(index, left);
        const shown = page(opened.store, { log: logs[index] ?? inChannel(1), limit: 1_000 });
        const expected = left.map(({ sequence }) => `${sequence} x`);
        if (shown !== "none") expect(shown).toEqual(expected);
        else expect(expected).toEqual([]);
      }
    }
    opened.store.close();
  });
  fc.assert(run, { numRuns: 12 });
});

/**
 * SqliteStore: the contract, random turns against the model, and what only a store on disk can get
 * wrong.
 */
import { describe, expect, test } from "bun:test";
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { Database as Sqlite } from "bun:sqlite";
import fc from "fast-check";
import { accountId, channelId, logId } from "../../src/base/ids.ts";
import { type Answer, type KeptRecord, type Unavailable } from "../../src/server/outside.ts";
import { Database } from "../../src/storage/database.ts";
import { openDatabase } from "../../src/storage/opening.ts";
import { headsMax } from "../../src/storage/messages.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { freshFolder } from "../support/folder.ts";
import { ModelStore } from "./model.ts";
import {
  account,
  ann,
  annAndBobInRoom,
  at,
  atTime,
  between,
  bob,
  channel,
  entry,
  erased,
  gone,
  inChannel,
  joined,
  keep,
  member,
  page,
  keeping,
  type Kept,
  places,
  said,
  type TestedStore,
  time,
  tryKeep,
} from "./records.ts";
import { storeContract } from "./store.contract.ts";

storeContract("SqliteStore", () => openStore(freshFile()));
storeContract("ModelStore", () => new ModelStore());

function freshFile(): string {
  return join(freshFolder(), "authchat.db");
}

/** Why it failed; empty when it did not. */
function reasonOf(answer: Kept): string {
  return answer.kind === "failed" ? answer.reason : "";
}

/** A store that is to meet no problem. */
function openStore(file: string): SqliteStore {
  return new SqliteStore(openDatabase(file), (problem) => {
    throw new Error(problem);
  });
}

describe("SqliteStore on disk", () => {
  test("what was kept is there after closing and opening again", () => {
    const file = freshFile();
    const store = openStore(file);
    keep(store, [...annAndBobInRoom, said("a", { nonce: "n" })], 7);
    const before = store.opening();
    store.close();
    expect(existsSync(`${file}-wal`)).toBe(false);
    const reopened = openStore(file);
    expect(page(reopened)).toEqual(["1 a"]);
    expect(reopened.opening()).toEqual(before);
    const outcomes = keep(reopened, [said("a", { nonce: "n" }), said("b")], 3);
    expect(places(outcomes)).toEqual(["1/1@7 again", "1/2@7"]);
  });

  test("what was kept is there after a crash: nothing waits in memory", () => {
    const file = freshFile();
    const store = openStore(file);
    keep(store, [...annAndBobInRoom, said("a")], 7);
    keep(store, [said("b", { log: between(ann, bob) })], 8);
    // What a process that dies here leaves behind: the files as they are.
    const left = freshFile();
    for (const end of ["", "-wal"]) copyFileSync(file + end, left + end);
    const recovered = openStore(left);
    expect(page(recovered)).toEqual(["1 a"]);
    const outcomes = keep(recovered, [said("c"), said("d", { log: between(bob, ann) })], 9);
    expect(places(outcomes)).toEqual(["1/2@9", "-1/2@9"]);
  });

  describe("with someone to remind it", () => {
    const refused: KeptRecord = {
      kind: "audit",
      audit: { event: "login.refused", account: "ann", address: "", actor: "", detail: "" },
    };
    const written = (file: string): number =>
      Number(new Sqlite(file).prepare("SELECT count(*) FROM audit").values()[0]?.[0]);
    const reminded = () => {
      const file = freshFile();
      const flushes: (() => void)[] = [];
      const problems: string[] = [];
      const store = new SqliteStore(openDatabase(file), (problem) => problems.push(problem), {
        auditLater: (flush) => flushes.push(flush),
      });
      return { file, store, flushes, problems };
    };

    test("the audit alone waits for the reminder, and is asked for once", () => {
      const { file, store, flushes } = reminded();
      keep(store, [refused]);
      keep(store, [refused, refused]);
      expect([written(file), flushes.length]).toEqual([0, 1]);
      for (const flush of flushes) flush();
      expect(written(file)).toBe(3);
    });

    test("it goes along with the next commit, in the order in which it came", () => {
      const { file, store, flushes } = reminded();
      keep(store, [refused], 5);
      keep(store, [...annAndBobInRoom, refused], 6);
      expect(written(file)).toBe(2);
      for (const flush of flushes) flush();
      expect(written(file)).toBe(2);
      const asked = { account: undefined, before: undefined, limit: 10 };
      expect(store.answer("audit", asked)).toMatchObject({ entries: [{ time: 6 }, { time: 5 }] });
    });

    test("who asks for it, and the end, find all of it", () => {
      const { file, store } = reminded();
      keep(store, [refused]);
      const asked = { account: undefined, before: undefined, limit: 10 };
      expect(store.answer("audit", asked)).toMatchObject({ entries: [{ id: 1 }] });
      keep(store, [refused]);
      store.close();
      expect(written(file)).toBe(2);
    });

    test("what could not be written is asked for again until it is, and said once", () => {
      const { file, store, flushes, problems } = reminded();
      keep(store, [refused]);
      const other = new Sqlite(file);
      other.run("BEGIN IMMEDIATE");
      for (let tries = 1; tries <= 3; tries += 1) {
        flushes.shift()?.();
        expect(flushes).toHaveLength(1);
      }
      // Who asks for the audit meanwhile tries as well, and asks for no second reminder.
      store.answer("audit", { account: undefined, before: undefined, limit: 10 });
      expect(flushes).toHaveLength(1);
      other.run("ROLLBACK");
      flushes.shift()?.();
      expect([written(file), flushes.length, problems.length]).toEqual([1, 0, 1]);
      expect(problems[0]).toStartWith("the audit cannot be written: ");
      keep(store, [refused]);
      expect(flushes).toHaveLength(1);
    });

    test("at the end nobody is asked again, and a reminder that comes late does nothing", () => {
      const { file, store, flushes, problems } = reminded();
      keep(store, [refused]);
      const other = new Sqlite(file);
      other.run("BEGIN IMMEDIATE");
      store.close();
      other.run("ROLLBACK");
      expect(flushes).toHaveLength(1);
      const told = problems.length;
      flushes.shift()?.();
      expect([flushes.length, problems.length]).toEqual([0, told]);
    });

    test("no more than 256 wait", () => {
      const { file, store } = reminded();
      for (let count = 0; count < 256; count += 1) keep(store, [refused]);
      expect(written(file)).toBe(0);
      keep(store, [refused]);
      expect(written(file)).toBe(257);
    });
  });

  test("a database that someone else is writing to fails the turn, and the next one goes on", () => {
    const file = freshFile();
    const store = openStore(file);
    keep(store, [...annAndBobInRoom, said("a")], 1);
    const other = new Sqlite(file);
    other.run("BEGIN IMMEDIATE");
    expect(reasonOf(tryKeep(store, [said("b")]))).toContain("SQLITE_BUSY");
    other.run("ROLLBACK");
    expect(places(keep(store, [said("c")], 2))).toEqual(["1/2@2"]);
  });

  test("a full disk fails the turn whole, and reading goes on", () => {
    const file = freshFile();
    openStore(file).close();
    const sqlite = new Sqlite(file, { strict: true });
    const store = new SqliteStore(new Database(sqlite), () => undefined);
    keep(store, [...annAndBobInRoom, said("a")], 1);
    sqlite.run("PRAGMA max_page_count=1"); // SQLite makes it the present size
    const long = said("x".repeat(100_000));
    expect(reasonOf(tryKeep(store, [said("b"), long, said("c")]))).toContain("SQLITE_FULL");
    expect(page(store)).toEqual(["1 a"]);
    sqlite.run("PRAGMA max_page_count=1000000");
    expect(places(keep(store, [said("d")], 2))).toEqual(["1/2@2"]);
  });

  test("more logs in use than heads in memory: each goes on where it was", () => {
    const store = openStore(freshFile());
    const logs = Array.from({ length: headsMax + 50 }, (_, index) => channelId(index + 1));
    const round = logs.map((id) => said("a", { log: { kind: "channel", channel: id } }));
    for (const sequence of [1, 2]) {
      const outcomes = keep(store, round);
      expect(outcomes.every(({ place }) => place.sequence === sequence)).toBe(true);
    }
  });

  test("what the store's caller does with an answer is no failure of the store", () => {
    const store = openStore(freshFile());
    const keeps = () =>
      store.keep(
        [said("a")],
        time(1),
        keeping(() => {
          throw new Error("a bug elsewhere");
        }),
      );
    expect(keeps).toThrow("a bug elsewhere");
    expect(places(keep(store, [said("b")]))).toEqual(["1/2@1000"]);
  });

  test(
    "random turns: the store answers everything as the model does",
    () => {
      const runs = fc.property(fc.array(turn, { minLength: 1, maxLength: 10 }), (turns) => {
        const file = freshFile();
        const model = new ModelStore();
        let store = openStore(file);
        for (const { records, now, isReopened } of [setUp, ...turns]) {
          const answer = tryKeep(store, records, now);
          const expected = tryKeep(model, records, now);
          if (expected.kind === "failed") expect(answer.kind).toBe("failed");
          else expect(answer).toEqual(expected);
          if (isReopened) {
            store.close();
            store = openStore(file);
          }
        }
        expect(everything(store)).toEqual(everything(model));
        store.close();
      });
      fc.assert(runs, { numRuns: 25 });
    },
    withinMs,
  );
});

// Some ten thousand questions in each of the runs: longer than a test may usually take.
const withinMs = 60_000;

const setUp = { records: annAndBobInRoom, now: 5, isReopened: false };

const anyAccount = fc.integer({ min: 1, max: 4 }).map(accountId);
const anyAuthor = fc.integer({ min: 0, max: 3 }).map(accountId);
const anyChannel = fc.integer({ min: 1, max: 2 }).map(channelId);
const anyLog = fc.oneof(
  { weight: 3, arbitrary: anyChannel.map((id) => inChannel(id)) },
  { weight: 1, arbitrary: fc.tuple(anyAuthor, anyAuthor).map((pair) => between(...pair)) },
);

const anyEntry = fc
  .record({
    log: anyLog,
    account: anyAuthor,
    command: fc.constantFrom("PRIVMSG", "PRIVMSG", "NOTICE", "JOIN", "TAGMSG", "REDACT"),
    text: fc.string({ unit: "binary", maxLength: 5 }),
    tags: fc.constantFrom("", "+reply=c1-1", "+draft/reply=c2-2;+x=reply=1", "+reply=p1-1"),
    nonce: fc.constantFrom(undefined, undefined, "n", "m", ""),
  })
  .map((fields) => entry(fields));

/** JOIN and membership, as they are kept when someone comes. */
const coming = fc
  .tuple(anyAccount, anyChannel)
  .map(([who, where]): KeptRecord[] => [
    joined(who, { log: { kind: "channel", channel: where } }),
    member(who, { channel: where }),
  ]);

const anyName = fc.constantFrom("#room", "#Room", "#b");

const anyRecord = fc.oneof(
  { weight: 8, arbitrary: anyEntry },
  fc
    .tuple(anyAccount, fc.constantFrom("ann", "Bob", "BOB", "cat", "dan"))
    .map(([id, name]) => account(id, name, { state: name === "cat" ? "pending" : "active" })),
  fc
    .tuple(anyChannel, anyName, fc.option(anyName, { nil: undefined }))
    .map(([id, name, forward]) => channel(id, name, { forward })),
  fc
    .tuple(anyName, anyName)
    .map(([from, to]): KeptRecord => ({ kind: "forwards-moved", from, to })),
  fc.tuple(anyAccount, anyChannel).map(([who, where]) => member(who, { channel: where })),
  fc.tuple(anyAccount, anyChannel).map((pair) => gone(...pair)),
  anyAccount.map((id): KeptRecord => ({ kind: "account-removed", id })),
  anyChannel.map((id): KeptRecord => ({ kind: "channel-removed", id })),
  fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom(1, 1, 2, -1))
    .map(([sequence, log]) => erased(sequence, log)),
  fc.tuple(anyAccount, anyLog, fc.nat(20)).map(([who, log, at]): KeptRecord => ({
    kind: "read-marker",
    account: who,
    log: log.kind === "channel" ? log : between(who, log.between[1]),
    time: time(at),
  })),
  fc
    .tuple(anyAccount, fc.constantFrom("", "@a"), fc.nat(20))
    .map(([who, device, upTo]): KeptRecord => ({
      kind: "device-seen",
      account: who,
      device,
      entry: upTo,
    })),
);

const turn = fc.record({
  records: fc
    .array(fc.oneof({ weight: 4, arbitrary: anyRecord.map((one) => [one]) }, coming), {
      maxLength: 6,
    })
    .map((parts) => parts.flat()),
  now: fc.integer({ min: 0, max: 20 }),
  isReopened: fc.boolean(),
});

/** Every question with every small number in it. */
function everything(store: TestedStore): unknown[] {
  const answers: unknown[] = [store.opening()];
  const readers = [0, 1, 2, 3].map(accountId);
  const channels = [1, 2].map(channelId);
  for (const by of readers) answers.push(store.answer("account", { by }));
  for (const by of channels) answers.push(store.answer("channel", { by }));
  answers.push(store.answer("accounts", { state: undefined, after: undefined, limit: 2 }));
  answers.push(store.answer("accounts", { state: "pending", after: undefined, limit: 2 }));
  answers.push(store.answer("channels", { after: undefined, limit: 1 }));
  for (const reader of readers) {
    for (const after of [0, 6]) {
      for (const countedFrom of ["soonest", "latest"] as const) {
        const range = { after: time(after), before: time(15), limit: 2, countedFrom };
        answers.push(store.answer("targets", { reader, ...range }));
      }
    }
    for (const device of ["", "@a"]) {
      answers.push(inAnyOrder(store.answer("reading", { account: reader, device })));
    }
    for (const after of [0, 3]) {
      for (const upTo of [undefined, 7]) {
        const ask = { reader, after, upTo, perLogMax: 2, limit: 3 };
        answers.push(inAnyOrder(store.answer("missed", ask)));
      }
    }
    for (const id of channels) answers.push(...pages(store, reader, inChannel(id)));
    for (const other of readers) answers.push(...pages(store, reader, between(reader, other)));
  }
  return answers;
}

/** Markers, and logs that are cut, have no order. */
function inAnyOrder(answer: Answer<"missed" | "reading"> | Unavailable): unknown {
  const sorted = (items: readonly unknown[]): string[] =>
    items.map((item) => JSON.stringify(item)).sort();
  if (answer.outcome !== "found") return answer;
  return "cuts" in answer
    ? { ...answer, cuts: sorted(answer.cuts) }
    : { ...answer, markers: sorted(answer.markers) };
}

function pages(store: TestedStore, reader: typeof ann, log: ReturnType<typeof between>): unknown[] {
  const said = ["PRIVMSG", "NOTICE"];
  const chosen = [undefined, said, [...said, "REDACT"], ["JOIN", "NOTICE"]];
  const bounds = [at(2), at(4), atTime(5), atTime(10)];
  const simple = bounds.flatMap((bound) =>
    chosen.flatMap((commands) => {
      const ask = { reader, log, limit: 3, commands };
      return [
        store.answer("history", { ...ask, page: { kind: "latest", after: bound } }),
        store.answer("history", { ...ask, page: { kind: "before", before: bound } }),
        store.answer("history", { ...ask, page: { kind: "after", after: bound } }),
      ];
    }),
  );
  const spans = bounds.flatMap((from, index) => {
    const ask = { reader, log, limit: 2, commands: chosen[index] };
    const around = store.answer("history", { ...ask, page: { kind: "around", at: from } });
    const between = [at(1), at(5), atTime(7)].map((to) =>
      store.answer("history", { ...ask, page: { kind: "between", from, to } }),
    );
    const place = { log: logId(1), sequence: index + 1 };
    return [
      around,
      ...between,
      store.answer("message", { reader, log, place }),
      store.answer("message", { reader: undefined, log, place }),
    ];
  });
  return [...simple, ...spans];
}

/** The newest page of a log from memory is the page that would be read. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { type KeptRecord } from "../../src/server/outside.ts";
import { type AccountId, channelId, logId } from "../../src/base/ids.ts";
import { History } from "../../src/storage/history.ts";
import { Newest, newestLogsMax } from "../../src/storage/newest.ts";
import { openDatabase } from "../../src/storage/opening.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { freshFolder } from "../support/folder.ts";
import {
  account,
  ann,
  annAndBobInRoom,
  bob,
  cat,
  channel,
  erased,
  gone,
  inChannel,
  joined,
  keep,
  member,
  said,
  tryKeep,
} from "./records.ts";

const people = [ann, bob, cat] as const;
const alike = { commands: undefined, limit: 3 };
const pageOf = (beyond: number | undefined) => ({ rows: [], start: 0, hasMore: true, beyond });

test("a page serves who may read all of it and what is beyond it, and asks for the same", () => {
  const newest = new Newest();
  newest.keep(logId(1), alike, pageOf(7));
  expect(newest.find(logId(1), 7, alike)).toBeDefined();
  expect(newest.find(logId(1), 8, alike)).toBeUndefined();
  expect(newest.find(logId(1), 1, { ...alike, limit: 4 })).toBeUndefined();
  expect(newest.find(logId(1), 1, { ...alike, commands: ["PRIVMSG"] })).toBeUndefined();
  expect(newest.find(logId(2), 1, alike)).toBeUndefined();
});

test("what changes in a log is looked for again, and so is a page with nothing beyond it", () => {
  const newest = new Newest();
  newest.keep(logId(1), alike, pageOf(7));
  newest.keep(logId(2), alike, pageOf(7));
  newest.changed(logId(1));
  expect(newest.find(logId(1), 1, alike)).toBeUndefined();
  expect(newest.find(logId(2), 1, alike)).toBeDefined();
  newest.changedAll();
  expect(newest.find(logId(2), 1, alike)).toBeUndefined();
  newest.keep(logId(3), alike, pageOf(undefined));
  expect(newest.find(logId(3), 1, alike)).toBeUndefined();
});

test("of more logs than it has room for, those that were read longest ago are forgotten", () => {
  const newest = new Newest();
  for (let log = 1; log <= newestLogsMax + 1; log += 1) newest.keep(logId(log), alike, pageOf(7));
  expect(newest.find(logId(1), 1, alike)).toBeUndefined();
  expect(newest.find(logId(2), 1, alike)).toBeDefined();
  expect(newest.find(logId(newestLogsMax + 1), 1, alike)).toBeDefined();
});

type Step =
  | { readonly kind: "keep"; readonly records: readonly KeptRecord[] }
  | {
      readonly kind: "read";
      readonly reader: AccountId;
      readonly room: number;
      readonly n: number;
    };

const rooms = [1, 2] as const;
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(...people), fc.constantFrom(...rooms))
      .map(([who, number]) => keeps(said("x", { account: who, log: inChannel(number) }))),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("read" as const),
      reader: fc.constantFrom(...people),
      room: fc.constantFrom(...rooms),
      n: fc.constantFrom(1, 2, 3),
    }),
  },
  fc.constantFrom(...people).map((who) => keeps(joined(who), member(who))),
  fc.constantFrom(...people).map((who) => keeps(gone(who))),
  fc.integer({ min: 1, max: 12 }).map((sequence) => keeps(erased(sequence))),
  fc.constantFrom("bob", "robert").map((name) => keeps(account(bob, name))),
  fc.constant(keeps({ kind: "account-removed", id: cat })),
);

function keeps(...records: readonly KeptRecord[]): Step {
  return { kind: "keep", records };
}

test("whatever is kept meanwhile, what is given from memory is what would be read", () => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 60 }), fc.boolean(), (all, hasCommands) => {
      const database = openDatabase(join(freshFolder(), "authchat.db"));
      const store = new SqliteStore(database, (problem) => {
        throw new Error(problem);
      });
      const commands = hasCommands ? ["PRIVMSG", "NOTICE"] : undefined;
      const second = channelId(2);
      keep(store, [...annAndBobInRoom, account(cat, "cat"), channel(second, "#second")]);
      keep(
        store,
        people.map((who) => member(who, { channel: second })),
      );
      for (const step of all) {
        if (step.kind === "keep")
          tryKeep(store, step.records); // who is gone becomes no member
        else {
          const ask = {
            reader: step.reader,
            log: inChannel(step.room),
            page: { kind: "latest" as const, after: undefined },
            limit: step.n,
            commands,
          };
          const read = database.reading(() => new History(database, new Newest()).page(ask));
          expect(store.answer("history", ask)).toEqual(read);
        }
      }
      store.close();
    }),
    { numRuns: 60 },
  );
});

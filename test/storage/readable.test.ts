/** Who may read what: the table of cases, for pages, single messages and the list of logs alike. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { accountId, channelId, logId } from "../../src/base/ids.ts";
import { openDatabase } from "../../src/storage/opening.ts";
import { Readables } from "../../src/storage/readable.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { freshFolder } from "../support/folder.ts";
import {
  account,
  ann,
  annAndBobInRoom,
  between,
  bob,
  cat,
  channel,
  erased,
  gone,
  inChannel,
  joined,
  keep,
  member,
  page,
  roomLog,
  said,
  targets,
  time,
} from "./records.ts";

function opened(): { readonly store: SqliteStore; readonly readables: Readables } {
  const database = openDatabase(join(freshFolder(), "authchat.db"));
  const store = new SqliteStore(database, (problem) => {
    throw new Error(problem);
  });
  keep(store, annAndBobInRoom, 1);
  return { store, readables: new Readables(database) };
}

const latecomer = accountId(4);

test("who takes a name later reads nothing of who had it before: not the room, not what was private", () => {
  const { store, readables } = opened();
  keep(store, [said("in the room"), said("to bob", { log: between(ann, bob) })], 10);
  keep(store, [{ kind: "account-removed", id: bob }, account(latecomer, "Bob")], 20);
  expect(page(store, { reader: latecomer })).toBe("none");
  expect(page(store, { reader: latecomer, log: between(ann, latecomer) })).toBe("none");
  expect(page(store, { reader: latecomer, log: between(ann, bob) })).toBe("none");
  expect(targets(store, { reader: latecomer })).toEqual([]);
  expect(readables.partsOf(latecomer, time(0))).toEqual([]);
  keep(store, [joined(latecomer), member(latecomer), said("after")], 30);
  expect(page(store, { reader: latecomer })).toEqual(["2 JOIN", "3 after"]);
  keep(store, [said("anew", { log: between(ann, latecomer) })], 40);
  expect(page(store, { reader: latecomer, log: between(ann, latecomer) })).toEqual(["1 anew"]);
});

test("a channel of a name that was another's is another log", () => {
  const { store } = opened();
  keep(store, [said("then")]);
  keep(store, [{ kind: "channel-removed", id: channelId(1) }, channel(channelId(2), "#room")]);
  keep(store, [member(ann, { channel: channelId(2) }), said("now", { log: inChannel(2) })]);
  expect(page(store, { log: inChannel(2) })).toEqual(["1 now"]);
  expect(page(store, { log: inChannel(1) })).toBe("none");
});

test("who leaves, or is put out, reads nothing; who comes back reads from the new coming on", () => {
  const { store, readables } = opened();
  keep(store, [said("a"), gone(bob), said("b")]);
  expect(readables.of({ reader: bob, log: roomLog })).toBe(undefined);
  const place = { log: logId(1), sequence: 1 };
  expect(store.answer("message", { reader: bob, log: roomLog, place }).outcome).toBe("none");
  keep(store, [joined(bob), member(bob), said("c")]);
  expect(readables.of({ reader: bob, log: roomLog })).toEqual({ log: logId(1), from: 3 });
  expect(store.answer("message", { reader: bob, log: roomLog, place }).outcome).toBe("none");
  expect(store.answer("message", { reader: ann, log: roomLog, place }).outcome).toBe("found");
});

test("a guest reads what came after them, and nothing of the millisecond they came in", () => {
  const { store } = opened();
  const guest = accountId(-7);
  keep(store, [said("before")], 10);
  keep(store, [said("just before"), said("with it")], 20);
  keep(store, [said("after")], 21);
  expect(page(store, { reader: guest, guestSince: time(20) })).toEqual(["4 after"]);
  expect(page(store, { reader: guest })).toBe("none");
  expect(page(store, { reader: guest, guestSince: time(99) })).toEqual([]);
});

test("a time of coming opens nothing to who has an account", () => {
  const { store } = opened();
  keep(store, [account(cat, "cat"), said("a")], 20);
  expect(page(store, { reader: cat, guestSince: time(0) })).toBe("none");
});

test("who sees to the whole server is told who said what stands in a place, of that log alone", () => {
  const { store } = opened();
  keep(store, [said("a", { account: bob }), said("b", { log: between(ann, bob) }), erased(1)]);
  keep(store, [said("c", { account: bob })]);
  const ask = (sequence: number, log = roomLog) =>
    store.answer("message", { reader: undefined, log, place: { log: logId(1), sequence } });
  expect(ask(2)).toEqual({ outcome: "found", author: bob });
  expect([ask(1), ask(3), ask(1, between(ann, bob)), ask(1, between(bob, cat))]).toEqual(
    Array.from({ length: 4 }, () => ({ outcome: "none" }) as const),
  );
});

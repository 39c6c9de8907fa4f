/** How much is remembered of what one account reads, and of its devices. */
import { join } from "node:path";
import { expect, test } from "bun:test";
import { openDatabase } from "../../src/storage/opening.ts";
import { type KeptRecord } from "../../src/server/outside.ts";
import { devicesMax, readMarkersMax } from "../../src/storage/reading.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { freshFolder } from "../support/folder.ts";
import { account, ann, inChannel, keep, time } from "./records.ts";

function freshStore(): SqliteStore {
  const database = openDatabase(join(freshFolder(), "authchat.db"));
  const store = new SqliteStore(database, () => undefined);
  keep(store, [account(ann, "ann")]);
  return store;
}

test("beyond readMarkersMax the markers that are furthest back are forgotten", () => {
  const store = freshStore();
  const marker = (number: number): KeptRecord => {
    return { kind: "read-marker", account: ann, log: inChannel(number), time: time(number) };
  };
  keep(
    store,
    Array.from({ length: readMarkersMax + 1 }, (_, index) => marker(index + 1)),
  );
  const answer = store.answer("reading", { account: ann, device: "" });
  const markers = answer.outcome === "found" ? answer.markers : [];
  expect(markers.length).toBe(readMarkersMax);
  expect(markers.some(({ time: at }) => at === 1)).toBe(false);
});

test("beyond devicesMax the device that was here longest ago is forgotten", () => {
  const store = freshStore();
  for (let number = 0; number <= devicesMax; number += 1) {
    keep(store, [{ kind: "device-seen", account: ann, device: `@${number}`, entry: 7 }], number);
  }
  const seen = [0, 1, devicesMax].map((number) =>
    store.answer("reading", { account: ann, device: `@${number}` }),
  );
  expect(seen).toMatchObject([{ seen: undefined }, { seen: 7 }, { seen: 7 }]);
});

/** What was missed, where there is more of it than the contract's stores are asked for. */
import { join } from "node:path";
import { expect, test } from "bun:test";
import { openDatabase } from "../../src/storage/opening.ts";
import { countedMax } from "../../src/storage/missed.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { freshFolder } from "../support/folder.ts";
import { ann, annAndBobInRoom, keep, said } from "./records.ts";

test("of what is left out no more are counted than countedMax", () => {
  const database = openDatabase(join(freshFolder(), "authchat.db"));
  const store = new SqliteStore(database, () => undefined);
  keep(store, annAndBobInRoom);
  keep(
    store,
    Array.from({ length: countedMax + 1 }, (_, index) => said(`${index}`)),
  );
  const ask = { reader: ann, after: 0, upTo: undefined, limit: 1 };
  const cuts = [2, 1].map((perLogMax) => store.answer("missed", { ...ask, perLogMax }));
  expect(cuts).toMatchObject([
    { cuts: [{ count: countedMax - 1, isMore: false }] },
    { cuts: [{ count: countedMax, isMore: true }] },
  ]);
});

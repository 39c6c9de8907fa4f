/**
 * Verifiers: rows beside the accounts, and the numbers of accounts that never came to be.
 */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { accountId } from "../../src/base/ids.ts";
import { fold } from "../../src/protocol/names.ts";
import { openDatabase } from "../../src/storage/opening.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { type NewVerifier, Verifiers } from "../../src/storage/verifiers.ts";
import { bytes } from "../../src/storage/rows.ts";
import { freshFolder } from "../support/folder.ts";
import { account, ann, bob, keep, time } from "./records.ts";

function open(file = join(freshFolder(), "authchat.db")): {
  store: SqliteStore;
  verifiers: Verifiers;
} {
  const database = openDatabase(file);
  const store = new SqliteStore(database, (problem) => {
    throw new Error(problem);
  });
  return { store, verifiers: new Verifiers(database) };
}

const some = Uint8Array.from([0, 1, 255]);
const other = Uint8Array.from([7]);

function of(form: string, data: Uint8Array): NewVerifier {
  return { form, seal: () => data };
}

test("a verifier comes back as it was put, also after a restart", () => {
  const file = join(freshFolder(), "authchat.db");
  const { store, verifiers } = open(file);
  verifiers.put(ann, of("argon2id", some), time(1));
  expect(verifiers.find(ann)).toEqual({ form: "argon2id", data: some, generation: 1 });
  expect(verifiers.find(bob)).toBeUndefined();
  store.close();
  expect(open(file).verifiers.find(ann)).toEqual({ form: "argon2id", data: some, generation: 1 });
});

test("a verifier put again takes the place of the one before", () => {
  const { verifiers } = open();
  verifiers.put(ann, of("argon2id", some), time(1));
  verifiers.put(ann, of("opaque", other), time(2));
  expect(verifiers.find(ann)).toEqual({ form: "opaque", data: other, generation: 2 });
});

test("a removed verifier is gone, and removing it again does nothing", () => {
  const { verifiers } = open();
  verifiers.put(ann, of("opaque", some), time(1));
  verifiers.remove(ann);
  verifiers.remove(ann);
  expect(verifiers.find(ann)).toBeUndefined();
});

test("orphans are the verifiers without an account, and no others", () => {
  const { store, verifiers } = open();
  keep(store, [account(ann, "ann", { state: "disabled" })]);
  verifiers.put(ann, of("opaque", some), time(1));
  verifiers.put(bob, of("opaque", some), time(1));
  expect(verifiers.removeOrphans()).toBe(1);
  expect(verifiers.removeOrphans()).toBe(0);
  expect(verifiers.find(ann)).toBeDefined();
  expect(verifiers.find(bob)).toBeUndefined();
});

test("the number of an account that has only ever had a verifier is not given to another", () => {
  const { store, verifiers } = open();
  verifiers.put(accountId(6), of("opaque", some), time(1));
  verifiers.removeOrphans();
  expect(store.opening().nextAccount).toBe(accountId(7));
});

test("an account keeps its verifier through changes, and loses it only by request", () => {
  const { store, verifiers } = open();
  keep(store, [account(ann, "ann")]);
  verifiers.put(ann, of("opaque", some), time(1));
  keep(store, [account(ann, "Anna"), { kind: "account-removed", id: ann }]);
  expect(verifiers.find(ann)).toBeDefined();
});

test("an account is found by its folded name, pending or not", () => {
  const { store, verifiers } = open();
  keep(store, [account(ann, "Ann", { state: "pending" })]);
  expect(verifiers.findAccountByName(fold("ANN"))).toEqual({
    id: ann,
    name: "Ann",
    isStrict: false,
  });
  expect(verifiers.findAccountByName(fold("bob"))).toBeUndefined();
});

test("each verifier of an account is of the next generation, which a row put back is not", () => {
  const database = openDatabase(join(freshFolder(), "authchat.db"));
  const verifiers = new Verifiers(database);
  const sealed: number[] = [];
  const counted: NewVerifier = {
    form: "opaque",
    seal: (generation) => Uint8Array.of(sealed.push(generation)),
  };
  verifiers.put(ann, counted, time(1));
  const copy = database.query("SELECT data FROM verifier", (row) => bytes(row, "data")).first();
  verifiers.put(ann, counted, time(2));
  verifiers.put(bob, counted, time(2));
  expect(sealed).toEqual([1, 2, 1]);
  database.transaction(() =>
    database.change("UPDATE verifier SET data = ?1 WHERE account = ?2").run(copy ?? other, ann),
  );
  expect(verifiers.find(ann)).toEqual({ form: "opaque", data: Uint8Array.of(1), generation: 2 });
});

test("whether there are verifiers of a form is told", () => {
  const { verifiers } = open();
  verifiers.put(ann, of("argon2id", some), time(1));
  expect([verifiers.hasForm("argon2id"), verifiers.hasForm("opaque")]).toEqual([true, false]);
});

test("verifiers are counted by their first 11 bytes, and removed by what they begin with", () => {
  const { verifiers } = open();
  const data = (first: number, last: number): Uint8Array => {
    const all = new Uint8Array(20).fill(1);
    return all.with(0, first).with(10, last);
  };
  verifiers.put(accountId(1), of("opaque", data(1, 1)), time(1));
  verifiers.put(accountId(2), of("opaque", data(1, 1)), time(1));
  verifiers.put(accountId(3), of("opaque", data(1, 2)), time(1));
  verifiers.put(accountId(4), of("opaque", data(2, 2)), time(1));
  verifiers.put(accountId(5), of("argon2id", data(1, 1)), time(1));
  const counts = verifiers.countByHeader("opaque");
  expect(counts.map(({ header, count }) => [header[0], header[10], header.length, count])).toEqual([
    [1, 1, 11, 2],
    [1, 2, 11, 1],
    [2, 2, 11, 1],
  ]);
  expect(verifiers.removeByHeader("opaque", Uint8Array.of(1, 1, 1, 1))).toBe(3);
  expect(verifiers.countByHeader("opaque").length).toBe(1);
  expect(verifiers.find(accountId(5))?.form).toBe("argon2id");
});

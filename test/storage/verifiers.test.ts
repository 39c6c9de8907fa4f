/**
 * Verifiers: rows beside the accounts, and the numbers of accounts that never came to be.
 */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { accountId } from "../../src/base/ids.ts";
import { fold } from "../../src/protocol/names.ts";
import { openDatabase } from "../../src/storage/database.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { Verifiers } from "../../src/storage/verifiers.ts";
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

test("a verifier comes back as it was put, also after a restart", () => {
  const file = join(freshFolder(), "authchat.db");
  const { store, verifiers } = open(file);
  verifiers.put(ann, "argon2id", some, time(1));
  expect(verifiers.find(ann)).toEqual({ form: "argon2id", data: some });
  expect(verifiers.find(bob)).toBeUndefined();
  store.close();
  expect(open(file).verifiers.find(ann)).toEqual({ form: "argon2id", data: some });
});

test("a verifier put again takes the place of the one before", () => {
  const { verifiers } = open();
  verifiers.put(ann, "argon2id", some, time(1));
  verifiers.put(ann, "opaque", other, time(2));
  expect(verifiers.find(ann)).toEqual({ form: "opaque", data: other });
});

test("a removed verifier is gone, and removing it again does nothing", () => {
  const { verifiers } = open();
  verifiers.put(ann, "opaque", some, time(1));
  verifiers.remove(ann);
  verifiers.remove(ann);
  expect(verifiers.find(ann)).toBeUndefined();
});

test("orphans are the verifiers without an account, and no others", () => {
  const { store, verifiers } = open();
  keep(store, [account(ann, "ann", { state: "disabled" })]);
  verifiers.put(ann, "opaque", some, time(1));
  verifiers.put(bob, "opaque", some, time(1));
  expect(verifiers.removeOrphans()).toBe(1);
  expect(verifiers.removeOrphans()).toBe(0);
  expect(verifiers.find(ann)).toBeDefined();
  expect(verifiers.find(bob)).toBeUndefined();
});

test("the number of an account that has only ever had a verifier is not given to another", () => {
  const { store, verifiers } = open();
  verifiers.put(accountId(6), "opaque", some, time(1));
  verifiers.removeOrphans();
  expect(store.opening().nextAccount).toBe(accountId(7));
});

test("an account keeps its verifier through changes, and loses it only by request", () => {
  const { store, verifiers } = open();
  keep(store, [account(ann, "ann")]);
  verifiers.put(ann, "opaque", some, time(1));
  keep(store, [account(ann, "Anna"), { kind: "account-removed", id: ann }]);
  expect(verifiers.find(ann)).toBeDefined();
});

test("an account is found by its folded name, pending or not", () => {
  const { store, verifiers } = open();
  keep(store, [account(ann, "Ann", { state: "pending" })]);
  expect(verifiers.findAccountByName(fold("ANN"))).toEqual({ id: ann, name: "Ann" });
  expect(verifiers.findAccountByName(fold("bob"))).toBeUndefined();
});

/**
 * Population: unknown names look like accounts: as many of each key and of each of argon2's settings.
 */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { type Argon2Settings } from "../../src/auth/argon2-settings.ts";
import { deriveKeys, Keyring } from "../../src/auth/keyring.ts";
import { type KeyRing } from "../../src/auth/keys.ts";
import { CountedRows, type Scheme, schemeOfNobody } from "../../src/auth/population.ts";
import { sealRecord } from "../../src/auth/sealed-record.ts";
import { accountId } from "../../src/base/ids.ts";
import { Secret } from "../../src/base/secret.ts";
import { wallMs } from "../../src/base/time.ts";
import { fold } from "../../src/protocol/names.ts";
import { openDatabase } from "../../src/storage/opening.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { Verifiers } from "../../src/storage/verifiers.ts";
import { freshFolder } from "../support/folder.ts";
import { Desk, good } from "./desk.ts";
import { cheap, keyFileOf, MapRows, overTls13, parsedKeys } from "./support.ts";

const more: Argon2Settings = { memoryKib: 16, passes: 1, lanes: 1 };
const now = wallMs(0);

async function ringOf(...keys: readonly number[]): Promise<KeyRing> {
  return (await deriveKeys(parsedKeys(keyFileOf(...keys)))).ring;
}

/** So many verifiers of that scheme, from that account's number on. */
function has(rows: CountedRows, scheme: Scheme, from: number, count: number): void {
  const record = scheme.keys.fake; // as good as any
  for (let account = from; account < from + count; account += 1) {
    const id = accountId(account);
    const seal = (generation: number): Uint8Array =>
      sealRecord({ record, ...scheme }, { account: id, generation });
    rows.put(id, { form: "opaque", seal }, now);
  }
}

/** How many of 2,000 unknown names look like that. */
function share(of: Scheme, among: Parameters<typeof schemeOfNobody>[1]): number {
  const names = Array.from({ length: 2_000 }, (_, index) => fold(`nobody${index}`));
  return names.filter((name) => {
    const { keys, settings } = schemeOfNobody(name, among);
    return keys === of.keys && settings.memoryKib === of.settings.memoryKib;
  }).length;
}

test("unknown names are as accounts are, key by key and settings by settings", async () => {
  const ring = await ringOf(2, 1);
  const [newest, older] = ring.sets;
  if (newest === undefined || older === undefined) throw new Error("two keys");
  const today = { keys: newest, settings: more };
  const rows = new CountedRows(new MapRows());
  has(rows, today, 1, 50);
  has(rows, { keys: older, settings: more }, 101, 30);
  has(rows, { keys: older, settings: cheap }, 201, 20);
  const among = { ring, rows, today };
  // 2,000 draws of one in two have a standard deviation of 22.
  expect(Math.abs(share(today, among) - 1_000)).toBeLessThan(110);
  expect(Math.abs(share({ keys: older, settings: more }, among) - 600)).toBeLessThan(110);
  expect(Math.abs(share({ keys: older, settings: cheap }, among) - 400)).toBeLessThan(110);
});

test("without accounts everything is of today", async () => {
  const ring = await ringOf(1);
  const today = { keys: ring.newest, settings: more };
  const rows = new CountedRows(new MapRows());
  expect(share(today, { ring, rows, today })).toBe(2_000);
});

test("while accounts move to today's, an unknown name moves once, and never back", async () => {
  const ring = await ringOf(2, 1);
  const [newest, older] = ring.sets;
  if (newest === undefined || older === undefined) throw new Error("two keys");
  const today = { keys: newest, settings: cheap };
  const rows = new CountedRows(new MapRows());
  has(rows, { keys: older, settings: cheap }, 1, 40);
  const names = Array.from({ length: 200 }, (_, index) => fold(`nobody${index}`));
  const moved = new Set<string>();
  for (let account = 1; account <= 40; account += 1) {
    has(rows, today, account, 1);
    for (const name of names) {
      const isNew = schemeOfNobody(name, { ring, rows, today }).keys === newest;
      expect(isNew || !moved.has(name)).toBe(true);
      if (isNew) moved.add(name);
    }
  }
  expect(moved.size).toBe(names.length);
});

test("what changes is counted as it changes, as a count of all rows would", async () => {
  const ring = await ringOf(1);
  const scheme = { keys: ring.newest, settings: cheap };
  const inner = new MapRows();
  const rows = new CountedRows(inner);
  const counts = (of: CountedRows) =>
    of
      .population(ring)
      .map(({ count }) => count)
      .toSorted((left, right) => left - right);
  expect(counts(rows)).toEqual([]);
  has(rows, scheme, 1, 3);
  has(rows, { ...scheme, settings: more }, 3, 2);
  rows.remove(accountId(1));
  rows.remove(accountId(9));
  expect(counts(rows)).toEqual([1, 2]);
  expect(counts(new CountedRows(inner))).toEqual([1, 2]);
  expect(rows.removeByHeader("opaque", ring.newest.id)).toBe(3);
  expect(counts(rows)).toEqual([]);
});

test("storage counts by the header that is in front of a record", async () => {
  const database = openDatabase(join(freshFolder(), "authchat.db"));
  expect(new SqliteStore(database, () => undefined)).toBeDefined();
  const ring = await ringOf(1);
  const rows = new CountedRows(new Verifiers(database));
  has(rows, { keys: ring.newest, settings: cheap }, 1, 2);
  has(rows, { keys: ring.newest, settings: more }, 3, 1);
  const found = rows.population(ring).map(({ settings, count }) => [settings, count]);
  expect(found).toContainEqual([cheap, 2]);
  expect(found).toContainEqual([more, 1]);
  expect(found.length).toBe(2);
});

test("the key of an unknown name's answer, and its settings, are those of accounts", async () => {
  const desk = new Desk();
  await desk.member(7, "ann");
  const raised = new Desk({ rows: desk.rows, keyFile: desk.keyFile, settings: more });
  const ring = new Keyring(parsedKeys(keyFileOf(1)));
  expect((await ring.ready()).ring.sets.length).toBe(1);
  // Only ann is there, and hers are the settings of before: so are everybody's who is nobody.
  for (const name of ["ann", "nobody1", "nobody2"]) {
    const first = Uint8Array.from([1, 0, name.length, ...Buffer.from(name), ...ke1]);
    const mechanism = "OPAQUE-R255-EXPR";
    const answer = await raised.respond(new Secret(first), { mechanism, facts: overTls13 });
    if (answer.outcome !== "challenge") throw new Error(answer.outcome);
    expect(Buffer.from(answer.bytes.subarray(1, 8)).toString("hex")).toBe("01000000080101");
  }
  await raised.login("nobody1", good);
  expect(raised.hashed.at(-1)?.settings).toEqual(cheap);
});

/** A KE1: the base point twice, with a nonce between. */
const basePoint = Buffer.from(
  "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76",
  "hex",
);
const ke1 = [...basePoint, ...new Uint8Array(32), ...basePoint];

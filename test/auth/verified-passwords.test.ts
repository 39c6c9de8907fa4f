/**
 * Verified passwords: who comes again by PLAIN is not hashed again, and only they.
 */
import { expect, test } from "bun:test";
import { VerifiedPasswords } from "../../src/auth/verified-passwords.ts";
import { accountId } from "../../src/base/ids.ts";
import { Desk, good } from "./desk.ts";
import { keyring, secret } from "./support.ts";

const next = "staple battery horse";

async function opens(verified = new VerifiedPasswords()): Promise<Desk> {
  const desk = new Desk({ verified });
  await desk.member(7, "Ann");
  return desk;
}

/** How a login ends, and how often it was hashed. */
async function tried(desk: Desk, password: string, name = "ann"): Promise<[string, number]> {
  const before = desk.hashed.length;
  const { outcome } = await desk.login(name, password);
  return [outcome, desk.hashed.length - before];
}

test("a password that was right is not hashed again; a wrong one always is", async () => {
  const desk = await opens();
  expect(await tried(desk, good)).toEqual(["proven", 1]);
  expect(await tried(desk, good)).toEqual(["proven", 0]);
  expect(await tried(desk, `${good}!`)).toEqual(["refused", 1]);
  expect(await tried(desk, `${good}!`)).toEqual(["refused", 1]);
  expect(await tried(desk, good, "bob")).toEqual(["refused", 1]);
  expect(await tried(desk, good)).toEqual(["proven", 0]);
});

test("a new password makes the old one wrong at once", async () => {
  const desk = await opens();
  await tried(desk, good);
  await desk.enrol("Ann", next);
  expect(await tried(desk, good)).toEqual(["refused", 1]);
  expect(await tried(desk, next)).toEqual(["proven", 1]);
  expect(await tried(desk, next)).toEqual(["proven", 0]);
});

test("with new keys everyone is hashed once more, so that their verifiers are made anew", async () => {
  const desk = await opens();
  await tried(desk, good);
  await tried(desk, good);
  await desk.ask({ kind: "rekey", ask: { action: "add" } });
  const [outcome, hashed] = await tried(desk, good);
  expect(outcome).toBe("proven");
  expect(hashed).toBeGreaterThan(0);
  expect(desk.rows.verifiers.get(accountId(7))?.generation).toBe(2);
});

test("an account that is no more is forgotten", async () => {
  const verified = new VerifiedPasswords();
  const desk = await opens(verified);
  await tried(desk, good);
  await desk.ask({ kind: "forget", ask: { account: accountId(7) } });
  desk.rows.accounts.clear();
  expect(await tried(desk, good)).toEqual(["refused", 1]);
  const { ring } = await keyring().ready();
  const by = { account: accountId(7), generation: 1, keys: ring.newest };
  expect(verified.has(secret(good), by)).toBe(false);
});

test("after a restart nothing is known", async () => {
  const first = await opens();
  await tried(first, good);
  const second = new Desk({ rows: first.rows, verified: new VerifiedPasswords() });
  expect(await tried(second, good)).toEqual(["proven", 1]);
});

test("of more accounts than there is room for, the one that came longest ago is hashed again", async () => {
  const { ring } = await keyring().ready();
  const verified = new VerifiedPasswords(2);
  const by = (id: number) => ({ account: accountId(id), generation: 1, keys: ring.newest });
  for (const id of [1, 2]) verified.remember(secret(good), by(id));
  expect(verified.has(secret(good), by(1))).toBe(true);
  verified.remember(secret(good), by(3));
  expect([1, 2, 3].map((id) => verified.has(secret(good), by(id)))).toEqual([true, false, true]);
});

test("what is known of one account, one password, one generation or one key is of no other", async () => {
  const { ring } = await keyring().ready();
  const { ring: others } = await keyring(2).ready();
  const verified = new VerifiedPasswords();
  const by = { account: accountId(1), generation: 1, keys: ring.newest };
  verified.remember(secret(good), by);
  expect(verified.has(secret(good), by)).toBe(true);
  expect(verified.has(secret(next), by)).toBe(false);
  expect(verified.has(secret(good), { ...by, account: accountId(2) })).toBe(false);
  expect(verified.has(secret(good), { ...by, generation: 2 })).toBe(false);
  expect(verified.has(secret(good), { ...by, keys: others.newest })).toBe(false);
});

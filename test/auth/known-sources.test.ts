/**
 * Known sources: who is no stranger, across restarts and rotations, and what a copy of the rows tells.
 */
import { expect, test } from "bun:test";
import { Keyring } from "../../src/auth/keyring.ts";
import { KnownSources } from "../../src/auth/known-sources.ts";
import { sourceOf } from "../../src/auth/source.ts";
import { Vault } from "../../src/auth/vault.ts";
import { accountId, serverAccount } from "../../src/base/ids.ts";
import { Secret } from "../../src/base/secret.ts";
import { dayMs, wallMs } from "../../src/base/time.ts";
import { type Credentials } from "../../src/storage/credentials.ts";
import { credentialRows, keyring } from "./support.ts";

const ann = accountId(7);
const bob = accountId(8);
const home = sourceOf("192.0.2.1");

class Place {
  now = 1_700_000_000_000;
  readonly rows: Credentials;
  readonly known: KnownSources;

  constructor(rows = credentialRows(), keys = keyring()) {
    this.rows = rows;
    const wall = () => wallMs(this.now);
    this.known = new KnownSources({ vault: new Vault(rows, keys, wall), keyring: keys, wall });
  }

  static async ready(rows?: Credentials, keys?: Keyring): Promise<Place> {
    const place = new Place(rows, keys);
    await place.known.ready();
    return place;
  }
}

test("a source is known to the account it was remembered for, and to no other", async () => {
  const { known } = await Place.ready();
  await known.remember(ann, home);
  expect(known.isKnown(ann, home)).toBe(true);
  expect(known.isKnown(ann, sourceOf("192.0.2.2"))).toBe(false);
  expect(known.isKnown(bob, home)).toBe(false);
  expect(known.isKnown(serverAccount, home)).toBe(false);
});

test("sources and locks outlive a restart", async () => {
  const { rows, known } = await Place.ready();
  await known.remember(ann, home);
  expect(await known.lock(ann)).toBe(true);
  const { known: again } = await Place.ready(rows);
  expect([again.isKnown(ann, home), again.isLocked(ann), again.isLocked(bob)]).toEqual([
    true,
    true,
    false,
  ]);
});

test("with a new key in front of the old one the sources are known still", async () => {
  const { rows, known } = await Place.ready();
  await known.remember(ann, home);
  const masters = [2, 1].map((byte) => new Secret(new Uint8Array(32).fill(byte)));
  const rotated = await Place.ready(rows, new Keyring({ masters, takesUnsealed: false }));
  expect(rotated.known.isKnown(ann, home)).toBe(true);
  const other = await Place.ready(rows, keyring(3));
  expect(other.known.isKnown(ann, home)).toBe(false);
});

test("a lock is written once and ends once", async () => {
  const { rows, known } = await Place.ready();
  expect([await known.lock(ann), await known.lock(ann)]).toEqual([true, false]);
  expect(rows.list(ann, "lock").length).toBe(1);
  known.unlock(ann);
  known.unlock(ann);
  expect(known.isLocked(ann)).toBe(false);
});

test("it is written when it is new, and then once a day", async () => {
  const place = await Place.ready();
  const usedAt = () => place.rows.list(ann, "known-source").map((row) => row.usedAt);
  await place.known.remember(ann, home);
  place.now += dayMs - 1;
  await place.known.remember(ann, home);
  expect(usedAt()).toEqual([undefined]);
  place.now += 1;
  await place.known.remember(ann, home);
  expect(usedAt()).toEqual([wallMs(place.now)]);
});

test("of 17 sources the one that was used longest ago is a stranger again", async () => {
  const place = await Place.ready();
  for (let index = 0; index < 16; index += 1) {
    place.now += 1;
    await place.known.remember(ann, sourceOf(`192.0.2.${index}`));
  }
  place.now += dayMs;
  await place.known.remember(ann, sourceOf("192.0.2.0"));
  await place.known.remember(ann, sourceOf("198.51.100.1"));
  const isKnown = (address: string) => place.known.isKnown(ann, sourceOf(address));
  expect([isKnown("192.0.2.0"), isKnown("192.0.2.1"), isKnown("192.0.2.2")]).toEqual([
    true,
    false,
    true,
  ]);
  expect(isKnown("198.51.100.1")).toBe(true);
  expect(place.rows.list(ann, "known-source").length).toBe(16);
});

test("two logins at once from a new place are one new place", async () => {
  const { rows, known } = await Place.ready();
  await Promise.all([known.remember(ann, home), known.remember(ann, home)]);
  expect(rows.list(ann, "known-source").length).toBe(1);
});

test("no row says where anyone was", async () => {
  const { rows, known } = await Place.ready();
  await known.remember(ann, home);
  const [row] = rows.list(ann, "known-source");
  expect(row?.label).toBe("");
  expect(Buffer.from(row?.data ?? []).includes(home.key)).toBe(false);
});

/**
 * Renewing a row of the vault: only as it was found, and by no more than one step that a loss of power may undo.
 */
import { join } from "node:path";
import { expect, test } from "bun:test";
import { Vault } from "../../src/auth/vault.ts";
import { accountId } from "../../src/base/ids.ts";
import { secondMs, wallMs } from "../../src/base/time.ts";
import { Credentials, type Renewal } from "../../src/storage/credentials.ts";
import { openDatabase } from "../../src/storage/opening.ts";
import { freshFolder } from "../support/folder.ts";
import { keyring } from "./support.ts";

class WatchedRows extends Credentials {
  readonly mayBeLost: boolean[] = [];

  override renew(id: number, renewal: Renewal): void {
    this.mayBeLost.push(renewal.mayBeLost);
    super.renew(id, renewal);
  }
}

async function vaultOfOne() {
  const rows = new WatchedRows(openDatabase(join(freshFolder(), "credentials.sqlite")));
  const clock = { now: 1_700_000_000_000 };
  const vault = new Vault(rows, keyring(), () => wallMs(clock.now));
  const lookup = Uint8Array.of(1);
  const where = { account: accountId(7), kind: "session", lookup, label: "laptop" } as const;
  await vault.add({ ...where, lastsMs: 60 * secondMs, content: Uint8Array.of(1) });
  const renews = async (from: number, to: number): Promise<boolean> => {
    const found = await vault.find("session", lookup);
    if (found === undefined) return false;
    const content = Uint8Array.of(to);
    const asFound = { ...found, content: Uint8Array.of(from) };
    return vault.renew(asFound, { content, lastsMs: 600 * secondMs });
  };
  return { rows, clock, vault, lookup, renews };
}

test("a row that is not any more what was found is left as it is", async () => {
  const { vault, lookup, renews } = await vaultOfOne();
  expect([await renews(1, 2), await renews(1, 3)]).toEqual([true, false]);
  expect((await vault.find("session", lookup))?.content[0]).toBe(2);
  const found = await vault.find("session", lookup);
  if (found === undefined) throw new Error("it is there");
  vault.removeAll(accountId(7));
  expect(await vault.renew(found, { content: Uint8Array.of(4), lastsMs: 1 })).toBe(false);
});

test("a row that has expired is not renewed", async () => {
  const { clock, vault, lookup } = await vaultOfOne();
  const found = await vault.find("session", lookup);
  if (found === undefined) throw new Error("it is there");
  clock.now += 60 * secondMs;
  expect(await vault.renew(found, { content: Uint8Array.of(4), lastsMs: 1_000 })).toBe(false);
});

test("the disk is waited for unless the step before is surely on it", async () => {
  const { rows, clock, renews } = await vaultOfOne();
  await renews(1, 2);
  for (const [index, afterMs] of [59 * secondMs, secondMs, 60 * secondMs].entries()) {
    clock.now += afterMs;
    expect(await renews(2 + index, 3 + index)).toBe(true);
  }
  expect(rows.mayBeLost).toEqual([false, false, false, true]);
});

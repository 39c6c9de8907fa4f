/** The ballast: how large it is, that it takes its room, and that it gives it back at once. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { Ballast, ballastBytes } from "../../src/storage/ballast.ts";
import { freshFolder } from "../support/folder.ts";

const mib = 1024 * 1024;

test("on a small disk it is small", () => {
  expect([Ballast.sizeOn(3 * mib), Ballast.sizeOn(1024 * 1024 * mib)]).toEqual([
    (3 * mib) / 4,
    ballastBytes,
  ]);
});

test("it is filled piece by piece, for its owner alone, with what cannot be made smaller", async () => {
  const file = join(freshFolder(), "ballast");
  const ballast = new Ballast(file);
  expect(ballast.size).toBe(0);
  expect(await ballast.fill(2.5 * mib)).toBe(true);
  expect([ballast.size, statSync(file).mode & 0o777]).toEqual([2.5 * mib, 0o600]);
  expect(Bun.gzipSync(readFileSync(file).subarray(0, mib)).length).toBeGreaterThan(0.99 * mib);
  expect(await ballast.fill(3 * mib)).toBe(true);
  expect(ballast.size).toBe(3 * mib);
});

test("it is given up once", async () => {
  const ballast = new Ballast(join(freshFolder(), "ballast"));
  await ballast.fill(1_000);
  expect([ballast.giveUp(), ballast.giveUp(), ballast.size]).toEqual([true, false, 0]);
});

test("given up while it is being filled, it stays given up", async () => {
  const ballast = new Ballast(join(freshFolder(), "ballast"));
  await ballast.fill(mib);
  const filling = ballast.fill(32 * mib);
  ballast.giveUp();
  expect([await filling, ballast.size]).toEqual([false, 0]);
});

test("where it cannot be written it is not there", async () => {
  const ballast = new Ballast(join(freshFolder(), "no such folder", "ballast"));
  expect([await ballast.fill(1_000), ballast.size]).toEqual([false, 0]);
});

/**
 * Which world belongs to a seed: how many are in it, and for how long.
 *
 *     1 …             nine of ten: 2 to 5 accounts for 5 s; every tenth: 4 to 24 accounts for 12 s. One more reads by pages
 *     1,000,000 …     200 accounts for 5.5 s
 *     2,000,000 …     6 accounts and a crowd of 30, that say every command at random, for a minute
 *
 * Small worlds cost a fifth of large ones, and most of what can go wrong between two devices and a disk does in them.
 */
import { below, SeededRandom } from "../../src/base/random.ts";
import { type WorldOptions } from "../support/world.ts";

export const largeSeedsFrom = 1_000_000;
const largeAccounts = 200;
export const wildSeedsFrom = 2_000_000;
const wildConnections = 30;
const wildMs = 60_000;
/** Of the small ones, every so manieth is of the full size. */
const fullEvery = 10;

/** What a seed's world is like. */
export function worldOf(seed: number): Omit<WorldOptions, "folder"> {
  if (seed >= wildSeedsFrom) {
    const isFree = seed % 2 === 1;
    return {
      ...{ seed, accounts: 6, faultsMs: wildMs, wild: wildConnections },
      settings: isFree ? { accountsRequired: false, nicks: "free" } : {},
    };
  }
  if (seed >= largeSeedsFrom) return { seed, accounts: largeAccounts, faultsMs: 5_500 };
  const random = new SeededRandom(seed);
  const listeners = seed % 3;
  if (seed % fullEvery === 0) {
    return { seed, accounts: 4 + below(random, 21), listeners, faultsMs: 12_000 };
  }
  return { seed, accounts: 2 + below(random, 4), listeners, faultsMs: 5_000 };
}

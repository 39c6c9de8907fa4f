/** Which world belongs to a seed: how many are in it, and for how long. */
import { below, SeededRandom } from "../../src/base/random.ts";
import { type WorldOptions } from "../support/world.ts";

/** Large worlds have seeds of their own range. */
export const largeSeedsFrom = 1_000_000;
const largeAccounts = 200;
/** So have those with a crowd: a minute in which so many connections say anything. */
export const wildSeedsFrom = 2_000_000;
const wildConnections = 30;
const wildMs = 60_000;

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
  const accounts = 4 + below(new SeededRandom(seed), 21);
  return { seed, accounts, listeners: seed % 3, faultsMs: 12_000 };
}

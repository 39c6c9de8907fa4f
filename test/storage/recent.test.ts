/**
 * RecentMap: how much it remembers, and what it forgets first.
 */
import { expect, test } from "bun:test";
import { RecentMap } from "../../src/storage/recent.ts";

test("a map that is full forgets what was set longest ago", () => {
  const map = new RecentMap<string, number>(2);
  map.set("a", 1);
  map.set("b", 2);
  map.set("a", 3);
  map.set("c", 4);
  expect([map.find("a"), map.find("b"), map.find("c"), map.size]).toEqual([3, undefined, 4, 2]);
});

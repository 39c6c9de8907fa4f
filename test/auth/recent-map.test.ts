/**
 * RecentMap: so many and no more, and what was used last stays.
 */
import { expect, test } from "bun:test";
import { RecentMap } from "../../src/auth/recent-map.ts";

test("beyond its size the least recently used goes", () => {
  const map = new RecentMap<string, number>(2);
  map.set("a", 1);
  map.set("b", 2);
  expect(map.find("a")).toBe(1);
  map.set("c", 3);
  expect([map.find("a"), map.find("b"), map.find("c")]).toEqual([1, undefined, 3]);
  expect(map.size).toBe(2);
});

test("what is set again keeps its place among the others, and one value", () => {
  const map = new RecentMap<string, number>(2);
  map.set("a", 1);
  map.set("a", 2);
  map.set("b", 3);
  expect([map.find("a"), map.size]).toEqual([2, 2]);
});

test("what is not there is made once", () => {
  const map = new RecentMap<string, number[]>(2);
  map.of("a", () => []).push(1);
  map.of("a", () => []).push(2);
  expect(map.find("a")).toEqual([1, 2]);
  map.delete("a");
  expect(map.find("a")).toBeUndefined();
});

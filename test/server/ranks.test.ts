/** The table of ranks, pair by pair. */
import { expect, test } from "bun:test";
import { channelModes, prefixModes } from "../../src/protocol/modes.ts";
import { hasRank, mayActOn, mayGive, rankFor } from "../../src/server/ranks.ts";

const letters = [...prefixModes.map(({ letter }) => letter), ""] as const;

function against(of: (actor: string, target: string) => boolean): string[] {
  return letters.map(
    (actor) => `${actor || "-"}: ${letters.filter((target) => of(actor, target)).join("") || "-"}`,
  );
}

test("who acts on whom; members without a rank are acted on by all who act at all", () => {
  expect(against(mayActOn)).toEqual(["q: qaohv", "a: ohv", "o: ohv", "h: v", "v: -", "-: -"]);
  expect(letters.filter((actor) => mayActOn(actor, ""))).toEqual(["q", "a", "o", "h"]);
});

test("who gives what", () => {
  const given = letters.map((actor) => {
    const rank = prefixModes.filter(({ letter }) => mayGive(actor, letter));
    return `${actor || "-"}: ${rank.map(({ letter }) => letter).join("") || "-"}`;
  });
  expect(given).toEqual(["q: aohv", "a: ohv", "o: ohv", "h: v", "v: -", "-: -"]);
});

test("the highest of several ranks counts", () => {
  expect(hasRank("qo", "a")).toBe(true);
  expect(hasRank("hv", "o")).toBe(false);
  expect(mayActOn("ov", "hv")).toBe(true);
  expect(mayActOn("o", "ao")).toBe(false);
});

test("each mode of the table needs a rank", () => {
  const needs = (rank: string): string =>
    channelModes
      .map(({ letter }) => letter)
      .filter((letter) => rankFor(letter) === rank)
      .join("");
  expect(needs("q")).toBe("a");
  expect(needs("o")).toBe("kflHMRUsuqoh");
  expect(needs("h")).toBe("beICimntv");
});

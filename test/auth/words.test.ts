/**
 * Words: as many as the bits number, each of them once, and nothing that cannot be typed anywhere.
 */
import { expect, test } from "bun:test";
import { words } from "../../src/auth/words.ts";

test("there are 2,048, each once, in order", () => {
  expect(words.length).toBe(2_048);
  expect(new Set(words).size).toBe(2_048);
  expect(words).toEqual(words.toSorted());
});

test("each is of four to seven lower-case letters", () => {
  expect(words.filter((word) => !/^[a-z]{4,7}$/.test(word))).toEqual([]);
});

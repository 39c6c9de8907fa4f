/** How texts are folded for searching, and cut into words of the index. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { foldText, isShort, trigramsOf, wordOf } from "../../src/storage/search-text.ts";

describe("folded alike are", () => {
  test.each([
    ["Crème BRÛLÉE", "creme brulee"],
    ["Crème", "Cre\u0300me"],
    ["ΟΔΟΣ", "οδοσ"],
    ["ὈΔΟΣ", "οδος"],
    ["Ёлка", "елка"],
    ["İstanbul", "istanbul"],
    ["ｔｅａ", "tea"],
    ["ﬁne", "fine"],
    ["two\nlines", "two lines"],
    ["a \t  b", "a b"],
    ["が", "か\u3099"],
    ["한", "\u1112\u1161\u11ab"],
  ])("%j and %j", (left, right) => {
    expect(foldText(left)).toBe(foldText(right));
  });
});

describe("folded apart are", () => {
  test.each([
    ["が", "か"],
    ["ß", "s"],
    ["한", "하"],
    ["tea", "tee"],
  ])("%j and %j", (left, right) => {
    expect(foldText(left)).not.toBe(foldText(right));
  });
});

test("what is folded stays as it is when it is folded again", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(foldText(foldText(text))).toBe(foldText(text));
    }),
  );
});

test("a text has the words of every part of it, where parts begin and end with words", () => {
  const word = fc.stringMatching(/^[a-zéß世界]{1,6}$/);
  fc.assert(
    fc.property(word, word, word, (before, part, after) => {
      const words = new Set(trigramsOf(foldText(`${before} ${part} ${after}`)));
      expect(trigramsOf(foldText(part)).filter((each) => !words.has(each))).toEqual([]);
    }),
  );
});

test("a text is short by its characters, not by its code units", () => {
  expect([isShort("🎉🎉"), isShort("🎉🎉🎉"), isShort("世界")]).toEqual([true, false, true]);
});

test("numbers have words of three characters, each its own", () => {
  const numbers = [0, 1, 6_399, 6_400, 40_960_000, 4_294_967_295, 262_143_999_999];
  const words = numbers.map(wordOf);
  expect(new Set(words).size).toBe(numbers.length);
  expect(words.map((word) => [...word].length)).toEqual(numbers.map(() => 3));
});

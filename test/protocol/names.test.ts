/** Names: how they are compared, and what they may look like. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  NameMap,
  fold,
  isChannelName,
  isSameName,
  parseAccountName,
  parseChannelName,
  reservedNames,
} from "../../src/protocol/names.ts";

test.each([
  ["Ann", "ann", true],
  ["ANN", "ann", true],
  ["#Room", "#rOOM", true],
  ["a{}|^", "a[]\\~", false],
  ["\u{212a}", "k", false],
  ["İ", "i", false],
  ["ı", "I", false],
  ["ß", "SS", false],
  ["Ä", "ä", false],
  ["ann", "ann ", false],
])("%j and %j are the same name: %p", (left, right, isSame) => {
  expect(isSameName(left, right)).toBe(isSame);
  expect(isSameName(right, left)).toBe(isSame);
});

test("folding is idempotent and touches only A to Z", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (name) => {
      const folded = fold(name);
      expect(fold(folded)).toBe(folded);
      expect(folded.length).toBe(name.length);
      const changed = Array.from(name, (character, index) => [character, [...folded][index]]);
      for (const [from, to] of changed) if (from !== to) expect(from).toMatch(/^[A-Z]$/);
    }),
  );
});

const specialNames = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"];

test.each(specialNames)("%s is a key like any other", (name) => {
  const names = new NameMap<number>();
  expect(names.has(name)).toBe(false);
  expect(names.find(name)).toBeUndefined();
  names.set(name, 1);
  expect(names.find(name.toUpperCase())).toBe(1);
  expect(names.delete(name)).toBe(true);
  expect(names.delete(name)).toBe(false);
  expect(names.size).toBe(0);
});

test("a map of names keeps the last value and the first order", () => {
  const names = new NameMap<number>();
  names.set("Bob", 1);
  names.set("ann", 2);
  names.set("BOB", 3);
  expect([...names.values()]).toEqual([3, 2]);
});

test.each(["a", "Ann", "constructor", "a-b_c9", "x".repeat(32)])("%j can be an account", (name) => {
  expect(parseAccountName(name)).toEqual({ ok: true, value: name });
});

test.each([
  "",
  "1ann",
  "-ann",
  "_ann",
  "__proto__",
  "ann!",
  "ann\n",
  "ann bob",
  "änn",
  "аnn",
  "*",
  "#ann",
  "a.b",
  "a%",
  "a'",
  "NickServ",
  "SERVER",
  "x".repeat(33),
])("%j cannot be an account", (name) => {
  expect(parseAccountName(name).ok).toBe(false);
});

test("a shorter limit for names is kept to", () => {
  expect(parseAccountName("anna", 4).ok).toBe(true);
  expect(parseAccountName("annab", 4).ok).toBe(false);
});

test("reserved names are folded, or they would reserve nothing", () => {
  for (const name of reservedNames) expect(fold(name)).toBe(name);
});

test.each(["#a", "##", "#Räume", "#__proto__", "#日本", "#a#b", "#\u{1f600}"])(
  "%j can be a channel",
  (name) => {
    expect(parseChannelName(name)).toEqual({ ok: true, value: name });
  },
);

test.each([
  "",
  "#",
  "a",
  "&a",
  "#a b",
  "#a,b",
  "#a:b",
  "#a*",
  "#a?",
  "#a!b",
  "#a@b",
  "#a\u{7}",
  "#a\u{9b}",
  "#a\u{a0}b",
  "#a\u{202e}b",
  "#a\u{200d}b",
  "#\u{feff}",
  "#\u{2028}",
  "#\u{d800}",
  "#a\n",
])("%j cannot be a channel", (name) => {
  expect(parseChannelName(name).ok).toBe(false);
});

test("a channel's name is measured in bytes", () => {
  expect(parseChannelName(`#${"a".repeat(63)}`).ok).toBe(true);
  expect(parseChannelName(`#${"a".repeat(64)}`).ok).toBe(false);
  expect(parseChannelName(`#a${"ä".repeat(31)}`).ok).toBe(true);
  expect(parseChannelName(`#aa${"ä".repeat(31)}`).ok).toBe(false);
  expect(parseChannelName("#abc", 3).ok).toBe(false);
});

test("what begins with # stands where a channel does", () => {
  expect(["#", "#a b", "ann", "", "&a"].map(isChannelName)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

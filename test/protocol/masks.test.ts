/** Masks: what matches, what does not take for ever, and what is kept. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { matchesMask, normalizeMask } from "../../src/protocol/masks.ts";

test.each([
  ["", "", true],
  ["", "a", false],
  ["a", "", false],
  ["*", "", true],
  ["*", "anything", true],
  ["**", "a", true],
  ["?", "", false],
  ["?", "a", true],
  ["?", "😀", true],
  ["??", "😀", false],
  ["a*c", "abc", true],
  ["a*c", "ac", true],
  ["a*c", "acb", false],
  ["*a*", "bab", true],
  ["*ab", "aab", true],
  ["*aab", "aaab", true],
  ["a?c*e", "abcde", true],
  ["Ann!*@*", "ANN!u@h", true],
  ["a.c", "abc", false],
  ["[a]", "a", false],
  ["a\\*", "a\\bc", true],
  ["(a+)+$", "(A+)+$", true],
  ["Ä", "ä", false],
  ["*!*@host", "ann!u@host.example", false],
])("%j matches %j: %p", (mask, text, matches) => {
  expect(matchesMask(mask, text)).toBe(matches);
});

/** The definition, by every way there is; counts nothing, is slow. */
function matchesByDefinition(mask: readonly string[], text: readonly string[]): boolean {
  const [first, ...rest] = mask;
  if (first === undefined) return text.length === 0;
  if (first === "*") {
    return text.length === 0
      ? matchesByDefinition(rest, text)
      : matchesByDefinition(rest, text) || matchesByDefinition(mask, text.slice(1));
  }
  const [character, ...others] = text;
  if (character === undefined) return false;
  return (first === "?" || first === character) && matchesByDefinition(rest, others);
}

test("any mask matches as by its definition", () => {
  const mask = fc.array(fc.constantFrom("a", "b", "*", "?", "😀"), { maxLength: 8 });
  const text = fc.array(fc.constantFrom("a", "b", "😀"), { maxLength: 8 });
  fc.assert(
    fc.property(mask, text, (pattern, subject) => {
      expect(matchesMask(pattern.join(""), subject.join(""))).toBe(
        matchesByDefinition(pattern, subject),
      );
    }),
    { numRuns: 2000 },
  );
});

test("stars do not explode", () => {
  // A regular expression of this mask takes longer than anybody waits.
  expect(matchesMask(`${"*a".repeat(60)}*b`, "a".repeat(5000))).toBe(false);
});

test.each([
  ["ann", "ann!*@*"],
  ["ann!u", "ann!u@*"],
  ["u@h", "*!u@h"],
  ["ann!u@h", "ann!u@h"],
  ["*", "*!*@*"],
  ["***", "*!*@*"],
  ["ann!", "ann!*@*"],
  ["ann!@", "ann!*@*"],
  ["!u", "*!u@*"],
  ["@h", "*!*@h"],
  ["@", "*!*@*"],
  ["!", "*!*@*"],
  ["a**b!*?*@**", "a*b!*?*@*"],
  ["$x:y", "$x:y!*@*"],
])("the mask %j is kept as %j", (text, mask) => {
  expect(normalizeMask(text)).toEqual({ ok: true, value: mask });
});

test.each([
  "",
  "a b",
  "a,b",
  ":a",
  "a\nb",
  "a\u{0}",
  "a\u{a0}b",
  "a\u{200b}b",
  "\u{d800}",
  "*a*b*c*d*e*f*g",
  "a".repeat(129),
  "a".repeat(125),
])("%j is no mask", (text) => {
  expect(normalizeMask(text).ok).toBe(false);
});

test("eight stars are kept, and 128 bytes with what was filled in", () => {
  expect(normalizeMask("*a*b*c*d*e*f").ok).toBe(true);
  expect(normalizeMask("a".repeat(124))).toEqual({ ok: true, value: `${"a".repeat(124)}!*@*` });
});

test("a mask that is kept is kept as it is, and is one word within the limit", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 140 }),
    fc.array(fc.constantFrom("a", "!", "@", "*", "?", ":")).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(text, (asked) => {
      const kept = normalizeMask(asked);
      if (!kept.ok) return;
      expect(normalizeMask(kept.value)).toEqual(kept);
      expect(kept.value).toMatch(/^[^!]+!.+@[^\s]+$/u);
      expect(Buffer.byteLength(kept.value)).toBeLessThanOrEqual(128);
    }),
    { numRuns: 2000 },
  );
});

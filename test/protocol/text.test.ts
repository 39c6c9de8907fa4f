/** Text: UTF-8, cuts that break nothing, and what may reach a terminal. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  cutToBytes,
  decodeUtf8,
  hasControls,
  printable,
  splitToBytes,
} from "../../src/protocol/text.ts";

const wellFormed = fc.string({ unit: "binary" });
const anyUnits = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units));

/** What a terminal is given, without the brand. */
function shown(text: string): string {
  return printable(text);
}

test("UTF-8 is read back as it was written, byte order mark included", () => {
  fc.assert(
    fc.property(wellFormed, (text) => {
      expect(decodeUtf8(Buffer.from(text))).toBe(text);
    }),
  );
  expect(decodeUtf8(Buffer.from("\u{feff}a"))).toBe("\u{feff}a");
  expect(decodeUtf8(new Uint8Array())).toBe("");
});

test("any bytes are text or not UTF-8, and text means the same bytes again", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = decodeUtf8(bytes);
      if (text !== undefined) expect(new Uint8Array(Buffer.from(text))).toEqual(bytes);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ["abc", 3, "abc"],
  ["abc", 2, "ab"],
  ["abc", 0, ""],
  ["abc", -1, ""],
  ["äb", 1, ""],
  ["äb", 2, "ä"],
  ["a😀b", 4, "a"],
  ["a😀b", 5, "a😀"],
  ["\u{feff}abc", 4, "\u{feff}a"],
])("%j cut to %d bytes is %j", (text, bytesMax, cut) => {
  expect(cutToBytes(text, bytesMax)).toBe(cut);
});

test("a cut is the longest beginning of whole characters that fits", () => {
  fc.assert(
    fc.property(wellFormed, fc.nat(40), (text, bytesMax) => {
      const cut = cutToBytes(text, bytesMax);
      expect(text.startsWith(cut)).toBe(true);
      expect(cut.isWellFormed()).toBe(true);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(bytesMax);
      const [next] = text.slice(cut.length);
      if (next !== undefined) expect(Buffer.byteLength(cut + next)).toBeGreaterThan(bytesMax);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ["", 5, [""]],
  ["hello", 5, ["hello"]],
  ["hello world", 5, ["hello", "world"]],
  ["hello world", 8, ["hello", "world"]],
  ["hello  world", 6, ["hello ", "world"]],
  ["helloworld", 5, ["hello", "world"]],
  ["a helloworld", 8, ["a hellow", "orld"]],
  ["aaaaa bb cc", 8, ["aaaaa bb", "cc"]],
  ["ääää", 3, ["ä", "ä", "ä", "ä"]],
  ["😀😀", 1, ["😀", "😀", ""]],
  ["a ", 1, ["a", ""]],
])("%j in pieces of %d bytes is %j", (text, bytesMax, pieces) => {
  expect(splitToBytes(text, bytesMax)).toEqual(pieces);
});

/** Whether the pieces are the text, but for at most one space at each split. */
function isWhole(pieces: readonly string[], text: string): boolean {
  let position = 0;
  for (const [index, piece] of pieces.entries()) {
    if (!text.startsWith(piece, position)) return false;
    position += piece.length;
    if (index < pieces.length - 1 && text[position] === " ") position += 1;
  }
  return position === text.length;
}

test("splitting loses nothing but spaces at splits, breaks no character, and fits", () => {
  const words = fc
    .array(fc.constantFrom("a", "word", " ", "  ", "ä", "😀", "日本"))
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(wellFormed, words), fc.integer({ min: 4, max: 40 }), (text, bytesMax) => {
      const pieces = splitToBytes(text, bytesMax);
      expect(isWhole(pieces, text)).toBe(true);
      for (const piece of pieces) {
        expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(bytesMax);
        expect(piece.isWellFormed()).toBe(true);
      }
    }),
    { numRuns: 1000 },
  );
});

test("every C0 control but formatting becomes its picture, DEL too", () => {
  const formatting = new Set([2, 3, 4, 15, 17, 22, 29, 30, 31]);
  for (let code = 0; code < 32; code += 1) {
    const picture = formatting.has(code) ? "" : String.fromCharCode(0x2400 + code);
    expect(shown(`a${String.fromCharCode(code)}b`)).toBe(`a${picture}b`);
  }
  expect(shown("\u{7f}")).toBe("␡");
});

test("every C1 control becomes the replacement character", () => {
  for (let code = 0x80; code < 0xa0; code += 1) {
    expect(shown(`a${String.fromCharCode(code)}b`)).toBe("a\u{fffd}b");
  }
});

test.each([
  ["OSC title", "\u{1b}]2;PWNED\u{7}", "␛]2;PWNED␇"],
  ["8-bit CSI", "\u{9b}2J", "\u{fffd}2J"],
  ["colours", "\u{3}04,05red\u{3} \u{4}ff0000hex\u{f}", "red hex"],
  ["colour and digits", "\u{3}123", "3"],
  ["bidi override", "\u{202e}evil\u{2066}", "\u{fffd}evil\u{fffd}"],
  ["marks of direction", "a\u{200e}\u{200f}", "a\u{fffd}\u{fffd}"],
  ["byte order mark", "\u{feff}a", "\u{fffd}a"],
  ["zero-width space", "a\u{200b}b", "a\u{fffd}b"],
  ["soft hyphen", "a\u{ad}b", "a\u{fffd}b"],
  ["separators of lines", "a\u{2028}b\u{2029}", "a\u{fffd}b\u{fffd}"],
  ["lone surrogates", "\u{d800}a\u{dfff}", "\u{fffd}a\u{fffd}"],
  ["private use", "\u{e000}", "\u{fffd}"],
  ["unassigned", "\u{378}", "\u{fffd}"],
  ["tag characters", "\u{1f3f4}\u{e0067}\u{e007f}", "\u{1f3f4}\u{fffd}\u{fffd}"],
  ["joiners at the edges", "\u{200d}a\u{200d}", "a"],
  ["joiners in a row", "a\u{200d}\u{200d}b", "ab"],
  ["a joiner beside what is not shown", "\u{1f0ff}\u{200d}a", "\u{fffd}a"],
  ["too many marks", `e${"\u{301}".repeat(9)}`, `e${"\u{301}".repeat(4)}`],
  ["marks behind joiners", `e${"\u{301}\u{200d}".repeat(9)}x`, `e${"\u{301}\u{200d}".repeat(4)}x`],
])("%s cannot do anything", (_name, text, harmless) => {
  expect(shown(text)).toBe(harmless);
});

test.each([
  "plain text, ümläüts, 日本語, Ελληνικά",
  "👩\u{200d}👩\u{200d}👧\u{200d}👦",
  "👩🏽\u{200d}🚀 ❤\u{fe0f}\u{200d}🔥 🏳\u{fe0f}\u{200d}🌈 1\u{fe0f}\u{20e3} 🇩🇪",
  "क्\u{200d}ष می\u{200c}خواهم",
  "tiếng Việt, e\u{301}\u{302}\u{303}\u{304}",
  "\u{a0}non-breaking",
])("%j stays as it is", (text) => {
  expect(shown(text)).toBe(text);
});

const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom("\u{200d}", "\u{200c}", "\u{301}", "\u{301}\u{302}", "a", " ", "👩", "🏽"),
      fc.constantFrom("\u{3}", "\u{2}", "1", ",", "\u{1b}", "\u{fe0f}", "\u{1f0ff}", "\u{202e}"),
      fc.nat(0xffff).map((unit) => String.fromCharCode(unit)),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(""));

test("printable text has no controls, overrides or surrogates, and stays as it is", () => {
  fc.assert(
    fc.property(fc.oneof(nasty, anyUnits, wellFormed), (text) => {
      const once = printable(text);
      expect(once).not.toMatch(/[\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/u);
      expect(once).not.toMatch(/(?:\p{M}[\u200c\u200d]*){5}/u);
      expect(once.isWellFormed()).toBe(true);
      expect(printable(once)).toBe(once);
    }),
    { numRuns: 5000 },
  );
});

test("controls are found wherever they are, and nothing else is one", () => {
  for (let code = 0; code < 0x300; code += 1) {
    const isControl = code < 0x20 || (code >= 0x7f && code < 0xa0);
    expect(hasControls(`a${String.fromCharCode(code)}b`)).toBe(isControl);
  }
});

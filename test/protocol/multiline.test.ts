/** Multiline messages: what is cut into lines comes out whole, and lines come out as they were sent. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  cutLines,
  isLong,
  joinLines,
  linesOf,
  parseMultilineLimits,
  type WireLine,
  writeMultilineLimits,
} from "../../src/protocol/multiline.ts";

const words = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc
    .array(fc.constantFrom("a", " ", "ü", "👋", "\x01"), { maxLength: 12 })
    .map((all) => all.join("")),
);
const lineText = words.map((text) => text.replaceAll("\n", ""));

/** As clients may send them: "Clients MUST NOT send blank lines with the draft/multiline-concat tag". */
const wireLines: fc.Arbitrary<WireLine[]> = fc
  .array(fc.record({ text: lineText, isContinuation: fc.boolean() }), { minLength: 1 })
  .map((lines) =>
    lines.map(({ text, isContinuation }, index) => ({
      text,
      isContinuation: isContinuation && index > 0 && text !== "",
    })),
  );

test("the specification's example", () => {
  const lines = [
    { text: "hello", isContinuation: false },
    { text: "how is ", isContinuation: false },
    { text: "everyone?", isContinuation: true },
  ];
  const long = joinLines(lines);
  expect(long).toEqual({ text: "hello\nhow is everyone?", seams: [13] });
  expect(linesOf(long)).toEqual(lines);
});

test("blank lines, at the ends too, and what goes on behind one, keep their places", () => {
  const lines = ["", "a", "", "b", ""].map((text, index) => ({
    text,
    isContinuation: index === 3,
  }));
  expect(joinLines(lines)).toEqual({ text: "\na\nb\n", seams: [3] });
  expect(linesOf(joinLines(lines))).toEqual(lines);
});

test("the first line goes on from nothing", () => {
  expect(joinLines([{ text: "a", isContinuation: true }])).toEqual({ text: "a", seams: [] });
});

test("any lines come out as they were put together", () => {
  fc.assert(
    fc.property(wireLines, (lines) => {
      const long = joinLines(lines);
      expect(linesOf(long)).toEqual(lines);
      expect(isLong(long)).toBe(lines.length > 1);
    }),
  );
});

test("any text that is cut is the same text when it is joined, in pieces that fit and break no character", () => {
  fc.assert(
    fc.property(
      fc.array(lineText, { minLength: 1 }),
      fc.integer({ min: 4, max: 40 }),
      (all, max) => {
        const text = all.join("\n");
        const pieces = cutLines(text, max);
        expect(joinLines(pieces).text).toBe(text);
        for (const piece of pieces) {
          expect(Buffer.byteLength(piece.text)).toBeLessThanOrEqual(max);
          expect(piece.text.isWellFormed()).toBe(true);
          expect(piece.isContinuation && piece.text === "").toBe(false);
        }
      },
    ),
  );
});

test("a long line is cut behind a space, which stays at its end", () => {
  expect(cutLines("one two three", 10)).toEqual([
    { text: "one two ", isContinuation: false },
    { text: "three", isContinuation: true },
  ]);
});

describe("the capability's value", () => {
  test("says the limits", () => {
    const limits = { bytesMax: 4096, linesMax: 24 };
    expect(writeMultilineLimits(limits)).toBe("max-bytes=4096,max-lines=24");
    expect(parseMultilineLimits("max-bytes=4096,max-lines=24")).toEqual(limits);
  });

  test("has unknown keys, and may say nothing of lines", () => {
    expect(parseMultilineLimits("x,max-bytes=40000,y=1")).toEqual({
      bytesMax: 40_000,
      linesMax: Number.MAX_SAFE_INTEGER,
    });
  });

  test.each(["", "max-lines=3", "max-bytes", "max-bytes=0", "max-bytes=-1", "max-bytes=x"])(
    "%j is none",
    (value) => {
      expect(parseMultilineLimits(value)).toBeUndefined();
    },
  );
});

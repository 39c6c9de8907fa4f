/** Which trigrams of a text the index is asked for. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { tellingTrigrams } from "../../src/storage/search-terms.ts";
import { trigramsOf } from "../../src/storage/search-text.ts";

function asked(text: string, sample: readonly string[]): readonly string[] {
  return tellingTrigrams(trigramsOf(text), () => sample);
}

function times(count: number, text: string): string[] {
  return Array.from({ length: count }, () => text);
}

test("a short text is asked for whole, and no sample is taken", () => {
  const never = (): never => {
    throw new Error("a sample");
  };
  expect(tellingTrigrams(trigramsOf("teatim"), never)).toEqual(["tea", "eat", "ati", "tim"]);
  expect(tellingTrigrams([], never)).toEqual([]);
});

test("the trigram that the fewest have comes first, then the one that the fewest of those have", () => {
  const sample = [...times(60, "black coffee"), ...times(30, "black tea"), ...times(8, "pink tea")];
  // 38 have "k t" and all of those " te" and "tea", which say no more; "lac" has more messages, and says more.
  expect(asked("black tea", sample)).toEqual(["k t", "bla"]);
});

test("where no message of the sample has the text's rarest trigram, frequent ones are not asked for", () => {
  const sample = [...times(50, "good morning"), ...times(50, "good night")];
  expect(asked("good nix", sample)).toEqual(["nix"]);
});

test("of a long text what stands first is weighed", () => {
  const letters = "abcdefghijklmnopqrstuvwxyz0123456789äöüß";
  expect(asked(`${letters}q!`, times(50, letters))).toEqual(["abc"]);
  expect(asked(`q!${letters}`, times(50, letters))).toEqual(["q!a", "!ab"]);
});

test("without any messages a few are asked for", () => {
  expect(asked("abcdefghij", [])).toEqual(["abc", "bcd", "cde", "def"]);
});

test("whatever the text and the sample, a few of the text's own trigrams are asked for, each once", () => {
  const text = fc.stringMatching(/^[ab ]{0,40}$/);
  fc.assert(
    fc.property(text, fc.array(text), (wanted, sample) => {
      const all = trigramsOf(wanted);
      const chosen = tellingTrigrams(all, () => sample);
      expect(chosen.length).toBeGreaterThanOrEqual(Math.min(all.length, 1));
      expect(chosen.length).toBeLessThanOrEqual(4);
      expect(new Set(chosen).size).toBe(chosen.length);
      expect(chosen.filter((each) => !all.includes(each))).toEqual([]);
    }),
  );
});

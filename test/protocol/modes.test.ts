/** Modes: the table's tokens, reading and writing of changes, and the members' signs. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  channelMode,
  channelModeLetters,
  channelModeLettersWithParam,
  channelModes,
  chanmodesToken,
  isPrefixLetter,
  parseModeChanges,
  prefixModes,
  prefixSigns,
  prefixToken,
  withPrefix,
  writeModeChanges,
  type ModeChange,
} from "../../src/protocol/modes.ts";

/** `+o ann` as a change, for reading. */
function change(text: string): ModeChange {
  const [mode = "", param] = text.split(" ");
  return { isSet: mode.startsWith("+"), letter: mode.slice(1), param };
}

test("the tokens say what the table says", () => {
  expect(chanmodesToken).toBe("beI,k,flH,CMRUimnstu");
  expect(prefixToken).toBe("(qaohv)~&@%+");
  expect(channelModeLetters).toBe("beIkflHCMRUimnstuqaohv");
  expect(channelModeLettersWithParam).toBe("beIkflHqaohv");
});

test("no letter is there twice, and prefix modes have signs of their own in order", () => {
  expect(new Set(channelModeLetters).size).toBe(channelModes.length);
  const letters = channelModes.filter(({ kind }) => kind === "prefix").map(({ letter }) => letter);
  expect(letters).toEqual(prefixModes.map(({ letter }) => letter));
});

test("what is no mode is none, whatever objects are made of", () => {
  for (const text of ["", "x", "bb", "__proto__", "constructor"]) {
    expect(channelMode(text)).toBeUndefined();
    expect(isPrefixLetter(text)).toBe(false);
  }
});

test.each([
  ["", [], []],
  ["+", [], []],
  ["+m", [], ["+m"]],
  ["m", [], ["+m"]],
  ["-m+n", [], ["-m", "+n"]],
  ["+-+m", [], ["+m"]],
  ["+o-k+l", ["ann", "key", "5"], ["+o ann", "-k key", "+l 5"]],
  ["+ov", ["ann", "bob"], ["+o ann", "+v bob"]],
  ["+b", [], ["+b"]],
  ["-b", [], ["-b"]],
  ["+b", ["*!*@h"], ["+b *!*@h"]],
  ["+o", [], []],
  ["+k", [], []],
  ["-k", [], ["-k"]],
  ["+l", [], []],
  ["-l", [], ["-l"]],
  ["-lo", ["ann"], ["-l", "-o ann"]],
  ["+x", ["ann"], ["+x"]],
  ["+m", ["ann"], ["+m"]],
  ["+😀", [], ["+😀"]],
])("MODE %s %j asks for %j", (text, params, changes) => {
  expect(parseModeChanges(text, params)).toEqual(changes.map(change));
});

test.each([
  [
    ["+o ann", "+v bob", "-t"],
    ["+ov-t", "ann", "bob"],
  ],
  [["-m", "+n", "-s"], ["-m+n-s"]],
  [
    ["+k key", "+l 5"],
    ["+kl", "key", "5"],
  ],
  [
    ["-k", "+o ann"],
    ["-k+o", "*", "ann"],
  ],
  [
    ["-l", "+o ann"],
    ["-l+o", "ann"],
  ],
])("%j is written %j", (changes, written) => {
  expect(writeModeChanges(changes.map(change))).toEqual(written);
});

test("changes that are written are read back", () => {
  const one = fc
    .record({
      isSet: fc.boolean(),
      mode: fc.constantFrom(...channelModes),
      given: fc.stringMatching(/^[a-z0-9]{1,5}$/),
    })
    .map(({ isSet, mode: { letter, kind }, given }): ModeChange => {
      const takesNone = kind === "flag" || (kind === "option" && !isSet);
      return { isSet, letter, param: takesNone ? undefined : given };
    });
  fc.assert(
    fc.property(fc.array(one), (changes) => {
      const [text = "", ...params] = writeModeChanges(changes);
      expect(parseModeChanges(text, params)).toEqual(changes);
    }),
  );
});

test("any text and parameters give changes, each with one letter", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.array(fc.string()), (text, params) => {
      for (const { letter } of parseModeChanges(text, params)) expect([...letter].length).toBe(1);
    }),
  );
});

test("signs are those of the ranks held, or the highest alone", () => {
  expect(prefixSigns("qov", true)).toBe("~@+");
  expect(prefixSigns("vq", true)).toBe("~+");
  expect(prefixSigns("ov", false)).toBe("@");
  expect(prefixSigns("", true)).toBe("");
});

test("a rank is added in its place, once, and removed", () => {
  expect(withPrefix("v", "q", true)).toBe("qv");
  expect(withPrefix("qv", "o", true)).toBe("qov");
  expect(withPrefix("qov", "o", true)).toBe("qov");
  expect(withPrefix("qov", "o", false)).toBe("qv");
  expect(withPrefix("", "v", false)).toBe("");
});

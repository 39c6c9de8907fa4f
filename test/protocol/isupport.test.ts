/** ISUPPORT: at most 13 tokens a line, and read back by the client. */
import { expect, test } from "bun:test";
import { isupportLines, isupportToken, readIsupport } from "../../src/protocol/isupport.ts";

function read(...lines: string[][]): Map<string, string> {
  const tokens = new Map<string, string>();
  for (const params of lines) readIsupport(params, tokens);
  return tokens;
}

test.each([
  [0, []],
  [1, [1]],
  [13, [13]],
  [14, [13, 1]],
  [27, [13, 13, 1]],
])("%d tokens are in lines of %j", (count, lengths) => {
  const tokens = Array.from({ length: count }, (_, index) => `T${index}`);
  const lines = isupportLines(tokens);
  expect(lines.map((line) => line.length)).toEqual(lengths);
  expect(lines.flat()).toEqual(tokens);
});

test.each([
  ["SAFELIST", "", "SAFELIST"],
  ["PREFIX", "(ov)@+", "PREFIX=(ov)@+"],
  ["NETWORK", "My Net", "NETWORK=My\\x20Net"],
  ["A", "b=c\\", "A=b\\x3Dc\\x5C"],
])("%s with %j is one word with one equals sign, and read back", (name, value, token) => {
  expect(isupportToken(name, value)).toBe(token);
  expect(read(["ann", token, "x"]).get(name)).toBe(value);
});

test("tokens are read without the nick and the text", () => {
  expect(read(["ann", "NICKLEN=32", "SAFELIST", "PREFIX=(ov)@+", "are supported"])).toEqual(
    new Map([
      ["NICKLEN", "32"],
      ["SAFELIST", ""],
      ["PREFIX", "(ov)@+"],
    ]),
  );
});

test("a later token replaces, and a minus takes back", () => {
  expect(read(["ann", "A=1", "B=2", "x"], ["ann", "A=3", "-B", "-C", "x"])).toEqual(
    new Map([["A", "3"]]),
  );
});

test("values are unescaped, and may have an equals sign", () => {
  expect(read(["ann", "NETWORK=My\\x20Net", "A=b=c", "B=\\x3D\\x5c", "C=\\xZZ", "x"])).toEqual(
    new Map([
      ["NETWORK", "My Net"],
      ["A", "b=c"],
      ["B", "=\\"],
      ["C", "\\xZZ"],
    ]),
  );
});

test("lines that are too short say nothing", () => {
  expect(read([], ["ann"], ["ann", "are supported"]).size).toBe(0);
});

test("names that objects know are tokens like any other", () => {
  const tokens = read(["ann", "__proto__=1", "constructor=2", "x"]);
  expect([...tokens.keys()]).toEqual(["__proto__", "constructor"]);
});

/** Lines in bytes are found one by one, whatever their ends. */
import { expect, test } from "bun:test";
import { linesIn } from "../../src/base/lines.ts";

test.each([
  ["", []],
  ["one\r\n", ["one\r\n"]],
  ["one\r\ntwo\n\nfour\r\n", ["one\r\n", "two\n", "\n", "four\r\n"]],
  ["one\nand no end", ["one\n", "and no end"]],
])("%j is %j", (text, lines) => {
  expect(linesIn(Buffer.from(text)).map(String)).toEqual(lines);
});

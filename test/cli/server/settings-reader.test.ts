/**
 * Finding the line of a key again in the text of a settings file.
 */
import { expect, test } from "bun:test";
import { lineOf, writePath } from "../../../src/cli/server/settings-reader.ts";

const text = [
  "top = 1 # a comment", //            1
  "[server]", //                       2
  "name = 'x'", //                     3
  'motd = """', //                     4
  "name = fake", //                    5
  '"""', //                            6
  "[[listen]] # first", //             7
  'address = "a"', //                  8
  "[[listen]]", //                     9
  '  "address" = "b"', //             10
  "[auth]", //                        11
  "argon2.lanes = 1", //              12
  "inline = { a = 1, b = 2 }", //     13
].join("\n");

test("a key's line is found in its table, behind texts of several lines and in arrays", () => {
  expect(lineOf(text, ["top"])).toBe(1);
  expect(lineOf(text, ["server", "name"])).toBe(3);
  expect(lineOf(text, ["listen", 0, "address"])).toBe(8);
  expect(lineOf(text, ["listen", 1, "address"])).toBe(10);
  expect(lineOf(text, ["auth", "argon2", "lanes"])).toBe(12);
});

test("without a line of its own, the key is where what is around it begins", () => {
  expect(lineOf(text, ["auth", "inline", "b"])).toBe(13);
  expect(lineOf(text, ["listen", 1, "tls"])).toBe(9);
  expect(lineOf(text, ["none"])).toBe(1);
});

test("arrays are counted from one", () => {
  expect(writePath(["listen", 0, "address"])).toBe("listen[1].address");
});

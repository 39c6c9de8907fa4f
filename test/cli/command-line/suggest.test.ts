/**
 * "Did you mean …?": near words are found, far ones are not.
 */
import { expect, test } from "bun:test";
import { nearest, suggestion } from "../../../src/cli/command-line/suggest.ts";

const known = ["serve", "connect", "account", "servers", "version"];

test("a mistyped word suggests the one it is nearest to", () => {
  expect(nearest("conect", known)).toBe("connect");
  expect(nearest("srever", known)).toBe("serve");
  expect(nearest("VERSION", known)).toBe("version");
  expect(nearest("acocunt", known)).toBe("account");
});

test("a word that is like none suggests nothing", () => {
  expect(nearest("toString", known)).toBeUndefined();
  expect(suggestion("x", known)).toBe("");
});

test("a very long word suggests nothing and takes no time", () => {
  expect(nearest("s".repeat(1_000_000), known)).toBeUndefined();
});

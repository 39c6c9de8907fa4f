/**
 * Connections are fewer than the files the process may open.
 */
import { expect, test } from "bun:test";
import { connectionsPossible } from "../../../src/cli/server/open-files.ts";

const limits = (files: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units\nMax open files            ${files}                 4096                 files\n`;

test("some files are left for everything else", () => {
  expect(connectionsPossible(10_000, limits("1024"))).toBe(896);
  expect(connectionsPossible(500, limits("1024"))).toBe(500);
});

test("a few connections there are always, and where the system says nothing all that are wanted", () => {
  expect(connectionsPossible(10_000, limits("64"))).toBe(16);
  expect(connectionsPossible(10_000, "")).toBe(10_000);
  expect(connectionsPossible(10_000, limits("unlimited"))).toBe(10_000);
});

/** The counts of `bun ok` are those of `bun test`. */
import { expect, test } from "bun:test";
import { testCounts } from "./test-counts.ts";

test("the summary's counts are read, whatever tests said before", () => {
  const output =
    " 3 pass\n 1 fail\nbun test\n\n --seed=1\n 610 pass\n 2 fail\n 49000 expect() calls\n";
  expect(testCounts(output, 1)).toEqual({ passed: 610, failed: 2 });
});

test("colours do not hide the counts", () => {
  expect(testCounts("\x1b[32m 5 pass\x1b[0m\n\x1b[2m 0 fail\x1b[0m\n", 0)).toEqual({
    passed: 5,
    failed: 0,
  });
});

test("a run that ends badly without a failed test is a failure", () => {
  expect(testCounts("Segmentation fault\n", 139)).toEqual({ passed: 0, failed: 1 });
  expect(testCounts(" 5 pass\n 0 fail\n 1 error\n", 1)).toEqual({ passed: 5, failed: 1 });
});

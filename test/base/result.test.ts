/** Results carry a value or a reason. */
import { expect, test } from "bun:test";
import { failed, ok, type Result } from "../../src/base/result.ts";

test("a result is one of two shapes, told apart by ok", () => {
  const results: Result<number>[] = [ok(1), failed("why")];
  expect(results.map((result) => (result.ok ? result.value : result.error))).toEqual([1, "why"]);
});

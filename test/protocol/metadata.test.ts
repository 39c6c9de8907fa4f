/** What keys and values of metadata look like, and who may see them. */
import { expect, test } from "bun:test";
import {
  isMetadataKey,
  isMetadataValue,
  isOperatorsKey,
  visibilityOf,
} from "../../src/protocol/metadata.ts";

test.each(["a", "display-name", "soju.im/muted", "0_9", "__proto__", "k".repeat(40)])(
  "%s is a key",
  (key) => {
    expect(isMetadataKey(key)).toBe(true);
  },
);

test.each(["", "A", "a b", "a:b", "%", "é", "a\n", "k".repeat(41)])("%j is none", (key) => {
  expect(isMetadataKey(key)).toBe(false);
});

test("a value has at most 288 bytes, whatever its characters", () => {
  expect(["", "v".repeat(288), "💜".repeat(72)].map(isMetadataValue)).toEqual([true, true, true]);
  expect(["v".repeat(289), `${"💜".repeat(72)}x`].map(isMetadataValue)).toEqual([false, false]);
});

test("keys of operators begin with their word, and say so", () => {
  expect([isOperatorsKey("operators/x"), isOperatorsKey("operators"), isOperatorsKey("x")]).toEqual(
    [true, false, false],
  );
  expect([visibilityOf("operators/x"), visibilityOf("x")]).toEqual(["operators", "*"]);
});

/** Capabilities: a set is a number, and every name has its own bit. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  capabilities,
  capabilityNames,
  hasCapability,
  isCapability,
  namesOf,
  noCapabilities,
  nonceTag,
} from "../../src/protocol/capabilities.ts";
import { writeTags } from "../../src/protocol/message.ts";

test("every name has a bit of its own, in the 53 of a number", () => {
  expect(capabilityNames.length).toBeLessThan(54);
  expect(new Set(capabilityNames.map((name) => capabilities(name))).size).toBe(
    capabilityNames.length,
  );
});

test("a set has what was put in, in the order of the table", () => {
  fc.assert(
    fc.property(fc.subarray([...capabilityNames]), (names) => {
      const set = capabilities(...names.toReversed());
      expect(namesOf(set)).toEqual(names);
      for (const name of capabilityNames)
        expect(hasCapability(set, name)).toBe(names.includes(name));
    }),
  );
  expect(capabilities()).toBe(noCapabilities);
});

test("names are known exactly, not by what objects know", () => {
  expect(isCapability("sasl")).toBe(true);
  for (const name of ["SASL", "sasl=PLAIN", "", "__proto__", "constructor"]) {
    expect(isCapability(name)).toBe(false);
  }
});

test("the nonce's tag is of the grammar", () => {
  expect(writeTags(new Map([[nonceTag, "1"]]))).toBe("+authchat.invalid/nonce=1");
});

/**
 * Trusted proxies: what may stand in the settings, and who is one.
 */
import { expect, test } from "bun:test";
import { parseNetwork, trustedAddresses } from "../../../src/cli/server/proxies.ts";

test.each(["127.0.0.1", "10.0.0.0/8", "::1", "fd00::/8", "0.0.0.0/0"])(
  "%s is a network",
  (text) => {
    expect(parseNetwork(text)).toEqual({ ok: true, value: text });
  },
);

test.each(["", "localhost", "10.0.0.0/33", "::1/129", "10.0.0.0/8/8", "10.0.0.0/-1", "10.0.0/8"])(
  "%j is none",
  (text) => {
    expect(parseNetwork(text).ok).toBe(false);
  },
);

test("an address is trusted when a network has it", () => {
  const isTrusted = trustedAddresses(["127.0.0.0/8", "::1", "fd00::/8"]);
  const asked = ["127.0.0.1", "127.9.9.9", "::1", "fd12::7", "128.0.0.1", "::2", "fe80::1", "x"];
  expect(asked.filter(isTrusted)).toEqual(["127.0.0.1", "127.9.9.9", "::1", "fd12::7"]);
});

test("nobody is trusted by default of any list", () => {
  expect(trustedAddresses([])("127.0.0.1")).toBe(false);
});

/**
 * Addresses and faults: how they are read.
 */
import { expect, test } from "bun:test";
import { isLoopback, plainAddress } from "../../src/net/address.ts";
import { closeReason, faultCode } from "../../src/net/faults.ts";
import { clientTls, serverTls } from "../../src/net/tls.ts";
import { identity } from "./support.ts";

test.each([
  ["127.0.0.1", "127.0.0.1", true],
  ["127.255.0.9", "127.255.0.9", true],
  ["::1", "::1", true],
  ["::ffff:127.0.0.1", "127.0.0.1", true],
  ["::FFFF:192.0.2.7", "192.0.2.7", false],
  ["128.0.0.1", "128.0.0.1", false],
  ["::2", "::2", false],
  ["::ffff:1.2.3.999", "::ffff:1.2.3.999", false],
  ["127.0.0.1.evil.example", "127.0.0.1.evil.example", false],
])("%s is %s, on this machine: %p", (address, plain, isHere) => {
  expect(plainAddress(address)).toBe(plain);
  expect(isLoopback(address)).toBe(isHere);
});

test("a failure of the network has a code, and a bug has none", () => {
  const reset = Object.assign(new Error("reset"), { code: "ECONNRESET" });
  expect(faultCode(reset)).toBe("ECONNRESET");
  const wrong = Object.assign(new TypeError("wrong"), { code: "ERR_INVALID_ARG_TYPE" });
  const late = Object.assign(new Error("late"), { code: "ERR_USE_AFTER_CLOSE" });
  const bugs = [new TypeError("x is undefined"), wrong, late, "text", null, undefined];
  expect(bugs.map(faultCode)).toEqual(bugs.map(() => undefined));
  expect(closeReason(reset)).toBe("Connection reset");
  expect(closeReason(undefined)).toBe("Connection closed");
});

test("options for TLS are never empty: without a certificate or a key there are none", () => {
  expect(() => serverTls({ certificate: "", key: identity.key })).toThrow("has a certificate");
  expect(() => serverTls({ certificate: identity.certificate, key: "" })).toThrow("has a key");
  const none = { serverName: undefined, authorities: undefined, identity: undefined };
  expect(Object.entries(clientTls(none))).toContainEqual(["rejectUnauthorized", false]);
});

/**
 * Source: which addresses are one household.
 */
import { expect, test } from "bun:test";
import { sourceOf } from "../../src/auth/source.ts";

test.each([
  ["192.0.2.1", "192.0.2.1", undefined],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"],
  ["2001:0DB8:0001:0002::9", "2001:db8:1:2::/64", "2001:db8:1::/48"],
  ["2001:db8::1", "2001:db8:0:0::/64", "2001:db8:0::/48"],
  ["::1", "0:0:0:0::/64", "0:0:0::/48"],
  ["::", "0:0:0:0::/64", "0:0:0::/48"],
  ["1:2:3:4:5:6:7::", "1:2:3:4::/64", "1:2:3::/48"],
  ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64", "64:ff9b:0::/48"],
  ["::1.2.3.4", "0:0:0:0::/64", "0:0:0::/48"],
  ["fe80::1%eth0", "fe80:0:0:0::/64", "fe80:0:0::/48"],
  ["unknown", "unknown", undefined],
  ["", "", undefined],
])("%s comes from %s", (address, key, wide) => {
  expect(sourceOf(address)).toEqual({ key, wide });
});

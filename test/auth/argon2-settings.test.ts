/**
 * Argon2's settings: seven bytes there and back, and none that nobody may ask for.
 */
import { expect, test } from "bun:test";
import {
  defaultArgon2Settings,
  parseSettings,
  writeSettings,
} from "../../src/auth/argon2-settings.ts";

test("settings are written in seven bytes and read back", () => {
  const bytes = writeSettings(defaultArgon2Settings);
  expect(Buffer.from(bytes).toString("hex")).toBe("01000100000304");
  expect(parseSettings(bytes)).toEqual(defaultArgon2Settings);
});

test.each([
  ["02000100000304", "another function"],
  ["01004000010304", "more than 4 GiB"],
  ["010000001f0304", "less than 8 KiB a lane"],
  ["01000100000004", "no pass"],
  ["01000100006504", "101 passes"],
  ["01000100000300", "no lane"],
  ["01000100000341", "65 lanes"],
  ["010001000003", "six bytes"],
  ["0100010000030400", "eight bytes"],
])("%s are no settings: %s", (hex) => {
  expect(parseSettings(Buffer.from(hex, "hex"))).toBeUndefined();
});

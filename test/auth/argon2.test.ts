/**
 * argon2: the native library computes what the reference implementation computes.
 */
import { expect, test } from "bun:test";
import { loadArgon2 } from "../../src/auth/argon2.ts";

test("the library computes argon2id, version 0x13, as the reference does", async () => {
  const argon2 = await loadArgon2();
  // phc-winner-argon2, src/test.c: hashtest(version, 2, 16, 1, "password", "somesalt", …)
  const salt = new TextEncoder().encode("somesalt");
  const settings = { memoryKib: 65_536, passes: 2, lanes: 1 };
  const output = await argon2(new TextEncoder().encode("password"), salt, settings, 32);
  expect(Buffer.from(output).toString("hex")).toBe(
    "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7",
  );
});

/**
 * Hashes for a settings file: what any other argon2 reads and finds right.
 */
import { expect, test } from "bun:test";
import { phcHash } from "../../src/auth/phc.ts";
import { cheap, isWiped, secret } from "./support.ts";

test("a hash is PHC's string, with a salt of its own, and the password is wiped", async () => {
  const password = secret("correct horse battery");
  const [one, other] = [
    await phcHash(password, cheap),
    await phcHash(secret("correct horse battery"), cheap),
  ];
  const { memoryKib, passes, lanes } = cheap;
  expect(one.split("$").slice(0, 4)).toEqual([
    "",
    "argon2id",
    "v=19",
    `m=${memoryKib},t=${passes},p=${lanes}`,
  ]);
  expect(one).not.toContain("=$");
  expect(one).not.toBe(other);
  expect(isWiped(password)).toBe(true);
  for (const hash of [one, other]) {
    expect(await Bun.password.verify("correct horse battery", hash)).toBe(true);
    expect(await Bun.password.verify("correct horse batterz", hash)).toBe(false);
  }
});

test("a password is hashed in its one form, however it was typed", async () => {
  const hash = await phcHash(secret("cafe\u{301} au lait au lit"), cheap);
  expect(await Bun.password.verify("caf\u{e9} au lait au lit", hash)).toBe(true);
});

/**
 * Keys: the key file, and that sets of keys have nothing in common.
 */
import { expect, test } from "bun:test";
import { KeyRing, makeKeyFile, parseKeyFile } from "../../src/auth/keys.ts";
import { masterKeys } from "./support.ts";
import { group, hex } from "./opaque/support.ts";

const line = `v1 ${Buffer.alloc(32, 7).toString("base64")}`;

test("a key file that was made is read, and no two are the same", () => {
  const text = makeKeyFile(false);
  const keys = parseKeyFile(text);
  expect(keys?.masters.map(({ length }) => length)).toEqual([32]);
  expect(keys?.takesUnsealed).toBe(false);
  expect(parseKeyFile(makeKeyFile(true))?.takesUnsealed).toBe(true);
  expect(makeKeyFile(false)).not.toBe(text);
});

test.each([
  ["", "empty"],
  ["argon2id\n", "no key"],
  [line.slice(0, -2), "a key cut short"],
  [`${line}A`, "a key too long"],
  [line.replace("v1", "v2"), "another version"],
  [`${line}\nkey`, "something else besides"],
  [`${line}\n`.repeat(17), "too many keys"],
])("%j is no key file: %s", (text) => {
  expect(parseKeyFile(text)).toBeUndefined();
});

test("blank lines and line ends of any kind are no matter, and the order is kept", () => {
  const keys = parseKeyFile(`\r\n${line}\r\nv1 ${Buffer.alloc(32, 8).toString("base64")}`);
  expect(keys?.masters.map((master) => master.bytes()[0])).toEqual([7, 8]);
});

test("one master key gives one set of keys, another gives another, and nothing in it is twice", () => {
  const sets = [1, 1, 2].map((of) => new KeyRing(group, masterKeys(of)).newest);
  const texts = sets.map(({ id, oprfSeed, ake, sealing, fake }) =>
    [
      id,
      oprfSeed,
      ake.privateKey,
      ake.publicKey,
      sealing,
      fake.maskingKey,
      fake.clientPublicKey,
    ].map(hex),
  );
  expect(texts[1]).toEqual(texts[0]);
  expect(new Set(texts.flat()).size).toBe(14);
});

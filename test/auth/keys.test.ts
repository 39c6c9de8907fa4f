/**
 * Keys: the key file, and that sets of keys have nothing in common.
 */
import { expect, test } from "bun:test";
import {
  KeyRing,
  makeKeyFile,
  parseKeyFile,
  withNewKey,
  withoutKeys,
} from "../../src/auth/keys.ts";
import { keyFileOf, masterKeys, parsedKeys } from "./support.ts";
import { group, hex } from "./opaque/support.ts";

const line = `v1 ${Buffer.alloc(32, 7).toString("base64")}`;
const seedLine = `ake ${Buffer.alloc(32, 9).toString("base64")}`;

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
  [`${line}\nake ${Buffer.alloc(31).toString("base64")}`, "a seed cut short"],
  [`${line}\n${seedLine}\n${seedLine}`, "two seeds"],
  [seedLine, "a seed alone"],
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

test("the key pair that clients pin is of the oldest key, or of the seed that is written down", () => {
  const pinned = (text: string): string => {
    const keys = parsedKeys(text);
    const { sets } = new KeyRing(group, keys);
    const [first, ...others] = sets.map(({ ake }) => hex(ake.publicKey));
    for (const other of others) expect(other).toBe(first ?? "");
    return first ?? "";
  };
  const one = pinned(keyFileOf(1));
  expect(pinned(keyFileOf(2, 1))).toBe(one);
  const more = withNewKey(parsedKeys(keyFileOf(1))) ?? "";
  expect(pinned(more)).toBe(one);
  const ids = new KeyRing(group, parsedKeys(more)).sets.map(({ id }) => id);
  const fewer = withoutKeys(parsedKeys(more), ids);
  expect(parsedKeys(fewer).masters.length).toBe(1);
  expect([pinned(fewer), pinned(`${keyFileOf(3)}${seedLine}`) === one]).toEqual([one, false]);
});

test("a new key leaves the rest of the file as it is", () => {
  const text = withNewKey(parsedKeys(`${keyFileOf(2, 1)}${seedLine}\nargon2id\n`)) ?? "";
  expect(text.split("\n").slice(1)).toEqual([
    ...keyFileOf(2, 1).trim().split("\n"),
    seedLine,
    "argon2id",
    "",
  ]);
});

/** Secrets are read on purpose only, and wiped for good. */
import { expect, test } from "bun:test";
import { inspect } from "node:util";
import { Secret } from "../../src/base/secret.ts";

const canary = "canary-pässword";

test("a secret gives its bytes when asked", () => {
  expect(Buffer.from(Secret.fromText(canary).bytes()).toString()).toBe(canary);
  expect(Secret.fromText("ä").length).toBe(2);
});

test("a secret never shows its bytes, however it is printed", () => {
  const secret = Secret.fromText(canary);
  const shown = [
    `${secret}`,
    secret.toString(),
    String(secret),
    JSON.stringify({ secret }),
    Bun.inspect({ deep: { secret } }),
    inspect({ deep: [secret] }, { depth: null, showHidden: true }),
    Object.entries(secret).join(),
    new Error(`no ${secret}`).message,
  ].join("\n");
  expect(shown).not.toContain("canary");
  expect(shown).not.toContain("99,97,110");
  expect(shown).toContain("[secret]");
});

test("wiping overwrites the bytes and ends reading", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const secret = new Secret(bytes);
  secret.wipe();
  secret.wipe();
  expect(bytes).toEqual(Uint8Array.of(0, 0, 0));
  expect(() => secret.bytes()).toThrow("a wiped secret is not read");
  expect(() => secret.copy()).toThrow("a wiped secret is not read");
  expect(String(secret)).toBe("[secret]");
});

test("a copy lives on when the first is wiped", () => {
  const first = Secret.fromText("abc");
  const second = first.copy();
  first.wipe();
  expect([...second.bytes()]).toEqual([97, 98, 99]);
});

test("a secret from text owns the whole of its memory, outside of any pool", () => {
  const secret = Secret.fromText(canary);
  const bytes = secret.bytes();
  expect(bytes.byteLength).toBe(bytes.buffer.byteLength);
});

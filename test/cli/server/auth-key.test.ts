/**
 * The file of master keys: made when it may be, and never in the place of one that is missing.
 */
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { authKey } from "../../../src/cli/server/auth-key.ts";
import { Fault } from "../../../src/cli/command-line/exit.ts";
import { freshFolder } from "../../support/folder.ts";

function file(): string {
  return join(freshFolder(), "auth.key");
}

function having(...forms: readonly string[]): { hasForm: (form: string) => boolean } {
  return { hasForm: (form) => forms.includes(form) };
}

function faultOf(work: () => unknown): Fault {
  try {
    work();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error("no fault");
}

test("the first start makes the file for its owner alone, the next one reads it", () => {
  const path = file();
  const made = authKey(path, having());
  expect([made.isNew, made.takesUnsealed]).toEqual([true, false]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const read = authKey(path, having("opaque"));
  expect(read.isNew).toBe(false);
  expect(read.masters[0]?.bytes()).toEqual(made.masters[0]?.bytes() ?? new Uint8Array());
});

test("a database with passwords from before the keys has them taken still", () => {
  const path = file();
  expect(authKey(path, having("argon2id")).takesUnsealed).toBe(true);
  expect(readFileSync(path, "utf8")).toContain("argon2id");
});

test("a missing key is not replaced when there are passwords that it sealed", () => {
  const path = file();
  expect(faultOf(() => authKey(path, having("opaque"))).code).toBe(74);
  expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
});

test("a key that others can read is refused", () => {
  const path = file();
  authKey(path, having());
  for (const mode of [0o640, 0o604]) {
    chmodSync(path, mode);
    const fault = faultOf(() => authKey(path, having()));
    expect([fault.code, fault.message]).toEqual([
      77,
      `others may read the key ${path} (mode ${mode.toString(8)})`,
    ]);
  }
});

test("a file that is no key file is left alone", () => {
  const path = file();
  writeFileSync(path, "key\n", { mode: 0o600 });
  expect(faultOf(() => authKey(path, having())).code).toBe(74);
  expect(readFileSync(path, "utf8")).toBe("key\n");
});

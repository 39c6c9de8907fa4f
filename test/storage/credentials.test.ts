/**
 * Credentials: that a row is found by its lookup, and by nothing else.
 */
import { join } from "node:path";
import { expect, test } from "bun:test";
import { accountId } from "../../src/base/ids.ts";
import { wallMs } from "../../src/base/time.ts";
import { Credentials } from "../../src/storage/credentials.ts";
import { openDatabase } from "../../src/storage/opening.ts";
import { freshFolder } from "../support/folder.ts";

const now = wallMs(1_700_000_000_000);
const lookup = Uint8Array.of(1, 2, 3);

function rows(): Credentials {
  return new Credentials(openDatabase(join(freshFolder(), "credentials.sqlite")));
}

function adds(to: Credentials, of: Uint8Array | undefined, account = 7): number {
  const seal = (id: number): Uint8Array => Uint8Array.of(id);
  const about = { kind: "certificate", label: "laptop", expiresAt: undefined } as const;
  return to.add({ account: accountId(account), lookup: of, seal, ...about }, now);
}

test("a row is found by its kind and lookup, with what is in it", () => {
  const at = rows();
  const id = adds(at, lookup);
  expect(at.findByLookup("certificate", lookup)).toEqual({
    id,
    account: accountId(7),
    kind: "certificate",
    label: "laptop",
    data: Uint8Array.of(id),
    createdAt: now,
    usedAt: undefined,
    expiresAt: undefined,
  });
});

test("where there is none, none is found: what is made up in its place is nobody's", () => {
  const at = rows();
  expect(at.findByLookup("certificate", lookup)).toBeUndefined();
  adds(at, lookup);
  adds(at, undefined);
  expect(at.findByLookup("scram", lookup)).toBeUndefined();
  expect(at.findByLookup("certificate", Uint8Array.of(1, 2))).toBeUndefined();
});

test("a lookup is in a kind once", () => {
  const at = rows();
  adds(at, lookup);
  expect(() => adds(at, lookup, 8)).toThrow();
  expect(at.list(accountId(8), "certificate")).toEqual([]);
});

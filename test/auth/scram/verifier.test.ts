/**
 * SCRAM's verifier as bytes, and how much a password may be stretched.
 */
import { expect, test } from "bun:test";
import { makeVerifier } from "../../../src/auth/scram/make.ts";
import { areBearable, parseVerifier, writeVerifier } from "../../../src/auth/scram/verifier.ts";

const password = Buffer.from("correct horse battery");

test("a verifier is 84 bytes, and read as it was written", async () => {
  const verifier = await makeVerifier(password, 4096);
  const bytes = writeVerifier(verifier);
  expect(bytes.length).toBe(84);
  expect([...bytes.subarray(16, 20)]).toEqual([0, 0, 0x10, 0]);
  expect(parseVerifier(bytes)).toEqual(verifier);
});

test("each has a salt of its own", async () => {
  const [one, other] = await Promise.all([makeVerifier(password, 1), makeVerifier(password, 1)]);
  expect(one.salt).not.toEqual(other.salt);
  expect(one.storedKey).not.toEqual(other.storedKey);
});

test("another length, or a stretching that is none or never ends, is no verifier", async () => {
  const made = await makeVerifier(password, 4096);
  const bytes = writeVerifier(made);
  for (const length of [0, 83]) expect(parseVerifier(bytes.subarray(0, length))).toBeUndefined();
  expect(parseVerifier(Buffer.concat([bytes, Buffer.alloc(1)]))).toBeUndefined();
  for (const iterations of [0, 1, 4095, 10_000_001, 0xffff_ffff]) {
    expect(parseVerifier(writeVerifier({ ...made, iterations }))).toBeUndefined();
  }
});

test("from RFC 7677's 4,096 iterations up to ten millions are borne", () => {
  expect([4095, 4096, 100_000, 10_000_000, 10_000_001].map(areBearable)).toEqual([
    false,
    true,
    true,
    true,
    false,
  ]);
});

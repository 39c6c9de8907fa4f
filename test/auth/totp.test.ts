/**
 * TOTP and HOTP: the examples of their RFCs, and which codes are taken when.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { base32, hotp, matchTotp, otpauthUri, totpStep } from "../../src/auth/totp.ts";

const secret = Buffer.from("12345678901234567890");

// RFC 4226, Appendix D.
test.each([
  [0, "755224"],
  [1, "287082"],
  [2, "359152"],
  [3, "969429"],
  [4, "338314"],
  [5, "254676"],
  [6, "287922"],
  [7, "162583"],
  [8, "399871"],
  [9, "520489"],
])("RFC 4226: the code of counter %d is %s", (counter, code) => {
  expect(hotp(secret, counter)).toBe(code);
});

// RFC 6238, Appendix B, the rows of SHA-1.
test.each([
  [59, "94287082"],
  [1_111_111_109, "07081804"],
  [1_111_111_111, "14050471"],
  [1_234_567_890, "89005924"],
  [2_000_000_000, "69279037"],
  [20_000_000_000, "65353130"],
])("RFC 6238: the code at %d s is %s", (seconds, code) => {
  expect(hotp(secret, totpStep(seconds * 1_000), 8)).toBe(code);
});

// RFC 4648 §10, without padding.
test.each([
  ["", ""],
  ["f", "MY"],
  ["fo", "MZXQ"],
  ["foo", "MZXW6"],
  ["foob", "MZXW6YQ"],
  ["fooba", "MZXW6YTB"],
  ["foobar", "MZXW6YTBOI"],
])("RFC 4648: %j in base 32 is %j", (text, coded) => {
  expect(base32(Buffer.from(text))).toBe(coded);
});

const atMs = 1_234_567_890_000;
const present = totpStep(atMs);

function taken(step: number, last = -1): number | undefined {
  return matchTotp(secret, Buffer.from(hotp(secret, step)), { atMs, last });
}

test("the codes of this step and of one before and after are taken, others are not", () => {
  const steps = [-2, -1, 0, 1, 2].map((off) => taken(present + off));
  expect(steps).toEqual([undefined, present - 1, present, present + 1, undefined]);
});

test("a code of a step that was used, or of one before it, is not taken", () => {
  expect(taken(present, present)).toBeUndefined();
  expect(taken(present - 1, present)).toBeUndefined();
  expect(taken(present + 1, present)).toBe(present + 1);
});

test("bytes that are no code of now are never taken, whatever they are", () => {
  const right = new Set([-1, 0, 1].map((off) => hotp(secret, present + off)));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      fc.pre(!right.has(Buffer.from(bytes).toString("latin1")));
      expect(matchTotp(secret, bytes, { atMs, last: -1 })).toBeUndefined();
    }),
  );
});

test("the URI names network and account, whatever is in their names", () => {
  expect(otpauthUri(secret, { issuer: "authchat", name: "ann" })).toBe(
    "otpauth://totp/authchat:ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=authchat",
  );
  expect(otpauthUri(secret, { issuer: "Café: & co", name: "a|b" })).toStartWith(
    "otpauth://totp/Caf%C3%A9%3A%20%26%20co:a%7Cb?secret=",
  );
});

test("a long name of a network is cut, so that the URI fits a line", () => {
  const uri = otpauthUri(secret, { issuer: "\u{1f680}".repeat(100), name: "a".repeat(32) });
  expect(decodeURIComponent(uri)).toEndWith(`issuer=${"\u{1f680}".repeat(32)}`);
});

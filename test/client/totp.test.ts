/**
 * /totp: what is typed, as words to the service.
 */
import { expect, test } from "bun:test";
import { isOtpauthUri, isTotpBegin, totpAction } from "../../src/client/totp.ts";

test.each([
  ["", "totp begin"],
  ["123456", "totp confirm 123456"],
  ["123 456", "totp confirm 123456"],
  ["off 123456", "totp off 123456"],
  ["OFF 123 456", "totp off 123456"],
  ["off 0123-4567-89ab-cdef", "totp off 0123-4567-89ab-cdef"],
  ["recovery 123456", "totp recovery 123456"],
])("/totp %s says %j", (typed, words) => {
  expect(totpAction(typed)).toEqual({
    kind: "command",
    command: "PRIVMSG",
    params: ["NickServ", words],
  });
});

test.each(["12345", "off", "recovery", "on 123456", "hello"])("/totp %s is explained", (typed) => {
  expect(totpAction(typed)).toBeUndefined();
});

test("only what begins it has a secret for an answer", () => {
  const asked = ["", "123456", "off 123456"].map((typed) => totpAction(typed));
  expect(asked.map((action) => action !== undefined && isTotpBegin(action))).toEqual([
    true,
    false,
    false,
  ]);
});

test.each([
  ["otpauth://totp/authchat:ann?secret=ABC&issuer=authchat", true],
  ["otpauth://hotp/authchat:ann?secret=ABC", false],
  ["see otpauth://totp/x", false],
  ["otpauth://totp/a b", false],
  [`otpauth://totp/${"x".repeat(400)}`, false],
])("%s is such a URI: %p", (text, isIt) => {
  expect(isOtpauthUri(text)).toBe(isIt);
});

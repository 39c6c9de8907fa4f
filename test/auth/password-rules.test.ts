/**
 * Password rules: what may be chosen, and that every way to write a character is the same
 * character.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  checkPassword,
  passwordLengthMin,
  preparePassword,
} from "../../src/auth/password-rules.ts";
import { Secret } from "../../src/base/secret.ts";
import { anyText, isWiped, secret } from "./support.ts";

function why(password: string | Uint8Array, name = "ann", lengthMin = passwordLengthMin): string {
  const of = typeof password === "string" ? secret(password) : new Secret(password);
  const checked = checkPassword(of, { name, lengthMin });
  return checked.ok ? "" : checked.error;
}

test.each([
  ["vier blaue Hunde"],
  ["correct horse battery"],
  ["пятнадцать букв"],
  ["🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧🐦🐤🦆"],
  ["annika lives on the hill"],
  ["xK9#mQ2$vL7@pR4"],
  ["a".repeat(10) + "bcq9xzmwoe"],
  [`${"ab cd ".repeat(170)}xyz!`],
])("%j may be chosen", (password) => {
  expect(why(password)).toBe("");
});

test.each([
  ["", "a password cannot be empty"],
  ["fourteen chars", "a password has at least 15 characters"],
  ["четырнадцать б", "a password has at least 15 characters"],
  ["🦊".repeat(7) + "abcdefg", "a password has at least 15 characters"],
  ["x".repeat(1025), "a password has at most 1024 bytes"],
  ["with a\ttabulator in it", "a password has no control characters"],
  ["with a nul \0 in it", "a password has no control characters"],
  ["with a c1 \u{9b} in it", "a password has no control characters"],
  ["abcabcabcabcabcabc", "this password is one piece, repeated"],
  ["xK9#mQ2xK9#mQ2xK", "this password is one piece, repeated"],
  ["aaaaaaaaaaaaaaa", "this password is one piece, repeated"],
  ["abcdefghijklmnopq", "this password is a row of keys or letters"],
  ["ABCDEFGH12345678", "this password is a row of keys or letters"],
  ["9876543210zyxwvuts", "this password is a row of keys or letters"],
  ["qwertyuiopasdfghjkl", "this password is a row of keys or letters"],
  ["aaaaabbbbbccccc", "this password is a row of keys or letters"],
  ["123456789987654321", "this password is a row of keys or letters"],
  ["CorrectHorseBatteryStaple", "this password is one that many people use"],
  ["correct horse battery staple", "this password is one that many people use"],
  ["q1w2e3r4t5y6u7i8", "this password is one that many people use"],
])("%j may not be chosen: %s", (password, reason) => {
  expect(why(password)).toBe(reason);
});

test("a password that is the account's name with little around it may not be chosen", () => {
  const reason = "this password is little more than the account's name";
  expect(why("Bartholomew-Fox", "bartholomew-fox")).toBe(reason);
  expect(why("bartholomew2026!", "Bartholomew")).toBe(reason);
  expect(why("2026bartholomewX", "Bartholomew")).toBe(reason);
  expect(why("annAnnANNann#1.7", "ann")).toBe(reason);
  expect(why("bartholomew likes foxes", "Bartholomew")).toBe("");
});

test("a password that is the server's name with little around it may not be chosen", () => {
  const reason = "this password is little more than the server's name";
  const rule = { name: "ann", servers: ["chat.example.org", "Blue-Team"], lengthMin: 15 };
  const whyNot = (text: string): string => {
    const checked = checkPassword(secret(text), rule);
    return checked.ok ? "" : checked.error;
  };
  expect(whyNot("Chat.Example.Org")).toBe(reason);
  expect(whyNot("example-2026-example")).toBe(reason);
  expect(whyNot("chatchat #1.7 chat")).toBe(reason);
  expect(whyNot("Blue-Team2026!!")).toBe(reason);
  expect(whyNot("for example three organs")).toBe("");
});

test("bytes that are no UTF-8 are no password", () => {
  expect(why(Uint8Array.from(Buffer.alloc(20, 0xff)))).toBe("a password is text in UTF-8");
});

test("with no least length everything goes that is text and not empty", () => {
  expect(why("x", "ann", 0)).toBe("");
  expect(why("ann", "ann", 0)).toBe("");
  expect(why("passwordpassword", "ann", 0)).toBe("");
  expect(why("", "ann", 0)).toBe("a password cannot be empty");
  expect(why("a\nb", "ann", 0)).toBe("a password has no control characters");
});

test("the length is counted in code points, whatever the text", () => {
  fc.assert(
    fc.property(anyText(0, 40), (password) => {
      const isShort = [...password].length < passwordLengthMin;
      const reason = why(password, "");
      const isAboutLength = reason === "a password has at least 15 characters";
      const isAboutMore = reason.includes("control") || reason.includes("empty");
      expect(isAboutLength || isAboutMore).toBe(isShort || isAboutMore);
    }),
  );
});

test("any bytes and any name are checked without an exception, and left as they were", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.string(), (bytes, name) => {
      const password = new Secret(Uint8Array.from(bytes));
      checkPassword(password, { name, lengthMin: 15 });
      expect(password.bytes()).toEqual(Uint8Array.from(bytes));
    }),
  );
});

function prepared(text: string): string {
  return Buffer.from(preparePassword(secret(text)).bytes()).toString("utf8");
}

// RFC 8265 §4.3, and what a Mac's keyboard makes of é.
test.each([
  ["correct horse battery staple", "correct horse battery staple"],
  ["Correct Horse Battery Staple", "Correct Horse Battery Staple"],
  ["πßå", "πßå"],
  ["Jack of ♦s", "Jack of ♦s"],
  ["foo\u{1680}bar", "foo bar"],
  ["a\u{3000}b\u{a0}c", "a b c"],
  ["caf\u{65}\u{301}", "caf\u{e9}"],
])("%j is used as %j", (text, form) => {
  expect(prepared(text)).toBe(form);
});

test("a password in its one form stays as it is", () => {
  fc.assert(
    fc.property(anyText(0, 40), (text) => {
      const once = prepared(text);
      expect(prepared(once)).toBe(once);
    }),
  );
});

test("what is taken over is wiped, unless it is the answer itself", () => {
  const ascii = secret("only ascii");
  expect(preparePassword(ascii)).toBe(ascii);
  const other = secret("né");
  const form = preparePassword(other);
  expect(isWiped(other)).toBe(true);
  expect(isWiped(form)).toBe(false);
});

test("bytes that are no UTF-8 are left as they are", () => {
  const bytes = Uint8Array.of(0xff, 0x61);
  expect(preparePassword(new Secret(Uint8Array.from(bytes))).bytes()).toEqual(bytes);
});

/** Entries of ban lists: reading, writing and whom they match. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  type BanSubject,
  extbanToken,
  matchesBan,
  parseBan,
  writeBan,
} from "../../src/protocol/extbans.ts";
import { maskBytesMax } from "../../src/protocol/limits.ts";

const ann: BanSubject = { source: "ann!ann@server", accountName: "Ann" };
const guest: BanSubject = { source: "ann!~ann@10.0.0.1", accountName: undefined };

/** The entry as it is kept, or why not. */
function kept(text: string): string {
  const ban = parseBan(text);
  return ban.ok ? writeBan(ban.value) : `refused: ${ban.error}`;
}

test("the token names the prefix and the types", () => {
  expect(extbanToken).toBe("~,am");
});

test.each([
  ["ann", "ann!*@*"],
  ["~user@host", "*!~user@host"],
  ["~bob@2001:db8::1", "*!~bob@2001:db8::1"],
  ["~a:Ann", "~a:Ann"],
  ["~a:a**n", "~a:a*n"],
  ["~m:ann", "~m:ann!*@*"],
  ["~m:~a:ann", "~m:~a:ann"],
  ["~m:~user@host", "~m:*!~user@host"],
  ["~a:", "refused: an account is one name, or a mask of names"],
  ["~a:a b", "refused: an account is one name, or a mask of names"],
  ["~m:", "refused: a mask is one word"],
  ["~m:~m:ann", "refused: there is no such extended ban here"],
  ["~x:ann", "refused: there is no such extended ban here"],
  ["~account:ann", "refused: there is no such extended ban here"],
  ["~A:ann", "refused: there is no such extended ban here"],
  [`~a:${"*a".repeat(9)}`, "refused: a mask has at most 8 stars"],
  [`~a:${"a".repeat(126)}`, "refused: a mask has at most 128 bytes"],
  [`~m:${"a".repeat(122)}`, "refused: a mask has at most 128 bytes"],
])("%j is kept as %j", (text, expected) => {
  expect(kept(text)).toBe(expected);
});

test.each([
  ["ann", ann, true],
  ["*!*@10.*", guest, true],
  ["~a:ANN", ann, true],
  ["~a:a?n", ann, true],
  ["~a:an", ann, false],
  ["~a:ann", guest, false],
  ["~a:*", guest, false],
  ["~a:*", ann, true],
  ["~m:~a:ann", ann, true],
  ["~m:bob", ann, false],
])("whether %j matches %j is %p", (text, subject, expected) => {
  const ban = parseBan(text);
  expect(ban.ok && matchesBan(ban.value, subject)).toBe(expected);
});

const piece = fc.constantFrom(
  "~a:",
  "~m:",
  "~x:",
  "~",
  ":",
  "!",
  "@",
  "*",
  "?",
  "ann",
  "é",
  " ",
  ",",
);
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.array(piece).map((all) => all.join("")),
);

test("any text is read or refused, and what is kept is read again as the same, within its limit", () => {
  fc.assert(
    fc.property(text, (given) => {
      const ban = parseBan(given);
      if (!ban.ok) return;
      const written = writeBan(ban.value);
      expect(parseBan(written)).toEqual(ban);
      expect(Buffer.byteLength(written)).toBeLessThanOrEqual(maskBytesMax);
      expect(written).toMatch(/^[^\s,:][^\s,]*$/);
    }),
  );
});

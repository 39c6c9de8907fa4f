/** E-mail addresses: what can be one at all. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { emailBytesMax, parseEmail } from "../../src/protocol/email.ts";

test.each([
  "ann@example.org",
  "a@b",
  "ann+chat@mail.example.co.uk",
  "o'brien@example.org",
  "jörg@bücher.example",
  "用户@例子.广告",
  "ann@[192.0.2.1]",
  "ann@[IPv6:2001:db8::1]",
])("an address: %s", (text) => {
  expect(parseEmail(text)).toEqual({ ok: true, value: text });
});

test.each([
  "",
  "*",
  "ann",
  "@example.org",
  "ann@",
  "ann@@example.org",
  "ann@example..org",
  "ann@-example.org",
  "ann bo@example.org",
  "ann@exam\u202eple.org",
  "ann\u0007@example.org",
  `${"a".repeat(65)}@example.org`,
  `a@${`${"b".repeat(60)}.`.repeat(5)}org`,
])("no address: %j", (text) => {
  expect(parseEmail(text)).toEqual({ ok: false, error: "invalid" });
});

test.each(["ann@localhost", "ann@mail.Invalid"])("nobody can be reached by %s", (text) => {
  expect(parseEmail(text)).toEqual({ ok: false, error: "unacceptable" });
});

test("any text is judged, and in a time that grows with its length alone", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
      const parsed = parseEmail(text);
      if (parsed.ok) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(emailBytesMax);
    }),
  );
  const long = `a@${"b-".repeat(100_000)}`;
  const beganAt = performance.now();
  expect(parseEmail(long).ok).toBe(false);
  expect(performance.now() - beganAt).toBeLessThan(1_000);
});

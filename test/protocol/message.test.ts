/** Messages: reading, in the manner of irc-parser-tests, writing, and the one undoing the other. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  cutToLine,
  escapeTagValue,
  fitsLine,
  isMiddle,
  noTags,
  parseMessage,
  parseSource,
  parseTags,
  unescapeTagValue,
  writeMessage,
  writeTags,
} from "../../src/protocol/message.ts";

interface Case {
  readonly line: string;
  readonly tags?: Record<string, string>;
  readonly source?: string;
  readonly command: string;
  readonly params?: readonly string[];
}

const cases: readonly Case[] = [
  { line: "foo", command: "FOO" },
  { line: "foo bar baz asdf", command: "FOO", params: ["bar", "baz", "asdf"] },
  { line: "foo bar :", command: "FOO", params: ["bar", ""] },
  { line: "foo :", command: "FOO", params: [""] },
  { line: "foo bar baz :asdf quux", command: "FOO", params: ["bar", "baz", "asdf quux"] },
  { line: "foo bar baz ::asdf", command: "FOO", params: ["bar", "baz", ":asdf"] },
  { line: "foo bar :  asdf quux ", command: "FOO", params: ["bar", "  asdf quux "] },
  { line: "foo  bar   baz  ", command: "FOO", params: ["bar", "baz"] },
  { line: "   foo bar", command: "FOO", params: ["bar"] },
  { line: "foo b:ar a::b", command: "FOO", params: ["b:ar", "a::b"] },
  { line: ":src AWAY", source: "src", command: "AWAY" },
  { line: ":src   AWAY  x", source: "src", command: "AWAY", params: ["x"] },
  {
    line: ":coolguy!ag@net\u{3}5w\u{3}ork.admin PRIVMSG foo :bar",
    source: "coolguy!ag@net\u{3}5w\u{3}ork.admin",
    command: "PRIVMSG",
    params: ["foo", "bar"],
  },
  { line: ": PING", source: "", command: "PING" },
  {
    line: ":irc.example 005 me A=1 B :are supported",
    source: "irc.example",
    command: "005",
    params: ["me", "A=1", "B", "are supported"],
  },
  { line: "@a=b;c=32;k;rt=ql7 foo", tags: { a: "b", c: "32", k: "", rt: "ql7" }, command: "FOO" },
  {
    line: "@a=b\\\\and\\nk;c=72\\s45;d=gh\\:764 foo",
    tags: { a: "b\\and\nk", c: "72 45", d: "gh;764" },
    command: "FOO",
  },
  {
    line: "@c;h=;a=b :quux ab cd",
    tags: { c: "", h: "", a: "b" },
    source: "quux",
    command: "AB",
    params: ["cd"],
  },
  { line: "@a=1;a=2;a=3 foo", tags: { a: "3" }, command: "FOO" },
  { line: "@a=1;;b= foo", tags: { a: "1", b: "" }, command: "FOO" },
  { line: "@a=x=y foo", tags: { a: "x=y" }, command: "FOO" },
  {
    line: "@+draft/reply=1;example.com/b=2;+c=3 foo",
    tags: { "+draft/reply": "1", "example.com/b": "2", "+c": "3" },
    command: "FOO",
  },
  { line: "@a=\\b\\ foo", tags: { a: "b" }, command: "FOO" },
  { line: "@a=\\\\s foo", tags: { a: "\\s" }, command: "FOO" },
  { line: "@  foo", tags: {}, command: "FOO" },
  { line: "@a    :src   foo", tags: { a: "" }, source: "src", command: "FOO" },
  { line: "@constructor=1 foo", tags: { constructor: "1" }, command: "FOO" },
  {
    line: "X 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 :17",
    command: "X",
    params: [
      "1",
      "2",
      "3",
      "4",
      "5",
      "6",
      "7",
      "8",
      "9",
      "10",
      "11",
      "12",
      "13",
      "14",
      "15 16 :17",
    ],
  },
  {
    line: "X 1 2 3 4 5 6 7 8 9 10 11 12 13 14 :15 16",
    command: "X",
    params: ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15 16"],
  },
];

test.each(cases.map((one) => [one.line, one] as const))("%j is read", (line, one) => {
  const parsed = parseMessage(line);
  expect(parsed).toEqual({
    ok: true,
    value: {
      tags: new Map(Object.entries(one.tags ?? {})),
      source: one.source,
      command: one.command,
      params: [...(one.params ?? [])],
    },
  });
});

test.each([
  ["", "empty"],
  ["   ", "empty"],
  [":", "empty"],
  [":src", "empty"],
  [":src   ", "empty"],
  ["@a ", "empty"],
  ["@a :src ", "empty"],
  ["@", "bad-tags"],
  ["@a=b", "bad-tags"],
  ["@a_b foo", "bad-tags"],
  ["@__proto__=1 foo", "bad-tags"],
  ["1 2 3", "bad-command"],
  ["@/a foo", "bad-tags"],
  ["@a/ foo", "bad-tags"],
  ["@++a foo", "bad-tags"],
  ["@=1 foo", "bad-tags"],
  ["@ä=1 foo", "bad-tags"],
  ["foo\tbar baz", "bad-command"],
  ["12 a", "bad-command"],
  ["1234 a", "bad-command"],
  ["1a2", "bad-command"],
  ["ÄPING", "bad-command"],
  [":a :b", "bad-command"],
  ["\u{feff}PING", "bad-command"],
  ["/join #a", "bad-command"],
  ["PRIVMSG\n", "bad-command"],
] as const)("%j is refused as %s", (line, error) => {
  expect(parseMessage(line)).toEqual({ ok: false, error });
});

test("64 tags are read, 65 are refused", () => {
  const tags = (count: number): string =>
    Array.from({ length: count }, (_, n) => `t${n}`).join(";");
  expect(parseTags(tags(64))?.size).toBe(64);
  expect(parseTags(tags(65))).toBeUndefined();
});

test("any text is a message or a reason why not", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc
      .array(fc.constantFrom("@", ":", ";", "=", "\\", " ", "a", "1", "+", "/", "PING"))
      .map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(text, (line) => {
      const parsed = parseMessage(line);
      if (!parsed.ok) return;
      expect(parsed.value.command).toMatch(/^(?:[A-Z][A-Z0-9_-]*|\d{3})$/);
      expect(parsed.value.params.length).toBeLessThanOrEqual(15);
      for (const param of parsed.value.params.slice(0, -1)) expect(isMiddle(param)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

const safeText = fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\r\n\0]/g, ""));
const word = safeText
  .map((text) => text.replaceAll(" ", "").replace(/^:+/, ""))
  .filter((text) => text !== "");
const command = fc.stringMatching(/^(?:[A-Z]{1,8}|[0-9]{3})$/);
const tagKey = fc.stringMatching(/^\+?(?:[a-z.]{1,6}\/)?[a-zA-Z0-9-]{1,8}$/);

test("what is written is read back", () => {
  const message = fc.record({
    source: fc.option(word, { nil: undefined }),
    command,
    params: fc
      .tuple(fc.array(word, { maxLength: 14 }), fc.option(safeText, { nil: undefined }))
      .map(([middles, last]) => (last === undefined ? middles : [...middles, last])),
  });
  fc.assert(
    fc.property(message, fc.dictionary(tagKey, safeText, { maxKeys: 8 }), (outgoing, values) => {
      const tags = new Map(Object.entries(values));
      const prefix = tags.size === 0 ? "" : `@${writeTags(tags)} `;
      const parsed = parseMessage(prefix + writeMessage(outgoing));
      expect(parsed).toEqual({ ok: true, value: { tags, ...outgoing } });
    }),
    { numRuns: 500 },
  );
});

test("what is read and written again is read the same", () => {
  const line = fc
    .array(fc.constantFrom(":", " ", "a", "B", "1", "::", "PING", "001", "é"))
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(line, (text) => {
      const first = parseMessage(text);
      if (!first.ok || first.value.source === "") return;
      expect(parseMessage(writeMessage(first.value))).toEqual(first);
    }),
    { numRuns: 1000 },
  );
});

test("tag values survive escaping, and an escaped value cannot break the tags", () => {
  const value = fc.oneof(
    fc.string({ unit: "binary" }),
    fc
      .array(fc.constantFrom("\\", ";", " ", "\r", "\n", ":", "s", "r", "n"))
      .map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(value, (text) => {
      const escaped = escapeTagValue(text);
      expect(unescapeTagValue(escaped)).toBe(text);
      expect(escaped).not.toMatch(/[; \r\n]/);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ["plain", "plain"],
  ["a;b", "a\\:b"],
  ["a b", "a\\sb"],
  ["a\\b", "a\\\\b"],
  ["a\rb\nc", "a\\rb\\nc"],
  ["tab\there", "tab\there"],
])("the tag value %j is written %j", (value, escaped) => {
  expect(escapeTagValue(value)).toBe(escaped);
});

test("unescaping drops a lone backslash and keeps what it does not know", () => {
  expect(unescapeTagValue("a\\")).toBe("a");
  expect(unescapeTagValue("\\a\\😀\\")).toBe("a😀");
});

test("tags without a value are written without an equals sign", () => {
  expect(writeTags(noTags)).toBe("");
  expect(
    writeTags(
      new Map([
        ["a", ""],
        ["b", "c d"],
      ]),
    ),
  ).toBe("a;b=c\\sd");
  expect(() => writeTags(new Map([["a b", ""]]))).toThrow("a tag's key is of the grammar");
});

test.each([
  [{ command: "PING", params: [] }, "PING"],
  [{ command: "PING", params: ["x"] }, "PING x"],
  [{ command: "PING", params: [""] }, "PING :"],
  [{ command: "PING", params: ["a b"] }, "PING :a b"],
  [{ command: "PING", params: [":a"] }, "PING ::a"],
  [{ command: "PRIVMSG", params: ["#a", "hi"] }, "PRIVMSG #a :hi"],
  [{ source: "s", command: "353", params: ["a", "=", "#a", "bob"] }, ":s 353 a = #a :bob"],
  [{ source: "s", command: "MODE", params: ["#a", "+o", "bob"] }, ":s MODE #a +o bob"],
])("%j is written", (message, line) => {
  expect(writeMessage(message)).toBe(line);
});

test.each([
  [{ command: "PING", params: ["a b", "c"] }, "a middle parameter is one word: PING"],
  [{ command: "PING", params: ["", "c"] }, "a middle parameter is one word: PING"],
  [{ command: "PING", params: [":a", "c"] }, "a middle parameter is one word: PING"],
  [{ command: "PING", params: ["a\nQUIT"] }, "a line is one line: PING"],
  [{ command: "PING", params: ["a\rQUIT"] }, "a line is one line: PING"],
  [{ command: "PING", params: ["a\0b"] }, "a line is one line: PING"],
  [{ command: "PING", source: "a\nb", params: [] }, "a line is one line: PING"],
  [{ command: "PING", source: "a b", params: [] }, "a source is one word: PING"],
  [{ command: "PING", params: Array.from({ length: 16 }, () => "a") }, "a message has at most 15"],
])("%j would break the line, and is refused", (message, claim) => {
  expect(() => writeMessage(message)).toThrow(claim);
});

test.each([
  ["ann!u@h", { nick: "ann", user: "u", host: "h" }],
  ["ann@h", { nick: "ann", user: undefined, host: "h" }],
  ["ann!u", { nick: "ann", user: "u", host: undefined }],
  ["irc.example", { nick: "irc.example", user: undefined, host: undefined }],
  ["ann!u@h!x", { nick: "ann", user: "u", host: "h!x" }],
  ["ann@h!x", { nick: "ann", user: undefined, host: "h!x" }],
  ["", { nick: "", user: undefined, host: undefined }],
])("the source %j is split", (source, parts) => {
  expect(parseSource(source)).toEqual(parts);
});

test("a line fits with 510 bytes and its end, and not with one more", () => {
  const params = (length: number): string[] => ["#a", "x".repeat(length - "PRIVMSG #a :".length)];
  expect(fitsLine({ command: "PRIVMSG", params: params(510) })).toBe(true);
  expect(fitsLine({ command: "PRIVMSG", params: params(511) })).toBe(false);
});

test("text that is cut to its line fits it, within its own limit too, and is not cut for nothing", () => {
  const before = { source: "ann!a@host", command: "TOPIC", params: ["#room"] };
  const text = fc.array(fc.constantFrom("a", " ", "ä", "😀"), { maxLength: 300 });
  fc.assert(
    fc.property(text, fc.nat(600), (characters, bytesMax) => {
      const whole = characters.join("");
      const cut = cutToLine(whole, bytesMax, before);
      const fits = (end: string): boolean =>
        Buffer.byteLength(end) <= bytesMax && fitsLine({ ...before, params: ["#room", end] });
      const [next = ""] = whole.slice(cut.length);
      expect(whole.startsWith(cut) && fits(cut)).toBe(true);
      expect(cut === whole || !fits(cut + next)).toBe(true);
    }),
  );
});

/**
 * What programs tell the client, and what is no such thing.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseOperation } from "../../../src/cli/client/json-input.ts";

test("operations are read with their ref", () => {
  expect(parseOperation('{"op":"send","target":"#ops","text":"two\\nlines","ref":7}')).toEqual({
    kind: "send",
    target: "#ops",
    text: "two\nlines",
    messageKind: "message",
    ref: "7",
  });
  expect(parseOperation('{"op":"join","target":"#ops","key":"k","ref":"a"}')).toEqual({
    kind: "join",
    channel: "#ops",
    key: "k",
    ref: "a",
  });
  expect(parseOperation('{"op":"history","target":"#ops","before":"c1-1","limit":5}')).toEqual({
    kind: "history",
    target: "#ops",
    before: "c1-1",
    limit: 5,
  });
  expect(parseOperation('{"op":"raw","line":"WHOIS ann"}')).toEqual({
    kind: "raw",
    line: "WHOIS ann",
  });
  expect(parseOperation('{"op":"quit","unknown":1}')).toEqual({ kind: "quit" });
});

test.each([
  "",
  "{",
  "[]",
  "null",
  "{}",
  '{"op":"nothing"}',
  '{"op":"send","target":"#a"}',
  '{"op":"send","target":1,"text":"x"}',
  '{"op":"send","target":"#a","text":"x","kind":"shout"}',
  '{"op":"send","target":"#a","text":"x","ref":{}}',
  '{"op":"history","target":"#a","limit":0}',
  '{"op":"__proto__"}',
])("%p is no operation", (line) => {
  expect(parseOperation(line)).toBeUndefined();
});

test("any text and any JSON is an operation or none", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (line) => void parseOperation(line)));
});

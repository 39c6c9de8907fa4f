/**
 * What programs tell the client, and what is no such thing.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseOperation } from "../../../src/cli/client/json-input.ts";

test("operations are read with their ref", () => {
  expect(read('{"op":"send","target":"#ops","text":"two\\nlines","ref":7}')).toEqual({
    kind: "send",
    target: "#ops",
    text: "two\nlines",
    messageKind: "message",
    ref: "7",
  });
  expect(read('{"op":"join","target":"#ops","key":"k","ref":"a"}')).toEqual({
    kind: "join",
    channel: "#ops",
    key: "k",
    ref: "a",
  });
  expect(read('{"op":"history","target":"#ops","before":"c1-1","limit":5}')).toEqual({
    kind: "history",
    target: "#ops",
    before: "c1-1",
    limit: 5,
  });
  expect(read('{"op":"raw","line":"WHOIS ann"}')).toEqual({
    kind: "raw",
    line: "WHOIS ann",
  });
  expect(read('{"op":"quit","reason":"bye"}')).toEqual({ kind: "quit", reason: "bye" });
});

/** The action, or what is wrong. */
function read(line: string): unknown {
  const operation = parseOperation(line);
  return operation.ok ? operation.value : operation.error;
}

const noOp = "op is to be one of send join part topic history search redact read raw quit";

test.each([
  ["", "this is no JSON object"],
  ["{", "this is no JSON object"],
  ["[]", "this is no JSON object"],
  ["null", "this is no JSON object"],
  ["{}", noOp],
  ['{"op":"nothing"}', noOp],
  ['{"op":"__proto__"}', noOp],
  ['{"op":"send","target":"#a"}', "text is missing"],
  ['{"op":"send","target":1,"text":"x"}', "target is to be a text"],
  [
    '{"op":"send","target":"#a","text":"x","kind":"shout"}',
    "kind is to be message, notice or action",
  ],
  [
    '{"op":"send","target":"#a","text":"x","ref":{}}',
    "ref is to be a text of at most 256 characters, or a number",
  ],
  ['{"op":"history","target":"#a","limit":0}', "limit is to be a number from 1"],
  ['{"op":"join","target":"#a","key":7}', "key is to be a text"],
  ['{"op":"quit","unknown":1}', "quit has no field unknown"],
  ['{"op":"join","channel":"#a"}', "target is missing"],
  ['{"op":"join","target":"#a","text":"x"}', "join has no field text"],
])("%p is no operation: %s", (line, error) => {
  expect(read(line)).toBe(error);
});

test("any text and any JSON is an operation or none", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (line) => void parseOperation(line)));
});

/** Message ids: written in one way only, and read back. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { logId } from "../../src/base/ids.ts";
import { parseMessageId, writeMessageId } from "../../src/protocol/message-ids.ts";

test.each([
  [7, 56, "c7-1k"],
  [-3, 9, "p3-9"],
  [36, 1, "c10-1"],
])("log %d, entry %d is %s", (log, sequence, text) => {
  expect(writeMessageId({ log: logId(log), sequence })).toBe(text);
  expect(parseMessageId(text)).toEqual({ log: logId(log), sequence });
});

test("every place is read back, up to 36 to the tenth", () => {
  const max = 36 ** 10 - 1;
  const log = fc.integer({ min: -max, max }).filter((value) => value !== 0);
  fc.assert(
    fc.property(log, fc.integer({ min: 1, max }), (value, sequence) => {
      const place = { log: logId(value), sequence };
      expect(parseMessageId(writeMessageId(place))).toEqual(place);
    }),
  );
});

test.each([
  "",
  "c7",
  "c7-",
  "c-1",
  "x7-1",
  "C7-1",
  "c7-1K",
  "c07-1",
  "c7-01",
  "c0-1",
  "p0-1",
  "c7-0",
  "c7-1 ",
  " c7-1",
  "c7-1\n",
  "c7-1-1",
  "c-7-1",
  "c7--1",
  "c7-1.5",
  "c7-zzzzzzzzzzz",
])("%j is no message id", (text) => {
  expect(parseMessageId(text)).toBeUndefined();
});

test("any text that is read is what would be written", () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[cp][0-9a-z]{0,11}-[0-9a-z]{0,11}$/));
  fc.assert(
    fc.property(text, (id) => {
      const place = parseMessageId(id);
      if (place !== undefined) expect(writeMessageId(place)).toBe(id);
    }),
    { numRuns: 1000 },
  );
});

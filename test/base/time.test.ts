/** Times are written and read as server-time wants them. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  dayMs,
  elapsedMs,
  hourMs,
  isoTime,
  later,
  minuteMs,
  parseIsoTime,
  secondMs,
  wallMs,
} from "../../src/base/time.ts";

const lastMs = 253_402_300_799_999;

test("units multiply up to a day", () => {
  expect([secondMs, minuteMs, hourMs, dayMs]).toEqual([1000, 60_000, 3_600_000, 86_400_000]);
});

test("later adds on the monotonic clock", () => {
  expect(later(elapsedMs(5), 10)).toBe(elapsedMs(15));
});

test("a time is written with milliseconds and Z", () => {
  expect(isoTime(wallMs(1_795_637_647_120))).toBe("2026-11-25T20:14:07.120Z");
});

test("times before 1970 and after 9999 are written as the nearest year's", () => {
  expect(isoTime(wallMs(-1))).toBe("1970-01-01T00:00:00.000Z");
  expect(isoTime(wallMs(lastMs + 1))).toBe("9999-12-31T23:59:59.999Z");
});

test("every time that is written is read back", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: lastMs }), (time) => {
      expect(parseIsoTime(isoTime(wallMs(time)))).toBe(wallMs(time));
    }),
  );
});

test("a fraction of any length up to nine digits is read, to the millisecond", () => {
  expect(parseIsoTime("1970-01-01T00:00:01Z")).toBe(wallMs(1000));
  expect(parseIsoTime("1970-01-01T00:00:01.5Z")).toBe(wallMs(1500));
  expect(parseIsoTime("1970-01-01T00:00:01.123456789Z")).toBe(wallMs(1123));
});

test.each([
  "",
  "now",
  "2026-11-25",
  "2026-11-25T20:14:07",
  "2026-11-25T20:14:07+00:00",
  "2026-11-25 20:14:07Z",
  "2026-13-01T00:00:00Z",
  "2026-02-30T00:00:00Z",
  "2026-11-31T00:00:00Z",
  "2026-11-25T24:00:00Z",
  "2026-11-25T23:59:60Z",
  "0000-01-01T00:00:00Z",
  "1969-12-31T23:59:59Z",
  "+002026-11-25T20:14:07Z",
  "2026-11-25T20:14:07.1234567890Z",
  "2026-11-25T20:14:07Z\n",
])("%j is no time", (text) => {
  expect(parseIsoTime(text)).toBeUndefined();
});

/** Texts of the right form, mostly of no real day. */
const digits = fc.stringMatching(/^\d{4}-[01]\d-[0-3]\d-?T[012]\d:[0-6]\d:[0-6]\d(\.\d{1,9})?Z$/);

test("any text gives a time or undefined", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), digits), (text) => {
      expect(["undefined", "number"]).toContain(typeof parseIsoTime(text));
    }),
  );
});

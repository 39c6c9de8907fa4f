/** Framing: limits at their boundary, bad bytes, and the same events whatever the cut. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Framer, type FramingEvent } from "../../src/protocol/framing.ts";
import { clientTagsBytesMax, tagsBytesMax, unendedBytesMax } from "../../src/protocol/limits.ts";

function frames(bytes: Uint8Array | string, tagsMax = clientTagsBytesMax): FramingEvent[] {
  return new Framer(tagsMax).take(typeof bytes === "string" ? Buffer.from(bytes) : bytes);
}

/** The bytes one by one, in one buffer that is overwritten each time. */
function framesByByte(bytes: Uint8Array, tagsMax = clientTagsBytesMax): FramingEvent[] {
  const framer = new Framer(tagsMax);
  const cell = new Uint8Array(1);
  return [...bytes].flatMap((byte) => {
    cell[0] = byte;
    return framer.take(cell);
  });
}

function kinds(events: readonly FramingEvent[]): string[] {
  return events.map((event) => event.kind);
}

const line = (text: string): FramingEvent => ({ kind: "line", text });

test("lines end with LF or CR LF, and empty ones are nothing", () => {
  expect(frames("PING 1\r\nPING 2\n\r\n\n\nPING 3\r\nPI")).toEqual(
    ["PING 1", "PING 2", "PING 3"].map(line),
  );
});

test("half a line waits for its other half", () => {
  const framer = new Framer(clientTagsBytesMax);
  expect(framer.take(Buffer.from("PI"))).toEqual([]);
  expect(framer.take(Buffer.from("NG x\r"))).toEqual([]);
  expect(framer.take(Buffer.from("\nQUIT\n"))).toEqual([line("PING x"), line("QUIT")]);
});

test("what was handed in may be overwritten afterwards", () => {
  const framer = new Framer(clientTagsBytesMax);
  const bytes = Buffer.from("PING");
  framer.take(bytes);
  bytes.fill(0);
  expect(framer.take(Buffer.from("\n"))).toEqual([line("PING")]);
});

test.each([
  [509, "line"],
  [510, "line"],
  [511, "too-long"],
])("a line of %d bytes without its end is %s", (length, kind) => {
  for (const end of ["\n", "\r\n"]) {
    const bytes = Buffer.from("a".repeat(length) + end);
    expect(kinds(frames(bytes))).toEqual([kind]);
    expect(kinds(framesByByte(bytes))).toEqual([kind]);
  }
});

test.each([
  [clientTagsBytesMax, -1, "line"],
  [clientTagsBytesMax, 0, "line"],
  [clientTagsBytesMax, 1, "too-long"],
  [tagsBytesMax, -1, "line"],
  [tagsBytesMax, 0, "line"],
  [tagsBytesMax, 1, "too-long"],
])("with a limit of %d, tags of that and %d bytes are %s", (limit, over, kind) => {
  const tags = `@${"t".repeat(limit + over - 2)} `;
  expect(Buffer.byteLength(tags)).toBe(limit + over);
  const bytes = Buffer.from(`${tags}${"a".repeat(510)}\r\n`);
  expect(kinds(frames(bytes, limit))).toEqual([kind]);
  expect(kinds(framesByByte(bytes, limit))).toEqual([kind]);
});

test("long tags do not make room for a longer rest", () => {
  const bytes = Buffer.from(`@t ${"a".repeat(511)}\r\n`);
  expect(kinds(frames(bytes))).toEqual(["too-long"]);
  expect(kinds(framesByByte(bytes))).toEqual(["too-long"]);
});

test("the limit counts bytes, not characters", () => {
  expect(kinds(frames(`${"ä".repeat(255)}\n`))).toEqual(["line"]);
  expect(kinds(frames(`${"ä".repeat(256)}\n`))).toEqual(["too-long"]);
});

test("a line that is too long is told once, skipped whole, and the next is read", () => {
  const framer = new Framer(clientTagsBytesMax);
  expect(kinds(framer.take(Buffer.alloc(600, 97)))).toEqual(["too-long"]);
  expect(framer.take(Buffer.alloc(600, 97))).toEqual([]);
  expect(framer.take(Buffer.from("QUIT\nPING\n"))).toEqual([line("PING")]);
});

test.each([
  [unendedBytesMax - 1, ["too-long"]],
  [unendedBytesMax, ["too-long"]],
  [unendedBytesMax + 1, ["too-long", "flooded"]],
])("%d bytes without a line end are %j", (length, expected) => {
  const bytes = Buffer.alloc(length, 97);
  expect(kinds(frames(bytes))).toEqual(expected);
  expect(kinds(framesByByte(bytes))).toEqual(expected);
});

test("a flood is one also when its line end is in the same chunk", () => {
  const bytes = Buffer.concat([Buffer.alloc(unendedBytesMax + 1, 97), Buffer.from("\nPING\n")]);
  expect(kinds(frames(bytes))).toEqual(["too-long", "flooded"]);
});

test("nothing more comes after a flood", () => {
  const framer = new Framer(clientTagsBytesMax);
  framer.take(Buffer.alloc(unendedBytesMax + 1, 97));
  expect(framer.take(Buffer.from("\nPING\n"))).toEqual([]);
});

test("bytes before a line end do not count to the next line's flood", () => {
  const framer = new Framer(clientTagsBytesMax);
  for (let round = 0; round < 5; round += 1) {
    expect(kinds(framer.take(Buffer.alloc(unendedBytesMax, 97)))).toEqual(["too-long"]);
    framer.take(Buffer.from("\n"));
  }
});

test.each([
  ["a NUL", "PING a\0b\n"],
  ["a NUL alone", "\0\n"],
  ["a CR inside", "PING a\rb\n"],
  ["a CR at the start", "\rPING\n"],
  ["two CRs at the end", "PING\r\r\n"],
])("%s is bad bytes", (_name, text) => {
  expect(frames(`${text}PING\n`)).toEqual([{ kind: "bad-bytes" }, line("PING")]);
});

test("every byte but NUL, LF and CR may be inside a line", () => {
  for (let byte = 1; byte < 128; byte += 1) {
    if (byte === 10 || byte === 13) continue;
    const text = `a${String.fromCharCode(byte)}b`;
    expect(frames(`${text}\n`)).toEqual([line(text)]);
  }
});

test.each([
  ["a lone continuation", [0x80]],
  ["a cut character", [0xc3]],
  ["an overlong slash", [0xc0, 0xaf]],
  ["an overlong NUL", [0xc0, 0x80]],
  ["an overlong euro", [0xf0, 0x82, 0x82, 0xac]],
  ["a surrogate", [0xed, 0xa0, 0x80]],
  ["above U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
  ["0xFE", [0xfe]],
  ["Latin-1", [0x67, 0xfc, 0x6e]],
])("%s is not UTF-8", (_name, bytes) => {
  expect(kinds(frames(Buffer.from([97, ...bytes, 98, 10])))).toEqual(["not-utf8"]);
});

test("of what is not UTF-8 the rest can be read", () => {
  const bytes = Buffer.from("PRIVMSG #ü :a\xffb\n", "latin1");
  const text = "PRIVMSG #\u{fffd} :a\u{fffd}b";
  expect(frames(bytes)).toEqual([{ kind: "not-utf8", text }]);
});

test("a byte order mark stays", () => {
  expect(frames("\u{feff}PING\n")).toEqual([line("\u{feff}PING")]);
});

/** Bytes of the kinds that matter here: ends, spaces, tags, long runs, and anything. */
const piece = fc.oneof(
  fc
    .constantFrom("\n", "\r\n", "\r", "\0", " ", "@", "@a=b ", "PING x\r\n", "ä")
    .map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
  fc
    .tuple(
      fc.constantFrom(509, 510, 511, 4094, 4095, 8190, 16_384, 17_000),
      fc.constantFrom("a", "@"),
    )
    .map(([length, text]) => Buffer.from(text.repeat(length))),
);
const stream = fc.array(piece, { maxLength: 12 }).map((pieces) => Buffer.concat(pieces));

test("any cut into chunks gives the same events", () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(40_000), { maxLength: 10 }), (bytes, places) => {
      const cuts = places.map((place) => place % (bytes.length + 1));
      const edges = [0, ...cuts.toSorted((left, right) => left - right), bytes.length];
      const framer = new Framer(tagsBytesMax);
      const cut = edges.flatMap((edge, index) =>
        framer.take(bytes.subarray(edge, edges[index + 1])),
      );
      expect(cut).toEqual(frames(bytes, tagsBytesMax));
    }),
    { numRuns: 500 },
  );
});

test("bytes one by one give the same events as all at once", () => {
  fc.assert(
    fc.property(stream, (bytes) => {
      expect(framesByByte(bytes)).toEqual(frames(bytes));
    }),
    { numRuns: 50 },
  );
});

test("any bytes give lines without NUL, CR and LF, within the limit", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
      for (const event of frames(bytes)) {
        if (event.kind !== "line") continue;
        expect(event.text).toMatch(/^[^\0\r\n]+$/);
        expect(Buffer.byteLength(event.text)).toBeLessThanOrEqual(510 + clientTagsBytesMax);
      }
    }),
  );
});

test("a limit for tags that a flood would not be over is refused", () => {
  expect(() => new Framer(unendedBytesMax)).toThrow("a flood is over the other limits too");
});

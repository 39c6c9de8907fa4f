/**
 * Framing: bytes, in any cut, become lines.
 *
 * A line ends with LF; a CR before it belongs to the end. What cannot be a line becomes a named event instead, and
 * the bytes up to the next LF are skipped, so that a cut line is never read as two:
 *
 *     reading --LF--> reading (a line, or bad-bytes)
 *     reading --over a limit--> skipping (too-long, once) --LF--> reading
 *     either  --unendedBytesMax without LF--> flooded: the other side does not speak this protocol
 *
 * So a flood is always told as too-long first, then as flooded; how the bytes were cut does not show in the events.
 * Time is linear in the bytes whatever the cut: what waits for its end is copied once into a buffer that doubles.
 */
import { assert } from "../base/assert.ts";
import { lineBytesMax, unendedBytesMax } from "./limits.ts";
import { decodeUtf8 } from "./text.ts";

export type FramingEvent =
  | { readonly kind: "line"; readonly text: string }
  /** Tags or the rest are over their limit; the line is dropped whole. */
  | { readonly kind: "too-long" }
  /** `text`: the line with U+FFFD where it cannot be read, to tell by its beginning which one it was. */
  | { readonly kind: "not-utf8"; readonly text: string }
  /** A NUL, or a CR inside the line. */
  | { readonly kind: "bad-bytes" }
  /** Nothing more comes from this framer. */
  | { readonly kind: "flooded" };

/** One for all framers: most of them never hold anything. */
const nothing = Buffer.alloc(0);
const lineFeed = 10;
const carriageReturn = 13;
const space = 32;
const at = 64;

export class Framer {
  readonly #tagsBytesMax: number;
  #pending: Buffer = nothing;
  #pendingLength = 0;
  /** Where the pending bytes have their first space, or -1: nothing is looked through twice. */
  #pendingSpace = -1;
  /** Bytes since the last line end. */
  #unendedLength = 0;
  #isSkipping = false;
  #isFlooded = false;

  constructor(tagsBytesMax: number) {
    assert(tagsBytesMax + lineBytesMax < unendedBytesMax, "a flood is over the other limits too");
    this.#tagsBytesMax = tagsBytesMax;
  }

  /** Takes the next bytes; they are not kept, and may be overwritten after the call. */
  take(bytes: Uint8Array): FramingEvent[] {
    const events: FramingEvent[] = [];
    // Sockets give Buffers; asking one for what it is a view of costs more than a line.
    const chunk = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let start = 0;
    while (!this.#isFlooded) {
      const end = chunk.indexOf(lineFeed, start);
      if (end < 0) {
        this.#hold(chunk.subarray(start), events);
        return events;
      }
      this.#finish(chunk.subarray(start, end), events);
      start = end + 1;
    }
    return events;
  }

  /** The end of a line has come; `tail` is what precedes it in this chunk. */
  #finish(tail: Buffer, events: FramingEvent[]): void {
    if (this.#floods(tail.length, events)) return;
    const event = this.#isSkipping ? undefined : this.#read(tail);
    this.#isSkipping = false;
    this.#pendingLength = 0;
    this.#pendingSpace = -1;
    this.#unendedLength = 0;
    if (event !== undefined) events.push(event);
  }

  /** The line goes on in a later chunk. */
  #hold(bytes: Buffer, events: FramingEvent[]): void {
    if (bytes.length === 0 || this.#floods(bytes.length, events) || this.#isSkipping) return;
    const held = this.#joined(bytes);
    if (!this.#isTooLong(held, this.#pendingSpace)) return;
    this.#isSkipping = true;
    events.push({ kind: "too-long" });
  }

  /** Counts bytes without a line end; true when there are too many of them. */
  #floods(length: number, events: FramingEvent[]): boolean {
    this.#unendedLength += length;
    if (this.#unendedLength <= unendedBytesMax) return false;
    if (!this.#isSkipping) events.push({ kind: "too-long" });
    events.push({ kind: "flooded" });
    this.#isFlooded = true;
    this.#pending = nothing;
    return true;
  }

  /** The pending bytes with these behind them, in this framer's own buffer. */
  #joined(bytes: Buffer): Buffer {
    const length = this.#pendingLength + bytes.length;
    if (length > this.#pending.length) {
      const grown = Buffer.allocUnsafe(Math.max(256, 2 * length));
      this.#pending.copy(grown, 0, 0, this.#pendingLength);
      this.#pending = grown;
    }
    bytes.copy(this.#pending, this.#pendingLength);
    if (this.#pendingSpace < 0) {
      const found = bytes.indexOf(space);
      this.#pendingSpace = found < 0 ? -1 : this.#pendingLength + found;
    }
    this.#pendingLength = length;
    return this.#pending.subarray(0, length);
  }

  #read(tail: Buffer): FramingEvent | undefined {
    const raw = this.#pendingLength === 0 ? tail : this.#joined(tail);
    const firstSpace = this.#pendingLength === 0 ? raw.indexOf(space) : this.#pendingSpace;
    if (this.#isTooLong(raw, firstSpace)) return { kind: "too-long" };
    const bytes = raw.subarray(0, lengthWithoutReturn(raw));
    if (bytes.length === 0) return undefined;
    if (bytes.includes(0) || bytes.includes(carriageReturn)) return { kind: "bad-bytes" };
    const text = decodeUtf8(bytes);
    return text === undefined
      ? { kind: "not-utf8", text: bytes.toString("utf8") }
      : { kind: "line", text };
  }

  /** Tags count with their `@` and space, the rest without the line end, for which two bytes are reserved. */
  #isTooLong(bytes: Buffer, tagsEnd: number): boolean {
    const length = lengthWithoutReturn(bytes);
    if (bytes[0] !== at) return length > lineBytesMax - 2;
    if (tagsEnd < 0 || tagsEnd >= length) return length > this.#tagsBytesMax - 1;
    return tagsEnd + 1 > this.#tagsBytesMax || length - tagsEnd - 1 > lineBytesMax - 2;
  }
}

function lengthWithoutReturn(bytes: Buffer): number {
  return bytes.at(-1) === carriageReturn ? bytes.length - 1 : bytes.length;
}

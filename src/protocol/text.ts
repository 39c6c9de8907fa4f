/**
 * Text: UTF-8 in and out, cut without breaking a character, and made harmless for terminals.
 */
import { isUtf8 } from "node:buffer";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The text, or undefined when the bytes are not UTF-8. A byte order mark stays: nothing is dropped silently. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  return isUtf8(bytes) ? decoder.decode(bytes) : undefined;
}

/** The longest beginning of `text` of at most `bytesMax` UTF-8 bytes that ends between two characters. */
export function cutToBytes(text: string, bytesMax: number): string {
  if (text.length * 3 <= bytesMax || Buffer.byteLength(text) <= bytesMax) return text;
  if (bytesMax <= 0) return "";
  // A code unit is at least one byte, so what is further on cannot fit.
  const bytes = Buffer.from(text.slice(0, bytesMax + 1));
  let end = bytesMax;
  while (end > 0 && ((bytes[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end -= 1;
  return bytes.toString("utf8", 0, end);
}

/**
 * Splits text into pieces of at most `bytesMax` bytes, at spaces where it can, never inside a character. The pieces
 * joined give the text, but for the spaces where it was split.
 */
export function splitToBytes(text: string, bytesMax: number): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (Buffer.byteLength(rest) > bytesMax) {
    const head = cutToBytes(rest, bytesMax);
    const lastSpace = head.lastIndexOf(" ");
    const isBetweenWords = rest[head.length] === " " || lastSpace <= head.length / 2;
    const end = isBetweenWords ? Math.max(head.length, firstLength(rest)) : lastSpace;
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end);
    if (rest.startsWith(" ")) rest = rest.slice(1);
  }
  pieces.push(rest);
  return pieces;
}

/** Code units of the first character: one is taken even where none fits, so that splitting ends. */
function firstLength(text: string): number {
  return (text.codePointAt(0) ?? 0) > 0xffff ? 2 : 1;
}

/** Text that can do nothing to a terminal; only `printable` makes it. */
export type Printable = string & { readonly printable: true };

/**
 * Makes text from the network harmless before it reaches a terminal or a log: C0 controls become their pictures
 * (U+2400…), the rest of what is not for reading (C1, bidirectional overrides, invisible and unassigned characters,
 * lone surrogates, line and paragraph separators) becomes U+FFFD, or goes away where it is a formatting code of
 * chat programs. The emoji joiner stays between characters that may be joined, and so do variation selectors.
 * At most four combining marks follow one character. Idempotent.
 */
export function printable(text: string): Printable {
  const cleaned = plainText.test(text)
    ? text
    : text
        .replace(
          /\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[0-9A-Fa-f]{6})?|[\x02\x0f\x11\x16\x1d-\x1f]/g,
          "",
        )
        .replace(/[\x00-\x1f]/g, (control) => String.fromCharCode(0x2400 + control.charCodeAt(0)))
        .replaceAll("\x7f", "␡")
        .replace(/[\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/gu, "\u{fffd}")
        // Joiners between marks do not start a new count.
        .replace(/((?:\p{M}[\u200c\u200d]*){4})(?:\p{M}[\u200c\u200d]*)+/gu, "$1")
        // Last, when what is beside a joiner is what will be shown beside it.
        .replace(strayJoiner, "");
  return cleaned as Printable; // the one place where text becomes printable
}

/** Nothing in it needs a second look: printing ASCII and Latin letters. */
const plainText = /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff]*$/;

/** A joiner that is not between two characters that may be joined. */
const strayJoiner =
  /(?<![\p{L}\p{M}\p{Extended_Pictographic}\u{1f3fb}-\u{1f3ff}])[\u200c\u200d]|[\u200c\u200d](?![\p{L}\p{M}\p{Extended_Pictographic}])/gu;

/** Whether there is a control character in it (C0, DEL, C1), formatting codes included. */
export function hasControls(text: string): boolean {
  return /[\x00-\x1f\x7f-\x9f]/.test(text);
}

/**
 * Multiline messages (draft/multiline): one message of several lines, cut into lines of the wire and put together.
 *
 * The whole is a text with line feeds and its *seams*: the places where the sender cut a line that is too long for
 * the wire. multiline: "Servers SHOULD maintain the line composition sent by the client instead of combining to a
 * normalised form before re-splitting"; text and seams give exactly the lines that came.
 *
 *     lines  "hello" | "how is " | + "everyone?"        (+: draft/multiline-concat)
 *     text   "hello\nhow is everyone?"
 *     seams  [13]
 */
import { cutToBytes } from "./text.ts";

/** The type of the batch, which is also the capability's name. */
export const multilineType = "draft/multiline";

/** On a line that goes on where the one before it ends. */
export const concatTag = "draft/multiline-concat";

export interface WireLine {
  readonly text: string;
  /** Directly joined with the line before, "with no separation". */
  readonly isContinuation: boolean;
}

export interface LongText {
  /** Lines between line feeds. */
  readonly text: string;
  /** Indices in `text` where a line of the wire goes on, ascending. */
  readonly seams: readonly number[];
}

/** Whether it takes more than one line of the wire. */
export function isLong({ text, seams }: LongText): boolean {
  return seams.length > 0 || text.includes("\n");
}

/**
 * multiline: "Line messages are joined by a single line feed (\n) byte unless the draft/multiline-concat message tag is
 * sent, in which case that line's message is directly joined with the previous line's message with no separation."
 * The first line has none before it.
 */
export function joinLines(lines: readonly WireLine[]): LongText {
  let text = "";
  const seams: number[] = [];
  for (const [index, line] of lines.entries()) {
    if (index > 0 && line.isContinuation) seams.push(text.length);
    else if (index > 0) text += "\n";
    text += line.text;
  }
  return { text, seams };
}

/** The lines as they came. */
export function linesOf(long: LongText): WireLine[] {
  const { text, seams } = long;
  if (!isLong(long)) return [{ text, isContinuation: false }];
  const lines: WireLine[] = [];
  let nextSeam = 0;
  let start = 0;
  for (const line of text.split("\n")) {
    const end = start + line.length;
    let from = start;
    let isContinuation = false;
    for (let seam = seams[nextSeam]; seam !== undefined && seam <= end; seam = seams[nextSeam]) {
      lines.push({ text: text.slice(from, seam), isContinuation });
      from = seam;
      isContinuation = true;
      nextSeam += 1;
    }
    lines.push({ text: text.slice(from, end), isContinuation });
    start = end + 1;
  }
  return lines;
}

/**
 * Cuts a text of lines for the wire, each at most `bytesMax` bytes. "The recommended splitting method is to split long
 * lines between words where possible and leave the space character at the end of the line"; never inside a character.
 */
export function cutLines(text: string, bytesMax: number): WireLine[] {
  return text
    .split("\n")
    .flatMap((line) =>
      cutLine(line, bytesMax).map((piece, index) => ({ text: piece, isContinuation: index > 0 })),
    );
}

function cutLine(line: string, bytesMax: number): string[] {
  const pieces: string[] = [];
  let rest = line;
  while (Buffer.byteLength(rest) > bytesMax) {
    const head = cutToBytes(rest, bytesMax);
    const afterSpace = head.lastIndexOf(" ") + 1;
    const end = afterSpace > head.length / 2 ? afterSpace : Math.max(head.length, 1);
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  pieces.push(rest);
  return pieces;
}

export interface MultilineLimits {
  /** Of the text, line feeds included. */
  readonly bytesMax: number;
  readonly linesMax: number;
}

/** The capability's value. */
export function writeMultilineLimits({ bytesMax, linesMax }: MultilineLimits): string {
  return `max-bytes=${bytesMax},max-lines=${linesMax}`;
}

/** "Clients MUST ignore every token with a key that they don't understand"; `max-bytes` is required, lines may be any. */
export function parseMultilineLimits(value: string): MultilineLimits | undefined {
  const tokens = new Map(
    value.split(",").map((token): [string, string] => {
      const equals = token.indexOf("=");
      return equals < 0 ? [token, ""] : [token.slice(0, equals), token.slice(equals + 1)];
    }),
  );
  const bytesMax = parseLimit(tokens.get("max-bytes"));
  if (bytesMax === undefined) return undefined;
  return { bytesMax, linesMax: parseLimit(tokens.get("max-lines")) ?? Number.MAX_SAFE_INTEGER };
}

function parseLimit(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}

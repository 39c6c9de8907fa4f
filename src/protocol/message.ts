/**
 * Messages: a line of text read into tags, source, command and parameters, and written back.
 *
 *     ['@' tags SPACE] [':' source SPACE] command [params] — Modern IRC, "Message Format"
 *
 * Reading is total: any text gives a message or the reason why not. Writing asserts that no parameter can break
 * the line: bytes from outside have been parsed by then, so a break would be a bug. Parameters are text (UTF-8 on
 * the wire); lengths are looked after by `framing.ts` on the way in and `text.ts` on the way out.
 */
import { assert } from "../base/assert.ts";
import { failed, ok, type Result } from "../base/result.ts";
import { lineBytesMax, paramsMax, tagsMax } from "./limits.ts";
import { cutToBytes } from "./text.ts";

export type Tags = ReadonlyMap<string, string>;

export interface Message {
  readonly tags: Tags;
  readonly source: string | undefined;
  /** Upper case; a numeric is its three digits. */
  readonly command: string;
  readonly params: readonly string[];
}

export type MessageFault = "empty" | "bad-tags" | "bad-command";

export const noTags: Tags = new Map();

/** Reads one line (without its end). `empty` is a line that the specification says to ignore. */
export function parseMessage(line: string): Result<Message, MessageFault> {
  let rest = line;
  let tags = noTags;
  if (rest.startsWith("@")) {
    const end = rest.indexOf(" ");
    const parsed = end < 0 ? undefined : parseTags(rest.slice(1, end));
    if (parsed === undefined) return failed("bad-tags");
    tags = parsed;
    rest = rest.slice(end + 1);
  }
  rest = withoutLeadingSpaces(rest);
  let source: string | undefined;
  if (rest.startsWith(":")) {
    const end = rest.indexOf(" ");
    source = rest.slice(1, end < 0 ? undefined : end);
    rest = end < 0 ? "" : withoutLeadingSpaces(rest.slice(end + 1));
  }
  if (rest === "") return failed("empty");
  const [command = "", ...params] = parseParams(rest);
  // Letters, or three digits; what begins like that is an unknown command, not a broken line.
  if (!/^(?:[A-Za-z][A-Za-z0-9_-]*|\d{3})$/.test(command)) return failed("bad-command");
  return ok({ tags, source, command: command.toUpperCase(), params });
}

function withoutLeadingSpaces(text: string): string {
  let index = 0;
  while (text.charCodeAt(index) === 32) index += 1;
  return index === 0 ? text : text.slice(index);
}

/** The command and its parameters; the last possible parameter takes all that is left. */
function parseParams(text: string): string[] {
  const words: string[] = [];
  let position = 0;
  while (position < text.length) {
    if (text.charCodeAt(position) === 32) {
      position += 1;
      continue;
    }
    const isTrailing = text.charCodeAt(position) === 58 && words.length > 0;
    if (isTrailing) {
      words.push(text.slice(position + 1));
      return words;
    }
    if (words.length === paramsMax) {
      words.push(text.slice(position));
      return words;
    }
    const end = text.indexOf(" ", position);
    if (end < 0) {
      words.push(text.slice(position));
      return words;
    }
    words.push(text.slice(position, end));
    position = end;
  }
  return words;
}

/**
 * Reads `key=value;key2` (without `@`). message-tags: "If a key occurs more than once, … the last occurrence" counts;
 * a missing value is the same as an empty one. Undefined when a key is not of the grammar or there are too many.
 */
export function parseTags(text: string): Tags | undefined {
  const tags = new Map<string, string>();
  if (text === "") return tags;
  const pieces = text.split(";");
  if (pieces.length > tagsMax) return undefined;
  for (const piece of pieces) {
    if (piece === "") continue;
    const equals = piece.indexOf("=");
    const key = equals < 0 ? piece : piece.slice(0, equals);
    if (!isTagKey(key)) return undefined;
    tags.set(key, equals < 0 ? "" : unescapeTagValue(piece.slice(equals + 1)));
  }
  return tags;
}

/** message-tags: `['+'] [vendor '/'] sequence of letters, digits, hyphens`; vendors are host names. */
function isTagKey(key: string): boolean {
  return /^\+?(?:[A-Za-z0-9.-]+\/)?[A-Za-z0-9-]+$/.test(key);
}

/** Tags as on the wire, without `@`; empty for no tags. */
export function writeTags(tags: Tags): string {
  let text = "";
  for (const [key, value] of tags) {
    assert(isTagKey(key), "a tag's key is of the grammar");
    if (text !== "") text += ";";
    text += value === "" ? key : `${key}=${escapeTagValue(value)}`;
  }
  return text;
}

export function escapeTagValue(value: string): string {
  if (!/[;\s\\]/.test(value)) return value;
  return value.replace(/[; \\\r\n]/g, (character) => tagEscapes.get(character) ?? character);
}

const tagEscapes: ReadonlyMap<string, string> = new Map([
  [";", "\\:"],
  [" ", "\\s"],
  ["\\", "\\\\"],
  ["\r", "\\r"],
  ["\n", "\\n"],
]);

/** message-tags: "If a lone \ exists at the end …, then there SHOULD be no output character"; others drop the `\`. */
export function unescapeTagValue(value: string): string {
  if (!value.includes("\\")) return value;
  return value.replace(/\\(.?)/gs, (_whole, character: string) => {
    switch (character) {
      case ":":
        return ";";
      case "s":
        return " ";
      case "r":
        return "\r";
      case "n":
        return "\n";
      default:
        return character;
    }
  });
}

/** What a message that is made here needs; tags are written separately, they differ by receiver. */
export interface Outgoing {
  readonly source?: string | undefined;
  readonly command: string;
  readonly params: readonly string[];
}

/** The line without tags and without its end. @throws AssertionError for parameters that would break the line. */
export function writeMessage({ source, command, params }: Outgoing): string {
  assert(source === undefined || !source.includes(" "), `a source is one word: ${command}`);
  assert(params.length <= paramsMax, `a message has at most ${paramsMax} parameters: ${command}`);
  let line = source === undefined ? command : `:${source} ${command}`;
  const lastIndex = params.length - 1;
  for (let index = 0; index < lastIndex; index += 1) {
    const param = params[index] ?? "";
    assert(isMiddle(param), `a middle parameter is one word: ${command}`);
    line += ` ${param}`;
  }
  const last = params[lastIndex];
  if (last !== undefined) {
    line += textCommands.has(command) || !isMiddle(last) ? ` :${last}` : ` ${last}`;
  }
  assert(!/[\r\n\0]/.test(line), `a line is one line: ${command}`);
  return line;
}

/** Whether the line, with its end, is within the 512 bytes of the wire. */
export function fitsLine(outgoing: Outgoing): boolean {
  const { source = "", command, params } = outgoing;
  let length = source.length + command.length + 4;
  for (const param of params) length += param.length + 2;
  // In UTF-8 no unit of a string takes more than three bytes: mostly there is nothing to be measured.
  if (length * 3 <= lineBytesMax - 2) return true;
  return Buffer.byteLength(writeMessage(outgoing)) <= lineBytesMax - 2;
}

/** The text cut to `bytesMax`, and further where the line that ends with it would not fit. */
export function cutToLine(text: string, bytesMax: number, before: Outgoing): string {
  const line = writeMessage({ ...before, params: [...before.params, ""] });
  return cutToBytes(text, Math.min(bytesMax, lineBytesMax - 2 - Buffer.byteLength(line)));
}

export function isMiddle(param: string): boolean {
  return param !== "" && !param.startsWith(":") && !param.includes(" ");
}

/** Their last parameter is text for people: always written with a colon, which simple clients rely on. */
const textCommands: ReadonlySet<string> = new Set(
  "PRIVMSG NOTICE TOPIC PART QUIT KICK AWAY ERROR CAP FAIL WARN NOTE 301 311 312 319 322 332 353 372".split(
    " ",
  ),
);

export interface Source {
  readonly nick: string;
  readonly user: string | undefined;
  readonly host: string | undefined;
}

/** Splits `nick!user@host`; a server's name is a nick without user and host. */
export function parseSource(source: string): Source {
  const at = source.indexOf("@");
  const bang = source.indexOf("!");
  const nickEnd = bang >= 0 && (at < 0 || bang < at) ? bang : at >= 0 ? at : source.length;
  return {
    nick: source.slice(0, nickEnd),
    user:
      bang >= 0 && bang === nickEnd ? source.slice(bang + 1, at < 0 ? undefined : at) : undefined,
    host: at < 0 ? undefined : source.slice(at + 1),
  };
}

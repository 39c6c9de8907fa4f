/**
 * WebSocket (RFC 6455), the server's side, for lines (IRCv3 websocket): the upgrade, then frames.
 *
 *     take (bytes) → lines with CR LF for the core, and bytes to be answered
 *     frame (line) → one message, without the CR LF
 *
 * "Each message MUST consist of a single IRC line, … servers and clients MUST NOT include trailing
 * `\r` or `\n`"; a client's that does is taken all the same. It compresses nothing and splits
 * nothing; what is too long, not masked or malformed ends the connection with the code that RFC 6455
 * §7.4.1 has for it. No socket is touched here.
 */
import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";

/** As much as the longest line has, tags included, and room for a careless client. */
const messageBytesMax = 16_384;
const headBytesMax = 8_192;

export interface Taken {
  /** Each is one line, with its CR LF. */
  readonly lines: readonly Uint8Array[];
  readonly answers: readonly Uint8Array[];
  /** Nothing more is taken: after the answers the connection is to be closed. */
  readonly isOver: boolean;
}

type State = "upgrading" | "open" | "over";

interface Frame {
  readonly isLast: boolean;
  readonly opcode: number;
  readonly payload: Uint8Array;
}

const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
const closeCodes = { normal: 1000, protocol: 1002, notUtf8: 1007, tooLarge: 1009 } as const;

const crlf = Uint8Array.of(13, 10);

export class WebSocketServer {
  #state: State = "upgrading";
  #buffered: Buffer = Buffer.alloc(0);
  /** `text.ircv3.net`, or what the first message was; undefined: not known yet. */
  #isText: boolean | undefined;
  /** A message that comes in several frames. */
  #parts: Uint8Array[] = [];
  #partsBytes = 0;
  #isTextMessage = false;
  #lines: Uint8Array[] = [];
  #isFromPage = false;
  #answers: Uint8Array[] = [];

  /** The upgrade is done: lines may go out. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** A browser sent it, for a page: RFC 6455 §4.1 has it say the page's origin. */
  get isFromPage(): boolean {
    return this.#isFromPage;
  }

  take(bytes: Uint8Array): Taken {
    this.#lines = [];
    this.#answers = [];
    this.#buffered =
      this.#buffered.length === 0 ? Buffer.from(bytes) : joined(this.#buffered, bytes);
    if (this.#state === "upgrading") this.#upgrade();
    while (this.#state === "open" && this.#takeFrame());
    return { lines: this.#lines, answers: this.#answers, isOver: this.#state === "over" };
  }

  /** A line, with or without its CR LF, as one message. */
  frame(line: Uint8Array): Uint8Array {
    const opcode = this.#isText === false ? opcodes.binary : opcodes.text;
    return frameOf(opcode, withoutEnd(line));
  }

  /** The close frame with which a polite end begins. */
  farewell(): Uint8Array {
    return closeFrame(closeCodes.normal);
  }

  // --- The upgrade -------------------------------------------------------------------------------

  #upgrade(): void {
    const end = this.#buffered.indexOf("\r\n\r\n");
    if (end < 0) {
      if (this.#buffered.length > headBytesMax) this.#refuse("431 Request Header Fields Too Large");
      return;
    }
    if (end > headBytesMax) {
      this.#refuse("431 Request Header Fields Too Large");
      return;
    }
    const [request = "", ...fields] = this.#buffered.toString("latin1", 0, end).split("\r\n");
    const headers = headersOf(fields);
    const key = headers?.get("sec-websocket-key") ?? "";
    const isUpgrade =
      /^GET \S+ HTTP\/1\.1$/.test(request) &&
      headers?.get("upgrade")?.toLowerCase() === "websocket" &&
      wordsOf(headers.get("connection")).some((word) => word.toLowerCase() === "upgrade") &&
      Buffer.from(key, "base64").length === 16;
    if (!isUpgrade) {
      this.#refuse("400 Bad Request");
      return;
    }
    if (headers.get("sec-websocket-version") !== "13") {
      this.#refuse("426 Upgrade Required", "Sec-WebSocket-Version: 13");
      return;
    }
    this.#isFromPage = headers.has("origin");
    this.#buffered = this.#buffered.subarray(end + 4);
    this.#accept(key, wordsOf(headers.get("sec-websocket-protocol")));
  }

  /** "The server MUST accept any subprotocol it supports, respecting the client's order of preference." */
  #accept(key: string, wanted: readonly string[]): void {
    const chosen = wanted.find((name) => name === textProtocol || name === binaryProtocol);
    if (chosen !== undefined) this.#isText = chosen === textProtocol;
    const accept = createHash("sha1").update(`${key}${guid}`).digest("base64");
    const head = [
      "HTTP/1.1 101 Switching Protocols",
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Accept: ${accept}`,
      ...(chosen === undefined ? [] : [`Sec-WebSocket-Protocol: ${chosen}`]),
    ];
    this.#answers.push(Buffer.from(`${head.join("\r\n")}\r\n\r\n`));
    this.#state = "open";
  }

  #refuse(status: string, ...fields: readonly string[]): void {
    const head = [`HTTP/1.1 ${status}`, "Connection: close", "Content-Length: 0", ...fields];
    this.#answers.push(Buffer.from(`${head.join("\r\n")}\r\n\r\n`));
    this.#state = "over";
  }

  // --- Frames ------------------------------------------------------------------------------------

  /** False when there is no whole one. */
  #takeFrame(): boolean {
    const frame = this.#nextFrame();
    if (frame === undefined || this.#state !== "open") return false;
    switch (frame.opcode) {
      case opcodes.text:
      case opcodes.binary:
        if (this.#partsBytes > 0 || this.#parts.length > 0) return this.#end(closeCodes.protocol);
        this.#isTextMessage = frame.opcode === opcodes.text;
        return this.#part(frame);
      case opcodes.continuation:
        if (this.#parts.length === 0) return this.#end(closeCodes.protocol);
        return this.#part(frame);
      case opcodes.ping:
        this.#answers.push(frameOf(opcodes.pong, frame.payload));
        return true;
      case opcodes.pong:
        return true;
      case opcodes.close:
        return this.#end(closeCodes.normal);
      default:
        return this.#end(closeCodes.protocol);
    }
  }

  #nextFrame(): Frame | undefined {
    const bytes = this.#buffered;
    const [first, second] = [bytes[0], bytes[1]];
    if (first === undefined || second === undefined) return undefined;
    const short = second & 0x7f;
    const headBytes = short === 126 ? 4 : short === 127 ? 10 : 2;
    const isControl = (first & 0x08) !== 0;
    const isMalformed =
      (first & 0x70) !== 0 || // reserved bits: no extension was agreed on
      (second & 0x80) === 0 || // §5.1: "a client MUST mask all frames"
      (isControl && (short > 125 || (first & 0x80) === 0)); // §5.5
    if (isMalformed) {
      this.#end(closeCodes.protocol);
      return undefined;
    }
    if (bytes.length < headBytes + 4) return undefined;
    const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? lengthOf(bytes) : short;
    if (length + this.#partsBytes > messageBytesMax) {
      this.#end(closeCodes.tooLarge);
      return undefined;
    }
    const start = headBytes + 4;
    if (bytes.length < start + length) return undefined;
    const mask = bytes.subarray(headBytes, start);
    const payload = Uint8Array.from(bytes.subarray(start, start + length));
    for (let index = 0; index < length; index += 1) {
      payload[index] = (payload[index] ?? 0) ^ (mask[index & 3] ?? 0);
    }
    this.#buffered = bytes.subarray(start + length);
    return { isLast: (first & 0x80) !== 0, opcode: first & 0x0f, payload };
  }

  #part({ isLast, payload }: Frame): boolean {
    this.#parts.push(payload);
    this.#partsBytes += payload.length;
    // Frames without anything in them would pile up at no cost.
    if (this.#parts.length > partsMax) return this.#end(closeCodes.tooLarge);
    if (!isLast) return true;
    const message = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#partsBytes = 0;
    if (this.#isTextMessage && !isUtf8(message)) return this.#end(closeCodes.notUtf8);
    this.#isText ??= this.#isTextMessage;
    this.#lines.push(Buffer.concat([withoutEnd(message), crlf]));
    return true;
  }

  #end(code: number): false {
    this.#answers.push(closeFrame(code));
    this.#state = "over";
    return false;
  }
}

/** Frames of one message. */
const partsMax = 64;
const textProtocol = "text.ircv3.net";
const binaryProtocol = "binary.ircv3.net";
/** RFC 6455 §1.3 */
const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** The line without its CR LF, if it has one. */
function withoutEnd(line: Uint8Array): Uint8Array {
  if (line.at(-1) !== 10) return line;
  return line.subarray(0, line.at(-2) === 13 ? -2 : -1);
}

function frameOf(opcode: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const head =
    length < 126
      ? Uint8Array.of(0x80 | opcode, length)
      : length < 65_536
        ? Uint8Array.of(0x80 | opcode, 126, length >> 8, length & 0xff)
        : longHead(opcode, length);
  return Buffer.concat([head, payload]);
}

function longHead(opcode: number, length: number): Uint8Array {
  const head = Buffer.alloc(10);
  head[0] = 0x80 | opcode;
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}

function closeFrame(code: number): Uint8Array {
  return frameOf(opcodes.close, Uint8Array.of(code >> 8, code & 0xff));
}

/** Of the long form; more than any message may have is as good as the true number. */
function lengthOf(bytes: Buffer): number {
  const length = bytes.readBigUInt64BE(2);
  return length > BigInt(messageBytesMax) ? messageBytesMax + 1 : Number(length);
}

/** By lower-case names; undefined when a line is none. Repeated ones are one list. */
function headersOf(lines: readonly string[]): Map<string, string> | undefined {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const match = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/.exec(line);
    const [, name, value] = match ?? [];
    if (name === undefined || value === undefined) return undefined;
    const before = headers.get(name.toLowerCase());
    headers.set(name.toLowerCase(), before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}

function wordsOf(list: string | undefined): string[] {
  return (list ?? "").split(",").map((word) => word.trim());
}

function joined(left: Uint8Array, right: Uint8Array): Buffer {
  return Buffer.concat([left, right]);
}

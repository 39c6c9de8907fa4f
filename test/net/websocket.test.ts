/**
 * WebSocket: the upgrade, frames in any cut, and what ends the connection.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { WebSocketServer } from "../../src/net/websocket.ts";

const key = "dGhlIHNhbXBsZSBub25jZQ==";

function upgrade(...fields: readonly string[]): Buffer {
  const head = [
    "GET / HTTP/1.1",
    "Host: chat.example.org",
    "Upgrade: websocket",
    "Connection: keep-alive, Upgrade",
    `Sec-WebSocket-Key: ${key}`,
    "Sec-WebSocket-Version: 13",
    ...fields,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n`);
}

interface FrameParts {
  readonly opcode: number;
  readonly payload?: Uint8Array;
  readonly isLast?: boolean;
  readonly isMasked?: boolean;
  readonly reserved?: number;
}

/** A frame as a client sends it. */
function frame({
  opcode,
  payload,
  isLast = true,
  isMasked = true,
  reserved = 0,
}: FrameParts): Buffer {
  const body = payload ?? new Uint8Array();
  const first = (isLast ? 0x80 : 0) | reserved | opcode;
  const { length } = body;
  const bit = isMasked ? 0x80 : 0;
  const head =
    length < 126
      ? Buffer.from([first, bit | length])
      : length < 65_536
        ? Buffer.from([first, bit | 126, length >> 8, length & 0xff])
        : Buffer.concat([Buffer.from([first, bit | 127, 0, 0, 0, 0]), big(length)]);
  const mask = Buffer.from(isMasked ? [1, 2, 3, 4] : []);
  const masked = body.map((byte, index) => byte ^ (mask[index & 3] ?? 0));
  return Buffer.concat([head, mask, masked]);
}

function big(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
}

function text(line: string): Buffer {
  return frame({ opcode: 1, payload: Buffer.from(line) });
}

function opened(...fields: readonly string[]): WebSocketServer {
  const server = new WebSocketServer();
  server.take(upgrade(...fields));
  expect(server.isOpen).toBe(true);
  return server;
}

function linesOf(server: WebSocketServer, ...bytes: readonly Buffer[]): string[] {
  return bytes.flatMap((each) =>
    server.take(each).lines.map((line) => Buffer.from(line).toString()),
  );
}

/** The code of the close frame that ends it. */
function endOf(bytes: Buffer): number | undefined {
  const { answers, isOver } = opened().take(bytes);
  const last = answers.at(-1);
  if (!isOver || last === undefined) return undefined;
  return Buffer.from(last).readUInt16BE(2);
}

test("the upgrade is answered as RFC 6455 section 1.3 computes it", () => {
  const { answers } = new WebSocketServer().take(upgrade());
  expect(Buffer.concat([...answers]).toString()).toContain(
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
  );
});

test.each([
  ["text.ircv3.net", "text.ircv3.net", 1],
  ["binary.ircv3.net, text.ircv3.net", "binary.ircv3.net", 2],
  ["other, text.ircv3.net", "text.ircv3.net", 1],
])(
  "of the protocols %j the client's first one that is known is chosen",
  (wanted, chosen, opcode) => {
    const server = new WebSocketServer();
    const { answers } = server.take(upgrade(`Sec-WebSocket-Protocol: ${wanted}`));
    expect(Buffer.concat([...answers]).toString()).toContain(
      `Sec-WebSocket-Protocol: ${chosen}\r\n`,
    );
    expect([...server.frame(Buffer.from("PING x\r\n"))]).toEqual([
      0x80 | opcode,
      6,
      ...Buffer.from("PING x"),
    ]);
  },
);

test("without a protocol that is known none is named, and messages are what the client's are", () => {
  const server = new WebSocketServer();
  const { answers } = server.take(upgrade("Sec-WebSocket-Protocol: chat"));
  expect(Buffer.concat([...answers]).toString()).not.toContain("Sec-WebSocket-Protocol");
  server.take(frame({ opcode: 2, payload: Buffer.from("NICK ann") }));
  expect(server.frame(Buffer.from("x\r\n"))[0]).toBe(0x82);
});

test.each([
  ["another method", "GET", "POST"],
  ["no upgrade", "Upgrade: websocket", "X: y"],
  ["a key that is none", key, "short"],
  ["HTTP/1.0", "HTTP/1.1", "HTTP/1.0"],
  ["a malformed header", "Host:", "Ho st:"],
])("%s is refused with 400", (_, from, to) => {
  const request = Buffer.from(upgrade().toString().replace(from, to));
  const { answers, isOver } = new WebSocketServer().take(request);
  expect(Buffer.concat([...answers]).toString()).toStartWith("HTTP/1.1 400 ");
  expect(isOver).toBe(true);
});

test("another version is refused with 426 and the one there is", () => {
  const request = Buffer.from(upgrade().toString().replace("Version: 13", "Version: 8"));
  const { answers } = new WebSocketServer().take(request);
  expect(Buffer.concat([...answers]).toString()).toContain("Sec-WebSocket-Version: 13");
});

test("a head without an end is refused at its limit", () => {
  const server = new WebSocketServer();
  const { answers, isOver } = server.take(Buffer.from(`GET / HTTP/1.1\r\nX: ${"x".repeat(9_000)}`));
  expect(Buffer.concat([...answers]).toString()).toStartWith("HTTP/1.1 431 ");
  expect(isOver).toBe(true);
});

test("messages are lines, whatever the pieces they come in", () => {
  const bytes = Buffer.concat([
    upgrade(),
    text("NICK ann"),
    frame({ opcode: 1, payload: Buffer.from("PRIVMSG #a :wor"), isLast: false }),
    frame({ opcode: 9, payload: Buffer.from("alive") }),
    frame({ opcode: 0, payload: Buffer.from("ld") }),
    text(`PRIVMSG #a :${"ä".repeat(200)}\r\n`),
  ]);
  const cuts = fc.uniqueArray(fc.nat(bytes.length), { maxLength: 12 });
  fc.assert(
    fc.property(cuts, (at) => {
      const server = new WebSocketServer();
      const places = [0, ...at.sort((left, right) => left - right), bytes.length];
      const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index] ?? 0, end));
      expect(linesOf(server, ...pieces)).toEqual([
        "NICK ann\r\n",
        "PRIVMSG #a :world\r\n",
        `PRIVMSG #a :${"ä".repeat(200)}\r\n`,
      ]);
    }),
  );
});

test("any bytes whatever never throw, and no line is longer than the limit", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), (pieces) => {
      const server = opened();
      for (const piece of pieces) {
        for (const line of server.take(piece).lines) expect(line.length).toBeLessThan(16_387);
      }
    }),
  );
});

test("a ping is answered with what it carries", () => {
  const { answers } = opened().take(frame({ opcode: 9, payload: Buffer.from("abc") }));
  expect(answers.map((bytes) => [...bytes])).toEqual([[0x8a, 3, 97, 98, 99]]);
});

test.each<[string, Buffer, number]>([
  ["a frame that is not masked", frame({ opcode: 1, isMasked: false }), 1002],
  ["a reserved bit", frame({ opcode: 1, reserved: 0x40 }), 1002],
  ["an unknown opcode", frame({ opcode: 3 }), 1002],
  ["a continuation of nothing", frame({ opcode: 0 }), 1002],
  [
    "a message within a message",
    Buffer.concat([frame({ opcode: 1, isLast: false, payload: Buffer.of(65) }), text("x")]),
    1002,
  ],
  ["a long control frame", frame({ opcode: 9, payload: Buffer.alloc(126) }), 1002],
  ["a control frame in pieces", frame({ opcode: 9, isLast: false }), 1002],
  ["text that is not UTF-8", frame({ opcode: 1, payload: Buffer.of(0xff) }), 1007],
  ["a message over the limit", frame({ opcode: 2, payload: Buffer.alloc(16_385) }), 1009],
  [
    "a length of 64 bits",
    frame({ opcode: 2, payload: Buffer.alloc(70_000) }).subarray(0, 14),
    1009,
  ],
  [
    "too many frames of nothing",
    Buffer.concat([
      frame({ opcode: 1, isLast: false }),
      ...Array.from({ length: 70 }, () => frame({ opcode: 0, isLast: false })),
    ]),
    1009,
  ],
  ["a close", frame({ opcode: 8, payload: Buffer.of(3, 232) }), 1000],
])("%s ends it", (_, bytes, code) => {
  expect(endOf(bytes)).toBe(code);
});

test("long lines are framed with the long lengths", () => {
  const server = opened();
  expect([...server.frame(Buffer.alloc(300, 65)).subarray(0, 4)]).toEqual([0x81, 126, 1, 44]);
  const longest = server.frame(Buffer.alloc(70_000, 65));
  expect([...longest.subarray(0, 10)]).toEqual([0x81, 127, 0, 0, 0, 0, 0, 1, 17, 112]);
});

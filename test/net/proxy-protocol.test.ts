/**
 * PROXY protocol: both versions, in any pieces, and what is none.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { readProxyHeader } from "../../src/net/proxy-protocol.ts";

const signature = Buffer.from([13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]);

function binary(command: number, family: number, body: Buffer): Buffer {
  const head = Buffer.from([0x20 | command, family, body.length >> 8, body.length & 0xff]);
  return Buffer.concat([signature, head, body]);
}

const four = Buffer.from([192, 0, 2, 7, 10, 0, 0, 1, 0x1f, 0x90, 0x1a, 0x29]);
const six = Buffer.concat([
  Buffer.from("20010db8000000000000000000000007", "hex"),
  Buffer.from("20010db8000000000000000000000001", "hex"),
  Buffer.from([0x1f, 0x90, 0x1a, 0x29]),
]);
const tls = Buffer.from([0x20, 0, 5, 0x01, 0, 0, 0, 0]);
const notTls = Buffer.from([0x04, 0, 1, 0xff, 0x20, 0, 5, 0x00, 0, 0, 0, 0]);

test.each<[string, Buffer, string | undefined, boolean]>([
  ["version 1, IPv4", Buffer.from("PROXY TCP4 192.0.2.7 10.0.0.1 5 6697\r\n"), "192.0.2.7", false],
  ["version 1, IPv6", Buffer.from("PROXY TCP6 2001:db8::7 ::1 5 6697\r\n"), "2001:db8::7", false],
  ["version 1, unknown", Buffer.from("PROXY UNKNOWN ffff:f…\r\n", "latin1"), undefined, false],
  ["version 2, IPv4", binary(1, 0x11, four), "192.0.2.7", false],
  ["version 2, IPv6", binary(1, 0x21, six), "2001:db8::7", false],
  ["version 2, over TLS", binary(1, 0x11, Buffer.concat([four, tls])), "192.0.2.7", true],
  ["version 2, not over TLS", binary(1, 0x11, Buffer.concat([four, notTls])), "192.0.2.7", false],
  ["version 2, the proxy itself", binary(0, 0x00, Buffer.alloc(0)), undefined, false],
  ["version 2, unknown", binary(1, 0x00, Buffer.alloc(0)), undefined, false],
  ["version 2, a UNIX socket", binary(1, 0x31, Buffer.alloc(216)), undefined, false],
])("%s is read, and only when it is whole", (name, header, address, isEncrypted) => {
  const rest = Buffer.from("NICK ann\r\n");
  const whole = Buffer.concat([header, rest]);
  const isLocal = name.includes("itself");
  const { length: bytes } = header;
  expect(readProxyHeader(whole)).toEqual({ address, isLocal, isEncrypted, length: bytes });
  for (let length = 0; length < header.length; length += 1) {
    expect(readProxyHeader(header.subarray(0, length))).toBe("more");
  }
});

test.each([
  ["another line", "NICK ann\r\n"],
  ["the wrong family", "PROXY TCP4 2001:db8::7 ::1 5 6697\r\n"],
  ["an address that is none", "PROXY TCP4 192.0.2.256 10.0.0.1 5 6697\r\n"],
  ["too few words", "PROXY TCP4 192.0.2.7\r\n"],
  ["a line without end", `PROXY TCP4 ${"1".repeat(120)}`],
  ["a long line", `PROXY UNKNOWN ${"1".repeat(120)}\r\n`],
])("%s is no header", (_, text) => {
  expect(readProxyHeader(Buffer.from(text))).toBe("none");
});

test("another version, an unknown command and a cut address are none", () => {
  const otherVersion = binary(1, 0x11, four);
  otherVersion[12] = 0x11;
  expect(readProxyHeader(otherVersion)).toBe("none");
  expect(readProxyHeader(binary(2, 0x11, four))).toBe("none");
  expect(readProxyHeader(binary(1, 0x11, four.subarray(0, 6)))).toBe("none");
  expect(readProxyHeader(binary(1, 0x11, Buffer.alloc(5_000)))).toBe("none");
});

test("any bytes are a header, none, or not enough", () => {
  const begun = fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.concat([signature, bytes]));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 256 }), begun), (bytes) => {
      const read = readProxyHeader(bytes);
      if (typeof read === "object") expect(read.length).toBeLessThanOrEqual(bytes.length);
      else expect(["more", "none"]).toContain(read);
    }),
  );
});

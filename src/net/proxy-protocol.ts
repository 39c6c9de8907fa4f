/**
 * PROXY protocol, versions 1 and 2: where a connection that comes through a proxy really is from.
 *
 *     take (bytes) → more is needed, a header, or none
 *
 * It stands before everything else a trusted proxy sends; from anybody else it is never read (that
 * is the listener's part). Specification: "The PROXY protocol, Versions 1 & 2", haproxy.org. Of
 * version 2's TLVs only PP2_TYPE_SSL is looked at: whether the client came over TLS.
 */
import { isIP } from "node:net";

export interface ProxyHeader {
  /** Undefined: the proxy speaks for itself, or does not know (UNKNOWN, AF_UNSPEC), or has none. */
  readonly address: string | undefined;
  /** The proxy speaks for itself (LOCAL): the connection is its own. */
  readonly isLocal: boolean;
  /** The client's own connection to the proxy is encrypted. */
  readonly isEncrypted: boolean;
  /** Bytes of it: what follows is the client's. */
  readonly length: number;
}

export type ProxyRead = "more" | "none" | ProxyHeader;

/** §2.1: "the longest … is 107 characters". */
const textBytesMax = 107;
/** What a header of version 2 may have; the address and TLVs of ours need far less. */
const binaryBytesMax = 4_096;
const signature = Uint8Array.of(13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10);
const binaryHeadBytes = 16;

export function readProxyHeader(bytes: Uint8Array): ProxyRead {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isBeginning(buffer, signature)) return readBinary(buffer);
  if (isBeginning(buffer, Buffer.from("PROXY "))) return readText(buffer);
  return "none";
}

/** Whether the bytes begin as that does, as far as both go. */
function isBeginning(bytes: Buffer, of: Uint8Array): boolean {
  const length = Math.min(bytes.length, of.length);
  return Buffer.compare(bytes.subarray(0, length), of.subarray(0, length)) === 0;
}

function readText(buffer: Buffer): ProxyRead {
  const end = buffer.indexOf("\r\n");
  if (end < 0) return buffer.length < textBytesMax ? "more" : "none";
  if (end + 2 > textBytesMax) return "none";
  const line = buffer.toString("latin1", 0, end);
  const length = end + 2;
  if (/^PROXY UNKNOWN(?: .*)?$/.test(line)) {
    return { address: undefined, isLocal: false, isEncrypted: false, length };
  }
  const match = /^PROXY TCP([46]) (\S+) (\S+) (\d{1,5}) (\d{1,5})$/.exec(line);
  const [, family, source = "", destination = ""] = match ?? [];
  const isRight =
    family !== undefined && isIP(source) === Number(family) && isIP(destination) === Number(family);
  return isRight ? { address: source, isLocal: false, isEncrypted: false, length } : "none";
}

function readBinary(buffer: Buffer): ProxyRead {
  if (buffer.length < binaryHeadBytes) return "more";
  const [command = 0, family = 0] = [buffer[12], buffer[13]];
  const length = binaryHeadBytes + buffer.readUInt16BE(14);
  if (length > binaryBytesMax || command >> 4 !== 2) return "none";
  if (buffer.length < length) return "more";
  const isLocal = (command & 0x0f) === 0;
  if (!isLocal && (command & 0x0f) !== 1) return "none";
  const body = buffer.subarray(binaryHeadBytes, length);
  const addressBytes = { 1: 12, 2: 36 }[family >> 4];
  if (isLocal || addressBytes === undefined) {
    return { address: undefined, isLocal, isEncrypted: false, length };
  }
  if (body.length < addressBytes) return "none";
  const address = family >> 4 === 1 ? writeFour(body) : writeSix(body);
  const isEncrypted = hasTls(body.subarray(addressBytes));
  return { address, isLocal, isEncrypted, length };
}

function writeFour(bytes: Uint8Array): string {
  return [...bytes.subarray(0, 4)].join(".");
}

/** As RFC 5952 writes it. */
function writeSix(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2));
  const url = new URL(`http://[${groups.map((group) => group.toString(16)).join(":")}]/`);
  return url.hostname.slice(1, -1);
}

/** §2.2.6: PP2_TYPE_SSL (0x20), whose first byte has PP2_CLIENT_SSL (0x01). */
function hasTls(tlvs: Buffer): boolean {
  for (let at = 0; at + 3 <= tlvs.length;) {
    const length = tlvs.readUInt16BE(at + 1);
    if (tlvs[at] === 0x20 && length > 0) return ((tlvs[at + 3] ?? 0) & 0x01) !== 0;
    at += 3 + length;
  }
  return false;
}

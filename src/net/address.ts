/**
 * Addresses: how a peer's address is written and whether it is this machine's.
 */
import { isIP } from "node:net";

/** The address, `::ffff:` ones as the IPv4 addresses they are. */
export function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return mapped !== undefined && isIP(mapped) === 4 ? mapped : address;
}

/** The other side's address, without port. */
export function remoteAddress(socket: Bun.Socket<unknown>): string {
  const address = addressOf(socket);
  // A connection may be gone before it is looked at.
  return address === undefined ? "unknown" : plainAddress(address);
}

/** 127.0.0.0/8 and ::1. */
export function isLoopback(address: string): boolean {
  const plain = plainAddress(address);
  if (plain === "::1") return true;
  return isIP(plain) === 4 && plain.startsWith("127.");
}

/** The types say there always is one. */
function addressOf(socket: Bun.Socket<unknown>): string | undefined {
  return socket.remoteAddress;
}

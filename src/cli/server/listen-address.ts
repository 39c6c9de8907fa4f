/**
 * The address of a listener as it is written: `HOST:PORT`, where HOST is an IP address, `localhost` or nothing.
 *
 * `[::]:6697` is every address of both families, as is `:6697`; IPv6 addresses are in brackets; port 0 takes any
 * free one. Names other than `localhost` are not looked up: what is listened on must not depend on a name server.
 */
import { isIP } from "node:net";
import { failed, ok, type Result } from "../../base/result.ts";

export interface ListenAddress {
  /** An IP address, without brackets. */
  readonly host: string;
  readonly port: number;
}

export function parseListenAddress(text: string): Result<ListenAddress> {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  if (match === null) {
    return failed("an address to listen on is HOST:PORT, for example [::]:6697 or 127.0.0.1:6697");
  }
  const [, bracketed, plain, digits] = match;
  const port = Number(digits);
  if (port > 65_535) return failed("a port is a number from 0 to 65535");
  const host = bracketed ?? hostNamed(plain ?? "");
  const family = isIP(host);
  if (family === 0) return failed("the host of an address to listen on is an IP address");
  if (bracketed !== undefined && family !== 6) return failed("only IPv6 addresses are in brackets");
  return ok({ host, port });
}

/** `127.0.0.1:6697`, `[::1]:6697`. */
export function writeListenAddress({ host, port }: ListenAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Only this machine reaches it: 127.0.0.0/8 and ::1. */
export function isLoopbackHost(host: string): boolean {
  return host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/** Every address of the machine. */
export function isEveryHost(host: string): boolean {
  return host === "::" || host === "0.0.0.0";
}

function hostNamed(name: string): string {
  if (name === "" || name === "*") return "::";
  return name === "localhost" ? "127.0.0.1" : name;
}

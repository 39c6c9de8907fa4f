/**
 * Dial failures: why there is no connection, as a sentence for the person who wanted one.
 *
 * Each names host and port and what to do next. What the other side sent is never part of it.
 */
import { isIP } from "node:net";
import { faultCode } from "./faults.ts";

export interface DialFailure {
  readonly kind: DialFailureKind;
  /** Whole, without a full stop. */
  readonly text: string;
}

export type DialFailureKind =
  | "refused"
  | "unreachable"
  | "not-found"
  | "timed-out"
  /** Something answered, but not in TLS. */
  | "no-tls"
  | "handshake"
  /** `decide` refused the server: who decided knows why. */
  | "not-accepted"
  | "other";

/** How far it came. */
export type DialStage = "connect" | "timeout" | "silence" | "handshake" | "decision";

export interface Destination {
  readonly host: string;
  readonly port: number;
}

export function dialFailure(
  stage: DialStage,
  fault: unknown,
  { host, port }: Destination,
): DialFailure {
  const where = isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
  switch (stage) {
    case "connect":
      return connectFailure(fault, host, where);
    case "timeout":
      return timedOut(where);
    case "silence":
      return {
        kind: "timed-out",
        text: `${where} took the connection but does not answer in TLS; check the port`,
      };
    case "handshake":
      return handshakeFailure(fault, where);
    case "decision":
      return { kind: "not-accepted", text: `${where} is not the server it should be` };
  }
}

function connectFailure(fault: unknown, host: string, where: string): DialFailure {
  switch (faultCode(fault)) {
    case "ECONNREFUSED":
      return {
        kind: "refused",
        text: `nothing listens on ${where}; check the port, and that the server is running`,
      };
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EADDRNOTAVAIL":
      return {
        kind: "unreachable",
        text: `there is no way to ${where}; check the address and your own network`,
      };
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EAI_NODATA":
      return {
        kind: "not-found",
        text: `${where} cannot be found: no address for ${host}; check the name and your network`,
      };
    case "ETIMEDOUT":
      return timedOut(where);
    default:
      return { kind: "other", text: `cannot connect to ${where}; check the address` };
  }
}

function timedOut(where: string): DialFailure {
  return {
    kind: "timed-out",
    text: `${where} does not answer; check the address, and that no firewall is between`,
  };
}

function handshakeFailure(fault: unknown, where: string): DialFailure {
  const message = fault instanceof Error ? fault.message : "";
  // OpenSSL's reasons for bytes that are no TLS record.
  if (/WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG|INVALID_RECORD/.test(message)) {
    return {
      kind: "no-tls",
      text: `${where} answers, but not in TLS; check the port (TLS is mostly on 6697)`,
    };
  }
  if (faultCode(fault) === "ECONNRESET" || message === "") {
    return {
      kind: "handshake",
      text: `${where} closed the connection before it was secure; it may be full: try again later`,
    };
  }
  return {
    kind: "handshake",
    text: `no secure connection to ${where}: the server offers no TLS this client accepts`,
  };
}

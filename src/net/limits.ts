/**
 * The limits of connections: how many, how long, how much waits for them.
 */
import { secondMs } from "../base/time.ts";

export interface NetLimits {
  /** Connections at once, over all listeners; above it, who comes is told so. */
  readonly connectionsMax: number;
  /** Of those, from one source (an IPv4 address, a /64 of IPv6); this machine and trusted proxies are many people's. */
  readonly connectionsPerAddressMax: number;
  /**
   * Connections above that, which are given the time to be told; above these, they are just closed.
   */
  readonly excessConnectionsMax: number;
  /** From the connection to the end of the TLS handshake; Bun itself waits for ever. */
  readonly handshakeMsMax: number;
  /** Bytes that wait for a reader; beyond, it is too slow and is closed. */
  readonly sendQueueBytesMax: number;
  /** Bytes that wait for all readers together; beyond, those who are furthest behind are closed. */
  readonly sendQueuesBytesMax: number;
  /** A polite close without any progress, before it becomes an impolite one. */
  readonly closeMsMax: number;
  /**
   * Between two flushes to many, at least: what is said in rooms waits so long, answers do not. 0: nothing waits.
   */
  readonly flushHoldMs: number;
  /** At the end of the program, when all is sent: so long the other sides have to close. */
  readonly lingerMs: number;
}

export const defaultNetLimits: NetLimits = {
  connectionsMax: 10_000,
  // A company behind one address, and still no more than a quarter for one who wants them all.
  connectionsPerAddressMax: 2_500,
  excessConnectionsMax: 64,
  handshakeMsMax: 10 * secondMs,
  sendQueueBytesMax: 1_048_576,
  sendQueuesBytesMax: 134_217_728,
  closeMsMax: 3 * secondMs,
  flushHoldMs: 2,
  lingerMs: 250,
};

/** TCP asks silent peers whether they are still there; what waits unsent is not noticed by it. */
export const keepAliveMs = 60 * secondMs;

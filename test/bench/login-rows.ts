/**
 * The table of what `bun bench login` measures: a row for each of the server's mechanisms.
 *
 * A new mechanism is one more row. Name, password, exporter and the list of mechanisms are known to every login; what
 * one needs besides is its row's to say. `bun bench login` does not run while a mechanism has no row.
 */
import { type Known, type Tell } from "../../src/auth/client-mechanism.ts";
import { type TlsIdentity } from "../../src/net/tls.ts";

export interface LoginRow {
  /** As both tables of mechanisms name it. */
  readonly mechanism: string;
  /** The certificate that its connections show. */
  readonly identity?: TlsIdentity;
  /** Before anything is measured, for each worker: what its logins need is made on the server. */
  readonly prepares?: (worker: Worker) => Promise<void>;
  /** What the worker's next login knows besides. */
  readonly knows?: (worker: Worker) => Partial<Known>;
  /** What a login has told: for the next one to know, where it goes on from there. */
  readonly met?: (worker: Worker, met: Parameters<Tell["met"]>[0]) => void;
}

/** Each has an account of its own, and one login at a time. */
export interface Worker {
  readonly number: number;
  readonly account: string;
  readonly port: number;
}

export const loginRows: readonly LoginRow[] = [
  { mechanism: "OPAQUE-R255-EXPR" },
  { mechanism: "PLAIN" },
];

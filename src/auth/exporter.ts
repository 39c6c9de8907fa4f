/**
 * Exporter: what names a TLS connection to both of its ends, and to nobody between them.
 */
import { type ConnectionFacts } from "../server/outside.ts";

/** RFC 9266 `tls-exporter`; of TLS 1.3 alone, where it is always of one connection. */
export function exporterOf({ tls }: ConnectionFacts): Uint8Array | undefined {
  return tls?.version === "TLSv1.3" ? tls.exporter : undefined;
}

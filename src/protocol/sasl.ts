/**
 * SASL over AUTHENTICATE: responses in base64, in pieces of 400 characters.
 *
 * sasl-3.1: "The response is encoded in Base64 …, then split to 400-byte chunks … If the last chunk is exactly 400
 * bytes long, the client must also send `AUTHENTICATE +`", and an empty response is `+` alone.
 */
import { saslChunkLength, saslResponseLengthMax } from "./limits.ts";

/** Our own mechanism, by which the server is told no password. */
export const opaqueMechanism = "OPAQUE-R255-EXPR";

/** draft-ietf-kitten-sasl-ht: the name's end says the binding, `-EXPR` RFC 9266 `tls-exporter`. */
export function isBoundToExporter(mechanism: string): boolean {
  return mechanism.endsWith("-EXPR");
}

/** RFC 5802 §4: "the suffix "-PLUS"" says that the mechanism is bound to the TLS connection. */
export function isBoundToChannel(mechanism: string): boolean {
  return mechanism.endsWith("-PLUS");
}

/** The parameters of the AUTHENTICATE lines that carry these bytes. */
export function saslChunks(bytes: Uint8Array): string[] {
  // A view, not a copy: what is in here may be a password, and a copy would not be wiped with it.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  const chunks: string[] = [];
  for (let start = 0; start < text.length; start += saslChunkLength) {
    chunks.push(text.slice(start, start + saslChunkLength));
  }
  if (text.length % saslChunkLength === 0) chunks.push("+");
  return chunks;
}

export type SaslChunk =
  /** More pieces follow. */
  | { readonly kind: "partial" }
  | { readonly kind: "complete"; readonly bytes: Uint8Array }
  /** A piece over 400 characters, or a response over its limit: 905. */
  | { readonly kind: "too-long" }
  | { readonly kind: "bad-base64" };

/** Puts the pieces of one response together; starts anew after every result but `partial`. */
export class SaslAssembler {
  #text = "";

  take(chunk: string): SaslChunk {
    if (chunk.length > saslChunkLength) return this.#ended({ kind: "too-long" });
    if (chunk !== "+") this.#text += chunk;
    if (this.#text.length > saslResponseLengthMax) return this.#ended({ kind: "too-long" });
    if (chunk.length === saslChunkLength) return { kind: "partial" };
    const bytes = decodeBase64(this.#text);
    return this.#ended(bytes === undefined ? { kind: "bad-base64" } : { kind: "complete", bytes });
  }

  reset(): void {
    this.#text = "";
  }

  #ended(result: SaslChunk): SaslChunk {
    this.#text = "";
    return result;
  }
}

/** Canonical base64 only (RFC 4648 §3.5), with its padding. */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const buffer = Buffer.from(text, "base64");
  if (buffer.toString("base64") !== text) return undefined;
  // A copy of its own: small Buffers share a pool, and what is in here may be a password to be wiped.
  const bytes = Uint8Array.from(buffer);
  buffer.fill(0);
  return bytes;
}

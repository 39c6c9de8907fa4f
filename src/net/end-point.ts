/**
 * The channel binding `tls-server-end-point` (RFC 5929 §4): the hash of the server's certificate,
 * by the hash of the certificate's own signature, SHA-256 in the place of MD5 and SHA-1.
 *
 * A certificate whose signature has no single hash (Ed25519, RSA-PSS with parameters) has no such
 * binding: RFC 5929 leaves it undefined.
 *
 * What the signature's algorithm is, Bun does not say; it is the second element of the certificate:
 *
 *     Certificate  ::=  SEQUENCE { tbsCertificate, SEQUENCE { OBJECT IDENTIFIER, … }, BIT STRING }
 */
import { createHash } from "node:crypto";

/** By the identifier's content in hex: PKCS #1 v1.5 (1.2.840.113549.1.1.x), ECDSA (1.2.840.10045.4.x). */
const hashes: ReadonlyMap<string, string> = new Map([
  ["2a864886f70d010104", "sha256"], // MD5
  ["2a864886f70d010105", "sha256"], // SHA-1
  ["2a864886f70d01010b", "sha256"],
  ["2a864886f70d01010c", "sha384"],
  ["2a864886f70d01010d", "sha512"],
  ["2a8648ce3d0401", "sha256"], // SHA-1
  ["2a8648ce3d040302", "sha256"],
  ["2a8648ce3d040303", "sha384"],
  ["2a8648ce3d040304", "sha512"],
]);

/** Of a certificate in DER; undefined where there is none. */
export function endPointOf(certificate: Uint8Array): Uint8Array | undefined {
  const outer = element(certificate, 0);
  const tbs = outer === undefined ? undefined : element(certificate, outer.start);
  const algorithm = tbs === undefined ? undefined : element(certificate, tbs.end);
  const identifier = algorithm === undefined ? undefined : element(certificate, algorithm.start);
  if (identifier === undefined) return undefined;
  const { start, end } = identifier;
  const hash = hashes.get(Buffer.from(certificate.subarray(start, end)).toString("hex"));
  if (hash === undefined) return undefined;
  return Uint8Array.from(createHash(hash).update(certificate).digest());
}

/** Where the content of the DER element is that begins there; undefined where there is none. */
function element(
  bytes: Uint8Array,
  at: number,
): { readonly start: number; readonly end: number } | undefined {
  const first = bytes[at + 1];
  if (first === undefined) return undefined;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (lengthBytes > 3) return undefined;
  let length = first < 0x80 ? first : 0;
  for (let index = 0; index < lengthBytes; index += 1) {
    length = length * 256 + (bytes[at + 2 + index] ?? 0);
  }
  const start = at + 2 + lengthBytes;
  return start + length <= bytes.length ? { start, end: start + length } : undefined;
}

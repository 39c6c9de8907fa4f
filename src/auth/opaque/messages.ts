/**
 * The messages of OPAQUE-3DH (RFC 9807 §5.1 and §6.1) and its record, as bytes:
 *
 *     request    blinded element 32
 *     response   evaluated element 32 · server's public key 32
 *     record     client's public key 32 · masking key 64 · envelope 96
 *     envelope   nonce 32 · MAC 64
 *     KE1        blinded element 32 · nonce 32 · client's key share 32
 *     KE2        evaluated element 32 · masking nonce 32 · masked response 128
 *                  · nonce 32 · server's key share 32 · MAC 64
 *     KE3        MAC 64
 *
 * Parsing answers views into what was given, and undefined for any other length: what the parts
 * are worth is for who uses them to say.
 */
import { hashBytes } from "./derivation.ts";
import { elementBytes } from "./group.ts";

export const nonceBytes = 32;
/** What key pairs are derived from. */
export const seedBytes = 32;
export const envelopeBytes = nonceBytes + hashBytes;
const recordBytes = elementBytes + hashBytes + envelopeBytes;
export const maskedBytes = elementBytes + envelopeBytes;
export const responseBytes = 2 * elementBytes;
export const ke1Bytes = elementBytes + nonceBytes + elementBytes;
/** The part of KE2 that RFC 9807 calls the credential response. */
const credentialBytes = elementBytes + nonceBytes + maskedBytes;
export const ke2Bytes = credentialBytes + nonceBytes + elementBytes + hashBytes;
export const ke3Bytes = hashBytes;

export interface RegistrationRecord {
  readonly clientPublicKey: Uint8Array;
  readonly maskingKey: Uint8Array;
  readonly envelope: Uint8Array;
}

export interface Ke1 {
  readonly blinded: Uint8Array;
  readonly clientShare: Uint8Array;
}

export interface Ke2 {
  /** All before the nonce: what is in the transcript as it is. */
  readonly credential: Uint8Array;
  readonly evaluated: Uint8Array;
  readonly maskingNonce: Uint8Array;
  readonly masked: Uint8Array;
  readonly serverNonce: Uint8Array;
  readonly serverShare: Uint8Array;
  readonly serverMac: Uint8Array;
}

export function parseRecord(bytes: Uint8Array): RegistrationRecord | undefined {
  if (bytes.length !== recordBytes) return undefined;
  const [clientPublicKey, maskingKey, envelope] = cut(bytes, elementBytes, hashBytes);
  return { clientPublicKey, maskingKey, envelope };
}

export function parseKe1(bytes: Uint8Array): Ke1 | undefined {
  if (bytes.length !== ke1Bytes) return undefined;
  const [blinded, , clientShare] = cut(bytes, elementBytes, nonceBytes);
  return { blinded, clientShare };
}

export function parseKe2(bytes: Uint8Array): Ke2 | undefined {
  if (bytes.length !== ke2Bytes) return undefined;
  const credential = bytes.subarray(0, credentialBytes);
  const [evaluated, maskingNonce, masked] = cut(credential, elementBytes, nonceBytes);
  const rest = bytes.subarray(credentialBytes);
  const [serverNonce, serverShare, serverMac] = cut(rest, nonceBytes, elementBytes);
  return { credential, evaluated, maskingNonce, masked, serverNonce, serverShare, serverMac };
}

/** The first so many bytes, the next so many, and the rest. */
function cut(
  bytes: Uint8Array,
  first: number,
  second: number,
): readonly [Uint8Array, Uint8Array, Uint8Array] {
  const middle = first + second;
  return [bytes.subarray(0, first), bytes.subarray(first, middle), bytes.subarray(middle)];
}

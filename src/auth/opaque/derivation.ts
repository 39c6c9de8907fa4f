/**
 * Derivation: the functions that RFC 9807 §2.2 and §2.3 leave to the configuration, here SHA-512:
 * Hash, MAC (HMAC), Extract and Expand (HKDF, RFC 5869); and how numbers and texts become bytes.
 */
import { createHash, createHmac, randomBytes } from "node:crypto";
import { assert } from "../../base/assert.ts";

/** `Nh`, `Nx` and `Nm`: what a hash, an extracted key and a MAC are long. */
export const hashBytes = 64;

/** So many random bytes. Handed in, so that the vectors of the RFCs can be. */
export type Entropy = (length: number) => Uint8Array;

export const systemEntropy: Entropy = (length) => randomBytes(length);

export function hash(...parts: readonly Uint8Array[]): Uint8Array {
  const digest = createHash("sha512");
  for (const part of parts) digest.update(part);
  return digest.digest();
}

export function mac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const digest = createHmac("sha512", key);
  for (const part of parts) digest.update(part);
  return digest.digest();
}

/** HKDF-Extract without a salt: RFC 5869 §2.2, "if not provided, [a string] of zeros", as HMAC pads. */
export function extract(...input: readonly Uint8Array[]): Uint8Array {
  return mac(new Uint8Array(), ...input);
}

/** HKDF-Expand, RFC 5869 §2.3. */
export function expand(key: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  assert(length <= 255 * hashBytes, "HKDF gives 255 hashes at most");
  const blocks: Uint8Array[] = [];
  let block: Uint8Array = new Uint8Array();
  for (let counter = 1; blocks.length * hashBytes < length; counter += 1) {
    block = mac(key, block, info, Uint8Array.of(counter));
    blocks.push(block);
  }
  return Buffer.concat(blocks).subarray(0, length);
}

/** `I2OSP(value, 2)`, RFC 8017 §4.1. */
export function twoBytes(value: number): Uint8Array {
  assert(value >= 0 && value <= 0xffff, "a length fits in two bytes");
  return Uint8Array.of(value >> 8, value & 0xff);
}

/** The bytes with their length in front, in two bytes. */
export function measured(bytes: Uint8Array): Uint8Array {
  return joined(twoBytes(bytes.length), bytes);
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

/** Of the labels in the RFCs, all ASCII. */
export function label(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

export function xor(left: Uint8Array, right: Uint8Array): Uint8Array {
  assert(left.length === right.length, "what is masked is as long as its mask");
  return left.map((byte, index) => byte ^ (right[index] ?? 0));
}

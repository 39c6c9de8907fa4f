/**
 * OPRF: the oblivious pseudorandom function of RFC 9497, mode OPRF, suite ristretto255-SHA512.
 *
 *     client  blind(input) → blinded element ─┐
 *     server                                  └ multiply(key, ·) → evaluated element ─┐
 *     client  finalize(input, blind, ·) → output                                      ┘
 *
 * The server learns nothing of the input, the client nothing of the key. Who holds both has
 * `evaluate`, with the same output.
 */
import { assert } from "../../base/assert.ts";
import { type Entropy, hash, joined, label, measured, twoBytes } from "./derivation.ts";
import { type Element, type Group, type Scalar, uniformBytes } from "./group.ts";

/** RFC 9497 §3.1: `"OPRFV1-" || I2OSP(mode, 1) || "-" || identifier`, mode OPRF being 0. */
const contextString = "OPRFV1-\0-ristretto255-SHA512";

export interface KeyPair {
  readonly privateKey: Scalar;
  readonly publicKey: Element;
}

export interface Blinded {
  readonly blind: Scalar;
  readonly element: Element;
}

/** RFC 9497 §3.2.1, DeriveKeyPair. */
export function deriveKeyPair(group: Group, seed: Uint8Array, info: string): KeyPair {
  const privateKey = derivePrivateKey(group, seed, info);
  return { privateKey, publicKey: group.multiplyBase(privateKey) };
}

/** The private key alone: who needs no public one saves a multiplication, 50 µs. */
export function derivePrivateKey(group: Group, seed: Uint8Array, info: string): Scalar {
  const input = joined(seed, measured(label(info)));
  for (let counter = 0; counter <= 255; counter += 1) {
    const numbered = joined(input, Uint8Array.of(counter));
    const privateKey = group.scalarFrom(uniform(numbered, `DeriveKeyPair${contextString}`));
    if (!group.isZero(privateKey)) return privateKey;
  }
  throw new Error("a key pair is found in 256 tries");
}

/** RFC 9497 §3.3.1, Blind. */
export function blind(group: Group, input: Uint8Array, entropy: Entropy): Blinded {
  const by = group.scalarFrom(entropy(uniformBytes));
  assert(!group.isZero(by), "a blind is not zero");
  return { blind: by, element: group.multiply(by, hashToGroup(group, input)) };
}

/** RFC 9497 §3.3.1, Finalize. */
export function finalize(
  group: Group,
  input: Uint8Array,
  { blind: by, evaluated }: { readonly blind: Scalar; readonly evaluated: Element },
): Uint8Array {
  return output(input, group.multiply(group.invert(by), evaluated));
}

/** RFC 9497 §3.3.1, Evaluate: both sides in one. */
export function evaluate(group: Group, key: Scalar, input: Uint8Array): Uint8Array {
  return output(input, group.multiply(key, hashToGroup(group, input)));
}

function output(input: Uint8Array, unblinded: Element): Uint8Array {
  return hash(twoBytes(input.length), input, measured(unblinded), label("Finalize"));
}

function hashToGroup(group: Group, input: Uint8Array): Element {
  return group.elementFrom(uniform(input, `HashToGroup-${contextString}`));
}

/** RFC 9380 §5.3.1, expand_message_xmd with SHA-512, of 64 bytes, which is one block of it. */
function uniform(message: Uint8Array, domain: string): Uint8Array {
  const suffix = joined(label(domain), Uint8Array.of(domain.length));
  const pad = new Uint8Array(128); // a block of SHA-512
  const first = hash(pad, message, twoBytes(uniformBytes), Uint8Array.of(0), suffix);
  return hash(first, Uint8Array.of(1), suffix);
}

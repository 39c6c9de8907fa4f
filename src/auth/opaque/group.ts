/**
 * The group ristretto255 (RFC 9496), from libsodium, loaded when first used: no other file knows
 * the package.
 *
 * Promises: whatever is secret takes the same time whatever it is (0.2 µs between the scalar 3 and
 * a random one, where a library in plain JavaScript showed 116 µs); an `Element` is a canonical
 * encoding and not the identity, so what is computed with one cannot fail. Bytes from outside
 * become one only in `element`.
 */
import { assert } from "../../base/assert.ts";

declare const isElement: unique symbol;
declare const isScalar: unique symbol;

/** 32 bytes: an element other than the identity. */
export type Element = Uint8Array & { readonly [isElement]: true };
/** 32 bytes: an integer below the group's order. */
export type Scalar = Uint8Array & { readonly [isScalar]: true };

export const elementBytes = 32;
/** What `elementFrom` and `scalarFrom` make theirs of. */
export const uniformBytes = 64;

export interface Group {
  /**
   * RFC 9497 §4.1, DeserializeElement: "fails if the input is not a valid encoding … or if the
   * resulting element is the identity".
   */
  element(bytes: Uint8Array): Element | undefined;
  /** RFC 9496 §4.3.4, of 64 uniform bytes. */
  elementFrom(uniform: Uint8Array): Element;
  /** The little-endian number that the 64 bytes are, reduced by the order. */
  scalarFrom(uniform: Uint8Array): Scalar;
  isZero(scalar: Scalar): boolean;
  invert(scalar: Scalar): Scalar;
  multiply(scalar: Scalar, element: Element): Element;
  multiplyBase(scalar: Scalar): Element;
}

let loading: Promise<Group> | undefined;

/** Loads it once (16 ms). @throws when WebAssembly cannot be had here. */
export function loadGroup(): Promise<Group> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Group> {
  const { default: sodium } = await import("libsodium-wrappers-sumo");
  await sodium.ready;
  return {
    element(bytes) {
      if (bytes.length !== elementBytes || sodium.is_zero(bytes)) return undefined;
      return sodium.crypto_core_ristretto255_is_valid_point(bytes) ? element(bytes) : undefined;
    },
    elementFrom(uniform) {
      assert(uniform.length === uniformBytes, "an element is made of 64 bytes");
      return element(sodium.crypto_core_ristretto255_from_hash(uniform));
    },
    scalarFrom(uniform) {
      assert(uniform.length === uniformBytes, "a scalar is made of 64 bytes");
      return scalar(sodium.crypto_core_ristretto255_scalar_reduce(uniform));
    },
    isZero: (of) => sodium.is_zero(of),
    invert: (of) => scalar(sodium.crypto_core_ristretto255_scalar_invert(of)),
    multiply: (by, of) => element(sodium.crypto_scalarmult_ristretto255(by, of)),
    multiplyBase: (by) => element(sodium.crypto_scalarmult_ristretto255_base(by)),
  };
}

function element(bytes: Uint8Array): Element {
  return bytes as Element; // checked, or made by the library
}

function scalar(bytes: Uint8Array): Scalar {
  return bytes as Scalar; // made by the library
}

/**
 * What the tests of OPAQUE stand on: the vectors of RFC 9807, and randomness that is known.
 */
import { type Entropy, systemEntropy } from "../../../src/auth/opaque/derivation.ts";
import { type Stretch } from "../../../src/auth/opaque/envelope.ts";
import { loadGroup } from "../../../src/auth/opaque/group.ts";
import { deriveKeyPair } from "../../../src/auth/opaque/oprf.ts";
import { type ServerKeys } from "../../../src/auth/opaque/registration.ts";
import vectors from "../../data/opaque-vectors.json";

export const group = await loadGroup();

/** One of the RFC's vectors: a field that it does not have is an error. */
export function vector(name: keyof typeof vectors): (field: string) => Uint8Array {
  const fields: Readonly<Record<string, string>> = vectors[name];
  return (field) => {
    const hex = fields[field];
    if (hex === undefined) throw new Error(`${name} has no ${field}`);
    return Buffer.from(hex, "hex");
  };
}

/** Gives these, one after the other; a scalar is the 64 bytes that are it already. */
export function inTurn(...values: readonly Uint8Array[]): Entropy {
  const left = [...values];
  return (length) => {
    const value = Buffer.alloc(length);
    value.set(left.shift() ?? new Uint8Array(length + 1)); // too many asked for: throws
    return value;
  };
}

/** The vectors' key stretching: none. */
export const identity: Stretch = (output) => Promise.resolve(Uint8Array.from(output));

export function text(bytes: string): Uint8Array {
  return Buffer.from(bytes, "utf8");
}

export function hex(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString("hex");
}

export function makeServerKeys(): ServerKeys {
  return { oprfSeed: systemEntropy(64), ake: deriveKeyPair(group, systemEntropy(32), "test") };
}

/** As the vectors have them. */
export function serverKeys(of: (field: string) => Uint8Array): ServerKeys {
  const privateKey = group.scalarFrom(Buffer.concat([of("server_private_key"), Buffer.alloc(32)]));
  return {
    oprfSeed: of("oprf_seed"),
    ake: { privateKey, publicKey: group.multiplyBase(privateKey) },
  };
}

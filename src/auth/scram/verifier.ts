/**
 * SCRAM's verifier: what the server keeps instead of the password, as bytes.
 *
 *     salt, 16 · iterations, 4, the highest byte first · StoredKey, 32 · ServerKey, 32
 *
 * The form is that of the wire (`OPAQUE REC`) and of the vault. The number of iterations is in it,
 * so that it can change: what was made with another one stays good.
 */
import { type ScramKeys, type Stretching } from "./derivation.ts";

export interface ScramVerifier extends ScramKeys, Stretching {}

export const saltBytes = 16;
const keyBytes = 32;
const verifierBytes = saltBytes + 4 + 2 * keyBytes;

/**
 * 10.8 ms of a core, measured; RFC 7677 §4 wants 4,096 at least. More is a delay for clients on slow
 * machines, who compute it at each login. What is guessed at with a stolen verifier is cheap at any
 * number (a GPU does 10⁵ of these a second): hence SCRAM is off unless the settings list it.
 */
export const defaultIterations = 100_000;

/** RFC 7677 §4: "the hash iteration-count … MUST be at least 4096". */
const iterationsMin = 4096;
/** About a second; beyond, whoever names the number stops the machine that computes it. */
const iterationsMax = 10_000_000;

/** Whether a password is to be stretched like that: neither next to nothing nor without end. */
export function areBearable(iterations: number): boolean {
  return iterations >= iterationsMin && iterations <= iterationsMax;
}

export function writeVerifier(verifier: ScramVerifier): Uint8Array {
  const { salt, iterations, storedKey, serverKey } = verifier;
  const bytes = new Uint8Array(verifierBytes);
  bytes.set(salt);
  new DataView(bytes.buffer).setUint32(saltBytes, iterations);
  bytes.set(storedKey, saltBytes + 4);
  bytes.set(serverKey, saltBytes + 4 + keyBytes);
  return bytes;
}

/** Undefined for bytes that are none, or none that may be used. */
export function parseVerifier(bytes: Uint8Array): ScramVerifier | undefined {
  if (bytes.length !== verifierBytes) return undefined;
  const iterations = Buffer.from(bytes).readUInt32BE(saltBytes);
  if (!areBearable(iterations)) return undefined;
  return {
    salt: bytes.slice(0, saltBytes),
    iterations,
    storedKey: bytes.slice(saltBytes + 4, saltBytes + 4 + keyBytes),
    serverKey: bytes.slice(saltBytes + 4 + keyBytes),
  };
}

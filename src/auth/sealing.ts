/**
 * Sealing: what `auth` keeps in the database, unreadable and unmakeable without the key file.
 *
 *     header, its first 4 bytes the key set · nonce, 12 · content, sealed · tag, 16
 *
 * AES-256-GCM (NIST SP 800-38D), with a random nonce. What is sealed is bound to its header, to
 * what it is and to whose it is: in another place it does not open.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { keyIdBytes, type KeyRing, type KeySet } from "./keys.ts";
import { joined, label } from "./opaque/derivation.ts";

const cipher = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

export interface Sealing {
  /** Begins with the id of the keys. */
  readonly header: Uint8Array;
  /** What it is. */
  readonly what: string;
  /** Whose it is, and which of theirs. */
  readonly numbers: readonly number[];
}

export function seal(keys: KeySet, content: readonly Uint8Array[], sealing: Sealing): Uint8Array {
  const { header } = sealing;
  const nonce = randomBytes(nonceBytes);
  const sealer = createCipheriv(cipher, keys.sealing, nonce, { authTagLength: tagBytes });
  sealer.setAAD(boundTo(sealing));
  const parts = content.map((part) => sealer.update(part));
  return joined(header, nonce, ...parts, sealer.final(), sealer.getAuthTag());
}

export interface Opened {
  readonly keys: KeySet;
  readonly header: Uint8Array;
  readonly content: Uint8Array;
}

/** Undefined: of an unknown key, damaged, or not in its place. */
export function open(
  ring: KeyRing,
  data: Uint8Array,
  how: Omit<Sealing, "header"> & { readonly headerBytes: number },
): Opened | undefined {
  const { headerBytes } = how;
  if (data.length < headerBytes + nonceBytes + tagBytes) return undefined;
  const keys = ring.find(data.subarray(0, keyIdBytes));
  if (keys === undefined) return undefined;
  const header = data.subarray(0, headerBytes);
  const nonce = data.subarray(headerBytes, headerBytes + nonceBytes);
  const opener = createDecipheriv(cipher, keys.sealing, nonce, { authTagLength: tagBytes });
  opener.setAAD(boundTo({ ...how, header }));
  opener.setAuthTag(data.subarray(data.length - tagBytes));
  try {
    const sealed = data.subarray(headerBytes + nonceBytes, data.length - tagBytes);
    return { keys, header, content: joined(opener.update(sealed), opener.final()) };
  } catch {
    return undefined; // the tag does not fit
  }
}

function boundTo({ header, what, numbers }: Sealing): Uint8Array {
  const words = new BigUint64Array(numbers.map(BigInt));
  return joined(label(`${what}\0`), header, new Uint8Array(words.buffer));
}

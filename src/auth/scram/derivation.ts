/**
 * SCRAM's keys and signatures (RFC 5802 §3), by the hash that the mechanism is named after.
 *
 *     SaltedPassword := PBKDF2(password, salt, i)
 *     ClientKey := HMAC(SaltedPassword, "Client Key")      StoredKey := H(ClientKey)
 *     ServerKey := HMAC(SaltedPassword, "Server Key")
 *     ClientProof := ClientKey XOR HMAC(StoredKey, AuthMessage)
 *     ServerSignature := HMAC(ServerKey, AuthMessage)
 *
 * PBKDF2 is computed off the event loop, and for whoever knows the password only: the server's part
 * of a login is four HMACs and a hash.
 *
 * The password comes prepared as RFC 8265's OpaqueString (`password-rules.ts`), as everywhere here,
 * where RFC 5802 has SASLprep, which RFC 8265 took the place of: for ASCII they are the same.
 */
import { createHash, createHmac, pbkdf2, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { xor } from "../opaque/derivation.ts";

/** SHA-1 is for RFC 5802's own example. */
export type HashName = "sha1" | "sha256";

export interface ScramKeys {
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

export interface ClientKeys extends ScramKeys {
  readonly clientKey: Uint8Array;
}

/** How the password is salted and stretched. */
export interface Stretching {
  readonly salt: Uint8Array;
  readonly iterations: number;
}

const stretch = promisify(pbkdf2);

export async function deriveKeys(
  hash: HashName,
  password: Uint8Array,
  { salt, iterations }: Stretching,
): Promise<ClientKeys> {
  const length = createHash(hash).digest().length;
  const salted = await stretch(password, salt, iterations, length, hash);
  const clientKey = mac(hash, salted, "Client Key");
  const serverKey = mac(hash, salted, "Server Key");
  salted.fill(0);
  return { clientKey, storedKey: digest(hash, clientKey), serverKey };
}

export function proofOf(hash: HashName, keys: ClientKeys, authMessage: string): Uint8Array {
  return xor(keys.clientKey, mac(hash, keys.storedKey, authMessage));
}

/** Takes the same time whatever is wrong with it, its length excepted, which everybody knows. */
export function isProof(
  hash: HashName,
  proof: Uint8Array,
  { storedKey }: ScramKeys,
  authMessage: string,
): boolean {
  if (proof.length !== storedKey.length) return false;
  const clientKey = xor(proof, mac(hash, storedKey, authMessage));
  return timingSafeEqual(digest(hash, clientKey), storedKey);
}

export function signatureOf(
  hash: HashName,
  { serverKey }: ScramKeys,
  authMessage: string,
): Uint8Array {
  return mac(hash, serverKey, authMessage);
}

export function isSignature(
  hash: HashName,
  signature: Uint8Array,
  keys: ScramKeys,
  authMessage: string,
): boolean {
  const expected = signatureOf(hash, keys, authMessage);
  return signature.length === expected.length && timingSafeEqual(signature, expected);
}

function mac(hash: HashName, key: Uint8Array, text: string): Uint8Array {
  return Uint8Array.from(createHmac(hash, key).update(text, "utf8").digest());
}

function digest(hash: HashName, bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash(hash).update(bytes).digest());
}

/**
 * A new SCRAM verifier of a password, with a salt of its own. The password comes prepared.
 */
import { randomBytes } from "node:crypto";
import { deriveKeys } from "./derivation.ts";
import { defaultIterations, saltBytes, type ScramVerifier } from "./verifier.ts";

export async function makeVerifier(
  password: Uint8Array,
  iterations = defaultIterations,
): Promise<ScramVerifier> {
  const salt = Uint8Array.from(randomBytes(saltBytes));
  const keys = await deriveKeys("sha256", password, { salt, iterations });
  keys.clientKey.fill(0);
  return { salt, iterations, storedKey: keys.storedKey, serverKey: keys.serverKey };
}

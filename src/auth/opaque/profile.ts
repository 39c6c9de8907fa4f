/**
 * Profile: what this program fixes where RFC 9807 leaves a choice; the same on both sides.
 *
 * The client's identity and the credential's identifier are the account's name, folded, so that
 * the OPRF's key is that of a name whether it is registered or not. The server's identity is its
 * public key, which outlives any host name.
 */
import { type Folded } from "../../protocol/names.ts";
import { joined, measured } from "./derivation.ts";
import { type Identities } from "./envelope.ts";

export function identifierOf(name: Folded): Uint8Array {
  return Buffer.from(name, "utf8");
}

export function identitiesOf(name: Folded): Identities {
  return { client: identifierOf(name) };
}

/**
 * The OPRF's input. RFC 9807 §9.1 wants the account in it, so that a server that takes one client
 * for another learns nothing of use. Wiped by who calls.
 */
export function inputOf(name: Folded, password: Uint8Array): Uint8Array {
  return joined(measured(identifierOf(name)), password);
}

/**
 * Envelope (RFC 9807 §4): what lets the client find its private key again from its password alone.
 *
 * The key is not in the envelope but derived; the envelope is a nonce, and a MAC that says which
 * server and which identities it was made for. `export_key` (§4.1) is not derived: nothing may be
 * encrypted under a password that an operator can reset.
 */
import { timingSafeEqual } from "node:crypto";
import {
  type Entropy,
  expand,
  extract,
  hashBytes,
  joined,
  label,
  mac,
  measured,
} from "./derivation.ts";
import { type Group } from "./group.ts";
import { nonceBytes, type RegistrationRecord, seedBytes } from "./messages.ts";
import { deriveKeyPair, type KeyPair } from "./oprf.ts";

/** Who the two sides are to the envelope; left out: their public keys (§4, CleartextCredentials). */
export interface Identities {
  readonly client?: Uint8Array;
  readonly server?: Uint8Array;
}

/**
 * The key stretching function, §2.2: slow on purpose. Undefined when it could not be done; who
 * handed it in knows why.
 */
export type Stretch = (output: Uint8Array) => Promise<Uint8Array | undefined>;

/** §5.2.3: what everything of the client is derived from. The OPRF's output is wiped. */
export async function randomize(
  output: Uint8Array,
  stretch: Stretch,
): Promise<Uint8Array | undefined> {
  try {
    const stretched = await stretch(output);
    if (stretched === undefined) return undefined;
    const randomized = extract(output, stretched);
    stretched.fill(0);
    return randomized;
  } finally {
    output.fill(0);
  }
}

export function maskingKeyOf(randomized: Uint8Array): Uint8Array {
  return expand(randomized, label("MaskingKey"), hashBytes);
}

/** §4.1.2, Store: the record with its envelope. */
export function store(
  group: Group,
  randomized: Uint8Array,
  sealing: {
    readonly serverPublicKey: Uint8Array;
    readonly identities: Identities;
    readonly entropy: Entropy;
  },
): RegistrationRecord {
  const nonce = sealing.entropy(nonceBytes);
  const { privateKey, publicKey } = clientKeys(group, randomized, nonce);
  privateKey.fill(0);
  const tag = tagOf(randomized, nonce, { ...sealing, clientPublicKey: publicKey });
  return {
    clientPublicKey: publicKey,
    maskingKey: maskingKeyOf(randomized),
    envelope: joined(nonce, tag),
  };
}

/** §4.1.3, Recover: the client's keys, or undefined: not this password, or not this server. */
export function recover(
  group: Group,
  randomized: Uint8Array,
  sealed: {
    readonly envelope: Uint8Array;
    readonly serverPublicKey: Uint8Array;
    readonly identities: Identities;
  },
): KeyPair | undefined {
  const nonce = sealed.envelope.subarray(0, nonceBytes);
  const keys = clientKeys(group, randomized, nonce);
  const expected = tagOf(randomized, nonce, { ...sealed, clientPublicKey: keys.publicKey });
  if (timingSafeEqual(sealed.envelope.subarray(nonceBytes), expected)) return keys;
  keys.privateKey.fill(0);
  return undefined;
}

/** §6.4.1.1, for ristretto255. */
export function deriveDiffieHellmanKeyPair(group: Group, seed: Uint8Array): KeyPair {
  return deriveKeyPair(group, seed, "OPAQUE-DeriveDiffieHellmanKeyPair");
}

function clientKeys(group: Group, randomized: Uint8Array, nonce: Uint8Array): KeyPair {
  const seed = expand(randomized, joined(nonce, label("PrivateKey")), seedBytes);
  const keys = deriveDiffieHellmanKeyPair(group, seed);
  seed.fill(0);
  return keys;
}

function tagOf(
  randomized: Uint8Array,
  nonce: Uint8Array,
  {
    clientPublicKey,
    serverPublicKey,
    identities,
  }: {
    readonly clientPublicKey: Uint8Array;
    readonly serverPublicKey: Uint8Array;
    readonly identities: Identities;
  },
): Uint8Array {
  const key = expand(randomized, joined(nonce, label("AuthKey")), hashBytes);
  const server = measured(identities.server ?? serverPublicKey);
  const client = measured(identities.client ?? clientPublicKey);
  return mac(key, nonce, serverPublicKey, server, client);
}

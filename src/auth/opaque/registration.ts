/**
 * Registration (RFC 9807 §5): how the server comes to a record of a password that it never sees.
 *
 *     client  begin → request ────────→ server  respond → response ─┐
 *     client  finish → record ────────→ server  keeps it            ┘
 *
 * The channel has to be authenticated and confidential, which is for the caller to see to. Where
 * the server is told the password all the same (REGISTER), it plays both sides: `enrol`.
 */
import { type Entropy, expand, joined, label } from "./derivation.ts";
import { type Identities, randomize, store, type Stretch } from "./envelope.ts";
import { elementBytes, type Group, type Scalar } from "./group.ts";
import { type RegistrationRecord, responseBytes, seedBytes } from "./messages.ts";
import { blind, type Blinded, derivePrivateKey, evaluate, finalize, type KeyPair } from "./oprf.ts";

/** The server's long-lived secrets. */
export interface ServerKeys {
  readonly oprfSeed: Uint8Array;
  readonly ake: KeyPair;
}

/** §5.2.1, CreateRegistrationRequest: the element is the request. */
export function beginRegistration(group: Group, password: Uint8Array, entropy: Entropy): Blinded {
  return blind(group, password, entropy);
}

/** §5.2.2, CreateRegistrationResponse; undefined for a request that is none. */
export function respondToRegistration(
  group: Group,
  request: Uint8Array,
  { keys, identifier }: { readonly keys: ServerKeys; readonly identifier: Uint8Array },
): Uint8Array | undefined {
  const blinded = group.element(request);
  if (blinded === undefined) return undefined;
  const evaluated = group.multiply(oprfKey(group, keys.oprfSeed, identifier), blinded);
  return joined(evaluated, keys.ake.publicKey);
}

/** §5.2.3, FinalizeRegistrationRequest; undefined for a response that is none, or not stretched. */
export async function finishRegistration(
  group: Group,
  response: Uint8Array,
  finishing: {
    readonly password: Uint8Array;
    readonly blind: Scalar;
    readonly identities: Identities;
    readonly stretch: Stretch;
    readonly entropy: Entropy;
  },
): Promise<RegistrationRecord | undefined> {
  if (response.length !== responseBytes) return undefined;
  const evaluated = group.element(response.subarray(0, elementBytes));
  const serverPublicKey = group.element(response.subarray(elementBytes));
  if (evaluated === undefined || serverPublicKey === undefined) return undefined;
  const { password, blind: by, identities, stretch, entropy } = finishing;
  const randomized = await randomize(finalize(group, password, { blind: by, evaluated }), stretch);
  if (randomized === undefined) return undefined;
  const record = store(group, randomized, { serverPublicKey, identities, entropy });
  randomized.fill(0);
  return record;
}

/** Both sides at once, for a password that the server was told; undefined when not stretched. */
export async function enrol(
  group: Group,
  password: Uint8Array,
  enrolment: {
    readonly keys: ServerKeys;
    readonly identifier: Uint8Array;
    readonly identities: Identities;
    readonly stretch: Stretch;
    readonly entropy: Entropy;
  },
): Promise<RegistrationRecord | undefined> {
  const { keys, identifier, identities, stretch, entropy } = enrolment;
  const output = evaluate(group, oprfKey(group, keys.oprfSeed, identifier), password);
  const randomized = await randomize(output, stretch);
  if (randomized === undefined) return undefined;
  const serverPublicKey = keys.ake.publicKey;
  const record = store(group, randomized, { serverPublicKey, identities, entropy });
  randomized.fill(0);
  return record;
}

/** The key of that credential alone: no two passwords can be guessed at together. */
export function oprfKey(group: Group, oprfSeed: Uint8Array, identifier: Uint8Array): Scalar {
  const seed = expand(oprfSeed, joined(identifier, label("OprfKey")), seedBytes);
  return derivePrivateKey(group, seed, "OPAQUE-DeriveKeyPair");
}

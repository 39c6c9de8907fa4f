/**
 * Login (RFC 9807 §6): OPAQUE-3DH, by which both sides prove themselves and neither tells anything.
 *
 *     client  beginLogin → KE1 ─────→ server  respondToLogin → KE2 ─┐
 *     client  finishLogin → KE3 ────→ server  compares it with what it expects
 *
 * What `context` says must be the same on both sides, or the client refuses KE2 and sends nothing
 * more. §9.2: a KE2 that is not answered is to be counted as a failed guess. Where the server is
 * told the password (PLAIN), it holds it against the record by itself: `verify`.
 */
import { timingSafeEqual } from "node:crypto";
import {
  type Entropy,
  expand,
  extract,
  hash,
  hashBytes,
  joined,
  label,
  mac,
  measured,
  twoBytes,
  xor,
} from "./derivation.ts";
import {
  deriveDiffieHellmanKeyPair,
  type Identities,
  maskingKeyOf,
  randomize,
  recover,
  type Stretch,
} from "./envelope.ts";
import { type Element, elementBytes, type Group, type Scalar } from "./group.ts";
import {
  type Ke2,
  maskedBytes,
  nonceBytes,
  parseKe1,
  parseKe2,
  type RegistrationRecord,
  seedBytes,
} from "./messages.ts";
import { blind, evaluate, finalize, type KeyPair } from "./oprf.ts";
import { oprfKey, type ServerKeys } from "./registration.ts";

/** What both sides know before they begin. */
export interface Agreed {
  readonly context: Uint8Array;
  readonly identities: Identities;
}

// --- The client --------------------------------------------------------------------------------

export interface LoginState {
  readonly ke1: Uint8Array;
  readonly blind: Scalar;
  readonly share: KeyPair;
}

export type LoginOutcome =
  | {
      readonly kind: "done";
      readonly ke3: Uint8Array;
      readonly sessionKey: Uint8Array;
      /** Of the server that keeps the record: it has proven that it does. */
      readonly serverPublicKey: Uint8Array;
    }
  /** No KE2. */
  | { readonly kind: "malformed" }
  | { readonly kind: "not-stretched" }
  /** EnvelopeRecoveryError: another password, or a name that the server does not know. */
  | { readonly kind: "no-envelope" }
  /** ServerAuthenticationError: not this server, or not the same context. */
  | { readonly kind: "not-the-server" };

/** §6.2.1, GenerateKE1. */
export function beginLogin(group: Group, password: Uint8Array, entropy: Entropy): LoginState {
  const { blind: by, element } = blind(group, password, entropy);
  const nonce = entropy(nonceBytes);
  const share = deriveDiffieHellmanKeyPair(group, entropy(seedBytes));
  return { ke1: joined(element, nonce, share.publicKey), blind: by, share };
}

/** §6.2.3, GenerateKE3. The state is used up. */
export async function finishLogin(
  group: Group,
  {
    state,
    ke2: bytes,
    password,
    agreed,
    stretch,
  }: {
    readonly state: LoginState;
    readonly ke2: Uint8Array;
    readonly password: Uint8Array;
    readonly agreed: Agreed;
    readonly stretch: Stretch;
  },
): Promise<LoginOutcome> {
  const ke2 = parseKe2(bytes);
  const evaluated = ke2 === undefined ? undefined : group.element(ke2.evaluated);
  const serverShare = ke2 === undefined ? undefined : group.element(ke2.serverShare);
  if (ke2 === undefined || evaluated === undefined || serverShare === undefined) {
    return { kind: "malformed" };
  }
  const output = finalize(group, password, { blind: state.blind, evaluated });
  state.blind.fill(0);
  const randomized = await randomize(output, stretch);
  if (randomized === undefined) return { kind: "not-stretched" };
  const found = unmask(group, randomized, { ke2, identities: agreed.identities });
  randomized.fill(0);
  if (found === undefined) {
    state.share.privateKey.fill(0);
    return { kind: "no-envelope" };
  }
  const { client, serverPublicKey } = found;
  const shared = joined(
    group.multiply(state.share.privateKey, serverShare),
    group.multiply(state.share.privateKey, serverPublicKey),
    group.multiply(client.privateKey, serverShare),
  );
  state.share.privateKey.fill(0);
  client.privateKey.fill(0);
  const keys = deriveKeys(shared, {
    ...agreed,
    clientPublicKey: client.publicKey,
    serverPublicKey,
    ke1: state.ke1,
    ke2,
  });
  if (!timingSafeEqual(ke2.serverMac, keys.serverMac)) return { kind: "not-the-server" };
  return { kind: "done", ke3: keys.clientMac, sessionKey: keys.sessionKey, serverPublicKey };
}

/** §6.3.2.3, RecoverCredentials, from where the password is randomized. */
function unmask(
  group: Group,
  randomized: Uint8Array,
  { ke2, identities }: { readonly ke2: Ke2; readonly identities: Identities },
): { readonly client: KeyPair; readonly serverPublicKey: Element } | undefined {
  const credential = xor(padOf(maskingKeyOf(randomized), ke2.maskingNonce), ke2.masked);
  const envelope = credential.subarray(elementBytes);
  const claimed = credential.subarray(0, elementBytes);
  const client = recover(group, randomized, { envelope, serverPublicKey: claimed, identities });
  // The envelope's MAC covers the server's key: it is an element, as it was at registration.
  const serverPublicKey = client === undefined ? undefined : group.element(claimed);
  return client === undefined || serverPublicKey === undefined
    ? undefined
    : { client, serverPublicKey };
}

// --- The server --------------------------------------------------------------------------------

export interface ServerReply {
  readonly ke2: Uint8Array;
  /** KE3 as it has to be. */
  readonly expected: Uint8Array;
  readonly sessionKey: Uint8Array;
}

/** §6.2.2, GenerateKE2; undefined for a KE1 that is none. */
export function respondToLogin(
  group: Group,
  {
    ke1: bytes,
    record,
    keys,
    identifier,
    agreed,
    entropy,
  }: {
    readonly ke1: Uint8Array;
    readonly record: RegistrationRecord;
    readonly keys: ServerKeys;
    readonly identifier: Uint8Array;
    readonly agreed: Agreed;
    readonly entropy: Entropy;
  },
): ServerReply | undefined {
  const ke1 = parseKe1(bytes);
  const blinded = ke1 === undefined ? undefined : group.element(ke1.blinded);
  const clientShare = ke1 === undefined ? undefined : group.element(ke1.clientShare);
  const clientPublicKey = group.element(record.clientPublicKey);
  if (blinded === undefined || clientShare === undefined) return undefined;
  if (clientPublicKey === undefined) return undefined;
  const evaluated = group.multiply(oprfKey(group, keys.oprfSeed, identifier), blinded);
  const maskingNonce = entropy(nonceBytes);
  const { privateKey, publicKey: serverPublicKey } = keys.ake;
  const credential = joined(serverPublicKey, record.envelope);
  const masked = xor(padOf(record.maskingKey, maskingNonce), credential);
  const serverNonce = entropy(nonceBytes);
  const share = deriveDiffieHellmanKeyPair(group, entropy(seedBytes));
  const shared = joined(
    group.multiply(share.privateKey, clientShare),
    group.multiply(privateKey, clientShare),
    group.multiply(share.privateKey, clientPublicKey),
  );
  share.privateKey.fill(0);
  const ke2 = {
    credential: joined(evaluated, maskingNonce, masked),
    serverNonce,
    serverShare: share.publicKey,
  };
  const transcript = { ...agreed, clientPublicKey, serverPublicKey, ke1: bytes, ke2 };
  const { serverMac, clientMac, sessionKey } = deriveKeys(shared, transcript);
  return {
    ke2: joined(ke2.credential, serverNonce, ke2.serverShare, serverMac),
    expected: clientMac,
    sessionKey,
  };
}

/**
 * Whether it is the password of the record: both sides of a login without its messages. Undefined
 * when it was not stretched.
 */
export async function verify(
  group: Group,
  password: Uint8Array,
  {
    record,
    keys,
    identifier,
    identities,
    stretch,
  }: {
    readonly record: RegistrationRecord;
    readonly keys: ServerKeys;
    readonly identifier: Uint8Array;
    readonly identities: Identities;
    readonly stretch: Stretch;
  },
): Promise<boolean | undefined> {
  const output = evaluate(group, oprfKey(group, keys.oprfSeed, identifier), password);
  const randomized = await randomize(output, stretch);
  if (randomized === undefined) return undefined;
  const isMaskingKey = timingSafeEqual(maskingKeyOf(randomized), record.maskingKey);
  const serverPublicKey = keys.ake.publicKey;
  const { envelope, clientPublicKey } = record;
  const client = recover(group, randomized, { envelope, serverPublicKey, identities });
  randomized.fill(0);
  client?.privateKey.fill(0);
  if (!isMaskingKey || client === undefined) return false;
  return timingSafeEqual(client.publicKey, clientPublicKey);
}

// --- Both --------------------------------------------------------------------------------------

function padOf(maskingKey: Uint8Array, maskingNonce: Uint8Array): Uint8Array {
  return expand(maskingKey, joined(maskingNonce, label("CredentialResponsePad")), maskedBytes);
}

interface Transcript extends Agreed {
  readonly clientPublicKey: Uint8Array;
  readonly serverPublicKey: Uint8Array;
  readonly ke1: Uint8Array;
  readonly ke2: Pick<Ke2, "credential" | "serverNonce" | "serverShare">;
}

/** §6.4.2, Preamble and DeriveKeys, and the two MACs that are made of them. */
function deriveKeys(
  shared: Uint8Array,
  { context, identities, clientPublicKey, serverPublicKey, ke1, ke2 }: Transcript,
): {
  readonly serverMac: Uint8Array;
  readonly clientMac: Uint8Array;
  readonly sessionKey: Uint8Array;
} {
  const preamble = joined(
    label("OPAQUEv1-"),
    measured(context),
    measured(identities.client ?? clientPublicKey),
    ke1,
    measured(identities.server ?? serverPublicKey),
    ke2.credential,
    ke2.serverNonce,
    ke2.serverShare,
  );
  const transcriptHash = hash(preamble);
  const key = extract(shared);
  shared.fill(0);
  const handshake = deriveSecret(key, "HandshakeSecret", transcriptHash);
  const sessionKey = deriveSecret(key, "SessionKey", transcriptHash);
  const serverMac = mac(deriveSecret(handshake, "ServerMAC", new Uint8Array()), transcriptHash);
  const clientKey = deriveSecret(handshake, "ClientMAC", new Uint8Array());
  return { serverMac, clientMac: mac(clientKey, hash(preamble, serverMac)), sessionKey };
}

/** §6.4.2.1, Derive-Secret. */
function deriveSecret(key: Uint8Array, name: string, context: Uint8Array): Uint8Array {
  const full = label(`OPAQUE-${name}`);
  const lengths = [Uint8Array.of(full.length), Uint8Array.of(context.length)] as const;
  const info = joined(twoBytes(hashBytes), lengths[0], full, lengths[1], context);
  return expand(key, info, hashBytes);
}

/**
 * OPAQUE-3DH once more, on @noble/curves, written from the RFC and not
 * from our code: what the two of them do with each other is compared.
 */
import { ristretto255, ristretto255_oprf } from "@noble/curves/ed25519.js";
import { createHash, createHmac, randomBytes } from "node:crypto";

const { oprf } = ristretto255_oprf;
const { Point } = ristretto255;
type Bytes = Uint8Array;

const sha512 = (data: Bytes): Bytes => createHash("sha512").update(data).digest();
const hmac = (key: Bytes, data: Bytes): Bytes => createHmac("sha512", key).update(data).digest();
const ascii = (text: string): Bytes => Buffer.from(text, "latin1");
const cat = (...parts: Bytes[]): Bytes => Buffer.concat(parts);
const vec = (data: Bytes): Bytes => cat(Uint8Array.of(data.length >> 8, data.length & 255), data);
const expand = (key: Bytes, info: Bytes, length: number): Bytes => {
  let out: Bytes = Buffer.alloc(0);
  let last: Bytes = Buffer.alloc(0);
  for (let index = 1; out.length < length; index += 1) {
    last = hmac(key, cat(last, info, Uint8Array.of(index)));
    out = cat(out, last);
  }
  return out.subarray(0, length);
};
const dhPair = (seed: Bytes) =>
  oprf.deriveKeyPair(seed, ascii("OPAQUE-DeriveDiffieHellmanKeyPair"));
const dh = (secret: Bytes, publicKey: Bytes): Bytes => {
  const scalar = Point.Fn.fromBytes(secret);
  return Point.fromBytes(publicKey).multiply(scalar).toBytes();
};
const exclusiveOr = (left: Bytes, right: Bytes): Bytes =>
  left.map((byte, index) => byte ^ (right[index] ?? 0));

export interface ReferenceServer {
  readonly seed: Bytes;
  readonly secretKey: Bytes;
  readonly publicKey: Bytes;
}

const oprfSecret = ({ seed }: ReferenceServer, id: Bytes): Bytes =>
  oprf.deriveKeyPair(expand(seed, cat(id, ascii("OprfKey")), 32), ascii("OPAQUE-DeriveKeyPair"))
    .secretKey;

export function refRespond(server: ReferenceServer, id: Bytes, request: Bytes): Bytes {
  return cat(oprf.blindEvaluate(oprfSecret(server, id), request), server.publicKey);
}

export function refBlind(password: Bytes): { blind: Bytes; blinded: Bytes } {
  return oprf.blind(password);
}

const randomizedOf = (password: Bytes, blind: Bytes, evaluated: Bytes): Bytes => {
  const output = oprf.finalize(password, blind, evaluated);
  return hmac(Buffer.alloc(0), cat(output, sha512(output)));
};

const sealed = (
  rwd: Bytes,
  nonce: Bytes,
  ids: { server: Bytes; client: Bytes; pk: Bytes },
): Bytes =>
  hmac(
    expand(rwd, cat(nonce, ascii("AuthKey")), 64),
    cat(nonce, ids.pk, vec(ids.server), vec(ids.client)),
  );

/** The record, 192 bytes; the server's identity is its key. */
export function refRecord(password: Bytes, blind: Bytes, response: Bytes, client: Bytes): Bytes {
  const rwd = randomizedOf(password, blind, response.subarray(0, 32));
  const pk = response.subarray(32);
  const nonce = randomBytes(32);
  const keys = dhPair(expand(rwd, cat(nonce, ascii("PrivateKey")), 32));
  const tag = sealed(rwd, nonce, { server: pk, client, pk });
  return cat(keys.publicKey, expand(rwd, ascii("MaskingKey"), 64), nonce, tag);
}

const pad = (maskingKey: Bytes, nonce: Bytes): Bytes =>
  expand(maskingKey, cat(nonce, ascii("CredentialResponsePad")), 128);

const label = (key: Bytes, name: string, context: Bytes): Bytes => {
  const full = ascii(`OPAQUE-${name}`);
  const info = cat(Uint8Array.of(0, 64, full.length), full, Uint8Array.of(context.length), context);
  return expand(key, info, 64);
};

const keysOf = (ikm: Bytes, preamble: Bytes) => {
  const prk = hmac(Buffer.alloc(0), ikm);
  const hashed = sha512(preamble);
  const handshake = label(prk, "HandshakeSecret", hashed);
  const serverMac = hmac(label(handshake, "ServerMAC", Buffer.alloc(0)), hashed);
  const ke3 = hmac(
    label(handshake, "ClientMAC", Buffer.alloc(0)),
    sha512(cat(preamble, serverMac)),
  );
  return { serverMac, ke3, sessionKey: label(prk, "SessionKey", hashed) };
};

export interface Conversation {
  readonly context: Bytes;
  readonly client: Bytes;
}

export function refKe2(
  server: ReferenceServer,
  { context, client }: Conversation,
  { ke1, record }: { readonly ke1: Bytes; readonly record: Bytes },
): { ke2: Bytes; ke3: Bytes; sessionKey: Bytes } {
  const nonce = randomBytes(32);
  const masked = exclusiveOr(
    pad(record.subarray(32, 96), nonce),
    cat(server.publicKey, record.subarray(96)),
  );
  const evaluated = oprf.blindEvaluate(oprfSecret(server, client), ke1.subarray(0, 32));
  const share = dhPair(randomBytes(32));
  const serverNonce = randomBytes(32);
  const start = cat(evaluated, nonce, masked, serverNonce, share.publicKey);
  const preamble = cat(
    ascii("OPAQUEv1-"),
    vec(context),
    vec(client),
    ke1,
    vec(server.publicKey),
    start,
  );
  const theirs = ke1.subarray(64);
  const ikm = cat(
    dh(share.secretKey, theirs),
    dh(server.secretKey, theirs),
    dh(share.secretKey, record.subarray(0, 32)),
  );
  const { serverMac, ke3, sessionKey } = keysOf(ikm, preamble);
  return { ke2: cat(start, serverMac), ke3, sessionKey };
}

export interface ReferenceLogin {
  readonly ke1: Bytes;
  readonly blind: Bytes;
  readonly secret: Bytes;
}

export function refKe1(password: Bytes): ReferenceLogin {
  const { blind, blinded } = oprf.blind(password);
  const share = dhPair(randomBytes(32));
  return { ke1: cat(blinded, randomBytes(32), share.publicKey), blind, secret: share.secretKey };
}

/** KE3 and the session's key, or undefined: refused. */
export function refKe3(
  password: Bytes,
  { context, client }: Conversation,
  { login, ke2 }: { readonly login: ReferenceLogin; readonly ke2: Bytes },
): { ke3: Bytes; sessionKey: Bytes } | undefined {
  const rwd = randomizedOf(password, login.blind, ke2.subarray(0, 32));
  const clear = exclusiveOr(
    pad(expand(rwd, ascii("MaskingKey"), 64), ke2.subarray(32, 64)),
    ke2.subarray(64, 192),
  );
  const [pk, nonce, tag] = [clear.subarray(0, 32), clear.subarray(32, 64), clear.subarray(64)];
  if (Buffer.compare(tag, sealed(rwd, nonce, { server: pk, client, pk })) !== 0) return undefined;
  const keys = dhPair(expand(rwd, cat(nonce, ascii("PrivateKey")), 32));
  const share = ke2.subarray(224, 256);
  const ikm = cat(dh(login.secret, share), dh(login.secret, pk), dh(keys.secretKey, share));
  const start = ke2.subarray(0, 256);
  const preamble = cat(ascii("OPAQUEv1-"), vec(context), vec(client), login.ke1, vec(pk), start);
  const { serverMac, ke3, sessionKey } = keysOf(ikm, preamble);
  return Buffer.compare(serverMac, ke2.subarray(256)) === 0 ? { ke3, sessionKey } : undefined;
}

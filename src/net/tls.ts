/**
 * TLS: the options that turn it on, and what is known of a connection that has it.
 *
 * Bun takes `tls: {}`, or options that are all undefined, for plain text, and says nothing. So
 * options are made in the two functions here and nowhere else: they are never empty, and a
 * connection is taken for encrypted only once its exporter can be read, which no other connection
 * has.
 */
import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { endPointOf } from "./end-point.ts";
import { assert } from "../base/assert.ts";
import { failed, ok, type Result } from "../base/result.ts";

/** Certificate (or chain) and private key, PEM. */
export interface TlsIdentity {
  readonly certificate: string;
  readonly key: string;
}

/** `minVersion` is a number, and missing in Bun's types: 0x0303 is TLS 1.2. */
type Options = Bun.TLSOptions & { readonly minVersion: number };
const minVersion = 0x0303;

/** What a server is known by, and what logins on its connections may be bound to. */
export interface ServerMarks {
  /** SHA-256 of the SubjectPublicKeyInfo, base64. */
  readonly spki: string;
  /** RFC 5929 `tls-server-end-point`. */
  readonly endPoint: Uint8Array | undefined;
}

/** What a server of that identity is known by, or why it cannot be used. */
export function checkIdentity({ certificate, key }: TlsIdentity): Result<ServerMarks> {
  let parsed: X509Certificate;
  try {
    parsed = new X509Certificate(certificate);
  } catch {
    return failed("the certificate is not one in PEM");
  }
  try {
    // Bun itself finds out only in the first handshake.
    const isPair = parsed.checkPrivateKey(createPrivateKey(key));
    if (!isPair) return failed("the key is not the certificate's");
    return ok({ spki: spkiSha256(parsed), endPoint: endPointOf(parsed.raw) });
  } catch {
    return failed("the private key is not one in PEM, or is encrypted");
  }
}

/** @throws AssertionError when there is no certificate or no key: that would be plain text. */
export function serverTls({ certificate, key }: TlsIdentity): Options {
  assert(certificate !== "", "a TLS server has a certificate");
  assert(key !== "", "a TLS server has a key");
  // Any certificate a client shows is taken: it proves nothing but that it is the same as before.
  const verification = { requestCert: true, rejectUnauthorized: false };
  return { cert: certificate, key, minVersion, ...verification };
}

export interface ClientTls {
  /** For the server to choose its certificate by; undefined for an address. */
  readonly serverName: string | undefined;
  /** PEM of authorities to trust instead of the system's. */
  readonly authorities: string | undefined;
  readonly identity: TlsIdentity | undefined;
}

/** Whom to trust is decided after the handshake, not by these options. */
export function clientTls({ serverName, authorities, identity }: ClientTls): Options {
  return {
    rejectUnauthorized: false,
    minVersion,
    ...(serverName === undefined ? {} : { serverName }),
    ...(authorities === undefined ? {} : { ca: authorities }),
    ...(identity === undefined ? {} : { cert: identity.certificate, key: identity.key }),
  };
}

export interface Encryption {
  /** `TLSv1.3` or `TLSv1.2`. */
  readonly version: string;
  /** RFC 9266 `tls-exporter`. */
  readonly exporter: Uint8Array | undefined;
  readonly peerCertificate: X509Certificate | undefined;
}

const versions = ["TLSv1.3", "TLSv1.2"] as const;

/** What there is after the handshake; undefined when there was none, or it failed. */
export function encryptionOf(socket: Bun.Socket<unknown>): Encryption | undefined {
  const keying = exported(socket);
  if (keying === undefined) return undefined;
  const told = socket.getTLSVersion();
  // Each connection would keep a text of its own.
  const version = versions.find((one) => one === told) ?? told;
  // RFC 9266 §3: before TLS 1.3 the binding is unique only with the extended master secret, which
  // Bun does not show.
  const exporter = version === "TLSv1.3" ? keying : undefined;
  // The types say there is always one; without a client certificate there is none.
  const peerCertificate: X509Certificate | undefined = socket.getPeerX509Certificate();
  return { version, exporter, peerCertificate };
}

export function certificateSha256(certificate: X509Certificate): string {
  return createHash("sha256").update(certificate.raw).digest("hex");
}

/** SHA-256 of the SubjectPublicKeyInfo, base64. */
export function spkiSha256(certificate: X509Certificate): string {
  const spki = certificate.publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(spki).digest("base64");
}

function exported(socket: Bun.Socket<unknown>): Uint8Array | undefined {
  try {
    // RFC 9266 §2: label "EXPORTER-Channel-Binding", zero-length context, 32 bytes.
    const bytes = socket.exportKeyingMaterial(32, "EXPORTER-Channel-Binding", Buffer.alloc(0));
    return Uint8Array.from(bytes);
  } catch {
    return undefined; // HANDSHAKE_NOT_COMPLETE, or no TLS at all
  }
}

/**
 * The server's own certificate: self-signed, ECDSA P-256, made where nobody was given one.
 *
 * `makeCertificate` answers a new key and its certificate, both PEM, which `openssl verify
 * -x509_strict` accepts; the certificate names the server (SubjectAltName) and may be used for
 * nothing but being a TLS server. Who connects knows it by the SHA-256 of its public key
 * (`spkiSha256`), which stays the same when the certificate is renewed with the same key. Keeping
 * the files, and their modes, is left to `cli`.
 *
 * The DER is written by hand: node:crypto reads certificates but makes none, and the packages that
 * do weigh 250 kB and more. Layout, RFC 5280 §4.1:
 *
 *     Certificate      SEQUENCE { tbs, signature algorithm, signature }
 *     TBSCertificate   SEQUENCE { [0] version, serial, algorithm, issuer, validity, subject,
 *                                 public key, [3] extensions }
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from "node:crypto";
import { isIP } from "node:net";
import { assert } from "../base/assert.ts";
import { dayMs, isoTime, type WallMs, wallMs } from "../base/time.ts";

export interface CertificateOptions {
  /** What the server is called: host names and IP addresses, at least one. */
  readonly names: readonly string[];
  readonly now: WallMs;
  /** PEM of the key to go on with; a new one is made when it is left out. */
  readonly key?: string;
}

export interface ServerCertificate {
  /** PEM, as are the certificate and the key of `net`'s listeners. */
  readonly certificate: string;
  readonly key: string;
}

/** Clients go by the public key, so that nothing is gained by an early end. */
const validDays = 3652;
/** The clocks of clients may be behind. */
const backdatedMs = dayMs;
/** RFC 5280 §4.1.2.2: serial numbers are positive and have at most 20 octets. */
const serialBytes = 16;
/** RFC 5280 appendix A: ub-common-name. */
const commonNameLengthMax = 64;

export function makeCertificate(options: CertificateOptions): ServerCertificate {
  assert(options.names.length > 0, "a certificate has a name");
  const privateKey =
    options.key === undefined
      ? generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey
      : createPrivateKey(options.key);
  const unsigned = tbsCertificate(options, privateKey);
  const signature = sign("sha256", unsigned, privateKey);
  const certificate = sequence(unsigned, ecdsaWithSha256, bitString(signature));
  return {
    certificate: pem("CERTIFICATE", certificate),
    key: privateKey.export({ type: "pkcs8", format: "pem" }),
  };
}

/** SHA-256 of the certificate's SubjectPublicKeyInfo, base64. @throws when it is no certificate. */
export function spkiSha256(certificatePem: string): string {
  const { publicKey } = new X509Certificate(certificatePem);
  const spki = publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(spki).digest("base64");
}

function tbsCertificate({ names, now }: CertificateOptions, privateKey: KeyObject): Buffer {
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  const name = distinguishedName(names[0]?.slice(0, commonNameLengthMax) ?? "");
  const from = wallMs(now - backdatedMs);
  const until = wallMs(now + validDays * dayMs);
  return sequence(
    tagged(tag.version, integer(Buffer.from([2]))), // v3
    integer(serial()),
    ecdsaWithSha256,
    name,
    sequence(time(from), time(until)),
    name,
    spki,
    tagged(tag.extensions, sequence(...extensions(names, spki))),
  );
}

function extensions(names: readonly string[], spki: Buffer): Buffer[] {
  const critical = tagged(tag.boolean, Buffer.from([0xff]));
  return [
    // An end entity, no authority: whoever trusts this certificate trusts this server and nothing
    // it could sign.
    sequence(oid.basicConstraints, critical, octets(sequence())),
    sequence(oid.keyUsage, critical, octets(tagged(tag.bitString, digitalSignature))),
    sequence(oid.extendedKeyUsage, octets(sequence(oid.serverAuth))),
    sequence(oid.subjectAltName, octets(sequence(...names.map(generalName)))),
    // RFC 5280 §4.2.1.2, method 1: the SHA-1 of the key; a name for it, nothing is proven by it.
    sequence(oid.subjectKeyIdentifier, octets(octets(keyIdentifier(spki)))),
  ];
}

/** RFC 5280 §4.2.1.3: bit 0 alone; the other seven bits of its byte are unused. */
const digitalSignature = Buffer.from([7, 0x80]);

function keyIdentifier(spki: Buffer): Buffer {
  const pointBytes = 65; // uncompressed P-256, at the end of the SubjectPublicKeyInfo
  return createHash("sha1").update(spki.subarray(-pointBytes)).digest();
}

function serial(): Buffer {
  const bytes = randomBytes(serialBytes);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40; // positive, and never shorter
  return bytes;
}

function generalName(name: string): Buffer {
  switch (isIP(name)) {
    case 4:
      return tagged(tag.ipAddress, Buffer.from(name.split(".").map(Number)));
    case 6:
      return tagged(tag.ipAddress, ipv6Bytes(name));
    default:
      return tagged(tag.dnsName, Buffer.from(name, "latin1"));
  }
}

function ipv6Bytes(address: string): Buffer {
  // The URL parser writes an address in one way: hexadecimal groups with at most one `::`.
  const { hostname } = new URL(`http://[${address}]`);
  const [head = "", tail = ""] = hostname.slice(1, -1).split("::");
  const left = head.split(":").filter((group) => group !== "");
  const right = tail.split(":").filter((group) => group !== "");
  const written = [left, right].map((groups) => groups.map((group) => group.padStart(4, "0")));
  const [before = "", after = ""] = written.map((groups) => groups.join(""));
  return Buffer.from(before + after.padStart(32 - before.length, "0"), "hex");
}

function distinguishedName(commonName: string): Buffer {
  const value = tagged(tag.utf8String, Buffer.from(commonName, "utf8"));
  return sequence(tagged(tag.set, sequence(oid.commonName, value)));
}

/**
 * RFC 5280 §4.1.2.5: "dates through the year 2049 as UTCTime; … in 2050 or later … as
 * GeneralizedTime".
 */
function time(at: WallMs): Buffer {
  const digits = isoTime(at).replace(/\.\d+/, "").replace(/[-:T]/g, ""); // 20261125201407Z
  if (digits < "2050") return tagged(tag.utcTime, Buffer.from(digits.slice(2)));
  return tagged(tag.generalizedTime, Buffer.from(digits));
}

// --- DER -----------------------------------------------------------------------------------------

const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  dnsName: 0x82,
  ipAddress: 0x87,
  version: 0xa0,
  extensions: 0xa3,
};

const oid = {
  commonName: identifier("550403"),
  subjectKeyIdentifier: identifier("551d0e"),
  keyUsage: identifier("551d0f"),
  subjectAltName: identifier("551d11"),
  basicConstraints: identifier("551d13"),
  extendedKeyUsage: identifier("551d25"),
  serverAuth: identifier("2b06010505070301"),
};

/** 1.2.840.10045.4.3.2 */
const ecdsaWithSha256 = sequence(identifier("2a8648ce3d040302"));

function identifier(hex: string): Buffer {
  return tagged(tag.objectIdentifier, Buffer.from(hex, "hex"));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(tag.sequence, Buffer.concat(parts));
}

function integer(bytes: Buffer): Buffer {
  return tagged(tag.integer, bytes);
}

function octets(bytes: Buffer): Buffer {
  return tagged(tag.octetString, bytes);
}

function bitString(bytes: Buffer): Buffer {
  return tagged(tag.bitString, Buffer.concat([Buffer.from([0]), bytes])); // no unused bits
}

function tagged(type: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, ...lengthOf(content.length)]), content]);
}

function lengthOf(length: number): number[] {
  assert(length <= 0xffff, "what is in a certificate of ours is short");
  if (length < 0x80) return [length];
  return length <= 0xff ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

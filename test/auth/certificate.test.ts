/**
 * Certificates: what OpenSSL and node:crypto say of those we make.
 */
import { expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { makeCertificate, spkiSha256 } from "../../src/auth/certificate.ts";
import { dayMs, parseIsoTime, type WallMs, wallMs } from "../../src/base/time.ts";
import { freshFolder } from "../support/folder.ts";

const now = wallMs(Date.now());
const openssl = Bun.which("openssl");

function at(iso: string): WallMs {
  const time = parseIsoTime(iso);
  if (time === undefined) throw new Error(iso);
  return time;
}

test.if(openssl !== null)("openssl accepts the certificate by its strict rules", async () => {
  const names = ["chat.example.org", "localhost", "127.0.0.1", "::1"];
  const file = join(freshFolder(), "certificate.pem");
  for (const made of [now, at("2045-01-01T00:00:00Z")]) {
    const { certificate } = makeCertificate({ names, now: made });
    await Bun.write(file, certificate);
    const seconds = String(Math.floor(made / 1000));
    const strict = ["verify", "-x509_strict", "-attime", seconds, "-purpose", "sslserver"];
    const run = Bun.spawnSync([openssl ?? "", ...strict, "-CAfile", file, file]);
    expect(run.stdout.toString() + run.stderr.toString()).toBe(`${file}: OK\n`);
  }
});

test("the certificate is for its names and addresses, and for no others", () => {
  const names = ["chat.example.org", "192.0.2.7", "2001:db8::1:2", "::ffff:192.0.2.8"];
  const certificate = new X509Certificate(makeCertificate({ names, now }).certificate);
  expect(certificate.checkHost("chat.example.org")).toBe("chat.example.org");
  expect(certificate.checkHost("example.org")).toBeUndefined();
  expect(certificate.checkIP("192.0.2.7")).toBe("192.0.2.7");
  expect(certificate.checkIP("2001:db8::1:2")).toBe("2001:db8::1:2");
  expect(certificate.checkIP("::ffff:c000:208")).toBeDefined();
  expect(certificate.checkIP("2001:db8::1:3")).toBeUndefined();
});

test("the certificate is signed by its own key, no authority, and valid for ten years", () => {
  const made = makeCertificate({ names: ["a.example"], now });
  const certificate = new X509Certificate(made.certificate);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.ca).toBe(false);
  expect(Date.parse(certificate.validFrom)).toBeLessThanOrEqual(now - dayMs);
  expect(Date.parse(certificate.validTo)).toBeGreaterThan(now + 3650 * dayMs);
});

test("a new certificate for an old key has another serial and the same public key", () => {
  const names = ["a.example"];
  const first = makeCertificate({ names, now });
  const second = makeCertificate({ names, now, key: first.key });
  expect(second.key).toBe(first.key);
  const serials = [first, second].map((of) => new X509Certificate(of.certificate).serialNumber);
  expect(serials[0]).not.toBe(serials[1]);
  const { raw } = new X509Certificate(first.certificate);
  const serialAt = raw.indexOf(Buffer.of(0x02, 0x10)) + 2; // INTEGER of 16 bytes
  expect(raw[serialAt] ?? 0).toBeWithin(0x40, 0x80); // positive, and as long as it says
  expect(spkiSha256(second.certificate)).toBe(spkiSha256(first.certificate));
  expect(spkiSha256(first.certificate)).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  const other = makeCertificate({ names, now });
  expect(spkiSha256(other.certificate)).not.toBe(spkiSha256(first.certificate));
});

test("a name of any length makes a certificate that can be read", () => {
  for (const length of [1, 63, 64, 65, 120, 253]) {
    const name = "a".repeat(length);
    const { certificate } = makeCertificate({ names: [name], now });
    expect(new X509Certificate(certificate).subjectAltName).toBe(`DNS:${name}`);
  }
});

/**
 * `tls-server-end-point`: which hash of a certificate it is, against certificates of OpenSSL's.
 */
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import fc from "fast-check";
import { endPointOf } from "../../src/net/end-point.ts";
import { freshFolder } from "../support/folder.ts";
import { installed } from "../support/foreign-client.ts";
import { identity } from "./support.ts";

/** A certificate that OpenSSL signs so; undefined where there is no OpenSSL. */
function madeWith(...how: readonly string[]): Uint8Array | undefined {
  if (installed("openssl") === undefined) return undefined;
  const folder = freshFolder();
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const files = ["-keyout", key, "-out", certificate];
  const words = ["req", "-x509", "-nodes", "-subj", "/CN=x", ...files, ...how];
  const { exitCode, stderr } = Bun.spawnSync(["openssl", ...words]);
  if (exitCode !== 0) throw new Error(stderr.toString());
  return new X509Certificate(readFileSync(certificate)).raw;
}

const rsa = ["-newkey", "rsa:2048"];
const ecdsa = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];

test.each([
  ["RSA with SHA-256", [...rsa, "-sha256"], "sha256"],
  ["RSA with SHA-384", [...rsa, "-sha384"], "sha384"],
  ["RSA with SHA-512", [...rsa, "-sha512"], "sha512"],
  ["ECDSA with SHA-384", [...ecdsa, "-sha384"], "sha384"],
  ["ECDSA with SHA-512", [...ecdsa, "-sha512"], "sha512"],
  ["RSA with SHA-1, which is taken for SHA-256", [...rsa, "-sha1"], "sha256"],
])("of a certificate signed by %s", (_, how, hash) => {
  const certificate = madeWith(...how);
  if (certificate === undefined) return;
  const expected = createHash(hash).update(certificate).digest("hex");
  expect(Buffer.from(endPointOf(certificate) ?? []).toString("hex")).toBe(expected);
});

test("a signature without a hash of its own has none", () => {
  const certificate = madeWith("-newkey", "ed25519");
  if (certificate === undefined) return;
  expect(endPointOf(certificate)).toBeUndefined();
});

test("of a certificate of ours it is the SHA-256", () => {
  const { raw } = new X509Certificate(identity.certificate);
  const expected = createHash("sha256").update(raw).digest("hex");
  expect(Buffer.from(endPointOf(raw) ?? []).toString("hex")).toBe(expected);
});

test("any bytes are a certificate or none, and never an exception", () => {
  const { raw } = new X509Certificate(identity.certificate);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(raw.length), (bytes, length) => {
      endPointOf(bytes);
      endPointOf(raw.subarray(0, length));
      endPointOf(Buffer.concat([raw.subarray(0, length), bytes]));
    }),
  );
});

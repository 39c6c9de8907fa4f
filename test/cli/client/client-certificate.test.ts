/**
 * The client's own certificate: which files are one, and what is wrong with others.
 */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { readClientCertificate } from "../../../src/cli/client/client-certificate.ts";
import { identity, otherIdentity } from "../../net/support.ts";
import { freshFolder } from "../../support/folder.ts";

const { certificate, key } = identity;

function file(text: string, mode = 0o600): string {
  const path = join(freshFolder(), "file.pem");
  writeFileSync(path, text, { mode });
  return path;
}

function why(path: string, keyFile?: string): string {
  try {
    readClientCertificate(path, keyFile);
    return "nothing";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

test("certificate and key are read from one file, in any order, or from two", () => {
  const expected = { certificate, key };
  expect(readClientCertificate(file(certificate + key), undefined)).toEqual(expected);
  expect(readClientCertificate(file(`laptop\n${key}\n${certificate}`), undefined)).toEqual(
    expected,
  );
  expect(readClientCertificate(file(certificate, 0o644), file(key))).toEqual(expected);
});

interface Files {
  readonly certificate: string;
  readonly key?: string;
}

test.each<[string, Files, string]>([
  ["no certificate", { certificate: key }, "there is no certificate in it (PEM)"],
  ["no key", { certificate }, "there is no private key in it; --client-key names it"],
  ["another's key", { certificate, key: otherIdentity.key }, "the key is not the certificate's"],
  ["what is too large", { certificate: "x".repeat(65_537) }, "it is too large"],
])("%s is refused", (_, files, words) => {
  const said = why(file(files.certificate), files.key === undefined ? undefined : file(files.key));
  expect(said).toContain(words);
  expect(said).toStartWith("cannot log in with ");
});

test("what is no file is refused", () => {
  expect(why("/nowhere/at.all")).toContain("ENOENT");
});

test("an encrypted key is refused: there is nobody to ask for its passphrase", () => {
  const encrypted = key.replaceAll("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
  expect(why(file(certificate + encrypted))).toContain("or is encrypted");
});

test("a key that others may read is refused", () => {
  const path = file(certificate + key);
  chmodSync(path, 0o640);
  expect(why(path)).toContain("others may read the key in it; chmod 600 ");
});

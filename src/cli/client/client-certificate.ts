/**
 * The client's own certificate, for TLS and a login by it (SASL EXTERNAL): read from the files that
 * the command line names, and checked before anything is connected to.
 *
 * Certificate and key are PEM, in one file or two. A key that others may read is refused: it is the
 * whole login, and lasts for years.
 */
import { readFileSync, statSync } from "node:fs";
import { checkIdentity, type TlsIdentity } from "../../net/tls.ts";
import { describeError, exitCodes, Fault } from "../command-line/exit.ts";

/** A chain of certificates and a key have a few thousand bytes. */
const fileBytesMax = 64 * 1024;

/** @throws Fault for files that cannot be used. */
export function readClientCertificate(file: string, keyFile: string | undefined): TlsIdentity {
  const keySource = keyFile ?? file;
  const certificate = blocksOf(readPem(file), "CERTIFICATE");
  const key = blocksOf(readPem(keySource), "(?:[A-Z]+ )?PRIVATE KEY");
  if (certificate === "") throw cannot(file, "there is no certificate in it (PEM)");
  if (key === "") throw cannot(keySource, "there is no private key in it; --client-key names it");
  if (process.platform !== "win32" && (statSync(keySource).mode & 0o077) !== 0) {
    throw cannot(keySource, `others may read the key in it; chmod 600 ${keySource}`);
  }
  const identity = { certificate, key };
  const checked = checkIdentity(identity);
  if (!checked.ok) throw cannot(file, checked.error);
  return identity;
}

function readPem(file: string): string {
  try {
    if (statSync(file).size > fileBytesMax) throw new Error("it is too large");
    return readFileSync(file, "latin1");
  } catch (error) {
    throw cannot(file, describeError(error));
  }
}

/** The blocks of that kind, without what is written around them. */
function blocksOf(text: string, kind: string): string {
  const block = new RegExp(`-----BEGIN (${kind})-----[^-]*-----END \\1-----`, "g");
  return (text.match(block) ?? []).map((each) => `${each}\n`).join("");
}

function cannot(file: string, why: string): Fault {
  return new Fault(exitCodes.failure, `cannot log in with ${file}: ${why}`);
}

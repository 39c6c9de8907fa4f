/**
 * The server's certificate: the configured files, checked, or our own in the data folder, made at the first start.
 *
 * Ours is renewed with the same key before it ends, so that what clients remember of it (the public key) stays. A key
 * that others may read is refused, whoever made it.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { hostname } from "node:os";
import { makeCertificate, type ServerCertificate, spkiSha256 } from "../../auth/certificate.ts";
import { dayMs, type WallMs } from "../../base/time.ts";
import { type DataFolder } from "./data-folder.ts";
import { exitCodes, Fault } from "../command-line/exit.ts";
import { exists, read, readKey, write } from "./secret-files.ts";
import { type CertificateFiles, parseServerName } from "./serve-settings.ts";

export interface ServerIdentity extends ServerCertificate {
  /** SHA-256 of the public key, base64. */
  readonly spki: string;
  /** What is not wrong but should be known. */
  readonly warning: string | undefined;
}

/** Our own certificate is renewed so long before its end. */
const renewalMs = 60 * dayMs;

/** @throws Fault */
export function serverIdentity(options: {
  readonly folder: DataFolder;
  readonly files: CertificateFiles | undefined;
  readonly serverName: string;
  readonly now: WallMs;
}): ServerIdentity {
  const { folder, files, serverName, now } = options;
  if (files === undefined) return ownIdentity(folder, serverName, now);
  const certificate = read(files.certFile);
  const key = readKey(files.keyFile);
  const parsed = check({ certificate, key }, files);
  const isOver = parsed.validToDate.getTime() < now;
  const isEarly = parsed.validFromDate.getTime() > now;
  const state = isOver ? "is no longer valid" : "is not valid yet";
  return {
    certificate,
    key,
    spki: spkiSha256(certificate),
    warning: isOver || isEarly ? `the certificate ${files.certFile} ${state}` : undefined,
  };
}

/** SHA-256 of the certificate itself, `2F:2B:…`: what irssi and WeeChat pin. */
export function certificateFingerprint(certificatePem: string): string {
  return new X509Certificate(certificatePem).fingerprint256;
}

/** `SHA256:…`, as it is shown to people and as they compare it. */
export function fingerprint(spki: string): string {
  return `SHA256:${spki.replace(/=+$/, "")}`;
}

function ownIdentity(folder: DataFolder, serverName: string, now: WallMs): ServerIdentity {
  const files = { certFile: folder.certificate, keyFile: folder.key };
  const key = exists(folder.key) ? readKey(folder.key) : undefined;
  if (key === undefined && exists(folder.certificate)) {
    throw new Fault(
      exitCodes.inputOutput,
      `the server's key ${folder.key} is missing`,
      `Clients know the server by it: restore it from a backup. Without one, remove
${folder.certificate} for a new key; every client will then warn.`,
    );
  }
  if (key !== undefined && exists(folder.certificate)) {
    const certificate = read(folder.certificate);
    const { validToDate } = check({ certificate, key }, files);
    if (validToDate.getTime() - renewalMs > now) return known({ certificate, key });
  }
  const made = makeCertificate({
    names: namesOf(serverName),
    now,
    ...(key === undefined ? {} : { key }),
  });
  // The key first: a certificate without its key would be a fault at the next start, a key alone is not.
  if (key === undefined) write(folder.key, made.key);
  write(folder.certificate, made.certificate);
  return known(made);
}

function known(identity: ServerCertificate): ServerIdentity {
  return { ...identity, spki: spkiSha256(identity.certificate), warning: undefined };
}

function namesOf(serverName: string): string[] {
  const names = [serverName, hostname(), "localhost"];
  return [...new Set(names)].filter((name) => parseServerName(name).ok);
}

function check({ certificate, key }: ServerCertificate, files: CertificateFiles): X509Certificate {
  const certificateProblem = "is no certificate (PEM)";
  const parsed = attempt(
    files.certFile,
    certificateProblem,
    () => new X509Certificate(certificate),
  );
  const privateKey = attempt(files.keyFile, "is no private key (PEM, without password)", () =>
    createPrivateKey(key),
  );
  if (!parsed.checkPrivateKey(privateKey)) {
    throw new Fault(
      exitCodes.settings,
      `${files.keyFile} is not the key of the certificate ${files.certFile}`,
    );
  }
  return parsed;
}

function attempt<T>(file: string, problem: string, act: () => T): T {
  try {
    return act();
  } catch {
    throw new Fault(exitCodes.settings, `${file} ${problem}`);
  }
}

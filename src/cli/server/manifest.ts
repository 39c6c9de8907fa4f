/**
 * The manifest of a backup: what is in its folder, and how to tell that it is still as it was made.
 *
 *     <folder>/authchat.db      the database, in one file, with everything that was committed
 *              certificate.pem  what clients know the server by, where it made that itself
 *              key.pem
 *              auth.key         the key of the passwords, only when it was asked for
 *              manifest.json    written last
 */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { exitCodes, Fault } from "../command-line/exit.ts";
import { exists, read } from "./secret-files.ts";

export const databaseName = "authchat.db";
export const authKeyName = "auth.key";
/** Files of the server's own identity. */
export const identityNames: readonly string[] = ["certificate.pem", "key.pem"];
export const manifestName = "manifest.json";

export interface BackupFile {
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface Manifest {
  readonly format: 1;
  /** ISO time. */
  readonly madeAt: string;
  /** Of the program that made it. */
  readonly version: string;
  readonly files: Readonly<Record<string, BackupFile>>;
  /** Names of the keys that the passwords in it need. */
  readonly keys: readonly string[];
  readonly entries: number;
  /** Entries that were damaged already. */
  readonly damaged: number;
  /** Changes that had been kept by then. */
  readonly kept: number;
  /** Where each log stood. */
  readonly heads: Readonly<Record<string, number>>;
}

export async function describeFile(file: string): Promise<BackupFile> {
  const hash = createHash("sha256");
  for await (const piece of Bun.file(file).stream()) hash.update(piece);
  return { bytes: statSync(file).size, sha256: hash.digest("hex") };
}

/** @throws Fault when there is none, or none that can be read. */
export function readManifest(folder: string): Manifest {
  const file = join(folder, manifestName);
  if (!exists(file)) {
    throw new Fault(
      exitCodes.failure,
      `${folder} is no backup: there is no ${manifestName} in it`,
      "Name the folder that  authchat backup FOLDER  has made.",
    );
  }
  const manifest = parse(read(file));
  if (manifest !== undefined) return manifest;
  throw new Fault(exitCodes.inputOutput, `${file} is damaged, or of another version of authchat`);
}

/** That every file is as it was made. @throws Fault */
export async function checkFiles(folder: string, { files }: Manifest): Promise<void> {
  for (const [name, described] of Object.entries(files)) {
    const file = join(folder, name);
    if (!exists(file)) throw new Fault(exitCodes.inputOutput, `${file} is missing`);
    const { bytes, sha256 } = await describeFile(file);
    if (bytes === described.bytes && sha256 === described.sha256) continue;
    throw new Fault(
      exitCodes.inputOutput,
      `${file} is damaged: it is not what its manifest describes`,
      "Nothing was changed. Use another backup.",
    );
  }
}

function parse(text: string): Manifest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isManifest(value) ? value : undefined;
}

function isManifest(value: unknown): value is Manifest {
  if (!isRecord(value)) return false;
  const { format, madeAt, version, files, keys, entries, damaged, kept, heads } = value;
  const isNamed = format === 1 && typeof madeAt === "string" && typeof version === "string";
  const isCounted = [entries, damaged, kept].every(isCount);
  if (!isNamed || !isCounted || !Array.isArray(keys) || !keys.every(isText)) return false;
  return isRecord(heads) && Object.values(heads).every(isCount) && isFiles(files);
}

/** Names of ours only: what a manifest names is read, and put into the data folder. */
function isFiles(value: unknown): boolean {
  if (!isRecord(value) || value[databaseName] === undefined) return false;
  const known = new Set([databaseName, authKeyName, ...identityNames]);
  return Object.entries(value).every(([name, file]) => {
    if (!known.has(name) || !isRecord(file)) return false;
    return isCount(file["bytes"]) && /^[0-9a-f]{64}$/.test(String(file["sha256"]));
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

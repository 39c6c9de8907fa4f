/**
 * Backing up: a copy of everything a server needs, made beside it while it runs or while none does.
 *
 * It is made by the process of the command, on a connection of its own that only reads: the server goes on without
 * a pause, and a copy that takes long keeps nobody waiting. The copy has what was committed at one moment; what was
 * deleted is not in it. It is read from end to end before it is called a backup, is on the disk before it has its
 * name, and takes the place of an earlier one only when that was asked for. Who ends the command half way leaves
 * `FOLDER.part`, which the next one clears away.
 *
 * The key of the passwords is left out unless it is asked for: a stolen copy without it has nothing to guess at.
 */
import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { keyIdsIn } from "../../auth/keys.ts";
import { isoTime } from "../../base/time.ts";
import { openBeside } from "../../storage/opening.ts";
import { inspect, type Inspection } from "../../storage/inspecting.ts";
import { lockFile, lockFolder } from "../../storage/lock.ts";
import { lossIn } from "../../storage/loss.ts";
import { testimonyIn } from "../../storage/witness.ts";
import { describeError, exitCodes, Fault } from "../command-line/exit.ts";
import { softwareVersion } from "../command-line/software.ts";
import { type DataFolder } from "./data-folder.ts";
import { lossFault } from "./loss-fault.ts";
import {
  authKeyName,
  type BackupFile,
  databaseName,
  describeFile,
  identityNames,
  type Manifest,
  manifestName,
} from "./manifest.ts";
import { systemClocks } from "./outside.ts";
import { exists, readKey, syncFile, syncFolder } from "./secret-files.ts";

export interface BackupOptions {
  readonly withKey: boolean;
  /** An earlier backup of that name is replaced. */
  readonly replaces: boolean;
}

export interface Backup {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly bytes: number;
  /** Entries that are damaged in the server's database as well. */
  readonly damaged: readonly string[];
}

/** The key file may be given other keys meanwhile (`rekey`): then the copy is made anew. */
const attemptsMax = 3;

/** @throws Fault */
export async function backUp(
  data: DataFolder,
  target: string,
  { withKey, replaces }: BackupOptions,
): Promise<Backup> {
  const folder = resolve(target);
  refuseTaken(folder, replaces);
  const lost = lossIn(data.database, testimonyIn(data.witness));
  if (lost > 0) throw lossFault(data.database, lost);
  const part = `${folder}.part`;
  const lock = claim(part);
  try {
    const { inspection, keys } = copy(data, part, withKey);
    const manifest = await describe(part, inspection, keys);
    writeFileSync(join(part, manifestName), `${JSON.stringify(manifest, undefined, 2)}\n`);
    syncFile(join(part, manifestName));
    lock.release();
    rmSync(join(part, lockFile), { force: true });
    put(part, folder);
    const bytes = Object.values(manifest.files).reduce((sum, file) => sum + file.bytes, 0);
    return { folder, manifest, bytes, damaged: inspection.damaged };
  } catch (error) {
    lock.release();
    rmSync(part, { recursive: true, force: true });
    if (error instanceof Fault) throw error;
    throw new Fault(
      exitCodes.inputOutput,
      `the backup ${folder} cannot be made: ${describeError(error)}`,
    );
  }
}

/** @throws Fault */
function refuseTaken(folder: string, replaces: boolean): void {
  if (!exists(folder)) return;
  const isBackup = exists(join(folder, manifestName));
  if (replaces && isBackup) return;
  throw new Fault(
    exitCodes.failure,
    `${folder} is there already${isBackup ? "" : ", and it is no backup"}`,
    isBackup ? "Choose another name, or replace it with --force." : "Choose another name.",
  );
}

/** The folder the copy is made in, for this process alone; what an earlier one has left there goes. @throws Fault */
function claim(part: string): { release(): void } {
  try {
    mkdirSync(part, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new Fault(exitCodes.inputOutput, `cannot make ${part}: ${describeError(error)}`);
  }
  const lock = lockFolder(part);
  if (!lock.ok) {
    throw new Fault(exitCodes.unavailable, `another backup is being made in ${part}`);
  }
  for (const name of readdirSync(part)) {
    if (!name.startsWith(lockFile)) rmSync(join(part, name), { recursive: true, force: true });
  }
  return lock.value;
}

interface Copied {
  readonly inspection: Inspection;
  readonly keys: readonly string[];
}

/** @throws Fault when the copy is not sound. */
function copy(data: DataFolder, part: string, withKey: boolean): Copied {
  const file = join(part, databaseName);
  const key = copyUnderOneKey(data, file);
  const written = [file];
  const add = (name: string, from: string): void => {
    if (!exists(from)) return;
    copyFileSync(from, join(part, name));
    written.push(join(part, name));
  };
  for (const name of identityNames) add(name, join(data.path, name));
  if (withKey && key !== undefined) {
    writeFileSync(join(part, authKeyName), key, { mode: 0o600 });
    written.push(join(part, authKeyName));
  }
  const inspection = inspectFile(file);
  for (const each of written) syncFile(each);
  return { inspection, keys: key === undefined ? [] : (keyIdsIn(key) ?? []) };
}

/** The key file as it was before and after the copy. @throws Fault */
function copyUnderOneKey(data: DataFolder, file: string): string | undefined {
  const keyNow = (): string | undefined =>
    exists(data.authKey) ? readKey(data.authKey) : undefined;
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const key = keyNow();
    rmSync(file, { force: true });
    const database = openBeside(data.database, true);
    try {
      database.copyInto(file);
    } finally {
      database.abandon();
    }
    if (keyNow() === key) return key;
  }
  throw new Fault(exitCodes.failure, "the keys of the passwords are being changed; try again");
}

/** @throws Fault */
function inspectFile(file: string): Inspection {
  const database = openBeside(file, true);
  try {
    const inspection = inspect(database);
    const [problem] = inspection.problems;
    if (problem === undefined) return inspection;
    throw new Fault(exitCodes.inputOutput, `the copy is damaged: ${problem}`);
  } finally {
    database.abandon();
  }
}

async function describe(
  part: string,
  { entries, damaged, kept, heads }: Inspection,
  keys: readonly string[],
): Promise<Manifest> {
  const files: Record<string, BackupFile> = {};
  for (const name of [databaseName, ...identityNames, authKeyName]) {
    if (exists(join(part, name))) files[name] = await describeFile(join(part, name));
  }
  return {
    format: 1,
    madeAt: isoTime(systemClocks.wall()),
    version: softwareVersion,
    files,
    keys,
    entries,
    damaged: damaged.length,
    kept,
    heads,
  };
}

/** Under its name; an earlier one is called `FOLDER.old` until it is. */
function put(part: string, folder: string): void {
  syncFolder(part);
  const earlier = `${folder}.old`;
  const isReplacing = exists(folder);
  if (isReplacing) {
    rmSync(earlier, { recursive: true, force: true });
    renameSync(folder, earlier);
  }
  renameSync(part, folder);
  syncFolder(dirname(folder));
  if (isReplacing) rmSync(earlier, { recursive: true, force: true });
}

/** For people: what of it is where. */
export function backupLines({ folder, manifest, bytes }: Backup): string[] {
  const { entries, heads, files } = manifest;
  const logs = Object.keys(heads).length;
  const size = (bytes / (1024 * 1024)).toFixed(1);
  const lines = [
    `${folder}: ${entries} entries of ${logs} rooms and conversations, ${size} MiB, checked`,
  ];
  if (files[authKeyName] === undefined) {
    lines.push(
      `The key of the passwords is not in it: keep a copy of ${authKeyName} apart from ${basename(folder)}; without it no password works.`,
    );
  }
  return lines;
}

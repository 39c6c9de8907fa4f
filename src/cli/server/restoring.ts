/**
 * Restoring: a backup takes the place of a server's data, once all of it has been checked.
 *
 *     lock      no server may run, nor start meanwhile (a check alone may be made while one does)
 *     check     every file is as its manifest describes, the database sound from end to end, the key the right one
 *     prepare   a copy in `restoring-…/` in the data folder, brought up to date and above all places given since
 *     keep      what is there now, under its names in `before-restore-…/`
 *     replace   one rename a file, between making and removing `restore-begun`
 *
 * A crash before `restore-begun` changes nothing. While it is there no server starts: `restore` is to be called again.
 */
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { keyIdsIn } from "../../auth/keys.ts";
import { isoTime, type WallMs } from "../../base/time.ts";
import { keptIn, openDatabase } from "../../storage/opening.ts";
import { inspect, type Inspection } from "../../storage/inspecting.ts";
import { lockFolder } from "../../storage/lock.ts";
import { acceptLoss } from "../../storage/loss.ts";
import { testimonyIn, Witness } from "../../storage/witness.ts";
import { describeError, exitCodes, Fault } from "../command-line/exit.ts";
import { type DataFolder } from "./data-folder.ts";
import {
  authKeyName,
  checkFiles,
  databaseName,
  identityNames,
  type Manifest,
  readManifest,
} from "./manifest.ts";
import { exists, readKey, syncFile, syncFolder } from "./secret-files.ts";

export interface RestoreOptions {
  /** The key of the passwords, where it is neither in the backup nor in the data folder. */
  readonly keyFile: string | undefined;
  readonly serverName: string;
  readonly now: WallMs;
}

export interface Restored {
  readonly manifest: Manifest;
  /** Where what was there before is; undefined: nothing was. */
  readonly before: string | undefined;
}

/**
 * Where nothing says how much was kept after the backup (another machine), so much is passed over: more than a
 * server writes between two backups, and nothing of the numbers there are.
 */
const unknownLoss = 1_000_000;
const stagingPrefix = "restoring-";
/** Made from the database, and made anew for the one that is restored. */
const derivedNames = ["search.db", "search.db-wal", "search.db-shm"];

/** @throws Fault, and then nothing is changed */
export async function restore(
  data: DataFolder,
  source: string,
  options: RestoreOptions,
): Promise<Restored> {
  const lock = lockFolder(data.path);
  if (!lock.ok) {
    throw new Fault(
      exitCodes.unavailable,
      lock.error,
      "Stop it first; a backup is restored while no server runs.",
    );
  }
  try {
    return await prepared(data, source, options, (staged) => {
      const { manifest } = staged;
      const before = keepBefore(data, options.now);
      replace(data, staged);
      return { manifest, before };
    });
  } finally {
    lock.value.release();
  }
}

/** Only the checks, also while a server runs. @throws Fault */
export async function checkBackup(
  data: DataFolder,
  source: string,
  options: RestoreOptions,
): Promise<Manifest> {
  return prepared(data, source, options, ({ manifest }) => manifest);
}

/** What is to take the place of what is there. */
interface Staged {
  readonly folder: string;
  readonly manifest: Manifest;
  /** Files beside the database, by their names. */
  readonly names: readonly string[];
  readonly kept: number;
}

async function prepared<T>(
  data: DataFolder,
  source: string,
  options: RestoreOptions,
  then: (staged: Staged) => T,
): Promise<T> {
  const backup = resolve(source);
  const manifest = readManifest(backup);
  const folder = mkdtempSync(join(data.path, stagingPrefix));
  try {
    await checkFiles(backup, manifest);
    const key = keyFor(data, backup, manifest, options);
    return then(stage(data, { backup, folder, manifest, key }, options));
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault(exitCodes.inputOutput, `${backup} cannot be restored: ${describeError(error)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The text of the key file to be put into the data folder; undefined: the one that is there, if any is needed. @throws Fault */
function keyFor(
  data: DataFolder,
  backup: string,
  { keys, files }: Manifest,
  { keyFile }: RestoreOptions,
): string | undefined {
  const own = files[authKeyName] === undefined ? undefined : join(backup, authKeyName);
  const file = keyFile ?? own ?? data.authKey;
  if (keys.length === 0) return own === undefined ? undefined : readKey(own);
  const hint = "Name the key file that belongs to it:  authchat restore FOLDER --key FILE";
  if (!exists(file)) {
    throw new Fault(exitCodes.failure, `the key of the passwords of ${backup} is missing`, hint);
  }
  const text = readKey(file);
  const known = keyIdsIn(text) ?? [];
  if (keys.some((id) => !known.includes(id))) {
    throw new Fault(
      exitCodes.failure,
      `${file} is not the key of the passwords of ${backup}: none of them would work`,
      hint,
    );
  }
  return file === data.authKey ? undefined : text;
}

interface Staging {
  readonly backup: string;
  readonly folder: string;
  readonly manifest: Manifest;
  readonly key: string | undefined;
}

/** Everything as it is to be, beside what is there. @throws Fault */
function stage(
  data: DataFolder,
  { backup, folder, manifest, key }: Staging,
  options: RestoreOptions,
): Staged {
  const file = join(folder, databaseName);
  copyFileSync(join(backup, databaseName), file);
  const kept = bringUpToDate(file, { manifest, lost: lostSince(data, manifest) }, options);
  syncFile(file);
  const names = identityNames.filter((name) => manifest.files[name] !== undefined);
  for (const name of names) {
    copyFileSync(join(backup, name), join(folder, name));
    syncFile(join(folder, name));
  }
  if (key === undefined) return { folder, manifest, names, kept };
  writeFileSync(join(folder, authKeyName), key, { mode: 0o600 });
  syncFile(join(folder, authKeyName));
  return { folder, manifest, names: [...names, authKeyName], kept };
}

/** How many changes were kept after the backup, as far as anything says so. */
function lostSince(data: DataFolder, { kept }: Manifest): number {
  const ever = testimonyIn(data.witness) ?? keptOf(data.database);
  return ever === undefined || ever < kept ? unknownLoss : ever - kept;
}

/** Undefined when there is no database, or none that can be read. */
function keptOf(file: string): number | undefined {
  try {
    return exists(file) ? keptIn(file) : undefined;
  } catch {
    return undefined;
  }
}

/** Answers how many changes it says were kept. @throws Fault when it is not what the manifest says. */
function bringUpToDate(
  file: string,
  { manifest, lost }: { readonly manifest: Manifest; readonly lost: number },
  { serverName, now }: RestoreOptions,
): number {
  const database = openDatabase(file);
  try {
    compare(inspect(database), manifest);
    if (lost > 0) {
      const words = `Restored from a backup of ${manifest.madeAt}: what was said here after that is lost`;
      acceptLoss(database, { changes: lost, words, source: serverName, now });
    }
    return database.kept;
  } finally {
    database.close();
  }
}

function compare({ problems, damaged, entries, heads }: Inspection, manifest: Manifest): void {
  const [problem] = problems;
  if (problem !== undefined) throw damagedFault(problem);
  if (damaged.length > manifest.damaged) {
    throw damagedFault(`${damaged.length - manifest.damaged} of its entries are damaged`);
  }
  const isWhole = Bun.deepEquals(heads, manifest.heads) && entries === manifest.entries;
  if (!isWhole) throw damagedFault("it has other entries than its manifest says");
}

function damagedFault(why: string): Fault {
  return new Fault(
    exitCodes.inputOutput,
    `the backup's database is damaged: ${why}`,
    "Nothing was changed. Use another backup.",
  );
}

/** Gives all that is there now a second name. */
function keepBefore(data: DataFolder, now: WallMs): string | undefined {
  const { path, database, witness } = data;
  const names = [databaseName, authKeyName, ...identityNames].map((name) => join(path, name));
  const there = [...names, `${database}-wal`, `${database}-shm`, witness].filter(exists);
  if (there.length === 0) return undefined;
  const before = join(path, `before-restore-${isoTime(now).replace(/[:.]/g, "-")}`);
  mkdirSync(before, { mode: 0o700 });
  for (const file of there) {
    const name = join(before, file.slice(path.length + 1));
    try {
      linkSync(file, name);
    } catch {
      copyFileSync(file, name); // not every file system has second names
    }
  }
  syncFolder(before);
  return before;
}

function replace(
  { path, database, witness, restoreBegun }: DataFolder,
  { folder, names, kept }: Staged,
): void {
  writeFileSync(restoreBegun, "", { mode: 0o600 });
  syncFolder(path);
  // A write-ahead log belongs to its own database: SQLite would write it into the other one.
  for (const file of [`${database}-wal`, `${database}-shm`]) rmSync(file, { force: true });
  for (const name of derivedNames) rmSync(join(path, name), { force: true });
  syncFolder(path);
  for (const name of names) renameSync(join(folder, name), join(path, name));
  renameSync(join(folder, databaseName), database);
  rmSync(witness, { force: true }); // it has a second name in what is kept, and is not to be changed there
  const witnessing = new Witness(witness);
  witnessing.write(kept);
  witnessing.close();
  syncFolder(path);
  rmSync(restoreBegun);
}

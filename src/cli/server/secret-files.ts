/**
 * Secret files: read only when nobody else can read them, and written whole or not at all.
 */
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { describeError, errorCode, exitCodes, Fault } from "../command-line/exit.ts";

export function exists(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}

/** @throws Fault */
export function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const isForbidden = errorCode(error) === "EACCES";
    const code = isForbidden ? exitCodes.noPermission : exitCodes.settings;
    throw new Fault(code, `cannot read ${file}: ${describeError(error)}`);
  }
}

/** As `read`, of a file that nobody else may read. @throws Fault */
export function readKey(file: string): string {
  const text = read(file);
  const status = statSync(file);
  const user = process.geteuid?.();
  if (user === undefined) return text;
  if (status.uid !== user && status.uid !== 0) {
    throw new Fault(exitCodes.noPermission, `the key ${file} belongs to another user`);
  }
  if ((status.mode & 0o077) !== 0) {
    const mode = (status.mode & 0o777).toString(8);
    throw new Fault(
      exitCodes.noPermission,
      `others may read the key ${file} (mode ${mode})`,
      `chmod 600 '${file}'`,
    );
  }
  return text;
}

/** Whole or not at all, for its owner only, and on the disk when it returns. */
export function write(file: string, text: string): void {
  const beside = `${file}.new`;
  try {
    const descriptor = openSync(beside, "w", 0o600);
    try {
      writeSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(beside, file);
    syncFolder(dirname(file));
  } catch (error) {
    throw new Fault(exitCodes.inputOutput, `cannot write ${file}: ${describeError(error)}`);
  }
}

/** What was written to the file is on the disk. */
export function syncFile(file: string): void {
  const descriptor = openSync(file, "r+");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The new name is in the folder, and the folder is on the disk as well. */
export function syncFolder(path: string): void {
  if (process.platform === "win32") return; // folders cannot be opened there
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

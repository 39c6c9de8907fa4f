/**
 * Export: records from the database of a data folder, as lines of JSON, to a file or to standard output.
 *
 * It reads the database itself, as the user to whom the data folder belongs, whether a server is running on it or not.
 * The file is made new, mode 0600, and is whole or not there.
 */
import { closeSync, fsyncSync, openSync, unlinkSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import { Exporting, type ExportRecord } from "../../storage/exporting.ts";
import { openToRead } from "../../storage/opening.ts";
import { describeError, errorCode, exitCodes, Fault } from "../command-line/exit.ts";
import { standardError, standardOut } from "../terminal/out.ts";
import { dataFolderPath, existingDataFolder } from "./data-folder.ts";
import { type ServeSettings } from "./serve-settings.ts";

export interface Export {
  /** Undefined: there is no such thing. */
  readonly records: (from: Exporting) => Iterable<ExportRecord> | undefined;
  /** What there is not, in words. */
  readonly missing: string;
  /** Undefined: standard output. */
  readonly file: string | undefined;
}

/** What waits to be read by whoever is behind standard output: more, and they are waited for. */
const queuedBytesMax = 256 * 1024;

/** Answers the exit code: 1 when something of it is damaged. @throws Fault, StorageFault */
export async function exportRecords(
  settings: ServeSettings,
  { records, missing, file }: Export,
): Promise<number> {
  const folder = existingDataFolder(dataFolderPath(settings.dataFolder));
  const database = openToRead(folder.database);
  try {
    const found = records(new Exporting(database));
    if (found === undefined) throw new Fault(exitCodes.failure, missing);
    const damaged = file === undefined ? await print(found) : writeFile(found, resolve(file));
    if (damaged === 0) return exitCodes.ok;
    const what = damaged === 1 ? "an entry is" : `${damaged} entries are`;
    standardError.line(`authchat: ${what} damaged, and named in the export without its words`);
    return exitCodes.failure;
  } finally {
    database.close();
  }
}

/** Answers how many of them are damaged. */
async function print(records: Iterable<ExportRecord>): Promise<number> {
  let damaged = 0;
  for (const record of records) {
    if (record.type === "damaged") damaged += 1;
    standardOut.line(JSON.stringify(record));
    if (standardOut.queuedBytes > queuedBytesMax) await standardOut.flushed();
    if (standardOut.isClosed) break;
  }
  await standardOut.flushed();
  return damaged;
}

function writeFile(records: Iterable<ExportRecord>, file: string): number {
  const descriptor = openNew(file);
  let damaged = 0;
  try {
    for (const record of records) {
      if (record.type === "damaged") damaged += 1;
      writeSync(descriptor, `${JSON.stringify(record)}\n`);
    }
    fsyncSync(descriptor);
  } catch (error) {
    unlinkSync(file);
    throw new Fault(exitCodes.inputOutput, `cannot write ${file}: ${describeError(error)}`);
  } finally {
    closeSync(descriptor);
  }
  return damaged;
}

function openNew(file: string): number {
  try {
    return openSync(file, "wx", 0o600);
  } catch (error) {
    const isThere = errorCode(error) === "EEXIST";
    const why = isThere
      ? `${file} is there already`
      : `cannot write ${file}: ${describeError(error)}`;
    throw new Fault(isThere ? exitCodes.failure : exitCodes.noPermission, why);
  }
}

/**
 * The witness: a file of 16 bytes beside the database, which says how much was kept.
 *
 * Of a damaged write-ahead log SQLite silently drops everything from the damage on: the database is
 * sound and shorter, and nobody would know. So after each commit the number of changes that were
 * ever kept, which the database holds as well, is written here. When there is more here than there
 * at a start, something that was acknowledged is gone, and the server does not start.
 *
 *     0   6   the number, least byte first
 *     6   6   zero
 *     12  4   CRC-32 of the first twelve, least byte first
 *
 * It is not synced: it costs 0.9 µs instead of a flush, survives a crash of the program, and after a
 * loss of power at worst says less than is there, which is no alarm. So it is never ahead of what is
 * on disk, as long as it is written after the commit and not for what `relaxed` writes.
 */
import { closeSync, openSync, readSync, statSync, writeSync } from "node:fs";
import { assert } from "../base/assert.ts";

const recordBytes = 16;
const numberBytes = 6;
const checksumAt = 12;

export class Witness {
  readonly #descriptor: number;
  readonly #record = Buffer.alloc(recordBytes);
  /** What the file said when it was opened; undefined: it was new, or cannot be read. */
  readonly found: number | undefined;

  /** Makes the file where there is none. @throws when the system refuses. */
  constructor(file: string) {
    this.#descriptor = openForBoth(file);
    this.found = this.#read();
  }

  /** So much is kept now. Where the disk refuses, the witness says less than is there: no alarm. */
  write(kept: number): void {
    assert(Number.isSafeInteger(kept) && kept >= 0, "a number of changes");
    this.#record.writeUIntLE(kept, 0, numberBytes);
    this.#record.writeUInt32LE(checksumOf(this.#record), checksumAt);
    try {
      writeSync(this.#descriptor, this.#record, 0, recordBytes, 0);
    } catch {
      // What it is about is committed, whatever becomes of this.
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #read(): number | undefined {
    const record = Buffer.alloc(recordBytes);
    if (readSync(this.#descriptor, record, 0, recordBytes, 0) !== recordBytes) return undefined;
    if (record.readUInt32LE(checksumAt) !== checksumOf(record)) return undefined;
    return record.readUIntLE(0, numberBytes);
  }
}

/** What the file says; undefined where there is none, or none that can be read. */
export function testimonyIn(file: string): number | undefined {
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return undefined;
  const witness = new Witness(file);
  witness.close();
  return witness.found;
}

function openForBoth(file: string): number {
  closeSync(openSync(file, "a", 0o600)); // made, when there is none
  return openSync(file, "r+");
}

function checksumOf(record: Buffer): number {
  return Bun.hash.crc32(record.subarray(0, checksumAt));
}

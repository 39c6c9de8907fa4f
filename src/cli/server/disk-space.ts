/**
 * Disk space: how full the disk of the data is, and what follows from it.
 *
 *     writable    there is room, and the ballast is there or can be made
 *     read-only   there is next to none, or a commit found none and the ballast was given up for it
 *
 * It becomes read-only before SQLite runs into the end, where that can be seen coming, and writable again by
 * itself, once there is room for the ballast and as much again: the ballast is filled first, so that the next end
 * is met as the last one was.
 */
import { statfsSync } from "node:fs";
import { Ballast } from "../../storage/ballast.ts";
import { describeError } from "../command-line/exit.ts";

/** Of the disk's size; below, operators are warned. */
const warnShare = 0.05;
/** Again once it has been so much better. */
const wellShare = 0.06;
/** Below both nothing is kept: the logs and libraries of the machine want a little as well. */
const reservedShare = 0.01;
const reservedBytesMax = 128 * 1024 * 1024;

/** So much of the ballast is written at a look: 64 MiB in a minute and a half. */
const leisureBytes = 4 * 1024 * 1024;

export interface DiskSpaceOptions {
  /** Where the database is. */
  readonly folder: string;
  readonly ballast: string;
  readonly changed: (isReadOnly: boolean, reason: string) => void;
  readonly problem: (sentence: string) => void;
  /** How much room there is: the system's word, unless a test has another. */
  readonly measure?: (folder: string) => Room;
}

export interface Room {
  readonly totalBytes: number;
  readonly freeBytes: number;
}

export class DiskSpace {
  readonly #options: DiskSpaceOptions;
  readonly #ballast: Ballast;
  #isReadOnly = false;
  #isWarned = false;
  #isFailing = false;

  constructor(options: DiskSpaceOptions) {
    this.#options = options;
    this.#ballast = new Ballast(options.ballast);
  }

  /** A commit found no room: gives up the ballast. False: there was none. */
  makeRoom(reason: string): boolean {
    if (!this.#ballast.giveUp()) return false;
    this.#change(true, reason);
    return true;
  }

  /** Looks how it is, now and every few seconds. */
  async look(): Promise<void> {
    const room = this.#measure();
    if (room === undefined) return;
    this.#warn(room);
    const { totalBytes, freeBytes } = room;
    const reserved = Math.min(totalBytes * reservedShare, reservedBytesMax);
    const wanted = Ballast.sizeOn(totalBytes);
    const missing = Math.max(0, wanted - this.#ballast.size);
    const left = `${mebibytes(freeBytes)} MiB of the disk are free`;
    if (freeBytes < reserved + missing) {
      this.#change(true, left);
      return;
    }
    // Twice: what was just freed is soon used again, and people are not to be told every few seconds.
    const isWell = freeBytes >= 2 * reserved + missing;
    if (this.#isReadOnly && !isWell) return;
    // At leisure, unless people wait for it.
    const next = this.#isReadOnly ? wanted : Math.min(wanted, this.#ballast.size + leisureBytes);
    const isFilled = await this.#ballast.fill(next);
    if (isFilled) this.#change(false, left);
  }

  #measure(): Room | undefined {
    const { folder, problem, measure = roomOf } = this.#options;
    try {
      const room = measure(folder);
      this.#isFailing = false;
      return room;
    } catch (error) {
      if (!this.#isFailing) problem(`how full the disk is cannot be seen: ${describeError(error)}`);
      this.#isFailing = true;
      return undefined;
    }
  }

  #warn({ totalBytes, freeBytes }: Room): void {
    const share = freeBytes / Math.max(totalBytes, 1);
    if (share >= wellShare) this.#isWarned = false;
    if (share >= warnShare || this.#isWarned) return;
    this.#isWarned = true;
    this.#options.problem(
      `the disk of ${this.#options.folder} is almost full: ${mebibytes(freeBytes)} MiB are free`,
    );
  }

  #change(isReadOnly: boolean, reason: string): void {
    if (isReadOnly === this.#isReadOnly) return;
    this.#isReadOnly = isReadOnly;
    this.#options.changed(isReadOnly, reason);
  }
}

/** Of what the user of the server may use: some file systems keep a share for root. */
function roomOf(folder: string): Room {
  const { bsize, blocks, bavail } = statfsSync(folder);
  return { totalBytes: bsize * blocks, freeBytes: bsize * bavail };
}

function mebibytes(bytes: number): string {
  const amount = bytes / (1024 * 1024);
  return amount < 10 ? amount.toFixed(1) : amount.toFixed(0);
}

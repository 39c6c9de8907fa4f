/**
 * The ballast: a file that holds room on the disk, to be given up when the disk is full, so that what
 * was under way can still be kept, and a little after it.
 *
 * It is filled with bytes that no file system makes smaller, a piece at a time, without blocking
 * anyone; while it cannot be, there is no room for it, and the disk counts as full.
 */
import { randomFillSync } from "node:crypto";
import { statSync, unlinkSync } from "node:fs";
import { open } from "node:fs/promises";

/** As much as a server with many members writes in a quarter of an hour. */
export const ballastBytes = 64 * 1024 * 1024;
/** Of a small disk so much at most: it has to hold the largest turn, on a disk of any use. */
const ballastShare = 1 / 4;
const pieceBytes = 1024 * 1024;

export class Ballast {
  readonly #file: string;
  #filling: Promise<boolean> | undefined;
  #fillings = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** So much it is to be on a disk of that size. */
  static sizeOn(diskBytes: number): number {
    return Math.min(ballastBytes, Math.floor(diskBytes * ballastShare));
  }

  get size(): number {
    return statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Makes it that large; answers whether it is. What could not be filled is given back. */
  async fill(bytes: number): Promise<boolean> {
    this.#filling ??= this.#fill(bytes);
    try {
      return await this.#filling;
    } finally {
      this.#filling = undefined;
    }
  }

  /** Gives the room back at once; answers whether there was any. */
  giveUp(): boolean {
    this.#fillings += 1; // one that is under way ends
    const had = this.size > 0;
    try {
      unlinkSync(this.#file);
    } catch {
      return false;
    }
    return had;
  }

  async #fill(bytes: number): Promise<boolean> {
    this.#fillings += 1;
    const own = this.#fillings;
    const has = this.size;
    if (has >= bytes) return true;
    const piece = Buffer.alloc(Math.min(pieceBytes, bytes));
    randomFillSync(piece);
    try {
      const file = await open(this.#file, "a", 0o600);
      try {
        for (let at = has; at < bytes; at += piece.length) {
          if (this.#fillings !== own) return false;
          await file.write(piece, 0, Math.min(piece.length, bytes - at));
        }
        return this.size >= bytes;
      } finally {
        await file.close();
      }
    } catch {
      this.giveUp();
      return false;
    }
  }
}

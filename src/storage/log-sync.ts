/**
 * LogSync: brings the write-ahead log to the disk, here or in a thread, while the program goes on.
 *
 * Promises: what was committed before `sync` was called is on disk when it answers. In threads one goes on at a time:
 * whoever asks for it meanwhile is answered together by the next one. After a failure each one fails, since what a system
 * says after a failed flush is not to be believed. After `close` nobody is answered.
 *
 * In a thread it costs 25 µs of the processor more, and on a core that both share 100 µs more until it is done; what is
 * won is that the program works meanwhile. The threads are the runtime's, two or more, and others use them: behind two
 * hashes a flush waits 40 ms. So one that has not ended after `threadMsMax` is done here as well. Both have a descriptor of
 * their own: Linux tells each of them once that something could not be written.
 *
 * SQLite's own flush (`synchronous=FULL`) is the same call at the same place, but nothing else can happen during it. A
 * log that begins anew, and all that is moved out of it, is flushed by SQLite itself with NORMAL as with FULL.
 */
import { closeSync, fdatasync, fdatasyncSync, openSync } from "node:fs";

/** Told why it failed; undefined: it is on disk. */
export type Synced = (failure: unknown) => void;

/** Where it is done: here the answer comes at once, in a thread later. */
export type SyncPlace = "here" | "in a thread";

/** A flush in a thread that takes longer may not have begun. */
const threadMsMax = 20;

export class LogSync {
  readonly #file: string;
  readonly #descriptors = new Map<SyncPlace, number>();
  #waiting: Synced[] = [];
  #isUnderWay = false;
  #isClosed = false;
  #failure: unknown;

  /** `file`: of the write-ahead log, which is there from the first commit on, and the same as long as the database is open. */
  constructor(file: string) {
    this.#file = file;
  }

  sync(place: SyncPlace, synced: Synced): void {
    if (place === "here") {
      this.#syncHere();
      synced(this.#failure);
      return;
    }
    this.#waiting.push(synced);
    if (!this.#isUnderWay) this.#begin();
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting = [];
    if (!this.#isUnderWay) this.#release();
  }

  #syncHere(): void {
    if (this.#failure !== undefined) return;
    try {
      fdatasyncSync(this.#descriptorOf("here"));
    } catch (failure) {
      this.#failure = failure;
    }
  }

  /** For all who wait. */
  #begin(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#isUnderWay = true;
    const helping = setTimeout(() => {
      this.#syncHere();
      this.#answer(waiting);
    }, threadMsMax);
    const ended = (failure: unknown): void => {
      clearTimeout(helping);
      this.#isUnderWay = false;
      this.#failure ??= failure ?? undefined;
      if (this.#isClosed) this.#release();
      else if (this.#waiting.length > 0) this.#begin();
      this.#answer(waiting);
    };
    try {
      fdatasync(this.#descriptorOf("in a thread"), ended);
    } catch (failure) {
      setImmediate(() => ended(failure));
    }
  }

  /** Each is answered once. */
  #answer(waiting: Synced[]): void {
    for (const synced of waiting.splice(0)) if (!this.#isClosed) synced(this.#failure);
  }

  #descriptorOf(place: SyncPlace): number {
    const known = this.#descriptors.get(place);
    if (known !== undefined) return known;
    const descriptor = openSync(this.#file, "r");
    this.#descriptors.set(place, descriptor);
    return descriptor;
  }

  #release(): void {
    for (const descriptor of this.#descriptors.values()) closeSync(descriptor);
    this.#descriptors.clear();
  }
}

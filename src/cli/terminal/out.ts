/**
 * Out: writes text to a file descriptor and never makes anyone wait for it.
 *
 * A terminal that stops reading (Ctrl-S, a stalled ssh) freezes the whole program when it is written to through
 * `process.stdout`; a stuck pipe makes it grow without limit. So: asynchronous writes, one at a time, and a queue
 * bounded in bytes. What does not fit is dropped by whole writes, counted in lines, and said when there is room
 * again. A reader that has gone (EPIPE, EIO) closes it silently: what is written from then on goes nowhere.
 *
 * A write is handed to another thread, which costs 0.1 ms of a core: a tenth of a login, when each of its lines goes
 * out alone. So writes can be given a distance (`distanceMs`): the first goes out at once, what comes soon after it
 * together.
 */
import { write as writeDescriptor } from "node:fs";
import { errorCode } from "../command-line/exit.ts";

/** Some 10,000 lines of a chat: minutes of a terminal that does not read. */
const queueBytesMax = 1024 * 1024;
/** In one call to the system: what was written while the last one was under way goes out together. */
const chunkBytesMax = 64 * 1024;
/** EAGAIN: the descriptor is non-blocking and full. */
const retryMs = 5;

interface Piece {
  readonly text: string;
  readonly bytes: number;
}

export interface OutOptions {
  readonly queueBytesMax?: number;
  /** Between two writes, at least. */
  readonly distanceMs?: number;
}

export class Out {
  readonly #descriptor: number;
  readonly #queueBytesMax: number;
  readonly #distanceMs: number;
  readonly #queue: Piece[] = [];
  #queuedBytes = 0;
  #linesDropped = 0;
  #isWriting = false;
  #isClosed = false;
  #sentAt = Number.NEGATIVE_INFINITY;
  /** Until there is a distance to the write before. */
  #pause: NodeJS.Timeout | undefined;
  #waiting: (() => void)[] = [];

  constructor(descriptor: number, options: OutOptions = {}) {
    this.#descriptor = descriptor;
    this.#queueBytesMax = options.queueBytesMax ?? queueBytesMax;
    this.#distanceMs = options.distanceMs ?? 0;
  }

  /** Nobody reads it any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Writes the text and a line end. */
  line(text: string): void {
    this.write(`${text}\n`);
  }

  /** Writes the text as it is: all of it or, when the queue is full, none of it. */
  write(text: string): void {
    if (this.#isClosed || text === "") return;
    this.#sayDropped();
    if (!this.#enqueue(text)) this.#linesDropped += linesIn(text);
    this.#pump();
  }

  /** Resolves when everything has been written or nobody reads any more, at the latest after `withinMs`. */
  flushed(withinMs = Number.POSITIVE_INFINITY): Promise<void> {
    this.#pumpNow();
    if (!this.#isWriting) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (Number.isFinite(withinMs)) setTimeout(resolve, withinMs);
    });
  }

  #enqueue(written: string): boolean {
    const text = written.toWellFormed(); // two halves of a character would be one, put together
    const bytes = Buffer.byteLength(text);
    if (this.#queuedBytes + bytes > this.#queueBytesMax) return false;
    this.#queue.push({ text, bytes });
    this.#queuedBytes += bytes;
    return true;
  }

  /** A mark where lines are missing, as soon as half of the queue is free again. */
  #sayDropped(): void {
    if (this.#linesDropped === 0 || this.#queuedBytes > this.#queueBytesMax / 2) return;
    const count = this.#linesDropped;
    if (this.#enqueue(`… ${count} ${count === 1 ? "line" : "lines"} dropped\n`)) {
      this.#linesDropped = 0;
    }
  }

  #pump(): void {
    if (this.#pause !== undefined) return;
    const leftMs = this.#sentAt + this.#distanceMs - performance.now();
    if (leftMs <= 0) this.#pumpNow();
    else if (this.#queue.length > 0) this.#pause = setTimeout(() => this.#pumpNow(), leftMs);
  }

  #pumpNow(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    if (this.#isWriting || this.#isClosed) return;
    const chunk = this.#takeChunk();
    if (chunk === undefined) return;
    this.#isWriting = true;
    this.#sentAt = performance.now();
    this.#send(chunk);
  }

  #send(chunk: Buffer): void {
    writeDescriptor(this.#descriptor, chunk, 0, chunk.length, null, (error, written) => {
      if (error === null) this.#sent(chunk, written);
      else if (errorCode(error) === "EAGAIN") setTimeout(() => this.#send(chunk), retryMs);
      else this.#close();
    });
  }

  #sent(chunk: Buffer, written: number): void {
    this.#queuedBytes -= written;
    if (written < chunk.length) {
      this.#send(chunk.subarray(written));
      return;
    }
    this.#isWriting = false;
    this.#sayDropped();
    this.#pump();
    if (this.#queuedBytes === 0) this.#release();
  }

  #takeChunk(): Buffer | undefined {
    let [count, bytes] = [0, 0];
    for (const piece of this.#queue) {
      if (count > 0 && bytes + piece.bytes > chunkBytesMax) break;
      bytes += piece.bytes;
      count += 1;
    }
    if (count === 0) return undefined;
    const pieces = this.#queue.splice(0, count);
    return Buffer.from(pieces.map(({ text }) => text).join(""));
  }

  #close(): void {
    this.#isClosed = true;
    this.#isWriting = false;
    this.#queue.length = 0;
    this.#queuedBytes = 0;
    this.#release();
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

function linesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count += 1;
  return Math.max(count, 1);
}

/** Between two writes of a log: nobody sees it, and a busy server writes 50 times a second, not 1,000 times. */
const logDistanceMs = 20;

/** Standard output and standard error of this process. */
export const standardOut: Out = new Out(1, { distanceMs: logDistanceMs });
export const standardError: Out = new Out(2);

/**
 * Peer: the sending side of one connection, server's or client's, and how it ends.
 *
 *     open → closing (what was written goes out) → shut down (waits for the other side) → closed
 *          → broken (too slow, or given up) → closed
 *
 * Promises: what is written goes out in order and whole, or the connection ends; a flush is one
 * write to the socket, as long as it fits into the scratch buffer (256 KiB); buffers that are
 * written are shared and never changed. A reader who lets more than `sendQueueBytesMax` pile up is
 * `isTooSlow`: whoever flushes asks, and breaks it, after the round and not inside it.
 *
 * What Bun does underneath, measured with 1.4.5: `write` takes what the kernel takes (some MB on
 * loopback) and says how much, −1 when the socket is closed; `end()` drops what the kernel did not
 * take, and on TCP makes the kernel answer a peer that is still sending with a reset, which loses
 * what was on its way; `shutdown()` loses nothing on TCP and TLS alike, but `close` then comes only
 * when the other side closes. `drain` comes also without a reason.
 */
import { present } from "../base/assert.ts";
import { linesIn } from "../base/lines.ts";
import { type Alarms } from "./alarms.ts";
import { type NetLimits } from "./limits.ts";

/** What a peer needs of a socket. */
export interface PeerSocket {
  /** How many of the bytes were taken; −1 when the socket is closed. */
  write(bytes: Uint8Array): number;
  shutdown(): void;
  terminate(): void;
  pause(): void;
  resume(): void;
}

export interface PeerOptions {
  readonly limits: Pick<NetLimits, "sendQueueBytesMax" | "closeMsMax">;
  /** Rings when a polite close has made no progress: `gaveUp` is to be called then. */
  readonly alarms: Pick<Alarms<Peer>, "set" | "clear">;
  /** After a polite close: all has gone out. */
  readonly saidAll?: (peer: Peer) => void;
}

/** What stands between lines and the socket: WebSocket's frames. */
export interface Framing {
  frame(line: Uint8Array): Uint8Array;
  farewell(): Uint8Array;
}

type State = "open" | "closing" | "shut-down" | "broken" | "closed";

/** One for all peers. */
const scratch = new Uint8Array(262_144);
/** The buffers that stand in it whole, one after the other: of the next peer they may be the same. */
let inScratch: readonly Uint8Array[] = [];

export class Peer {
  readonly #socket: PeerSocket;
  /** The same ones for all peers of a server: there may be thousands that say nothing. */
  readonly #options: PeerOptions;
  #state: State = "open";
  /** Why this side broke the connection, if it did. */
  #brokenBy: string | undefined;
  /**
   * Buffers not sent yet: those from `#first` on, of the first one only what follows `#firstSent`. Undefined: none, as
   * it is mostly.
   */
  #queue: Uint8Array[] | undefined;
  #first = 0;
  #firstSent = 0;
  #queuedBytes = 0;
  /** The kernel has taken all it would: the next attempt is `drained`'s. */
  #isBlocked = false;
  #framing: Framing | undefined;

  constructor(socket: PeerSocket, options: PeerOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  get isTooSlow(): boolean {
    return this.#queuedBytes > this.#options.limits.sendQueueBytesMax;
  }

  /** No bytes from the other side are of interest any more. */
  get isEnding(): boolean {
    return this.#state !== "open";
  }

  /** This side has nothing more to do: all it had to say has gone out, and it waits for the other side to close. */
  get hasSaidAll(): boolean {
    return this.#state === "shut-down";
  }

  /** Why this side broke the connection; undefined when it did not. */
  get brokenBy(): string | undefined {
    return this.#brokenBy;
  }

  /** Each line is a message of its own. */
  get isFramed(): boolean {
    return this.#framing !== undefined;
  }

  /** From now on each line is a message of its own. */
  frameWith(framing: Framing): void {
    this.#framing = framing;
  }

  /** Queues lines; `flush` sends. After `close`, nothing is queued. */
  write(lines: readonly Uint8Array[]): void {
    const framing = this.#framing;
    if (framing === undefined) this.writeRaw(lines);
    else this.writeRaw(lines.flatMap(linesIn).map((line) => framing.frame(line)));
  }

  /** Queues bytes that are no lines. */
  writeRaw(buffers: readonly Uint8Array[]): void {
    if (this.#state !== "open") return;
    const queue = (this.#queue ??= []);
    for (const buffer of buffers) {
      if (buffer.length === 0) continue;
      queue.push(buffer);
      this.#queuedBytes += buffer.length;
    }
  }

  /** Sends what is queued, as far as the kernel takes it. */
  flush(): void {
    if (!this.#isBlocked) this.#send();
  }

  /** The kernel takes more, perhaps: may be called at any time. */
  drained(): void {
    this.#isBlocked = false;
    this.#send();
  }

  /** Closes politely: what is queued goes out first. */
  close(): void {
    if (this.#state !== "open") return;
    if (this.#framing !== undefined) this.writeRaw([this.#framing.farewell()]);
    this.#state = "closing";
    // A socket that is not read would not notice the other side's end.
    this.#socket.resume();
    this.#options.alarms.set(this, this.#options.limits.closeMsMax);
    this.flush();
  }

  /** Closes at once; what is queued is lost. `why` is the reason that is told. */
  break(why: string): void {
    if (this.#state === "broken" || this.#state === "closed") return;
    this.#state = "broken";
    this.#brokenBy = why;
    this.#dropQueue();
    this.#socket.terminate();
  }

  /** The alarm has rung: the polite close takes too long. */
  gaveUp(): void {
    this.break("Closed");
  }

  /** The socket is closed. */
  closed(): void {
    this.#state = "closed";
    this.#options.alarms.clear(this);
    this.#dropQueue();
  }

  pause(): void {
    if (this.#state === "open") this.#socket.pause();
  }

  resume(): void {
    if (this.#state === "open") this.#socket.resume();
  }

  #send(): void {
    if (this.#state === "broken" || this.#state === "closed") return;
    const before = this.#queuedBytes;
    while (this.#queuedBytes > 0 && !this.#isBlocked) {
      const bytes = this.#piece();
      const taken = this.#socket.write(bytes);
      if (taken < 0) {
        this.#dropQueue(); // its `close` comes, or has come
        return;
      }
      this.#took(taken);
      this.#isBlocked = taken < bytes.length;
    }
    if (this.#state === "closing") this.#closeFurther(this.#queuedBytes < before);
  }

  #closeFurther(hasProgress: boolean): void {
    if (this.#queuedBytes > 0) {
      if (hasProgress) this.#options.alarms.set(this, this.#options.limits.closeMsMax);
      return;
    }
    this.#state = "shut-down";
    this.#options.alarms.set(this, this.#options.limits.closeMsMax);
    this.#socket.shutdown();
    this.#options.saidAll?.(this);
  }

  /** What goes out next: one buffer as it is, or several put together as far as they fit. */
  #piece(): Uint8Array {
    const queue = present(this.#queue, "what is counted is queued");
    const first = present(queue[this.#first], "what is counted is queued");
    const head = this.#firstSent === 0 ? first : first.subarray(this.#firstSent);
    if (head.length === this.#queuedBytes || head.length >= scratch.length) return head;
    const isWhole = this.#first === 0 && this.#firstSent === 0;
    if (isWhole && this.#queuedBytes <= scratch.length)
      return putTogether(queue, this.#queuedBytes);
    inScratch = [];
    scratch.set(head);
    let length = head.length;
    for (let index = this.#first + 1; index < queue.length; index += 1) {
      const next = queue[index];
      if (next === undefined || length === scratch.length) break;
      const room = scratch.length - length;
      // A view costs more than what it is for: 0.2 µs.
      const part = next.length <= room ? next : next.subarray(0, room);
      scratch.set(part, length);
      length += part.length;
    }
    return scratch.subarray(0, length);
  }

  #took(count: number): void {
    this.#queuedBytes -= count;
    let left = count + this.#firstSent;
    for (;;) {
      const head = this.#queue?.[this.#first];
      if (head === undefined || head.length > left) break;
      left -= head.length;
      this.#first += 1;
    }
    this.#firstSent = left;
    this.#forgetSent();
  }

  /** Sent buffers are let go: at once when all are, else when they are half of the queue. */
  #forgetSent(): void {
    const queue = this.#queue;
    if (queue === undefined || this.#queuedBytes === 0) this.#dropQueue();
    else if (this.#first * 2 >= queue.length) {
      queue.splice(0, this.#first);
      this.#first = 0;
    }
  }

  #dropQueue(): void {
    this.#queue = undefined;
    this.#first = 0;
    this.#firstSent = 0;
    this.#queuedBytes = 0;
  }
}

/** All that is queued. Members of a room are sent the same: then it stands there already. */
function putTogether(queue: readonly Uint8Array[], queuedBytes: number): Uint8Array {
  if (!areSame(queue, inScratch)) {
    let length = 0;
    for (const buffer of queue) {
      scratch.set(buffer, length);
      length += buffer.length;
    }
    inScratch = queue.slice();
  }
  return scratch.subarray(0, queuedBytes);
}

/** Buffers that are written never change, so the same ones hold the same. */
function areSame(some: readonly Uint8Array[], others: readonly Uint8Array[]): boolean {
  if (some.length !== others.length) return false;
  for (let index = 0; index < some.length; index += 1) {
    if (some[index] !== others[index]) return false;
  }
  return true;
}

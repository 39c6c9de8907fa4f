/**
 * What the members of a room are sent, checked: nothing lost, nothing doubled, nothing in another order.
 *
 * Members with the same capabilities are sent the same bytes. So only one copy of them is read (that of whoever is
 * furthest), line by line; everyone else's bytes are compared with it, which costs a fraction. Whose bytes are
 * others (a sender without echo does not see what it says itself) is read line by line too, and what it is told is
 * compared with the copy message by message.
 */
import { readPayload, type Said } from "./payload.ts";

/** Messages remembered: between who is furthest and who is last. */
const messagesMax = 1 << 18;
const bytesMax = 256 * 1024 * 1024;
/** Of a member whose messages differ, so many are kept to say how. */
const tornMax = 100_000;
/** Where the copy is of one who is told something twice, the second is found within so many messages. */
const twiceWithin = 1_000;

export interface Faults {
  lost: number;
  doubled: number;
  reordered: number;
}

export function noFaults(): Faults {
  return { lost: 0, doubled: 0, reordered: 0 };
}

/** A message has come to one more. */
export type Delivered = (number: number) => void;

/** The messages of each sender are to come in their order, each once. */
class Order {
  readonly faults = noFaults();
  readonly #last = new Map<number, number>();
  readonly #missing = new Set<string>();

  take({ sender, sequence }: Said): void {
    const last = this.#last.get(sender) ?? 0;
    for (let missed = last + 1; missed < sequence && this.#missing.size < tornMax; missed += 1) {
      this.#missing.add(`${sender} ${missed}`);
    }
    if (sequence <= last) {
      if (this.#missing.delete(`${sender} ${sequence}`)) this.faults.reordered += 1;
      else this.faults.doubled += 1;
    } else this.#last.set(sender, sequence);
  }

  /** Nothing more comes; so many were sent by each. */
  finish(sent: readonly number[]): Faults {
    let lost = this.#missing.size;
    for (const [sender, count] of sent.entries()) lost += count - (this.#last.get(sender) ?? 0);
    return { ...this.faults, lost };
  }
}

/** Splits what comes into messages, whatever the pieces. */
class Lines {
  #rest: Buffer = Buffer.alloc(0);
  readonly #length: number;

  constructor(payloadBytes: number) {
    this.#length = payloadBytes;
  }

  take(bytes: Buffer): Said[] {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const found: Said[] = [];
    let start = 0;
    for (let end = all.indexOf(10); end >= 0; end = all.indexOf(10, start)) {
      const said = readPayload(all, all[end - 1] === 13 ? end - 1 : end, this.#length);
      if (said !== undefined) found.push(said);
      start = end + 1;
    }
    this.#rest = Buffer.from(all.subarray(start));
    return found;
  }
}

/** The copy, and who is compared with it. */
export class SharedStream {
  readonly #payloadBytes: number;
  readonly #delivered: Delivered;
  readonly #order = new Order();
  readonly #followers: Follower[] = [];
  /** What is kept of the copy: from byte `#base` of it on. */
  #bytes = Buffer.allocUnsafe(1 << 20);
  #base = 0;
  #end = 0;
  /** Where the line begins that is not whole yet. */
  #lineAt = 0;
  readonly #ends = new Float64Array(messagesMax);
  readonly #numbers = new Float64Array(messagesMax);
  readonly #senders = new Uint8Array(messagesMax);
  #count = 0;
  /** Of the numbers in their order: two copies with the same have the same order. */
  digest = 0;

  constructor(payloadBytes: number, delivered: Delivered) {
    this.#payloadBytes = payloadBytes;
    this.#delivered = delivered;
  }

  get messages(): number {
    return this.#count;
  }

  /** A member whose bytes are the copy's. */
  follower(): Follower {
    const follower = new Follower(this, undefined);
    this.#followers.push(follower);
    return follower;
  }

  /** A member who does not see their own messages. */
  sender(number: number): Follower {
    const follower = new Follower(this, number);
    this.#followers.push(follower);
    return follower;
  }

  lines(): Lines {
    return new Lines(this.#payloadBytes);
  }

  deliver(number: number): void {
    this.#delivered(number);
  }

  numberAt(index: number): number {
    return this.#numbers[index % messagesMax] ?? 0;
  }

  senderAt(index: number): number {
    return this.#senders[index % messagesMax] ?? 0;
  }

  /** Those that a member has to see from there on: what the copy has twice, once. */
  numbersFrom(first: number, own: number | undefined): number[] {
    const before = new Set<number>();
    for (let index = Math.max(0, first - twiceWithin); index < first; index += 1) {
      before.add(this.numberAt(index));
    }
    const wanted: number[] = [];
    for (let index = first; index < this.#count && wanted.length < tornMax; index += 1) {
      const number = this.numberAt(index);
      if (this.senderAt(index) !== own && !before.has(number)) wanted.push(number);
    }
    return wanted;
  }

  endAt(index: number): number {
    return this.#ends[index % messagesMax] ?? 0;
  }

  /** Whether these are the bytes from there on, as far as they are known. */
  isSame(at: number, bytes: Buffer): boolean {
    const length = Math.min(bytes.length, this.#end - at);
    const from = at - this.#base;
    return length <= 0 || bytes.compare(this.#bytes, from, from + length, 0, length) === 0;
  }

  /** The bytes of the copy in between. */
  between(from: number, to: number): Buffer {
    return Buffer.from(this.#bytes.subarray(from - this.#base, to - this.#base));
  }

  /** These follow at that place: what is new in them is read. */
  extend(at: number, bytes: Buffer): void {
    const added = bytes.subarray(Math.max(0, this.#end - at));
    if (added.length === 0) return;
    this.#makeRoom(added.length);
    added.copy(this.#bytes, this.#end - this.#base);
    this.#end += added.length;
    this.#read();
  }

  finish(sent: readonly number[]): Faults {
    return this.#order.finish(sent);
  }

  #read(): void {
    const { length } = { length: this.#end - this.#base };
    const known = this.#bytes.subarray(0, length);
    for (;;) {
      const start = this.#lineAt - this.#base;
      const end = known.indexOf(10, start);
      if (end < 0) return;
      this.#lineAt = this.#base + end + 1;
      const said = readPayload(known, known[end - 1] === 13 ? end - 1 : end, this.#payloadBytes);
      if (said !== undefined) this.#add(said);
    }
  }

  #add(said: Said): void {
    const slot = this.#count % messagesMax;
    this.#ends[slot] = this.#lineAt;
    this.#numbers[slot] = said.number;
    this.#senders[slot] = said.sender;
    this.#count += 1;
    this.digest = (this.digest * 31 + said.number) % 9_007_199_254_740;
    this.#order.take(said);
  }

  /** What everybody has is not needed any more. */
  #makeRoom(more: number): void {
    if (this.#end - this.#base + more <= this.#bytes.length) return;
    let first = this.#lineAt;
    let next = this.#count;
    for (const follower of this.#followers) {
      if (!follower.isReading) first = Math.min(first, follower.lineStart);
      next = Math.min(next, follower.next);
    }
    if (this.#count - next >= messagesMax) throw new Error("a member is too far behind");
    const kept = this.#bytes.subarray(first - this.#base, this.#end - this.#base);
    let size = this.#bytes.length;
    while (size < (kept.length + more) * 2) size *= 2;
    if (size > bytesMax) throw new Error("a member is too far behind");
    const bytes = size === this.#bytes.length ? this.#bytes : Buffer.allocUnsafe(size);
    kept.copy(bytes);
    this.#bytes = bytes;
    this.#base = first;
  }
}

/** One member. */
export class Follower {
  /** Messages of the copy that have come here. */
  next = 0;
  readonly #stream: SharedStream;
  readonly #own: number | undefined;
  #at = 0;
  /** Its lines are read, in place of comparing bytes. */
  #lines: Lines | undefined;
  #early: number[] = [];
  /** What came from the first difference on. */
  #torn: number[] | undefined;
  #tornFrom = 0;

  constructor(stream: SharedStream, own: number | undefined) {
    this.#stream = stream;
    this.#own = own;
    if (own !== undefined) this.#lines = stream.lines();
  }

  get isReading(): boolean {
    return this.#lines !== undefined;
  }

  /** Where the message begins that has not come whole. */
  get lineStart(): number {
    return this.next === 0 ? 0 : this.#stream.endAt(this.next - 1);
  }

  take(bytes: Buffer): void {
    const stream = this.#stream;
    if (this.#lines === undefined && !stream.isSame(this.#at, bytes)) {
      this.#lines = stream.lines();
      this.#lines.take(stream.between(this.lineStart, this.#at));
    }
    if (this.#lines !== undefined) {
      for (const { number } of this.#lines.take(bytes)) this.#reads(number);
      this.#catchesUp();
      return;
    }
    stream.extend(this.#at, bytes);
    this.#at += bytes.length;
    while (this.next < stream.messages && stream.endAt(this.next) <= this.#at) {
      stream.deliver(stream.numberAt(this.next));
      this.next += 1;
    }
  }

  finish(): Faults {
    this.#catchesUp();
    const stream = this.#stream;
    const faults = noFaults();
    const came = this.#torn ?? this.#early;
    const from = this.#torn === undefined ? this.next : this.#tornFrom;
    const wanted = stream.numbersFrom(from, this.#own);
    const places = new Map(wanted.map((number, place) => [number, place]));
    const seen = new Set<number>();
    let furthest = -1;
    for (const number of came) {
      const place = places.get(number);
      if (place === undefined || seen.has(number)) faults.doubled += 1;
      else if (place < furthest) faults.reordered += 1;
      furthest = Math.max(furthest, place ?? -1);
      seen.add(number);
    }
    for (const number of wanted) if (!seen.has(number)) faults.lost += 1;
    return faults;
  }

  #reads(number: number): void {
    this.#stream.deliver(number);
    if (this.#torn !== undefined) {
      if (this.#torn.length < tornMax) this.#torn.push(number);
      return;
    }
    this.#early.push(number);
  }

  /** Compares with the copy what it has by now. */
  #catchesUp(): void {
    if (this.#torn !== undefined) return;
    const stream = this.#stream;
    let done = 0;
    for (const number of this.#early) {
      while (this.next < stream.messages && stream.senderAt(this.next) === this.#own)
        this.next += 1;
      if (this.next >= stream.messages) break;
      if (stream.numberAt(this.next) !== number) {
        this.#torn = this.#early.slice(done);
        this.#tornFrom = this.next;
        this.#early = [];
        return;
      }
      this.next += 1;
      done += 1;
    }
    if (done > 0) this.#early = this.#early.slice(done);
    while (this.next < stream.messages && stream.senderAt(this.next) === this.#own) this.next += 1;
  }
}

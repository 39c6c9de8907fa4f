/**
 * A disk that loses power, replayed from the system calls of a process: at any moment, what may be on it.
 *
 * Of a file is there what it was at its last fsync; each write and cut since then may have come to the disk or not,
 * whole or in sectors of 512 bytes, in any order. Names are there in the order they were made, as in a file system
 * with a journal. What is shared memory to SQLite (`-shm`) is none of it: it is made anew.
 *
 * What went out through sockets in the same trace is what people were shown, and must be on the disk for ever.
 */
import { below, chance, pick, type Random } from "../../src/base/random.ts";
import { type SystemCall } from "./system-calls.ts";

/** What came to the disk of what was not synced. */
export type Fate = "dropped" | "kept" | "some" | "torn";

const fates: readonly Fate[] = ["dropped", "kept", "some", "torn"];
const sectorBytes = 512;
/** A line about what has a place in a log. */
const shownLine = /^@(?:[^ ]*;)?msgid=([cp][^; ]*)\S* (?::\S+ )?(\w+)/;

type Pending =
  | { readonly kind: "write"; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: "cut"; readonly size: number };

interface DiskFile {
  /** As of its last fsync. */
  durable: Buffer;
  pending: Pending[];
  /** By thread: how much of it was pending when its fsync began. */
  readonly syncing: Map<string, number>;
  /** With all that is pending. */
  size: number;
}

interface Open {
  readonly file: DiskFile;
  /** Where the next write without an offset goes. */
  at: number;
}

/** Files by their names in the folder. */
export type Image = ReadonlyMap<string, Uint8Array>;

export class Disk {
  /** What people were shown, as it left through sockets: by id, the command that it was. */
  readonly shown = new Map<string, string>();
  readonly #folder: string;
  readonly #files = new Map<string, DiskFile>();
  readonly #open = new Map<number, Open>();
  /** By socket: the line that has not ended yet. */
  readonly #lines = new Map<number, string>();

  constructor(folder: string) {
    this.#folder = `${folder}/`;
  }

  /** @throws at a call that did something unknown to one of the files. */
  take(call: SystemCall): void {
    switch (call.kind) {
      case "open":
        return this.#opened(call);
      case "write":
        return this.#written(call);
      case "sync-begun": {
        const file = this.#open.get(call.file)?.file;
        file?.syncing.set(call.thread, file.pending.length);
        return undefined;
      }
      case "sync": {
        const open = this.#open.get(call.file);
        if (open !== undefined) sync(open.file, call.thread);
        return undefined;
      }
      case "cut": {
        const open = this.#open.get(call.file);
        if (open !== undefined) cut(open.file, call.size);
        return undefined;
      }
      case "remove": {
        const name = this.#nameOf(call.path);
        if (name !== undefined) this.#files.delete(name);
        return undefined;
      }
      case "rename":
        return this.#renamed(call.from, call.to);
      case "close":
        this.#open.delete(call.file);
        this.#lines.delete(call.file);
        return undefined;
      case "other":
        if (this.#open.has(call.file)) throw new Error(`${call.name} of a file of the server`);
    }
  }

  /** What may be there now, when power is lost. */
  image(random: Random, fate: Fate = pick(random, fates)): Image {
    const image = new Map<string, Uint8Array>();
    for (const [name, file] of this.#files) {
      if (!name.endsWith("-shm")) image.set(name, contentOf(file, random, fate));
    }
    return image;
  }

  #nameOf(path: string): string | undefined {
    const isInside =
      path.startsWith(this.#folder) && !path.slice(this.#folder.length).includes("/");
    return isInside ? path.slice(this.#folder.length) : undefined;
  }

  #opened({ file, path, isEmptied }: Extract<SystemCall, { readonly kind: "open" }>): void {
    // Whatever had this number before is closed.
    this.#open.delete(file);
    const name = this.#nameOf(path);
    if (name === undefined) return;
    let known = this.#files.get(name);
    if (known === undefined) {
      known = { durable: Buffer.alloc(0), pending: [], syncing: new Map(), size: 0 };
      this.#files.set(name, known);
    } else if (isEmptied) cut(known, 0);
    this.#open.set(file, { file: known, at: 0 });
  }

  #written({ file, bytes, offset }: Extract<SystemCall, { readonly kind: "write" }>): void {
    const open = this.#open.get(file);
    if (open === undefined) {
      this.#sent(file, bytes);
      return;
    }
    const at = offset ?? open.at;
    open.file.pending.push({ kind: "write", offset: at, bytes });
    open.file.size = Math.max(open.file.size, at + bytes.length);
    if (offset === undefined) open.at += bytes.length;
  }

  #sent(socket: number, bytes: Buffer): void {
    const lines = ((this.#lines.get(socket) ?? "") + bytes.toString("latin1")).split("\r\n");
    this.#lines.set(socket, lines.pop() ?? "");
    for (const line of lines) {
      const [, id, command = ""] = shownLine.exec(line) ?? [];
      if (id !== undefined) this.shown.set(id, command);
    }
  }

  #renamed(from: string, to: string): void {
    const [before, after] = [this.#nameOf(from), this.#nameOf(to)];
    const file = before === undefined ? undefined : this.#files.get(before);
    if (file === undefined || before === undefined || after === undefined) return;
    this.#files.delete(before);
    this.#files.set(after, file);
  }
}

/** What was written while it was under way may not be there yet. */
function sync(file: DiskFile, thread: string): void {
  const count = file.syncing.get(thread) ?? file.pending.length;
  file.syncing.delete(thread);
  file.durable = applied(file.durable, file.pending.slice(0, count));
  file.pending = file.pending.slice(count);
  for (const [other, begun] of file.syncing) file.syncing.set(other, Math.max(begun - count, 0));
}

function cut(file: DiskFile, size: number): void {
  file.pending.push({ kind: "cut", size });
  file.size = size;
}

function contentOf({ durable, pending }: DiskFile, random: Random, fate: Fate): Uint8Array {
  switch (fate) {
    case "dropped":
      return durable;
    case "kept":
      return applied(durable, pending);
    case "some":
      return applied(
        durable,
        pending.filter(() => chance(random, 0.5)),
      );
    case "torn":
      return applied(
        durable,
        pending.flatMap((one) => torn(one, random)),
      );
  }
}

/** Whole, not at all, or some of its sectors. */
function torn(one: Pending, random: Random): Pending[] {
  const draw = below(random, 3);
  if (one.kind === "cut" || draw > 0) return draw === 1 ? [] : [one];
  const pieces: Pending[] = [];
  let at = 0;
  while (at < one.bytes.length) {
    const offset = one.offset + at;
    const end = Math.min(one.bytes.length, at + sectorBytes - (offset % sectorBytes));
    if (chance(random, 0.5))
      pieces.push({ kind: "write", offset, bytes: one.bytes.subarray(at, end) });
    at = end;
  }
  return pieces;
}

function applied(durable: Buffer, pending: readonly Pending[]): Buffer {
  let size = durable.length;
  let room = size;
  for (const one of pending) {
    size = one.kind === "cut" ? one.size : Math.max(size, one.offset + one.bytes.length);
    room = Math.max(room, size);
  }
  const content = Buffer.alloc(room);
  durable.copy(content);
  let end = durable.length;
  for (const one of pending) {
    if (one.kind === "cut") {
      // What is cut away and written again later is empty in between.
      if (one.size < end) content.fill(0, one.size, end);
      end = one.size;
    } else {
      one.bytes.copy(content, one.offset);
      end = Math.max(end, one.offset + one.bytes.length);
    }
  }
  return content.subarray(0, end);
}

/**
 * Missed: how much was said in which room while the user was not there, until the room is read.
 *
 * History comes in pieces; when none has come for a moment, `tell` is called: for rooms that were not told of yet.
 */
import { NameMap } from "../../protocol/names.ts";

const quietMs = 200;

interface Entry {
  readonly room: string;
  count: number;
  isTold: boolean;
}

export class Missed {
  readonly #tell: () => void;
  readonly #entries = new NameMap<Entry>();
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: () => void) {
    this.#tell = tell;
  }

  /** One more message; there are no more rooms than the model has. */
  add(room: string): void {
    const entry = this.#entries.find(room) ?? { room, count: 0, isTold: false };
    entry.count += 1;
    entry.isTold = false;
    this.#entries.set(room, entry);
    this.tellSoon();
  }

  tellSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#tell, quietMs);
  }

  /** Each is given once, unless more is missed there. */
  untold(): (readonly [room: string, count: number])[] {
    const entries = [...this.#entries.values()].filter(({ isTold }) => !isTold);
    for (const entry of entries) entry.isTold = true;
    return entries.map(({ room, count }) => [room, count] as const);
  }

  count(room: string): number {
    return this.#entries.find(room)?.count ?? 0;
  }

  /** Some room with something missed in it. */
  get first(): string | undefined {
    for (const { room } of this.#entries.values()) return room;
    return undefined;
  }

  renamed(from: string, to: string): void {
    const entry = this.#entries.find(from);
    if (entry === undefined) return;
    this.#entries.delete(from);
    this.#entries.set(to, { ...entry, room: to });
  }

  read(room: string): void {
    this.#entries.delete(room);
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}

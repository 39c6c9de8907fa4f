/**
 * Held back: what is said while a session is still being told what it has missed.
 *
 * Lines are held in the order in which they would have been shown. Those of entries that the session has got from the
 * log meanwhile are not shown again; what it said itself is not told again from the log either. More than the limit is
 * not held: the session is to be closed, and goes on from where it was when it comes again.
 */
import { type Line } from "./outside.ts";

interface Held {
  /** Of the entry; undefined: it is not in the log, or the answer to a command. */
  readonly id: number | undefined;
  readonly lines: readonly Line[];
}

export class HeldBack {
  readonly #bytesMax: number;
  #held: Held[] = [];
  #bytes = 0;
  /** Entries that the session has said itself meanwhile. */
  readonly #own = new Set<number>();
  /** There was more than may be held. */
  isOver = false;
  /** The answer to a command is among it: those of the commands after it come after it. */
  hasAnswer = false;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  hold(id: number | undefined, lines: readonly Line[]): void {
    if (this.isOver) return;
    for (const line of lines) this.#bytes += line.length;
    this.#held.push({ id, lines });
    this.isOver = this.#bytes > this.#bytesMax;
    if (this.isOver) this.#held = [];
  }

  holdAnswer(lines: readonly Line[]): void {
    this.hasAnswer = true;
    this.hold(undefined, lines);
  }

  /** The session has said it; what it is answered, if anything, is held by itself. */
  said(id: number): void {
    this.#own.add(id);
  }

  hasSaid(id: number): boolean {
    return this.#own.has(id);
  }

  /** All that is not told from the log, which was read up to that entry. */
  take(upTo: number): Line[] {
    const held = this.#held;
    this.#held = [];
    return held.flatMap(({ id, lines }) => (id !== undefined && id <= upTo ? [] : lines));
  }
}

/**
 * Held back: what happens while a session is still being told what it has missed.
 *
 * Lines are held in the order in which they would have been shown: those of what is in the logs, and answers to
 * commands from the first on that has one of these. More than the limit is not held: the session is to be closed, and
 * goes on from where it was when it comes again.
 */
import { type Line } from "./outside.ts";

export class HeldBack {
  readonly #bytesMax: number;
  #lines: Line[] = [];
  #bytes = 0;
  /** The last entry from before it: all after that is held. Undefined until its turn is kept. */
  since: number | undefined;
  /** There was more than may be held. */
  isOver = false;
  /** The answer to a command is among it: those of the commands after it come after it. */
  hasAnswer = false;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  hold(lines: readonly Line[]): void {
    if (this.isOver) return;
    for (const line of lines) {
      this.#bytes += line.length;
      this.#lines.push(line);
    }
    this.isOver = this.#bytes > this.#bytesMax;
    if (this.isOver) this.#lines = [];
  }

  take(): readonly Line[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }
}

/**
 * Letting go: gives memory back when many have come or gone.
 *
 * What thousands of handshakes leave behind stays until the runtime has a reason to look for it, and connections that are
 * silent give it none. So all of it is collected once, when a rush is over. For as long nobody is answered: 60 ms with
 * 9,000 connections, a moment beside the rush itself.
 */

/** How often it is looked whether a rush is over. */
const lookEveryMs = 5_000;
/** A rush: so many have come or gone since it was last collected, and half of those there are. */
export const rushMin = 1_000;
/** It is over when from one look to the next no more than that come or go. */
export const stillMax = 50;
/** After so many looks like that there has been no rush: a few who come and go all day are none. */
export const stillLooksMax = 6;

export interface LettingGoOptions {
  /** Connections there are. */
  readonly size: () => number;
  readonly collect: () => void;
}

export class LettingGo {
  readonly #options: LettingGoOptions;
  #timer: NodeJS.Timeout | undefined;
  /** Who has come or gone since it was last collected, and how many of them before the last look. */
  #moved = 0;
  #movedBefore = 0;
  #stillLooks = 0;

  constructor(options: LettingGoOptions) {
    this.#options = options;
  }

  begin(): void {
    this.#timer = setInterval(() => this.look(), lookEveryMs);
    this.#timer.unref();
  }

  /** A connection has come or gone. */
  moved(): void {
    this.#moved += 1;
  }

  look(): void {
    const isStill = this.#moved - this.#movedBefore <= stillMax;
    this.#movedBefore = this.#moved;
    this.#stillLooks = isStill ? this.#stillLooks + 1 : 0;
    const isRush = this.#moved >= Math.max(rushMin, this.#options.size() / 2);
    if (isStill && isRush) this.#options.collect();
    if (!isStill || (!isRush && this.#stillLooks < stillLooksMax)) return;
    this.#moved = 0;
    this.#movedBefore = 0;
    this.#stillLooks = 0;
  }

  end(): void {
    clearInterval(this.#timer);
  }
}

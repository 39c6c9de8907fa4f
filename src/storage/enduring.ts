/**
 * EnduringStore: keeps a turn although the disk is full, or someone else has the database just now.
 *
 *     full   room is made (the ballast goes), the same turn is kept, and from then on the store is
 *            read-only; when there was no room to make, it has failed
 *     busy   tried again after a while, longer each time; nothing is answered, and so nothing shown,
 *            until it is kept or has failed
 *
 * Anything else, a failing disk above all, is `failed` at once: what a system says after a failed
 * flush is not to be believed, and only a start finds out what is there.
 */
import { type WallMs } from "../base/time.ts";
import { type KeepAnswer, type KeptRecord, type Store } from "../server/outside.ts";

/** How one attempt went. After `full` and `busy` nothing of it is kept. */
export type KeepAttempt = KeepAnswer | { readonly kind: "busy" | "full"; readonly reason: string };

export interface EnduringOptions {
  readonly attempt: (records: readonly KeptRecord[], now: WallMs) => KeepAttempt;
  /** The disk is full: makes room, and answers whether it could. */
  readonly makeRoom: (reason: string) => boolean;
  /** Told each time something was kept. */
  readonly kept: () => void;
  readonly later: (ms: number, run: () => void) => void;
}

/** The first wait for who has the database; each further one is twice as long. */
const waitMs = 20;
const waitMsMax = 1_000;
/** Whoever has it for longer does not give it back. */
const waitedMsMax = 30_000;

interface Keeping {
  readonly records: readonly KeptRecord[];
  readonly now: WallMs;
  readonly answer: (answer: KeepAnswer) => void;
}

/** What was done for the turn so far. */
interface Tried {
  readonly nextMs: number;
  readonly waitedMs: number;
  readonly hasMadeRoom: boolean;
}

export class EnduringStore implements Store {
  readonly #options: EnduringOptions;

  constructor(options: EnduringOptions) {
    this.#options = options;
  }

  keep(records: readonly KeptRecord[], now: WallMs, answer: (answer: KeepAnswer) => void): void {
    const keeping = { records, now, answer };
    this.#keep(keeping, { nextMs: waitMs, waitedMs: 0, hasMadeRoom: false });
  }

  #keep(keeping: Keeping, tried: Tried): void {
    const { attempt, kept } = this.#options;
    const outcome = attempt(keeping.records, keeping.now);
    switch (outcome.kind) {
      case "kept":
        keeping.answer(outcome);
        kept();
        return;
      case "failed":
        keeping.answer(outcome);
        return;
      case "full":
        this.#keepInRoom(keeping, tried, outcome.reason);
        return;
      case "busy":
        this.#keepLater(keeping, tried, outcome.reason);
    }
  }

  #keepLater(keeping: Keeping, tried: Tried, reason: string): void {
    const { nextMs, waitedMs } = tried;
    if (waitedMs >= waitedMsMax) {
      keeping.answer({ kind: "failed", reason });
      return;
    }
    const next = { nextMs: Math.min(2 * nextMs, waitMsMax), waitedMs: waitedMs + nextMs };
    this.#options.later(nextMs, () => this.#keep(keeping, { ...tried, ...next }));
  }

  /** Once more, with room. */
  #keepInRoom(keeping: Keeping, tried: Tried, reason: string): void {
    const hasRoom = !tried.hasMadeRoom && this.#options.makeRoom(reason);
    if (hasRoom) this.#keep(keeping, { ...tried, hasMadeRoom: true });
    else keeping.answer({ kind: "failed", reason });
  }
}

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
import { type EntryOutcome, type Keeping, type KeptRecord, type Store } from "../server/outside.ts";
import { type SyncPlace } from "./log-sync.ts";

/** How one attempt went. Unless it is written, nothing of it is. */
export type KeepAttempt =
  | {
      readonly kind: "written";
      /** One for each entry record, in order. */
      readonly outcomes: readonly EntryOutcome[];
      /** It may be undone until the store is synced. */
      readonly needsSync: boolean;
    }
  | { readonly kind: "busy" | "full" | "failed"; readonly reason: string };

export interface EnduringOptions {
  readonly attempt: (records: readonly KeptRecord[], now: WallMs) => KeepAttempt;
  /** Brings what is written to the disk; `failure`: why it could not. */
  readonly sync: (place: SyncPlace, synced: (failure: string | undefined) => void) => void;
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

interface Asked {
  readonly records: readonly KeptRecord[];
  readonly now: WallMs;
  readonly keeping: Keeping;
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

  keep(records: readonly KeptRecord[], now: WallMs, keeping: Keeping): void {
    const asked = { records, now, keeping };
    this.#keep(asked, { nextMs: waitMs, waitedMs: 0, hasMadeRoom: false });
  }

  #keep(asked: Asked, tried: Tried): void {
    const { keeping } = asked;
    const outcome = this.#options.attempt(asked.records, asked.now);
    switch (outcome.kind) {
      case "written":
        keeping.written(outcome.outcomes);
        if (outcome.needsSync) this.#sync(placeFor(outcome.outcomes.length), keeping);
        else this.#kept(keeping);
        return;
      case "failed":
        keeping.failed(outcome.reason);
        return;
      case "full":
        this.#keepInRoom(asked, tried, outcome.reason);
        return;
      case "busy":
        this.#keepLater(asked, tried, outcome.reason);
    }
  }

  #sync(place: SyncPlace, keeping: Keeping): void {
    this.#options.sync(place, (failure) => {
      if (failure === undefined) this.#kept(keeping);
      else keeping.failed(failure);
    });
  }

  #kept(keeping: Keeping): void {
    keeping.kept();
    this.#options.kept();
  }

  #keepLater(asked: Asked, tried: Tried, reason: string): void {
    const { nextMs, waitedMs } = tried;
    if (waitedMs >= waitedMsMax) {
      asked.keeping.failed(reason);
      return;
    }
    const next = { nextMs: Math.min(2 * nextMs, waitMsMax), waitedMs: waitedMs + nextMs };
    this.#options.later(nextMs, () => this.#keep(asked, { ...tried, ...next }));
  }

  /** Once more, with room. */
  #keepInRoom(asked: Asked, tried: Tried, reason: string): void {
    const hasRoom = !tried.hasMadeRoom && this.#options.makeRoom(reason);
    if (hasRoom) this.#keep(asked, { ...tried, hasMadeRoom: true });
    else asked.keeping.failed(reason);
  }
}

/**
 * Who talks alone has the answer soonest when nothing else is done. When more is said while the disk is waited for, the
 * next turn has more than one of it: then the one after it is worked on meanwhile.
 */
function placeFor(entries: number): SyncPlace {
  return entries > 1 ? "in a thread" : "here";
}

/**
 * Cleaning: the steps by which old and erased messages go, between what people do.
 *
 * The store does a step in a few milliseconds. While nobody speaks one follows the other closely;
 * while people do there is time between them, so that nobody has to wait for long, and what is to go
 * goes all the same.
 */
import { dayMs } from "../../base/time.ts";
import { type Note } from "../../server/notes.ts";
import { type SqliteStore } from "../../storage/store.ts";
import { type Clocks } from "./outside.ts";

/** From a step to the next while nothing is kept. */
const quietMs = 20;
/** While something is: steps of some 5 ms are a hundredth of the time then. */
const busyMs = 500;

export interface CleaningOptions {
  readonly store: Pick<SqliteStore, "isErasing" | "clean">;
  readonly clocks: Clocks;
  readonly keepDays: () => number;
  /** Grows when people do something. */
  readonly keptCount: () => number;
  readonly note: (note: Note) => void;
  readonly problem: (sentence: string) => void;
}

export class Cleaning {
  readonly #options: CleaningOptions;
  #timer: NodeJS.Timeout | undefined;
  #keptCount = 0;

  constructor(options: CleaningOptions) {
    this.#options = options;
  }

  /** Looks whether there is something to do, and does all of it in time. */
  begin(): void {
    if (this.#timer === undefined) this.#goOn();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** All that people said who are gone is erased when this returns. */
  finishErasing(): void {
    const { store } = this.#options;
    // Each step of it that succeeds is nearer to the end; one that fails is not tried again.
    while (store.isErasing() && this.#step());
  }

  #goOn(): void {
    this.#timer = undefined;
    const kept = this.#options.keptCount();
    const isBusy = kept !== this.#keptCount;
    this.#keptCount = kept;
    if (!this.#step()) return;
    this.#timer = setTimeout(() => this.#goOn(), isBusy ? busyMs : quietMs);
  }

  /** Whether there is more to do. */
  #step(): boolean {
    const { store, clocks, keepDays, note, problem } = this.#options;
    const now = { wall: clocks.wall(), elapsed: clocks.elapsed(), keepDays: keepDays() };
    const { hasMore, erased, behindMs } = store.clean(now);
    if (erased !== undefined) {
      note({ event: "account.erased", account: erased.name, count: erased.erased });
    }
    if (behindMs !== undefined) problem(behindSentence(behindMs));
    return hasMore;
  }
}

function behindSentence(byMs: number): string {
  const days = Math.floor(byMs / dayMs);
  return (
    `the clock is ${days === 1 ? "a day" : `${days} days`} later than when old messages were last ` +
    "removed: they go as if a day passed in an hour, until it is right. A clock that is wrong has " +
    "to be set before it costs messages"
  );
}

/**
 * SearchDesk: where searches wait for the thread that answers them.
 *
 *     none → running → (crashed) → resting → running → (crashed) → broken
 *
 * The thread is begun a while after the start, or with the first search. One search is under way at a time, the others
 * wait here, where those are dropped that nobody waits for any more. A thread that crashes is begun again, once; who
 * searches meanwhile is told that it cannot be done now. Nothing but searching depends on it.
 */
import { type ConnectionId, type QuestionId } from "../../base/ids.ts";
import { isBuilt } from "../../base/built.ts";
import { secondMs } from "../../base/time.ts";
import { type Answer } from "../../server/outside.ts";
import { type SearchAsk } from "../../server/search-questions.ts";
import { type FromSearch, type ToSearch } from "./search-messages.ts";

/** Searches that wait: at 200 ms each at most, the last one has its answer before its patience is over. */
export const searchesWaitingMax = 64;
/** Of one account, on all its devices: others are to have their turn. */
export const searchesPerReaderMax = 4;
/** The start is over by then: people come back and want their channels first. */
const beginAfterMs = 3 * secondMs;
/** The index is told of what was kept so often: it takes in many messages as fast as a few. */
const tellEveryMs = 200;
const restMs = secondMs;
/** A search under way takes less, and so does a step of the index. */
const stopWithinMs = secondMs;

export interface SearchDeskOptions {
  readonly database: string;
  readonly index: string;
  /** What is wrong, in a sentence. */
  readonly problem: (sentence: string) => void;
  /** Where the thread's code is; left out: that of this program. */
  readonly code?: string;
}

interface Waiting {
  readonly ask: SearchAsk;
  readonly answered: (answer: Answer<"search">) => void;
}

type State =
  | { readonly kind: "none" | "resting" | "broken" | "closed" }
  | { readonly kind: "running"; readonly worker: Worker; readonly ended: Int32Array };

export class SearchDesk {
  readonly #options: SearchDeskOptions;
  #state: State = { kind: "none" };
  /** In the order in which they came; the first is under way when there is a thread. */
  readonly #waiting = new Map<QuestionId, Waiting>();
  #underWay: QuestionId | undefined;
  #hasCrashed = false;
  #telling: NodeJS.Timeout | undefined;
  #beginning: NodeJS.Timeout | undefined;
  #isCatchingUp = false;
  #hasGrown = true;

  constructor(options: SearchDeskOptions) {
    this.#options = options;
  }

  /** The thread is begun when the start is over. */
  beginSoon(): void {
    this.#beginning = setTimeout(() => this.#begin(), beginAfterMs);
    this.#beginning.unref();
  }

  /** `answered` is called once, later, unless the search is abandoned. */
  ask(id: QuestionId, ask: SearchAsk, answered: (answer: Answer<"search">) => void): void {
    this.#begin();
    if (this.#state.kind !== "running" || !this.#hasRoomFor(ask)) {
      setImmediate(() => answered({ outcome: "unavailable" }));
      return;
    }
    this.#waiting.set(id, { ask, answered });
    this.#next();
  }

  /** The connection is gone: what it waits for is not begun. */
  abandon(connection: ConnectionId): void {
    for (const [id, { ask }] of this.#waiting) {
      if (ask.connection === connection && id !== this.#underWay) this.#waiting.delete(id);
    }
  }

  /** Something was kept. */
  kept(): void {
    this.#hasGrown = true;
    this.#tellSoon();
  }

  /** Waits until the thread has closed its files, but not for ever. */
  close(): void {
    const state = this.#state;
    this.#state = { kind: "closed" };
    clearTimeout(this.#telling);
    clearTimeout(this.#beginning);
    this.#waiting.clear();
    if (state.kind !== "running") return;
    say(state.worker, { kind: "stop" });
    Atomics.wait(state.ended, 0, 0, stopWithinMs);
    state.worker.terminate();
  }

  #hasRoomFor({ connection, reader }: SearchAsk): boolean {
    if (this.#waiting.size >= searchesWaitingMax) return false;
    const waiting = [...this.#waiting.values()].map(({ ask }) => ask);
    if (waiting.some((ask) => ask.connection === connection)) return false;
    return waiting.filter((ask) => ask.reader === reader).length < searchesPerReaderMax;
  }

  #next(): void {
    if (this.#state.kind !== "running" || this.#underWay !== undefined) return;
    const [first] = this.#waiting;
    if (first === undefined) return;
    const [id, { ask }] = first;
    this.#underWay = id;
    say(this.#state.worker, { kind: "search", ask });
  }

  // --- The thread ----------------------------------------------------------------------------------------------

  #begin(): void {
    if (this.#state.kind !== "none") return;
    const { database, index, code } = this.#options;
    const worker = new Worker(code ?? ownCode());
    const ended = new Int32Array(new SharedArrayBuffer(4));
    this.#state = { kind: "running", worker, ended };
    // What comes through here is what the thread's code says.
    worker.addEventListener("message", (event) => this.#heard(worker, event.data as FromSearch));
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#crashed(worker, errorIn(event.message));
    });
    worker.addEventListener("close", () => this.#crashed(worker, "it has ended"));
    worker.unref();
    say(worker, { kind: "open", database, index, ended });
    this.#isCatchingUp = false;
    this.#hasGrown = true;
    this.#tellSoon();
  }

  #heard(worker: Worker, message: FromSearch): void {
    if (this.#state.kind !== "running" || this.#state.worker !== worker) return;
    switch (message.kind) {
      case "found":
        this.#answer(message.answer);
        return;
      case "caught-up":
        this.#isCatchingUp = false;
        this.#tellSoon();
        return;
      case "problem":
        this.#options.problem(message.sentence);
    }
  }

  #answer(answer: Answer<"search">): void {
    const id = this.#underWay;
    if (id === undefined) return;
    const answered = this.#waiting.get(id)?.answered;
    this.#waiting.delete(id);
    this.#underWay = undefined;
    answered?.(answer);
    this.#next();
  }

  #crashed(worker: Worker, reason: string): void {
    if (this.#state.kind !== "running" || this.#state.worker !== worker) return;
    worker.terminate();
    const isLast = this.#hasCrashed;
    this.#hasCrashed = true;
    this.#state = { kind: isLast ? "broken" : "resting" };
    const then = isLast
      ? "nothing is found until the server is started again"
      : "it is begun again";
    this.#options.problem(`the search has failed: ${reason}; ${then}`);
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#underWay = undefined;
    for (const { answered } of waiting) answered({ outcome: "unavailable" });
    if (isLast) return;
    this.#beginning = setTimeout(() => {
      if (this.#state.kind !== "resting") return;
      this.#state = { kind: "none" };
      this.#begin();
    }, restMs);
    this.#beginning.unref();
  }

  /** Soon, once for much. Not while the thread is still busy with what it was told before. */
  #tellSoon(): void {
    if (this.#state.kind !== "running" || !this.#hasGrown) return;
    if (this.#isCatchingUp || this.#telling !== undefined) return;
    this.#telling = setTimeout(() => {
      this.#telling = undefined;
      if (this.#state.kind !== "running") return;
      this.#hasGrown = false;
      this.#isCatchingUp = true;
      say(this.#state.worker, { kind: "grown" });
    }, tellEveryMs);
    this.#telling.unref();
  }
}

/** What comes of a thread's exception is a page with its source; its message is the line that begins like this. */
function errorIn(page: string): string {
  return /^\w*error: .*$/im.exec(page)?.[0] ?? "it has crashed";
}

function say(worker: Worker, message: ToSearch): void {
  worker.postMessage(message, []); // nothing is handed over: all of it is copied
}

/** In the executable every entry point has its path below the sources; otherwise it is beside this file. */
function ownCode(): string {
  return isBuilt
    ? "./cli/server/search-worker.ts"
    : new URL("search-worker.ts", import.meta.url).href;
}

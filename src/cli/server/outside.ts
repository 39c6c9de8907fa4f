/**
 * The real outside of the server's machine: two clocks, randomness, and the event loop that turns it.
 *
 * Inputs are handed to the machine as they arrive; the turn that works on them comes once, after everything else the
 * system had to say has been heard (`setImmediate`), so that what arrives together is kept in one transaction.
 */
import { randomFillSync } from "node:crypto";
import { type Authenticator, type PasswordQuestionKind } from "../../auth/authenticator.ts";
import { assert, present } from "../../base/assert.ts";
import { type Secret } from "../../base/secret.ts";
import { type Random } from "../../base/random.ts";
import { type ElapsedMs, elapsedMs, type WallMs, wallMs } from "../../base/time.ts";
import {
  type Answer,
  type Ask,
  type Answerer,
  type Input,
  type OperatorAnswer,
  type OperatorPorts,
  type Question,
  type QuestionKind,
  type Unavailable,
} from "../../server/outside.ts";
import { type ConnectionId, type QuestionId } from "../../base/ids.ts";
import { type SearchDesk } from "./search-desk.ts";

/** Randomness of the operating system, fetched in pieces. */
export class SystemRandom implements Random {
  readonly #words = new Uint32Array(256);
  #used = this.#words.length;

  uint32(): number {
    if (this.#used === this.#words.length) {
      randomFillSync(this.#words);
      this.#used = 0;
    }
    const word = present(this.#words[this.#used], "there is a word left");
    this.#words[this.#used] = 0;
    this.#used += 1;
    return word;
  }
}

export interface Clocks {
  readonly wall: () => WallMs;
  readonly elapsed: () => ElapsedMs;
}

export const systemClocks: Clocks = {
  wall: () => wallMs(Date.now()),
  elapsed: () => elapsedMs(performance.now()),
};

/** Resolves then, or as soon as nobody waits for it. */
export function wait(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = (): void => {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    resolve();
  };
  const timer = setTimeout(end, ms);
  signal.addEventListener("abort", end);
  return promise;
}

/** What is turned: the server. */
export interface Machine {
  take(input: Input): void;
  turn(now: WallMs, elapsed: ElapsedMs): void;
}

/** A timer may be set this far ahead; what is due later is looked at again then. */
const timerMsMax = 2 ** 31 - 1;

export class EventLoop {
  readonly #clocks: Clocks;
  readonly #failed: (bug: unknown) => void;
  #machine: Machine | undefined;
  #isTurnDue = false;
  #wakeAt: ElapsedMs | undefined;
  #timer: { readonly at: ElapsedMs; readonly handle: NodeJS.Timeout } | undefined;
  #isStopped = false;

  /** `failed` is told what a turn has thrown: a bug, after which the program ends. */
  constructor(clocks: Clocks, failed: (bug: unknown) => void) {
    this.#clocks = clocks;
    this.#failed = failed;
  }

  /** The first turn comes by itself. */
  drive(machine: Machine): void {
    assert(this.#machine === undefined, "one machine is driven");
    this.#machine = machine;
    this.#turnSoon();
  }

  take(input: Input): void {
    if (this.#isStopped) return;
    present(this.#machine, "a machine is driven before there is input").take(input);
    this.#turnSoon();
  }

  wakeAt(at: ElapsedMs | undefined): void {
    this.#wakeAt = at;
    if (this.#isStopped || at === undefined) return;
    if (at <= this.#clocks.elapsed()) {
      this.#turnSoon(); // the shortest timer takes a millisecond
      return;
    }
    // A timer that comes too early does no harm, and most moments are only moved later.
    if (this.#timer !== undefined && this.#timer.at <= at) return;
    this.#setTimer(at);
  }

  /** No turn comes any more. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer?.handle);
    this.#timer = undefined;
  }

  #turnSoon(): void {
    if (this.#isTurnDue || this.#isStopped) return;
    this.#isTurnDue = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#isTurnDue = false;
    if (this.#isStopped) return;
    try {
      this.#machine?.turn(this.#clocks.wall(), this.#clocks.elapsed());
    } catch (bug) {
      this.#failed(bug);
    }
  }

  #setTimer(at: ElapsedMs): void {
    clearTimeout(this.#timer?.handle);
    const inMs = Math.min(Math.max(at - this.#clocks.elapsed(), 0), timerMsMax);
    this.#timer = { at, handle: setTimeout(() => this.#rung(), Math.ceil(inMs)) };
  }

  #rung(): void {
    this.#timer = undefined;
    const at = this.#wakeAt;
    if (at === undefined) return;
    if (at <= this.#clocks.elapsed()) this.#turnSoon();
    else this.#setTimer(at);
  }
}

/** Who answers questions about passwords, later. */
export type PasswordAnswers = Pick<Authenticator, "ask" | "abandon">;
export type StoredKind = Exclude<QuestionKind, PasswordQuestionKind | "reload" | "search">;

export interface StoredAnswers {
  answer<K extends StoredKind>(kind: K, ask: Ask<K>): Answer<K> | Unavailable;
}

type StoredQuestion = Extract<Question, { readonly kind: StoredKind }>;

/** Who answers searches, later. */
export type SearchAnswers = Pick<SearchDesk, "ask" | "abandon">;

/** Who answers what is no question about passwords, nor to the store. */
export interface OtherAnswers {
  readonly reload: () => Answer<"reload">;
  readonly search: SearchAnswers;
}

/**
 * So long the store answers one question after the other; then others have their turn. A page of history takes some
 * 1.5 ms: twenty who ask for pages all the time would make everybody wait for twenty of them.
 */
const answersMs = 2;

/**
 * Gives each question to who can answer it: those about passwords to the authenticator, and searches to their desk,
 * which take their time; all others to the store, or to who reads the settings, after the turn that asked, because the
 * machine is not to be called back while it works.
 */
export class QuestionRouter implements Answerer {
  readonly #authenticator: PasswordAnswers;
  readonly #store: StoredAnswers;
  readonly #take: (input: Input) => void;
  readonly #others: OtherAnswers;
  /** For the store, in the order in which they were asked. */
  #waiting: { readonly id: QuestionId; readonly question: StoredQuestion }[] = [];

  constructor(
    authenticator: PasswordAnswers,
    store: StoredAnswers,
    take: (input: Input) => void,
    others: OtherAnswers,
  ) {
    this.#authenticator = authenticator;
    this.#store = store;
    this.#take = take;
    this.#others = others;
  }

  ask(id: QuestionId, question: Question): void {
    switch (question.kind) {
      case "authenticate":
      case "change":
      case "claim":
      case "credentials":
      case "enrol":
      case "evaluate":
      case "forget":
      case "mint":
      case "operate":
      case "enter":
      case "recognise":
      case "totp":
      case "rekey":
        this.#authenticator.ask(id, question);
        return;
      case "reload":
        setImmediate(() => this.#take({ kind: "answer", id, answer: this.#others.reload() }));
        return;
      case "search":
        this.#others.search.ask(id, question.ask, (answer) =>
          this.#take({ kind: "answer", id, answer }),
        );
        return;
      default:
        if (this.#waiting.length === 0) setImmediate(() => this.#answerStored());
        this.#waiting.push({ id, question });
    }
  }

  #answerStored(): void {
    const end = performance.now() + answersMs;
    let count = 0;
    try {
      for (const { id, question } of this.#waiting) {
        if (count > 0 && performance.now() >= end) break;
        count += 1;
        this.#take({ kind: "answer", id, answer: this.#store.answer(question.kind, question.ask) });
      }
    } finally {
      this.#waiting = this.#waiting.slice(count);
      if (this.#waiting.length > 0) setImmediate(() => this.#answerStored());
    }
  }

  abandon(connection: ConnectionId): void {
    this.#authenticator.abandon(connection);
    this.#others.search.abandon(connection);
  }
}

/** Instructions under way at once: more is a script gone wild. */
export const instructionsMax = 64;

/** Where operators' instructions go in and their answers come out: each has a port of its own, used once. */
export class Instructions implements OperatorPorts {
  readonly #take: (input: Input) => void;
  readonly #waiting = new Map<number, (answer: OperatorAnswer) => void>();
  #lastPort = 0;

  constructor(take: (input: Input) => void) {
    this.#take = take;
  }

  /** Hands the words, and a password apart from them, to the server; `answered` is called once. */
  give(
    by: string,
    words: string,
    answered: (answer: OperatorAnswer) => void,
    secret?: Secret,
  ): void {
    if (this.#waiting.size >= instructionsMax) {
      secret?.wipe();
      answered({ isDone: false, lines: ["The server is busy with other instructions."] });
      return;
    }
    this.#lastPort += 1;
    this.#waiting.set(this.#lastPort, answered);
    const apart = secret === undefined ? {} : { secret };
    this.#take({ kind: "words", port: this.#lastPort, by, words, ...apart });
  }

  answer(port: number, answer: OperatorAnswer): void {
    const answered = this.#waiting.get(port);
    this.#waiting.delete(port);
    answered?.(answer);
  }
}

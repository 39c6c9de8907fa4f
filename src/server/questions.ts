/**
 * Questions that are under way, and lookups among them.
 *
 * Each question is answered once; one that is not answered in time is answered `unavailable` here, and the late
 * answer is dropped. A lookup is asked once however many wait for it, and nothing is let go from memory while one is
 * under way: the answer may be older than what would be let go.
 */
import { type ConnectionId, questionId, type QuestionId } from "../base/ids.ts";
import { Deadlines } from "../base/deadlines.ts";
import { type ElapsedMs, later } from "../base/time.ts";
import { type LoadOutcome, type Task } from "./context.ts";
import { type Answer, type Question, type QuestionKind } from "./outside.ts";
import { type Lookup, lookupKey } from "./params.ts";
import { type Network } from "./state/network.ts";

interface Pending {
  /** Whose login or registration it is; undefined: a question that outlives who asked. */
  readonly connection: ConnectionId | undefined;
  readonly then: (answer: Answer<QuestionKind>) => void;
}

export class PendingQuestions {
  readonly #pending = new Map<QuestionId, Pending>();
  /** A connection waits for one login at a time: its lines are held meanwhile. */
  readonly #byConnection = new Map<ConnectionId, QuestionId>();
  readonly #deadlines = new Deadlines<QuestionId>();
  readonly #answerWithinMs: number;
  #lastId = 0;

  constructor(answerWithinMs: number) {
    this.#answerWithinMs = answerWithinMs;
  }

  get size(): number {
    return this.#pending.size;
  }

  open(now: ElapsedMs, pending: Pending): QuestionId {
    this.#lastId += 1;
    const id = questionId(this.#lastId);
    this.#pending.set(id, pending);
    if (pending.connection !== undefined) this.#byConnection.set(pending.connection, id);
    this.#deadlines.set(id, later(now, this.#answerWithinMs));
    return id;
  }

  /** Takes the question out, or undefined when it was answered or given up already. */
  take(id: QuestionId): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    this.#deadlines.clear(id);
    if (pending?.connection !== undefined) this.#byConnection.delete(pending.connection);
    return pending;
  }

  /** The connection is gone, and its login will not be answered: it is given up now, not when its time is over. */
  hasten(connection: ConnectionId, now: ElapsedMs): void {
    const id = this.#byConnection.get(connection);
    if (id !== undefined) this.#deadlines.set(id, now);
  }

  /** Answers those that were not answered in time. */
  endOverdue(now: ElapsedMs): void {
    for (const id of this.#deadlines.take(now)) this.take(id)?.then({ outcome: "unavailable" });
  }

  nextDeadline(): ElapsedMs | undefined {
    return this.#deadlines.next();
  }
}

interface Waiter {
  readonly task: Task;
  readonly keys: Set<string>;
  isUnavailable: boolean;
  readonly then: (outcome: LoadOutcome) => void;
}

/** How a question is handed out. */
export type Asker = (question: Question, then: (answer: Answer<QuestionKind>) => void) => void;

export class Lookups {
  readonly #waiters = new Map<string, Waiter[]>();
  readonly #network: Network;

  constructor(network: Network) {
    this.#network = network;
  }

  get isUnderWay(): boolean {
    return this.#waiters.size > 0;
  }

  /** Whether all is known already; if not, it is asked for, and `then` is called when all is answered. */
  load(
    task: Task,
    lookups: readonly Lookup[],
    how: { readonly ask: Asker; readonly then: (outcome: LoadOutcome) => void },
  ): boolean {
    const missing = new Map<string, Lookup>();
    for (const lookup of lookups) {
      const key = lookupKey(lookup);
      if (!this.#isInMemory(lookup) && !task.absent.has(key)) missing.set(key, lookup);
    }
    if (missing.size === 0) return true;
    const keys = new Set(missing.keys());
    const waiter: Waiter = { task, keys, isUnavailable: false, then: how.then };
    task.openQuestions += 1;
    for (const [key, lookup] of missing) {
      const waiting = this.#waiters.get(key);
      if (waiting !== undefined) {
        waiting.push(waiter);
        continue;
      }
      this.#waiters.set(key, [waiter]);
      how.ask(questionOf(lookup), (answer) => this.#answered(key, answer));
    }
    return false;
  }

  #isInMemory({ kind, by }: Lookup): boolean {
    const network = this.#network;
    if (kind === "account") {
      // Not who is called so just now: that says nothing of the account.
      const user = typeof by === "string" ? network.userByAccount(by) : network.userById(by);
      return user !== undefined;
    }
    return (typeof by === "string" ? network.channel(by) : network.channelById(by)) !== undefined;
  }

  #answered(key: string, answer: Answer<QuestionKind>): void {
    const waiters = this.#waiters.get(key) ?? [];
    this.#waiters.delete(key);
    // Not an event: nothing happens by it, it only becomes known here.
    let isAbsent = answer.outcome === "none";
    if (answer.outcome === "found" && "account" in answer) {
      isAbsent = this.#network.isRemoved(answer.account.id);
      if (!isAbsent) this.#network.putUser(answer.account, answer.channels);
    } else if (answer.outcome === "found" && "channel" in answer) {
      this.#network.putChannel(answer.channel, answer.members);
    }
    for (const waiter of waiters) {
      waiter.keys.delete(key);
      if (isAbsent) waiter.task.absent.add(key);
      if (answer.outcome === "unavailable") waiter.isUnavailable = true;
      if (waiter.keys.size > 0) continue;
      waiter.task.openQuestions -= 1;
      waiter.then(waiter.isUnavailable ? "unavailable" : "loaded");
    }
  }
}

function questionOf(lookup: Lookup): Question {
  return lookup.kind === "account"
    ? { kind: "account", ask: { by: lookup.by } }
    : { kind: "channel", ask: { by: lookup.by } };
}

/**
 * Context: all that a command may do: look, reply, emit, ask.
 *
 * A command never changes the network and never writes to a session. A context is valid for one run only: after a
 * question a new one comes with the answer, and what was looked up before may be gone by then.
 */
import { assert } from "../base/assert.ts";
import { type ElapsedMs, later } from "../base/time.ts";
import { type Secret } from "../base/secret.ts";
import { type Reply } from "../protocol/replies.ts";
import { type Catalog } from "./catalog.ts";
import { actorOf, type Actor, type Event, serverActor } from "./event.ts";
import { type Note } from "./notes.ts";
import { type Answer, type Ask, type InvitationRow, type QuestionKind } from "./outside.ts";
import { type Lookup } from "./params.ts";
import { Response } from "./response.ts";
import { type Session } from "./session.ts";
import { type ServerSettings } from "./settings.ts";
import { type Departed, type Network, type Now } from "./state/network.ts";
import { type User } from "./state/user.ts";
import { type Watchers } from "./state/watchers.ts";
import { type Watch } from "./watch.ts";

/** The network as a command sees it: to be read. */
export type NetworkView = Pick<
  Network,
  | "channel"
  | "channelById"
  | "channels"
  | "channelsOf"
  | "counts"
  | "isNameReserved"
  | "pendingAccounts"
  | "presentUsers"
  | "presentUsersMost"
  | "takeAccountNumber"
  | "takeChannelNumber"
  | "takeGuestNumber"
  | "user"
  | "userByAccount"
  | "userById"
  | "users"
> & {
  readonly sessions: ReadonlyMap<unknown, Session>;
  readonly waiting: ReadonlyMap<unknown, Session>;
  readonly watchers: Pick<Watchers, "countOf" | "isWatching" | "of" | "watchedBy">;
  readonly departed: readonly Departed[];
  readonly invitations: ReadonlyMap<string, InvitationRow>;
};

/** Someone at the console or the control socket, or writing to NickServ. */
export interface Speaker {
  readonly by: string;
  readonly lines: string[];
  isDone: boolean;
  /** Undefined: the lines go to the session as notices. */
  readonly port: number | undefined;
  /** A password that came apart from the words, for them. Wiped when they are answered. */
  readonly secret?: Secret | undefined;
}

/** One command from its line to its end, questions included. */
export interface Task {
  /** Undefined for words from a port and for the server's own doings. */
  readonly session: Session | undefined;
  readonly response: Response | undefined;
  operator: Speaker | undefined;
  /** Keys of lookups that found nothing. */
  readonly absent: Set<string>;
  /** Questions and lookups that are under way; at zero the task ends. */
  openQuestions: number;
  /** Who is shown what happened by it: how many, all events together. */
  receivers: number;
  /** What its command had to do whatever came of it, as lines cost (`cost.ts`). */
  work: number;
  /** It is no command of the session's: nothing of the session is held for it. */
  readonly isAside: boolean;
  /** Why the session is to be closed when the task ends. */
  closeReason: string | undefined;
}

export function newTask(parts: {
  readonly session?: Session;
  readonly label?: string | undefined;
  readonly operator?: Speaker;
  readonly isAside?: boolean;
}): Task {
  const { session, label, operator, isAside = false } = parts;
  return {
    session,
    response: session === undefined ? undefined : new Response(session, label),
    operator,
    absent: new Set(),
    openQuestions: 0,
    receivers: 0,
    work: 0,
    isAside,
    closeReason: undefined,
  };
}

/** What the machine does for a context. */
export interface Machine {
  readonly catalog: Catalog;
  readonly network: Network;
  readonly settings: ServerSettings;
  readonly now: Now;
  /** Which session is to be looked at when. */
  readonly watch: Watch;
  emit(task: Task, event: Event, actor: Actor): void;
  ask<K extends QuestionKind>(
    task: Task,
    question: { readonly kind: K; readonly ask: Ask<K> },
    then: (answer: Answer<K>) => void,
  ): void;
  load(task: Task, lookups: readonly Lookup[], then: (outcome: LoadOutcome) => void): void;
  close(session: Session, reason: string): void;
  /** Sends a reply outside of any command's answer, or as the whole answer to a label. */
  say(session: Session, reply: Reply, label?: string): void;
  /** When the server began. */
  readonly startedAt: ElapsedMs;
  /** The disk is full: nothing that people do is kept. */
  readonly isReadOnly: boolean;
  /** The last entry that was kept, and shown, in the turns before this one. */
  readonly lastEntry: number;
  /** What is in the logs is held back for the session from here on. */
  holdBack(session: Session): void;
  /** The session is shown what was held back. */
  release(session: Session): void;
  /** From now on these settings are in force. */
  reconfigure(settings: ServerSettings): void;
  /** A reference for a batch. */
  nextBatch(): string;
  note(note: Note): void;
}

/** `loaded`: all that exists of it is in memory now. */
export type LoadOutcome = "loaded" | "unavailable";

export class Context {
  readonly #machine: Machine;
  readonly task: Task;

  constructor(machine: Machine, task: Task) {
    this.#machine = machine;
    this.task = task;
  }

  get network(): NetworkView {
    return this.#machine.network;
  }

  get settings(): ServerSettings {
    return this.#machine.settings;
  }

  get catalog(): Catalog {
    return this.#machine.catalog;
  }

  get now(): Now {
    return this.#machine.now;
  }

  get startedAt(): ElapsedMs {
    return this.#machine.startedAt;
  }

  get isReadOnly(): boolean {
    return this.#machine.isReadOnly;
  }

  get lastEntry(): number {
    return this.#machine.lastEntry;
  }

  /** The session is to be told more of what it has missed, or asked what it has got. */
  lookAtFollowing(inMs: number): void {
    this.#machine.watch.following.set(this.session.id, later(this.now.elapsed, inMs));
  }

  holdBack(): void {
    this.#machine.holdBack(this.session);
  }

  release(): void {
    this.#machine.release(this.session);
  }

  /** The session whose command it is. @throws AssertionError for words from the console. */
  get session(): Session {
    const { session } = this.task;
    assert(session !== undefined, "a command of a session has one");
    return session;
  }

  /** Who the session is. @throws AssertionError before registration is complete. */
  get user(): User {
    const { user } = this.session;
    assert(user !== undefined, "a registered session has a user");
    return user;
  }

  /** Who does what is emitted: the session's user, otherwise the server. */
  get actor(): Actor {
    const user = this.task.session?.user;
    return user === undefined || this.task.operator !== undefined
      ? serverActor(this.settings.name)
      : actorOf(user);
  }

  reply(reply: Reply): void {
    this.task.response?.reply(reply);
  }

  emit(event: Event, actor: Actor = this.actor): void {
    this.#machine.emit(this.task, event, actor);
  }

  /** Asks the outside; `then` gets the answer and a context of its own turn. */
  ask<K extends QuestionKind>(
    kind: K,
    ask: Ask<K>,
    then: (answer: Answer<K>, ctx: Context) => void,
  ): void {
    const machine = this.#machine;
    const { task } = this;
    machine.ask(task, { kind, ask }, (answer) => then(answer, new Context(machine, task)));
  }

  /** Brings what is named into memory, at once when it is there already. */
  load(lookups: readonly Lookup[], then: (ctx: Context, outcome: LoadOutcome) => void): void {
    const machine = this.#machine;
    const { task } = this;
    machine.load(task, lookups, (outcome) => then(new Context(machine, task), outcome));
  }

  /** Sends a reply to another session than the one that asked. */
  say(session: Session, reply: Reply, label?: string): void {
    this.#machine.say(session, reply, label);
  }

  /** The session's batch has so long to be closed; or it has none any more. */
  watchBatch(isOpen: boolean): void {
    const { batch } = this.#machine.watch;
    const { id } = this.session;
    if (isOpen) batch.set(id, later(this.now.elapsed, this.settings.limits.batchMs));
    else batch.clear(id);
  }

  reconfigure(settings: ServerSettings): void {
    this.#machine.reconfigure(settings);
  }

  nextBatch(): string {
    return this.#machine.nextBatch();
  }

  /** The session's registration deadline runs anew from now on. */
  restartRegistration(session: Session): void {
    this.#machine.watch.restartRegistration(session);
  }

  /** The session ends when its account expires, as it is now. */
  watchExpiry(session: Session): void {
    this.#machine.watch.watchExpiry(session, this.now);
  }

  /** From here on the task is someone's words to NickServ: what it tells goes to the session as notices. */
  actByWords(by: string): void {
    this.task.operator = { by, lines: [], isDone: true, port: undefined };
  }

  /** Whose words they are. @throws AssertionError when it is no task of words. */
  get operator(): Speaker {
    const { operator } = this.task;
    assert(operator !== undefined, "words come from someone");
    return operator;
  }

  /** Writes a line to an operator: the console, or the chat by notices. */
  tell(line: string): void {
    this.task.operator?.lines.push(line);
  }

  /** Closes this session, or another one, with an ERROR that says why. */
  close(reason: string, session: Session = this.session): void {
    if (session === this.task.session) this.task.closeReason = reason;
    else this.#machine.close(session, reason);
  }

  note(note: Note): void {
    this.#machine.note(note);
  }
}

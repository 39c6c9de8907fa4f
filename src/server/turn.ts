/**
 * What a turn collects before anything of it is kept or shown.
 */
import { noticeBytesMax } from "../protocol/limits.ts";
import { replies } from "../protocol/replies.ts";
import { splitToBytes } from "../protocol/text.ts";
import { auditOf } from "./audit.ts";
import { receiversOf } from "./cost.ts";
import { type Actor, type Emission, type Event, isInAudience } from "./event.ts";
import { type Speaker, type Task } from "./context.ts";
import { type Shown } from "./deliver.ts";
import { HeldBack } from "./held-back.ts";
import { type Note } from "./notes.ts";
import {
  type EntryOutcome,
  type KeptRecord,
  type OperatorAnswer,
  type Question,
} from "./outside.ts";
import { type ConnectionId, isGuest, nobody, type QuestionId } from "../base/ids.ts";
import { type Session } from "./session.ts";
import { type Network, type Now } from "./state/network.ts";

/**
 * While one turn's records go to the disk, and then to those who see them, the next turn is worked on. With all that 1,000
 * members of a room have under way in one turn, server and readers only wait for each other: 128 at a time are a third
 * faster there and an eighth with 100 members, and 50 are so few that commits and writes cost more than that.
 */
export const recordsMax = 128;
/** Answers to those who ask much are none of its records. */
const shownMax = 10_000;

export class Turn {
  /** Of a turn that waits, when it was last worked on. */
  now: Now;
  readonly records: KeptRecord[] = [];
  readonly shown: Shown[] = [];
  readonly notes: (Note | Emission)[] = [];
  readonly questions: { readonly id: QuestionId; readonly question: Question }[] = [];
  readonly closing: Session[] = [];
  /** Connections that are gone: nobody waits for their logins any more. */
  readonly abandoned: ConnectionId[] = [];
  readonly operatorAnswers: { readonly port: number; readonly answer: OperatorAnswer }[] = [];
  readonly #server: { readonly isReadOnly: boolean };
  #entryCount = 0;
  /** Of what is shown, so much is known to be able to wait. */
  #calmCount = 0;
  readonly #holding: { readonly heldBack: HeldBack; readonly entryCount: number }[] = [];
  /** Of the entries among the records, in order; there are none until they are kept. */
  outcomes: readonly EntryOutcome[] = [];

  constructor(now: Now, server: { readonly isReadOnly: boolean }) {
    this.now = now;
    this.#server = server;
  }

  /** The event happens: asked who sees it, applied, and written among the records. */
  happen(parts: {
    readonly network: Network;
    readonly event: Event;
    readonly actor: Actor;
    readonly task: Task | undefined;
    readonly number: number;
  }): void {
    const { network, event, actor, task, number } = parts;
    const audience = event.audience(network, actor);
    event.apply(network, { ...this.now, number });
    let entryIndex: number | undefined;
    for (const asked of event.keep(network, actor)) {
      const record = withoutGuests(asked);
      if (record === undefined) continue;
      this.records.push(record);
      if (record.kind !== "entry") continue;
      entryIndex ??= this.#entryCount;
      this.#entryCount += 1;
    }
    const emission: Emission = {
      event,
      actor,
      audience,
      origin: task?.session,
      number,
      entryIndex,
      turn: this,
    };
    this.notes.push(emission);
    // What people see happen in rooms is in their logs.
    const note = audience === undefined ? event.note(actor) : undefined;
    if (note !== undefined) this.#audit(note);
    if (audience === undefined) return;
    this.shown.push({ kind: "emission", emission });
    if (task !== undefined) task.receivers += receiversOf(audience);
    const user = task?.session?.user;
    if (user !== undefined && isInAudience(user, audience)) task?.response?.echo(emission);
  }

  /** There is so much in it that it is to be kept before anything more happens. */
  get isFull(): boolean {
    return this.records.length > recordsMax || this.shown.length > shownMax;
  }

  /** Nobody waits for what is in it as for an answer: it is what is said in rooms, and nothing else. */
  mayWait(): boolean {
    const { records, questions, closing, abandoned, operatorAnswers, shown } = this;
    if (records.length === 0 || records.length > recordsMax) return false;
    const others = questions.length + closing.length + abandoned.length + operatorAnswers.length;
    if (others > 0) return false;
    for (let item = shown[this.#calmCount]; item !== undefined; item = shown[this.#calmCount]) {
      if (!isOfRoom(item)) return false;
      this.#calmCount += 1;
    }
    return true;
  }

  /** From here on in the turn. */
  holdBack(session: Session, bytesMax: number): void {
    const heldBack = new HeldBack(bytesMax);
    session.heldBack = heldBack;
    this.#holding.push({ heldBack, entryCount: this.#entryCount });
  }

  /** The turn is kept: the number of the last entry of all, and what is held back is known by the last before it. */
  countEntries(last: number): number {
    const lastOf = (count: number): number => {
      let latest = last;
      for (const { id } of this.outcomes.slice(0, count)) latest = Math.max(latest, id);
      return latest;
    };
    for (const { heldBack, entryCount } of this.#holding) heldBack.since = lastOf(entryCount);
    return lastOf(this.outcomes.length);
  }

  note(note: Note): void {
    this.notes.push(note);
    this.#audit(note);
  }

  /** What an operator said has been done: at the console, or as one of the users. */
  answerOperator(task: Task, speaker: Speaker, serverName: string): void {
    const { session, response } = task;
    const { port, isDone, lines, secret } = speaker;
    secret?.wipe();
    if (port !== undefined) this.operatorAnswers.push({ port, answer: { isDone, lines } });
    if (session === undefined) return;
    for (const line of lines.flatMap((whole) => splitToBytes(whole, noticeBytesMax))) {
      response?.reply(replies.serviceNotice(serverName, session.nick, line));
    }
  }

  /** What the operator reads; nothing of what was kept before. */
  notesToShow(): Note[] {
    return this.notes.flatMap((item) => {
      if (!("actor" in item)) return [item];
      const { event, actor, entryIndex } = item;
      if (entryIndex !== undefined && this.outcomes[entryIndex]?.isFirst === false) return [];
      const note = event.note(actor);
      return note === undefined ? [] : [note];
    });
  }

  /** It is kept with what it is about, or neither is. Strangers cause some too: they are not to fill a full disk. */
  #audit(note: Note): void {
    const audit = this.#server.isReadOnly ? undefined : auditOf(note);
    if (audit !== undefined) this.records.push({ kind: "audit", audit });
  }
}

/**
 * Of who has no account nothing is kept under a number of theirs: their memberships and private conversations last as
 * long as they do, and what they say in a channel is kept as nobody's.
 */
function withoutGuests(record: KeptRecord): KeptRecord | undefined {
  switch (record.kind) {
    case "account":
      return isGuest(record.account.id) ? undefined : record;
    case "member":
    case "member-removed":
      return isGuest(record.account) ? undefined : record;
    case "entry": {
      const { log, account } = record;
      if (log.kind === "conversation" && log.between.some(isGuest)) return undefined;
      return isGuest(account) ? { ...record, account: nobody, nonce: undefined } : record;
    }
    default:
      return record;
  }
}

function isOfRoom(item: Shown): boolean {
  switch (item.kind) {
    case "emission":
      return isSaidInRoom(item.emission);
    case "response": {
      // Who labels a command waits for its answer.
      const { items, label } = item.response;
      const isSaid = items.every((each) => each.kind === "emission" && isSaidInRoom(each.emission));
      return label === undefined && isSaid;
    }
    case "release":
      return false;
  }
}

function isSaidInRoom({ audience, event }: Emission): boolean {
  return event.isSaid && audience?.kind === "members";
}

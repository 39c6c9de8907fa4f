/**
 * The loop: one turn after the other, and in a turn always the same five steps.
 *
 *     take in   what has arrived, until there is enough of it, with one `now`
 *     work      on each input to its end: events are applied, replies collected
 *     keep      one transaction for all of the turn
 *     show      it is written: its lines are made
 *     hand out  it is on the disk: one write a connection, questions, closings, the next wake-up (`hand-out.ts`)
 *
 * Until a turn is written nothing else happens. While it is on its way to the disk the next one is worked on, further
 * with each input, and kept when that one is handed out. So it is while the transport holds back what many are sent, if
 * things are only said in rooms: a commit less for each of them.
 *
 * So nobody is ever shown what is not on disk. This is also the one place that catches exceptions: a bug costs the
 * connection it happened on, and the rest go on.
 */
import { present } from "../base/assert.ts";
import { sooner } from "../base/deadlines.ts";
import { type Random } from "../base/random.ts";
import { type ElapsedMs, elapsedMs, later, type WallMs, wallMs } from "../base/time.ts";
import { replies, type Reply } from "../protocol/replies.ts";
import { unansweredLogin } from "./commands/admission.ts";
import { sessionClosed } from "./commands/connection.ts";
import { catalog } from "./commands/index.ts";
import { notComing, parting } from "./commands/parting.ts";
import { isReadyForWelcome, welcome } from "./commands/welcome.ts";
import { words as vocabulary } from "./commands/vocabulary.ts";
import { ensureRooms } from "./commands/rooms.ts";
import { tellOfStorage } from "./commands/storage.ts";
import { runWords } from "./commands/words.ts";
import {
  Context,
  type LoadOutcome,
  type Machine,
  newTask,
  type Speaker,
  type Task,
} from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { type Going, workOnDues } from "./dues.ts";
import { type Actor, type Event, serverActor } from "./event.ts";
import { handOut, type Outcome, outcomeOf } from "./hand-out.ts";
import { Inbox } from "./inbox.ts";
import { Intake } from "./intake.ts";
import { type Delivery } from "./line-maker.ts";
import { type Note } from "./notes.ts";
import {
  type Answer,
  type Ask,
  type Input,
  type Opening,
  type Outside,
  type Question,
  type QuestionKind,
} from "./outside.ts";
import { type Lookup } from "./params.ts";
import { noteOfLine } from "./noted-line.ts";
import { Lookups, PendingQuestions } from "./questions.ts";
import { Response } from "./response.ts";
import { Session } from "./session.ts";
import { type ServerSettings } from "./settings.ts";
import { Network, type Now } from "./state/network.ts";
import { Turn } from "./turn.ts";
import { Watch } from "./watch.ts";

export interface LoopOptions {
  readonly settings: ServerSettings;
  readonly random: Random;
  readonly outside: Outside;
  readonly opening: Opening;
  /** Tests and simulation: a bug is thrown on instead of costing a connection. */
  readonly throwsBugs?: boolean;
}

export class Loop implements Machine {
  settings: ServerSettings;
  readonly network: Network;
  readonly catalog = catalog;
  readonly #outside: Outside;
  readonly #throwsBugs: boolean;
  readonly #questions: PendingQuestions;
  readonly #lookups: Lookups;
  readonly watch: Watch;
  readonly #intake: Intake;
  readonly #going: Going = {
    goOn: (session) => this.#goOn(session),
    run: (task, run) => this.#run(task, run),
  };
  startedAt: ElapsedMs = elapsedMs(0);
  isReadOnly = false;
  readonly #inbox: Inbox;
  #turn: Turn;
  /** The turn waits for more that is kept and shown with it. */
  #isWaiting = false;
  #isWriting = false;
  /** What is written, and on its way to the disk. */
  #outcome: Outcome | undefined;
  #hasFailed = false;
  #hasStarted = false;
  #emissionNumber = 0;
  #batchNumber = 0;
  #latestWall: WallMs;
  lastEntry: number;
  /** Of all that is written; `lastEntry` has been handed out. */
  #lastWritten: number;
  /** Who quits has seen what was handed out before: that is known when nothing is on its way. */
  readonly #quitters: [session: Session, reason: string][] = [];
  /** The program is to end. */
  #stopReason: string | undefined;

  constructor({ settings, outside, opening, throwsBugs }: LoopOptions) {
    this.settings = settings;
    this.network = new Network(settings.name, opening);
    this.#outside = outside;
    this.#throwsBugs = throwsBugs ?? false;
    this.#questions = new PendingQuestions(settings.limits.answerWithinMs);
    this.#lookups = new Lookups(this.network);
    this.watch = new Watch(settings.limits);
    this.#intake = new Intake(settings.limits, this.watch, outside.transport);
    this.#inbox = new Inbox(this.network.sessions, outside.transport);
    this.#latestWall = opening.latest;
    this.lastEntry = opening.lastEntry;
    this.#lastWritten = opening.lastEntry;
    this.#turn = new Turn({ wall: opening.latest, elapsed: elapsedMs(0) }, this);
  }

  get now(): Now {
    return this.#turn.now;
  }

  /** Adds an input to the next turn. */
  take(input: Input): void {
    this.#inbox.add(input);
  }

  /** One turn, or more of the one that waits. While one is being written nothing happens: the store goes on by itself. */
  turn(wall: WallMs, elapsed: ElapsedMs): void {
    // Clocks stand still while the disk is waited for: nobody is late whom nothing has reached.
    const isBehind = this.#outcome !== undefined;
    const isFull = this.#isWaiting && this.#turn.isFull;
    if (this.#isWriting || this.#hasFailed || (isBehind && isFull)) return;
    this.#latestWall = wallMs(Math.max(wall, this.#latestWall));
    const now = { wall: this.#latestWall, elapsed };
    if (this.#isWaiting) this.#turn.now = now;
    else this.#turn = new Turn(now, this);
    if (!this.#hasStarted) this.#start();
    for (const each of isBehind ? [] : this.#quitters.splice(0)) this.#closeNow(...each);
    for (const input of this.#inbox.take(() => this.#turn.isFull)) this.#work(input);
    if (!isBehind) {
      this.#questions.endOverdue(this.now.elapsed);
      workOnDues(this, this.#going);
    }
    const heldMs = !isBehind && this.#turn.mayWait() ? this.#outside.transport.heldForMs() : 0;
    this.#isWaiting = isBehind || heldMs > 0;
    if (this.#isWaiting) this.#wakeWithin(heldMs);
    else this.#keep(this.#turn);
  }

  // --- Work ----------------------------------------------------------------------------------------------------

  #start(): void {
    this.#hasStarted = true;
    this.startedAt = this.now.elapsed;
    this.#run(newTask({}), (ctx) => ensureRooms(ctx));
  }

  #work(input: Input): void {
    switch (input.kind) {
      case "opened": {
        const { limits } = this.settings;
        const session = new Session(input.connection, input.facts, this.now.elapsed, limits);
        this.network.sessions.set(session.id, session);
        this.watch.opened(session);
        const { id: connection, facts } = session;
        this.note({ event: "connection.opened", connection, address: facts.address });
        if (this.#stopReason !== undefined) this.close(session, this.#stopReason);
        return;
      }
      case "bytes": {
        const session = this.network.sessions.get(input.connection);
        if (session === undefined || session.isClosing) return;
        this.#intake.receive(session, input.bytes, this.now.elapsed);
        this.#goOn(session);
        return;
      }
      case "closed": {
        const session = this.network.sessions.get(input.connection);
        if (session !== undefined) this.#detach(session, input.reason);
        return;
      }
      case "answer":
        this.#questions.take(input.id)?.then(input.answer);
        return;
      case "words": {
        const { port, by, words, secret } = input;
        const task = newTask({ operator: { port, by, lines: [], isDone: true, secret } });
        this.#run(task, (ctx) => runWords(ctx, words, vocabulary));
        return;
      }
      case "storage":
        this.isReadOnly = input.isReadOnly;
        this.#run(newTask({}), (ctx) => tellOfStorage(ctx, input.reason));
        return;
      case "stop":
        this.#stopReason = input.reason;
        this.note({ event: "stopping", reason: input.reason });
        for (const session of [...this.network.sessions.values()])
          this.close(session, input.reason);
    }
  }

  /** The session's held lines, as far as it may go on now. */
  #goOn(session: Session): void {
    for (;;) {
      const frame = this.#intake.next(session, this.now.elapsed);
      if (frame === "too-many") {
        this.close(session, "Excess flood");
        return;
      }
      if (frame === undefined) return;
      if (this.settings.notesLines) this.note(noteOfLine(session.id, frame, this.catalog));
      session.isBusy = true;
      this.#guard(session, () => this.#ended(dispatch(this, session, frame)));
    }
  }

  /** Runs something that is no command of a session, as a task of its own. */
  #run(task: Task, run: (ctx: Context) => void): void {
    this.#guard(
      task.session,
      () => {
        run(new Context(this, task));
        this.#ended(task);
      },
      task.operator,
    );
  }

  /** An answer has come for the task. */
  #continue(task: Task, run: () => void): void {
    this.#guard(
      task.session,
      () => {
        run();
        this.#ended(task);
      },
      task.operator,
    );
    if (task.session !== undefined && !task.session.isBusy) this.#goOn(task.session);
  }

  /** Ends the task unless a question of it is still open. */
  #ended(task: Task): void {
    if (task.openQuestions > 0) return;
    const { session, response, operator, closeReason } = task;
    if (operator !== undefined) this.#turn.answerOperator(task, operator, this.settings.name);
    if (session !== undefined) this.#intake.charge(session, task, this.now.elapsed);
    if (session === undefined || session.phase === "closed") return;
    if (task.isAside) {
      if (closeReason !== undefined) this.close(session, closeReason);
      return;
    }
    if (response !== undefined) this.#turn.shown.push({ kind: "response", response });
    session.isBusy = false;
    if (closeReason !== undefined) this.close(session, closeReason);
    else if (isReadyForWelcome(session)) {
      session.isBusy = true;
      this.#run(newTask({ session }), (ctx) => welcome(ctx));
    }
  }

  #guard(session: Session | undefined, run: () => void, operator?: Speaker): void {
    try {
      run();
    } catch (bug) {
      if (this.#throwsBugs) throw bug;
      const stack = bug instanceof Error ? (bug.stack ?? bug.message) : "not an Error";
      this.note({ event: "bug", where: session === undefined ? "server" : "session", stack });
      if (session !== undefined) this.close(session, "Internal error");
      if (operator?.port === undefined) return;
      const answer = { isDone: false, lines: ["internal error; the log has the details"] };
      this.#turn.operatorAnswers.push({ port: operator.port, answer });
    }
  }

  // --- What contexts call --------------------------------------------------------------------------------------

  emit(task: Task | undefined, event: Event, actor: Actor): void {
    this.#emissionNumber += 1;
    const number = this.#emissionNumber;
    this.#turn.happen({ network: this.network, event, actor, task, number });
  }

  say(session: Session, reply: Reply, label?: string): void {
    const response = new Response(session, label, true);
    response.reply(reply);
    this.#turn.shown.push({ kind: "response", response });
  }

  holdBack(session: Session): void {
    this.#turn.holdBack(session, this.settings.limits.heldBackBytesMax);
  }

  release(session: Session): void {
    this.#turn.shown.push({ kind: "release", session });
  }

  /** What the loop was made with (its queues, its clocks, its name) stays: `cli/server/reloading.ts` sees to that. */
  reconfigure(settings: ServerSettings): void {
    this.settings = settings;
  }

  nextBatch(): string {
    this.#batchNumber += 1;
    return this.#batchNumber.toString(36);
  }

  ask<K extends QuestionKind>(
    task: Task,
    question: { readonly kind: K; readonly ask: Ask<K> },
    then: (answer: Answer<K>) => void,
  ): void {
    task.openQuestions += 1;
    // A kind and what is asked of that kind are one of the questions.
    this.#openQuestion(question as Question, (answer) => {
      task.openQuestions -= 1;
      this.#continue(task, () => then(answer));
    });
  }

  load(task: Task, lookups: readonly Lookup[], then: (outcome: LoadOutcome) => void): void {
    const isThere = this.#lookups.load(task, lookups, {
      ask: (question, answered) => this.#openQuestion(question, answered),
      then: (outcome) => this.#continue(task, () => then(outcome)),
    });
    if (isThere) then("loaded");
  }

  close(session: Session, reason: string): void {
    if (session.isClosing || session.phase === "closed") return;
    session.isClosing = true;
    if (session.isQuitting && this.#outcome !== undefined) this.#quitters.push([session, reason]);
    else this.#closeNow(session, reason);
  }

  #closeNow(session: Session, reason: string): void {
    if (session.phase === "closed") return;
    this.say(session, replies.error(`Closing link: ${reason}`));
    this.#turn.closing.push(session);
    this.#detach(session, reason);
  }

  note(note: Note): void {
    this.#turn.note(note);
  }

  #openQuestion(question: Question, then: (answer: Answer<QuestionKind>) => void): void {
    const connection = "connection" in question.ask ? question.ask.connection : undefined;
    const id = this.#questions.open(this.now.elapsed, { connection, then });
    this.#turn.questions.push({ id, question });
  }

  #detach(session: Session, reason: string): void {
    if (session.phase === "closed") return;
    this.watch.forget(session);
    const { id: connection, facts, user } = session;
    this.#turn.abandoned.push(connection);
    this.#questions.hasten(connection, this.now.elapsed);
    const refused = unansweredLogin(session);
    if (refused !== undefined) this.note(refused);
    const closed = { connection, address: facts.address, nick: user?.nick, reason };
    const awayBefore = user?.awayText;
    const wasOperator = user?.isOperator === true;
    const expected = this.network.expectedOn(session);
    this.emit(undefined, sessionClosed(closed), serverActor(this.settings.name));
    const parted = parting({ session, reason, awayBefore, wasOperator }, this);
    for (const { event, actor } of [...parted, ...notComing(expected)]) {
      this.emit(undefined, event, actor);
    }
  }

  // --- Keep, show, hand out --------------------------------------------------------------------------------------

  #keep(turn: Turn): void {
    if (turn.records.length === 0) {
      this.#show(turn);
      this.#handOut();
      return;
    }
    this.#isWriting = true;
    this.#outside.store.keep(turn.records, turn.now.wall, {
      written: (outcomes) => {
        this.#isWriting = false;
        turn.outcomes = outcomes;
        this.#show(turn);
        if (!this.#inbox.isEmpty) this.#outside.wakeAt(turn.now.elapsed);
      },
      kept: () => this.#handOut(),
      failed: (reason) => {
        // Memory is ahead of the disk now: nothing of it may be shown, and the program has to end.
        this.#hasFailed = true;
        this.#outside.note({ event: "store.failed", reason });
      },
    });
  }

  #show(turn: Turn): void {
    this.#lastWritten = turn.countEntries(this.#lastWritten);
    const delivery: Delivery = {
      serverName: this.settings.name,
      now: turn.now.wall,
      nextBatch: () => this.nextBatch(),
      lookAt: (session) => {
        const inMs = session.heldBack?.isOver === true ? 0 : this.settings.limits.seenAskedMs;
        this.watch.following.set(session.id, later(this.now.elapsed, inMs));
      },
    };
    this.#outcome = outcomeOf(turn, delivery, (session, run) => this.#guard(session, run));
    if (!this.#lookups.isUnderWay) this.network.release();
  }

  #handOut(): void {
    const outcome = present(this.#outcome, "what is kept has been written");
    this.#outcome = undefined;
    handOut(outcome, this.#outside);
    this.lastEntry = this.#lastWritten;
    this.#wakeWithin(0);
    if (this.#isWaiting) this.#outside.wakeAt(outcome.turn.now.elapsed);
  }

  /** `heldMs`: 0 where nothing is held. */
  #wakeWithin(heldMs: number): void {
    const isMore = !this.#inbox.isEmpty;
    const end = isMore || heldMs > 0 ? later(this.now.elapsed, isMore ? 0 : heldMs) : undefined;
    const clocks = this.#outcome === undefined;
    const deadline = clocks ? sooner(this.watch.next(), this.#questions.nextDeadline()) : undefined;
    this.#outside.wakeAt(sooner(deadline, end));
  }
}

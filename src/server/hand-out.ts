/**
 * Handing out: what a turn brings about outside, ready and in order, for when the turn is kept.
 *
 * It is made ready as soon as the turn is written, before anything else happens: its lines say what was so then. Until the
 * disk has it nothing of it leaves, and the next turn may already be worked on.
 */
import { deliver, type Guard } from "./deliver.ts";
import { type Delivery } from "./line-maker.ts";
import { type Note } from "./notes.ts";
import { Outbox } from "./outbox.ts";
import { type Outside } from "./outside.ts";
import { type Turn } from "./turn.ts";

/** What a turn has come to. */
export interface Outcome {
  readonly turn: Turn;
  /** What each connection is shown. */
  readonly outbox: Outbox;
  /** What the operator reads. */
  readonly notes: readonly Note[];
}

/** Of a turn that is written. `guard`: as of `deliver`. */
export function outcomeOf(turn: Turn, delivery: Delivery, guard: Guard): Outcome {
  const outbox = new Outbox();
  deliver(turn.shown, delivery, outbox, guard);
  return { turn, outbox, notes: turn.notesToShow() };
}

/** Lines, notes, operators' answers, closings, and then what is asked. */
export function handOut({ turn, outbox, notes }: Outcome, outside: Outside): void {
  const { transport, questions, operators } = outside;
  for (const [connection, { lines, mayWait }] of outbox.entries()) {
    transport.write(connection, lines, mayWait);
  }
  for (const note of notes) outside.note(note);
  for (const { port, answer } of turn.operatorAnswers) operators.answer(port, answer);
  for (const session of turn.closing) transport.close(session.id);
  for (const { id, question } of turn.questions) questions.ask(id, question);
  // Only now: a login may have been asked in the turn in which its connection went.
  for (const connection of turn.abandoned) questions.abandon(connection);
}

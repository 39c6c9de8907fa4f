/**
 * Dues: what becomes of a session when one of its deadlines (`watch.ts`) has come.
 *
 * Of each kind a few are looked at in a turn; the rest are due at once again.
 */
import { type Deadlines } from "../base/deadlines.ts";
import { type ConnectionId } from "../base/ids.ts";
import { replies } from "../protocol/replies.ts";
import { timeOutBatch } from "./commands/batch.ts";
import { lookAtFollowing } from "./commands/catching-up.ts";
import { Context, type Machine, newTask, type Task } from "./context.ts";
import { isOver } from "./policy.ts";
import { type Session } from "./session.ts";
import { registrationEnd } from "./watch.ts";

/** Of each kind, those looked at in one turn: thousands may be due at once, as they came. */
const duesMax = 64;

/** How the loop goes on with a session. */
export interface Going {
  /** The session's held lines, as far as it may go on now. */
  goOn(session: Session): void;
  run(task: Task, run: (ctx: Context) => void): void;
}

export function workOnDues(machine: Machine, going: Going): void {
  const { watch } = machine;
  const forEach = (deadlines: Deadlines<ConnectionId>, work: (session: Session) => void): void => {
    for (const id of deadlines.take(machine.now.elapsed, duesMax)) {
      const session = machine.network.sessions.get(id);
      if (session !== undefined) work(session);
    }
  };
  forEach(watch.meter, (session) => going.goOn(session));
  forEach(watch.registration, (session) => {
    if (session.phase === "registering") timeOut(machine, session);
  });
  forEach(watch.expiry, (session) => {
    if (isOver(session, machine.now.wall)) machine.close(session, "This account has expired");
    else watch.watchExpiry(session, machine.now);
  });
  forEach(watch.batch, (session) => {
    // Not as a task that ends: nothing of the session is held for it.
    timeOutBatch(new Context(machine, newTask({ session })));
  });
  forEach(watch.following, (session) => {
    going.run(newTask({ session, isAside: true }), (ctx) => lookAtFollowing(ctx));
  });
  forEach(watch.silence, (session) => lookAtSilence(machine, session));
}

function timeOut(machine: Machine, session: Session): void {
  const end = registrationEnd(session, machine.settings.limits);
  if (machine.now.elapsed < end) machine.watch.registration.set(session.id, end);
  else machine.close(session, "Registration timed out");
}

function lookAtSilence(machine: Machine, session: Session): void {
  const silence = machine.watch.look(session, machine.now.elapsed);
  if (silence === "dead") machine.close(session, "Ping timeout");
  if (silence === "ping") machine.say(session, replies.ping(machine.settings.name));
}

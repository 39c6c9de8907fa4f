/**
 * The watch: which session is to be looked at when, by the monotonic clock.
 *
 * Six kinds of deadline: registration (absolute, from the opening), silence (looked at lazily, so that hearing
 * from a session costs nothing), the meter (held lines go on), a batch that the client has to close, following
 * (what it has got of what was said), and expiry (of the account; it is a day of the wall clock, which may be set, so it
 * is looked at every minute at least).
 */
import { type ConnectionId } from "../base/ids.ts";
import { Deadlines } from "../base/deadlines.ts";
import { type ElapsedMs, later, minuteMs } from "../base/time.ts";
import { type Session } from "./session.ts";
import { type Limits } from "./settings.ts";
import { type Now } from "./state/network.ts";

export type Silence = "heard" | "ping" | "dead";

export class Watch {
  readonly registration = new Deadlines<ConnectionId>();
  readonly silence = new Deadlines<ConnectionId>();
  readonly meter = new Deadlines<ConnectionId>();
  /** When to look whether the account has expired. */
  readonly expiry = new Deadlines<ConnectionId>();
  readonly batch = new Deadlines<ConnectionId>();
  /** When to ask what the client has got, or to end it. */
  readonly following = new Deadlines<ConnectionId>();
  readonly #all = [
    ...[this.registration, this.silence, this.meter],
    ...[this.expiry, this.batch, this.following],
  ] as const;
  readonly #limits: Limits;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  opened(session: Session): void {
    this.registration.set(session.id, later(session.openedAt, this.#limits.registrationMs));
    this.silence.set(session.id, later(session.openedAt, this.#limits.pingAfterMs));
  }

  watchExpiry({ id, user }: Session, { wall, elapsed }: Now): void {
    const expiresAt = user?.account.expiresAt;
    if (expiresAt === undefined) this.expiry.clear(id);
    else this.expiry.set(id, later(elapsed, Math.min(Math.max(expiresAt - wall, 0), minuteMs)));
  }

  restartRegistration({ id, registeringSince }: Session): void {
    this.registration.set(id, later(registeringSince, this.#limits.registrationMs));
  }

  forget({ id }: Session): void {
    for (const deadlines of this.#all) deadlines.clear(id);
  }

  next(): ElapsedMs | undefined {
    let soonest: ElapsedMs | undefined;
    for (const deadlines of this.#all) {
      const at = deadlines.next();
      if (at !== undefined && (soonest === undefined || at < soonest)) soonest = at;
    }
    return soonest;
  }

  /** The session's silence is due to be looked at: what is to be done about it, and the next look is set. */
  look(session: Session, now: ElapsedMs): Silence {
    const { pingAfterMs, pongWithinMs } = this.#limits;
    if (session.pingedAt !== undefined && session.lastHeardAt < session.pingedAt) return "dead";
    const quietSince = session.lastHeardAt;
    if (now - quietSince < pingAfterMs) {
      session.pingedAt = undefined;
      this.silence.set(session.id, later(quietSince, pingAfterMs));
      return "heard";
    }
    session.pingedAt = now;
    this.silence.set(session.id, later(now, pongWithinMs));
    return "ping";
  }
}

/** Who waits for an operator may wait longer, and who looks for a code. */
export function registrationEnd(session: Session, limits: Limits): ElapsedMs {
  const { waitingMs, registrationMs, secondFactorMs } = limits;
  const withinMs = session.waitingFor === undefined ? registrationMs : waitingMs;
  const usualEnd = later(session.registeringSince, withinMs);
  const { personAskedAt } = session;
  if (personAskedAt === undefined) return usualEnd;
  const codeEnd = later(personAskedAt, secondFactorMs);
  return codeEnd > usualEnd ? codeEnd : usualEnd;
}

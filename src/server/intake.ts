/**
 * Intake: a session's bytes become lines, and its lines wait their turn.
 *
 * Lines wait behind a command that has asked something and when a meter says so, the connection's own or that of its
 * account, which weigh what lines cost (`cost.ts`); none is dropped. With too many
 * waiting the connection is no longer read (`pause`), and when even what was on its way is too much it is closed.
 * Of strangers, who may be many and have nothing to say yet, less is too much.
 */
import { isGuest } from "../base/ids.ts";
import { type ElapsedMs } from "../base/time.ts";
import { type FramingEvent } from "../protocol/framing.ts";
import { AccountMeters } from "./account-meters.ts";
import { costOfBytes, costOfTask } from "./cost.ts";
import { type Task } from "./context.ts";
import { type Meter } from "./meter.ts";
import { type Transport } from "./outside.ts";
import { type Session } from "./session.ts";
import { type Limits } from "./settings.ts";
import { type Watch } from "./watch.ts";

export class Intake {
  readonly #limits: Limits;
  readonly #watch: Watch;
  readonly #transport: Transport;
  readonly #accounts: AccountMeters;

  constructor(limits: Limits, watch: Watch, transport: Transport) {
    this.#limits = limits;
    this.#watch = watch;
    this.#transport = transport;
    this.#accounts = new AccountMeters(limits);
  }

  receive(session: Session, bytes: Uint8Array, now: ElapsedMs): void {
    session.lastHeardAt = now;
    if (this.#isHopeless(session, bytes)) {
      session.heldBytes += bytes.length;
      return;
    }
    const frames = session.framer.take(bytes);
    for (const frame of frames) session.heldBytes += heldCost(frame);
    if (session.held !== undefined) for (const frame of frames) session.held.push(frame);
    else if (frames.length > 0) session.held = frames;
  }

  /** The next line that may be worked on now; `too-many`: the session is to be closed. */
  next(session: Session, now: ElapsedMs): FramingEvent | "too-many" | undefined {
    if (session.isClosing || session.phase === "closed") return undefined;
    if (this.#isTooMuch(session)) return "too-many";
    const { held } = session;
    if (session.isBusy || held === undefined) {
      this.#pauseOrResume(session);
      return undefined;
    }
    if (this.#limits.flood && !this.#take(session, now)) {
      this.#pauseOrResume(session);
      return undefined;
    }
    const frame = held.shift();
    if (held.length === 0) session.held = undefined;
    if (frame === undefined) return undefined;
    session.heldBytes -= heldCost(frame);
    if ("text" in frame) this.#charge(session, costOfBytes(frame.text.length), now);
    return frame;
  }

  /** What the session did has ended: beyond its line it costs what it took. */
  charge(session: Session, task: Task, now: ElapsedMs): void {
    this.#charge(session, costOfTask(task), now);
  }

  /** One of each of its meters, or it is to be looked at when the last of them is ready. */
  #take(session: Session, now: ElapsedMs): boolean {
    const { id, meter } = session;
    const shared = this.#sharedMeter(session, now);
    if (meter.isReady(now) && shared?.isReady(now) !== false) {
      meter.take(now);
      shared?.take(now);
      return true;
    }
    const [own, others] = [meter.readyAt(now), shared?.readyAt(now) ?? now];
    this.#watch.meter.set(id, own > others ? own : others);
    return false;
  }

  #charge(session: Session, cost: number, now: ElapsedMs): void {
    if (cost <= 0 || !this.#limits.flood) return;
    session.meter.charge(cost, now);
    this.#sharedMeter(session, now)?.charge(cost, now);
  }

  /** A guest has one session, and its meter. */
  #sharedMeter({ user }: Session, now: ElapsedMs): Meter | undefined {
    if (user === undefined || isGuest(user.account.id)) return undefined;
    return this.#accounts.of(user.account.id, now);
  }

  /** More lines at once than a stranger may have waiting: not looked through, the next look closes it. */
  #isHopeless({ phase }: Session, bytes: Uint8Array): boolean {
    const isMuch = phase === "registering" && bytes.length > this.#limits.strangerHeldBytesMax;
    return isMuch && bytes.includes(lineFeed);
  }

  #isTooMuch({ phase, held, heldBytes }: Session): boolean {
    const { heldLinesCloseMax, strangerHeldBytesMax } = this.#limits;
    if (held !== undefined && held.length > heldLinesCloseMax) return true;
    return phase === "registering" && heldBytes > strangerHeldBytesMax;
  }

  #pauseOrResume(session: Session): void {
    const { heldLinesMax } = this.#limits;
    const count = session.held?.length ?? 0;
    if (!session.isPaused && count > heldLinesMax) {
      session.isPaused = true;
      this.#transport.pause(session.id);
    } else if (session.isPaused && count <= heldLinesMax / 2) {
      session.isPaused = false;
      this.#transport.resume(session.id);
    }
  }
}

const lineFeed = 10;

/** What an empty line takes, its place in the queue included. */
const lineCostBytes = 64;

function heldCost(frame: FramingEvent): number {
  return lineCostBytes + ("text" in frame ? frame.text.length : 0);
}

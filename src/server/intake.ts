/**
 * Intake: a session's bytes become lines, and its lines wait their turn.
 *
 * Lines wait behind a command that has asked something and when the meter says so; none is dropped. With too many
 * waiting the connection is no longer read (`pause`), and when even what was on its way is too much it is closed.
 * Of strangers, who may be many and have nothing to say yet, less is too much.
 */
import { type ElapsedMs } from "../base/time.ts";
import { type FramingEvent } from "../protocol/framing.ts";
import { type Transport } from "./outside.ts";
import { type Session } from "./session.ts";
import { type Limits } from "./settings.ts";
import { type Watch } from "./watch.ts";

export class Intake {
  readonly #limits: Limits;
  readonly #watch: Watch;
  readonly #transport: Transport;

  constructor(limits: Limits, watch: Watch, transport: Transport) {
    this.#limits = limits;
    this.#watch = watch;
    this.#transport = transport;
  }

  receive(session: Session, bytes: Uint8Array, now: ElapsedMs): void {
    session.lastHeardAt = now;
    if (this.#isHopeless(session, bytes)) {
      session.heldBytes += bytes.length;
      return;
    }
    for (const frame of session.framer.take(bytes)) {
      session.held.push(frame);
      session.heldBytes += cost(frame);
    }
  }

  /** The next line that may be worked on now; `too-many`: the session is to be closed. */
  next(session: Session, now: ElapsedMs): FramingEvent | "too-many" | undefined {
    const { held } = session;
    if (session.isClosing || session.phase === "closed") return undefined;
    if (this.#isTooMuch(session)) return "too-many";
    if (session.isBusy || held.length === 0) {
      this.#pauseOrResume(session);
      return undefined;
    }
    if (this.#limits.flood && !session.meter.take(now)) {
      this.#watch.meter.set(session.id, session.meter.readyAt(now));
      this.#pauseOrResume(session);
      return undefined;
    }
    const frame = held.shift();
    if (frame !== undefined) session.heldBytes -= cost(frame);
    return frame;
  }

  /** More lines at once than a stranger may have waiting: not looked through, the next look closes it. */
  #isHopeless({ phase }: Session, bytes: Uint8Array): boolean {
    const isMuch = phase === "registering" && bytes.length > this.#limits.strangerHeldBytesMax;
    return isMuch && bytes.includes(lineFeed);
  }

  #isTooMuch({ phase, held, heldBytes }: Session): boolean {
    const { heldLinesCloseMax, strangerHeldBytesMax } = this.#limits;
    if (held.length > heldLinesCloseMax) return true;
    return phase === "registering" && heldBytes > strangerHeldBytesMax;
  }

  #pauseOrResume(session: Session): void {
    const { heldLinesMax } = this.#limits;
    if (!session.isPaused && session.held.length > heldLinesMax) {
      session.isPaused = true;
      this.#transport.pause(session.id);
    } else if (session.isPaused && session.held.length <= heldLinesMax / 2) {
      session.isPaused = false;
      this.#transport.resume(session.id);
    }
  }
}

const lineFeed = 10;

/** What an empty line costs, its place in the queue included. */
const lineCostBytes = 64;

function cost(frame: FramingEvent): number {
  return lineCostBytes + ("text" in frame ? frame.text.length : 0);
}

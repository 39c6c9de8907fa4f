/**
 * Inbox: what has arrived, and what of it is worked on in a turn.
 *
 * Everything that those say who are in, and all that is answered; of those who come, want to come in, or go, a little.
 * When thousands do so at once, the people who talk wait some milliseconds for them, and not for all of them. What is too
 * much for one turn goes before all else in the next one. Of one connection everything stays in order.
 *
 * Whoever sends while too much waits, because the disk does not answer, is not read from until less does.
 */
import { type ConnectionId } from "../base/ids.ts";
import { type Input, type Transport } from "./outside.ts";
import { type Session } from "./session.ts";

/** Of those who are not in, in one turn: some milliseconds, of those who log in up to one each. */
export const strangersMax = 16;
/** When more than that waits it is not put off any longer, nor kept. */
export const strangersBytesMax = 4_194_304;
/** When more than that waits, of everyone, whoever sends more is paused. */
export const waitingBytesMax = 16_777_216;

export class Inbox {
  readonly #sessions: ReadonlyMap<ConnectionId, Pick<Session, "user" | "isPaused">>;
  readonly #transport: Pick<Transport, "pause" | "resume">;
  /** Those from `#first` on are up. */
  #inputs: Input[] = [];
  #first = 0;
  #strangers: Input[] = [];
  /** Of whom something waits there, and how much. */
  readonly #waiting = new Map<ConnectionId, number>();
  readonly #paused = new Set<ConnectionId>();
  #bytes = 0;
  #strangersBytes = 0;
  #isLast = false;

  constructor(
    sessions: ReadonlyMap<ConnectionId, Pick<Session, "user" | "isPaused">>,
    transport: Pick<Transport, "pause" | "resume">,
  ) {
    this.#sessions = sessions;
    this.#transport = transport;
  }

  get isEmpty(): boolean {
    return this.#first === this.#inputs.length && this.#strangers.length === 0;
  }

  add(input: Input): void {
    switch (input.kind) {
      case "opened":
      case "closed":
        this.#putOff(input, input.connection);
        return;
      case "bytes":
        this.#addBytes(input);
        return;
      case "stop":
        // Of everyone there is.
        this.#isLast = true;
        this.#strangers.push(input);
        return;
      default:
        this.#inputs.push(input);
    }
  }

  /** What is next to be worked on, in this order, until that is enough. */
  *take(isEnough: () => boolean): Generator<Input, void> {
    if (!isEnough()) this.#moveUp();
    for (;;) {
      const input = this.#inputs[this.#first];
      if (input === undefined || isEnough()) break;
      this.#first += 1;
      if (input.kind === "bytes") this.#bytes -= input.bytes.length;
      yield input;
    }
    this.#forgetTaken();
    if (this.#paused.size > 0 && this.#bytes <= waitingBytesMax / 2) this.#resume();
  }

  /** A few more of those who come, or go, are up. */
  #moveUp(): void {
    const isAll = this.#isLast || this.#strangersBytes > strangersBytesMax;
    const count = isAll ? this.#strangers.length : strangersMax;
    for (const input of this.#strangers.splice(0, count)) {
      this.#inputs.push(input);
      if ("connection" in input) this.#movedUp(input.connection);
      if (input.kind === "bytes") this.#strangersBytes -= input.bytes.length;
    }
  }

  #forgetTaken(): void {
    if (this.#first < this.#inputs.length / 2) return;
    this.#inputs = this.#inputs.slice(this.#first);
    this.#first = 0;
  }

  #addBytes(input: Extract<Input, { readonly kind: "bytes" }>): void {
    const { connection, bytes } = input;
    const isIn = this.#sessions.get(connection)?.user !== undefined;
    this.#bytes += bytes.length;
    if (isIn && !this.#waiting.has(connection)) this.#inputs.push(input);
    else {
      this.#strangersBytes += bytes.length;
      this.#putOff(input, connection);
    }
    if (this.#bytes <= waitingBytesMax || this.#paused.has(connection)) return;
    this.#paused.add(connection);
    this.#transport.pause(connection);
  }

  #putOff(input: Input, connection: ConnectionId): void {
    this.#strangers.push(input);
    this.#waiting.set(connection, (this.#waiting.get(connection) ?? 0) + 1);
  }

  #movedUp(connection: ConnectionId): void {
    const left = (this.#waiting.get(connection) ?? 0) - 1;
    if (left > 0) this.#waiting.set(connection, left);
    else this.#waiting.delete(connection);
  }

  /** Who is paused because of what they said stays so. */
  #resume(): void {
    for (const connection of this.#paused) {
      if (this.#sessions.get(connection)?.isPaused !== true) this.#transport.resume(connection);
    }
    this.#paused.clear();
  }
}

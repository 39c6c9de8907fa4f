/**
 * The server: what the outside sees of the machine. Inputs go in, a turn of things to do comes out.
 *
 *     server.take(input)            any number of times, then
 *     server.turn(now, elapsed)     once: everything of it is handed to the `Outside`
 *
 * The driver calls `turn` soon after `take`, and at the latest at the moment last given to `outside.wakeAt`.
 */
import { type ConnectionId } from "../base/ids.ts";
import { type ElapsedMs, type WallMs } from "../base/time.ts";
import { Loop, type LoopOptions } from "./loop.ts";
import { type Input } from "./outside.ts";

export type ServerOptions = LoopOptions;

export class Server {
  readonly #loop: Loop;

  constructor(options: ServerOptions) {
    this.#loop = new Loop(options);
  }

  take(input: Input): void {
    this.#loop.take(input);
  }

  /** How many lines of the connection wait: for checks that queues keep to their limits. */
  heldLines(connection: ConnectionId): number {
    return this.#loop.network.sessions.get(connection)?.held?.length ?? 0;
  }

  /** One turn; nothing happens while the one before is being kept. */
  turn(now: WallMs, elapsed: ElapsedMs): void {
    this.#loop.turn(now, elapsed);
  }
}

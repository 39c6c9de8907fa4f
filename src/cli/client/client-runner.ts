/**
 * ClientRunner: drives the client's machine with real connections, clocks and timers.
 *
 * Inputs are worked on one after the other, whatever calls whom in between. What a connection says after it was
 * given up goes nowhere: the machine knows connections by number.
 */
import {
  type Action,
  type ClientEvent,
  type ClientInput,
  type Output,
} from "../../client/events.ts";
import { type Proof } from "../../client/prover.ts";
import { type ClientSession } from "../../client/session.ts";
import { type Clocks } from "../server/outside.ts";

/** Makes one connection and tells what becomes of it. */
export type Connect = (events: ConnectionEvents) => Connection;

export interface ConnectionEvents {
  opened(): void;
  bytes(bytes: Uint8Array): void;
  /** Once; also when it could not be made. `isFinal`: trying again would be wrong. */
  closed(reason: string, isFinal: boolean): void;
}

export interface Connection {
  write(bytes: Uint8Array): void;
  close(): void;
}

export class ClientRunner {
  readonly session: ClientSession;
  readonly #connect: Connect;
  readonly #clocks: Clocks;
  readonly #listener: (event: ClientEvent) => void;
  #connection: Connection | undefined;
  #inputs: ClientInput[] = [];
  #isWorking = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    session: ClientSession,
    options: {
      readonly connect: Connect;
      readonly clocks: Clocks;
      readonly listener: (event: ClientEvent) => void;
    },
  ) {
    this.session = session;
    this.#connect = options.connect;
    this.#clocks = options.clocks;
    this.#listener = options.listener;
  }

  start(): void {
    this.#take({ kind: "start" });
  }

  act(action: Action): void {
    this.#take({ kind: "action", action });
  }

  /** A step of a login that took its time. */
  prove(proof: Proof): void {
    this.#take({ kind: "proof", proof });
  }

  /** Lets go of the connection and the timer; nothing is told any more. */
  stop(): void {
    this.#connection?.close();
    this.#connection = undefined;
    clearTimeout(this.#timer);
  }

  #take(input: ClientInput): void {
    this.#inputs.push(input);
    if (this.#isWorking) return;
    this.#isWorking = true;
    try {
      for (;;) {
        const next = this.#inputs.shift();
        if (next === undefined) break;
        this.session.take(next, this.#clocks.wall(), this.#clocks.elapsed());
        for (const output of this.session.takeOutput()) this.#do(output);
      }
    } finally {
      this.#isWorking = false;
    }
    this.#setTimer();
  }

  #do(output: Output): void {
    switch (output.kind) {
      case "connect":
        this.#open(output.connection);
        return;
      case "disconnect":
        this.#connection?.close();
        this.#connection = undefined;
        return;
      case "bytes":
        this.#connection?.write(output.bytes);
        return;
      case "event":
        this.#listener(output.event);
    }
  }

  #open(connection: number): void {
    this.#connection?.close();
    this.#connection = this.#connect({
      opened: () => this.#take({ kind: "opened", connection }),
      bytes: (bytes) => this.#take({ kind: "bytes", connection, bytes }),
      closed: (reason, isFinal) => this.#take({ kind: "closed", connection, reason, isFinal }),
    });
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    const at = this.session.wakeAt;
    if (at === undefined) return;
    const waitMs = Math.min(Math.max(0, Math.ceil(at - this.#clocks.elapsed())), 2 ** 31 - 1);
    this.#timer = setTimeout(() => this.#take({ kind: "tick" }), waitMs);
  }
}

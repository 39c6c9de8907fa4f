/**
 * A simulated device: a real client session, driven by the simulated clock and network.
 *
 * A device belongs to a person (an account); when its session ends for good, it begins a new one after a while, as
 * someone does who starts the program again.
 */
import { below, type Random } from "../../src/base/random.ts";
import { Secret } from "../../src/base/secret.ts";
import { type ElapsedMs } from "../../src/base/time.ts";
import { type Action, type ClientEvent, type ClientInput } from "../../src/client/events.ts";
import { type Prover } from "../../src/client/prover.ts";
import { ClientSession } from "../../src/client/session.ts";
import { type World } from "./world.ts";

export interface DeviceOptions {
  readonly account: string;
  readonly password: string;
  /** Counted per account. */
  readonly index: number;
  /** The first session asks for the account. */
  readonly registers: boolean;
}

export class Device {
  readonly account: string;
  readonly name: string;
  readonly #options: DeviceOptions;
  readonly #world: World;
  readonly #random: Random;
  #session: ClientSession;
  /** The how-manieth session this is: what was seen counts for one session. */
  generation = 0;
  #hasEnded = false;
  /** The account exists and is approved: it logs in from now on. */
  #isMember: boolean;
  #connectionBase = 0;
  #connectionsMade = 0;
  #wakeAt: ElapsedMs | undefined;
  /** It has said that it goes, or is no member yet. */
  isLeaving = false;
  /** Turned away for good, and not coming back. */
  isGone = false;

  constructor(world: World, options: DeviceOptions) {
    this.#world = world;
    this.#options = options;
    this.#random = world.random;
    this.account = options.account;
    this.name = `${options.account}.${options.index}`;
    this.#isMember = !options.registers;
    this.#session = this.#newSession();
  }

  get session(): ClientSession {
    return this.#session;
  }

  get isOnline(): boolean {
    return this.#session.model.state.state === "online";
  }

  /** Nothing of it is under way: it is there and whole, or will not come. */
  get isSettled(): boolean {
    if (this.isGone) return true;
    return this.isOnline && this.#session.isWhole && this.#session.outstanding === 0;
  }

  start(): void {
    this.#take({ kind: "start" });
  }

  act(action: Action): void {
    if (action.kind === "quit") this.isLeaving = true;
    if (!this.#hasEnded) this.#take({ kind: "action", action });
  }

  opened(number: number): void {
    this.#link(number, (connection) => ({ kind: "opened", connection }));
  }

  received(number: number, bytes: Uint8Array): void {
    this.#link(number, (connection) => ({ kind: "bytes", connection, bytes }));
  }

  closed(number: number, reason: string): void {
    this.#link(number, (connection) => ({ kind: "closed", connection, reason }));
  }

  /** Numbers of connections are the device's; each session counts its own from one. */
  #link(number: number, input: (connection: number) => ClientInput): void {
    if (number > this.#connectionBase) this.#take(input(number - this.#connectionBase));
  }

  #newSession(): ClientSession {
    const { account, password } = this.#options;
    const prover = plainProver(account, password);
    return new ClientSession({
      login: this.#isMember
        ? { kind: "account", account, prover }
        : { kind: "register", account, password: Secret.fromText(password), prover },
      random: this.#random,
    });
  }

  #take(input: ClientInput): void {
    const { clock } = this.#world;
    const session = this.#session;
    session.take(input, clock.wall, clock.elapsed);
    for (const output of session.takeOutput()) {
      switch (output.kind) {
        case "connect":
          this.#connectionsMade = this.#connectionBase + output.connection;
          this.#world.connect(this, this.#connectionsMade);
          break;
        case "bytes":
          this.#world.send(this, this.#connectionBase + output.connection, output.bytes);
          break;
        case "disconnect":
          this.#world.disconnect(this, this.#connectionBase + output.connection);
          break;
        case "event":
          this.#happened(output.event);
      }
    }
    if (session === this.#session) this.#schedule();
  }

  #happened(event: ClientEvent): void {
    this.#world.checkers.clientEvent(this, event);
    if (event.kind !== "state") return;
    if (event.state.state === "online") this.#isMember = true;
    if (event.state.state === "closed") this.#ended(event.state.failCode, event.state.code);
  }

  #ended(failCode: string | undefined, code: string): void {
    this.#hasEnded = true;
    // The name is taken: by an earlier request of this very person, whose answer was lost.
    if (failCode === "ACCOUNT_EXISTS") this.#isMember = true;
    else if (code === "refused" || code === "rejected") this.#isMember = !this.#options.registers;
    this.#world.clock.after(500 + below(this.#random, 3_000), () => this.#again());
  }

  #again(): void {
    this.generation += 1;
    this.#hasEnded = false;
    this.isLeaving = false;
    this.#connectionBase = this.#connectionsMade;
    this.#wakeAt = undefined;
    this.#world.checkers.sessionBegan(this);
    this.#session = this.#newSession();
    this.start();
  }

  #schedule(): void {
    const session = this.#session;
    const at = session.wakeAt;
    if (at === undefined || at === this.#wakeAt) return;
    this.#wakeAt = at;
    this.#world.clock.at(at, () => {
      if (session !== this.#session || this.#wakeAt !== at) return;
      this.#wakeAt = undefined;
      this.#take({ kind: "tick" });
    });
  }
}

function plainProver(account: string, password: string): Prover {
  return {
    choose: () => ({ kind: "mechanism", name: "PLAIN" }),
    isServerProven: () => true,
    respond: () => ({
      kind: "response",
      bytes: Uint8Array.from(Buffer.from(`\0${account}\0${password}`)),
    }),
  };
}

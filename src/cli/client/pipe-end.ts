/**
 * The end of a front end that is a pipe: when standard input has ended, what was sent is waited for, then one leaves.
 *
 * At most five seconds pass without progress: an acknowledgement, or a connection at last. With `--keep` the end of
 * the input means nothing. Whether a message was refused is what the exit code says.
 */
import { type ClientEvent } from "../../client/events.ts";
import { type ExitCode, exitCodes } from "../command-line/exit.ts";
import { type Driven } from "./front-end.ts";

const progressMsMax = 5_000;

export class PipeEnd {
  readonly #driven: Driven;
  readonly #keeps: boolean;
  #hasEnded = false;
  #isOnline = false;
  #hasRefused = false;
  #timer: NodeJS.Timeout | undefined;
  #waiting: (() => void)[] = [];

  constructor(driven: Driven, keeps: boolean) {
    this.#driven = driven;
    this.#keeps = keeps;
  }

  get exitCode(): ExitCode | undefined {
    return this.#hasRefused ? exitCodes.messageRefused : undefined;
  }

  /** Resolves when so few messages wait that more may come. */
  room(most: number): Promise<void> {
    if (this.#driven.outstanding() < most) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  refused(): void {
    this.#hasRefused = true;
  }

  inputEnded(): void {
    this.#hasEnded = true;
    this.#look();
  }

  event(event: ClientEvent): void {
    if (event.kind === "error" && event.unsent !== undefined) this.refused();
    if (event.kind === "state") this.#isOnline = event.state.state === "online";
    if (["ack", "error", "state", "join"].includes(event.kind)) this.#look();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#release();
  }

  #look(): void {
    this.#release();
    if (!this.#hasEnded || this.#keeps || !this.#isOnline) return;
    clearTimeout(this.#timer);
    if (this.#driven.outstanding() === 0 && !this.#driven.isJoining()) {
      this.#driven.act({ kind: "quit" });
      return;
    }
    this.#timer = setTimeout(() => this.#driven.act({ kind: "quit" }), progressMsMax);
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

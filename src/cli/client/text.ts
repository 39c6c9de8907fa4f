/**
 * The front end `text`, for pipes: what is said, a line each, `time TAB room TAB nick TAB text`; lines of standard
 * input are said in one room. Everything else goes to standard error. Control characters are made visible, so that a
 * tab or a line end is always ours. A room keeps its name here as the server has it: one that is renamed goes on under its new name.
 */
import { isoTime } from "../../base/time.ts";
import { type ClientEvent } from "../../client/events.ts";
import { eventLines } from "../../client/lines.ts";
import { isSameName } from "../../protocol/names.ts";
import { printable } from "../../protocol/text.ts";
import { type ExitCode, exitCodes } from "../command-line/exit.ts";
import { type Driven, flushMsMax, type FrontEnd } from "./front-end.ts";
import { readInputLines } from "./input-lines.ts";
import { type Out } from "../terminal/out.ts";
import { PipeEnd } from "./pipe-end.ts";

/** Lines that may wait for their acknowledgement before more are read. */
const outstandingMax = 64;

const style = { clock: isoTime, arrow: "->", hasNumerics: true };

export interface TextOptions {
  /** Where standard input is said; undefined: nowhere. */
  readonly target: string | undefined;
  readonly keeps: boolean;
  readonly input: AsyncIterable<Uint8Array>;
  readonly out: Out;
  readonly diagnostics: Out;
}

export class TextFrontEnd implements FrontEnd {
  readonly #driven: Driven;
  readonly #options: TextOptions;
  readonly #end: PipeEnd;
  /** Where standard input is said: that room, whatever it is called meanwhile. */
  #target: string | undefined;
  #hasBeenOnline = false;

  constructor(driven: Driven, options: TextOptions) {
    this.#driven = driven;
    this.#options = options;
    this.#target = options.target;
    this.#end = new PipeEnd(driven, options.keeps);
    void readInputLines(options.input, (line) => this.#say(line)).then(
      () => this.#end.inputEnded(),
      () => this.#end.inputEnded(), // an input that fails is one that has ended
    );
  }

  get exitCode(): ExitCode | undefined {
    if (this.#options.out.isClosed) return exitCodes.ok; // the reader has had enough
    return this.#end.exitCode;
  }

  event(event: ClientEvent): void {
    const { out, diagnostics } = this.#options;
    if (event.kind === "message") {
      const { time, room, from, kind, text } = event.message;
      const said = kind === "action" ? `* ${text}` : text;
      out.line([isoTime(time), printable(room), printable(from), printable(said)].join("\t"));
      if (out.isClosed) this.#driven.act({ kind: "quit" });
    } else if (event.kind === "error" || event.kind === "gap" || event.kind === "warning") {
      for (const { text } of eventLines(event, this.#driven.model, style)) {
        diagnostics.line(`authchat: ${text}`);
      }
    } else if (event.kind === "rename") {
      if (isSameName(this.#target ?? "", event.from)) this.#target = event.room;
    } else if (event.kind === "state" && event.state.state === "online") {
      this.#hasBeenOnline = true;
    } else if (event.kind === "state" && event.state.state === "offline" && this.#staysOffline) {
      diagnostics.line(`authchat: offline: ${printable(event.state.reason)}`);
    }
    this.#end.event(event);
  }

  close(): Promise<void> {
    this.#end.close();
    return this.#options.out.flushed(flushMsMax);
  }

  /** Otherwise the first failure is the end, and is said as that. */
  get #staysOffline(): boolean {
    return this.#hasBeenOnline || this.#options.keeps;
  }

  async #say(line: string | undefined): Promise<void> {
    const { diagnostics } = this.#options;
    const target = this.#target;
    if (line === "") return;
    if (line === undefined || target === undefined) {
      const why = line === undefined ? "a line is too long or no UTF-8" : "no -c ROOM to say it in";
      diagnostics.line(`authchat: not sent: ${why}`);
      this.#end.refused();
      return;
    }
    await this.#end.room(outstandingMax);
    this.#driven.act({ kind: "send", target, text: line });
  }
}

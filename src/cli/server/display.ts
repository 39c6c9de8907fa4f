/**
 * What the operator sees: the feed, the answers to instructions and, on a terminal, the prompt below them.
 */
import { type WallMs } from "../../base/time.ts";
import { printable } from "../../protocol/text.ts";
import { type Note } from "../../server/notes.ts";
import { type OperatorAnswer } from "../../server/outside.ts";
import { Console } from "./console.ts";
import { type FeedOptions, noteRecord } from "./feed.ts";
import { createLog, type Log, type LogRecord } from "./log.ts";
import { type Out } from "../terminal/out.ts";
import { type LogSettings } from "./serve-options.ts";

export interface DisplayOptions {
  readonly settings: LogSettings;
  readonly serverName: string;
  readonly out: Out;
  readonly now: () => WallMs;
}

export class Display {
  readonly settings: LogSettings;
  readonly #out: Out;
  readonly #log: Log;
  readonly #feed: FeedOptions;
  #console: Console | undefined;

  constructor({ settings, serverName, out, now }: DisplayOptions) {
    const { form, level, showsText } = settings;
    this.settings = settings;
    this.#out = out;
    this.#feed = { showsText, showsConnections: form === "json", serverName };
    this.#log = createLog({ form, level, now, print: (line) => this.#print(line) });
  }

  note(note: Note): void {
    // What strangers call themselves is not completed at the prompt.
    const isKnown = "account" in note && note.event !== "login.refused";
    if (isKnown) this.#console?.learnName(note.account);
    this.record(noteRecord(note, this.#feed));
  }

  record(record: LogRecord): void {
    this.#log.write(record);
  }

  /** Lines for people, without time and level; only where the log is for people. */
  say(lines: readonly string[]): void {
    if (this.settings.form === "text") this.#print(lines.map(printable).join("\n"));
  }

  /** Opens the prompt. `give` hands an instruction to the server. */
  openConsole(options: {
    readonly give: (words: string, answered: (answer: OperatorAnswer) => void) => void;
    readonly interrupted: () => void;
  }): void {
    const console = new Console({
      input: process.stdin,
      out: this.#out,
      columns: () => process.stdout.columns,
      entered: (words) => options.give(words, ({ lines }) => this.#answer(lines)),
      interrupted: options.interrupted,
    });
    this.#console = console;
    process.stdout.on("resize", () => console.resized());
    options.give("help", ({ lines }) => console.learnWords(lines));
  }

  /** Gives the terminal back. */
  close(): void {
    this.#console?.close();
    this.#console = undefined;
  }

  #answer(lines: readonly string[]): void {
    if (lines.length > 0) this.say(lines);
  }

  #print(text: string): void {
    if (this.#console === undefined) this.#out.line(text);
    else this.#console.print(text);
  }
}

/**
 * The console: a prompt below the feed, on a terminal.
 *
 * Lines of the feed are printed above what is being typed, which survives them. What is typed goes to the server as
 * it is: which words there are, the server knows; the console learns them from the answer to `help`, for completion.
 * Everything is written through `Out`, so a terminal that does not read holds nobody up.
 */
import { createInterface, type Interface } from "node:readline";
import { type Out } from "../terminal/out.ts";
import { PromptOutput } from "../terminal/prompt-output.ts";

const historyLinesMax = 500;
/** Names kept for completion, the latest ones. */
const namesMax = 1_000;
/** For the terminal to take in what was written, at the end. */
const drainMs = 300;

export interface ConsoleOptions {
  readonly input: NodeJS.ReadableStream;
  readonly out: Out;
  /** Of the terminal, now. */
  readonly columns: () => number;
  /** A line was typed. */
  readonly entered: (words: string) => void;
  /** Ctrl-C. */
  readonly interrupted: () => void;
}

export class Console {
  readonly #out: Out;
  readonly #readline: Interface;
  readonly #output: PromptOutput;
  readonly #words = new Set<string>(["help"]);
  readonly #names = new Set<string>();
  #isOpen = true;

  constructor({ input, out, columns, entered, interrupted }: ConsoleOptions) {
    this.#out = out;
    this.#output = new PromptOutput(out, columns);
    this.#readline = createInterface({
      input,
      output: this.#output,
      terminal: true,
      prompt: "> ",
      historySize: historyLinesMax,
      removeHistoryDuplicates: true,
      completer: (line: string) => this.#complete(line),
    });
    this.#readline.on("line", (line) => {
      const words = line.trim();
      if (words !== "") entered(words);
      this.#readline.prompt();
    });
    this.#readline.on("SIGINT", interrupted);
    this.#readline.on("SIGTSTP", () => {
      this.print("Ctrl-Z would halt the chat for everyone, so it does nothing here.");
    });
    this.#readline.on("close", () => this.#closed());
    this.#readline.prompt();
  }

  /** Prints lines above the prompt. */
  print(text: string): void {
    if (!this.#isOpen) {
      this.#out.line(text);
      return;
    }
    const { rows } = this.#readline.getCursorPos();
    const up = rows > 0 ? `\x1b[${rows}A` : "";
    // Below the text, the cursor goes to the row where readline left it: it counts from there.
    this.#out.write(`${up}\r\x1b[J${text}\n${"\n".repeat(rows)}`);
    this.#readline.prompt(true);
  }

  /** Words that begin an instruction, from the lines of `help`. */
  learnWords(helpLines: readonly string[]): void {
    for (const line of helpLines) {
      const word = /^\s*([a-z][a-z-]*)\b/.exec(line)?.[1];
      if (word !== undefined) this.#words.add(word);
    }
  }

  learnName(name: string): void {
    this.#names.delete(name);
    this.#names.add(name);
    const [oldest] = this.#names;
    if (this.#names.size > namesMax && oldest !== undefined) this.#names.delete(oldest);
  }

  /** The terminal has another size. */
  resized(): void {
    if (this.#isOpen) this.#output.emit("resize");
  }

  /** Takes the prompt away and gives the terminal back as it was. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#out.write("\r\x1b[J");
    void this.#out.flushed(drainMs).then(() => {
      // Where the terminal does not read, leaving raw mode would wait for ever; then the end of the process leaves it.
      if (this.#out.queuedBytes === 0) this.#readline.close();
    });
  }

  /** Ctrl-D, or the terminal is gone. */
  #closed(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#out.write("\r\x1b[J");
    this.#out.line("No more commands here. The server goes on; Ctrl-C stops it.");
  }

  #complete(line: string): [string[], string] {
    const word = /\S*$/.exec(line)?.[0] ?? "";
    const known = word === line ? this.#words : this.#names;
    const begins = [...known].filter((name) => name.toLowerCase().startsWith(word.toLowerCase()));
    return [begins.map((name) => `${name} `).sort(), word];
  }
}

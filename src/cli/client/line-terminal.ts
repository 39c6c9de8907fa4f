/**
 * LineTerminal: a scrolling terminal with one line at the bottom to type in, which survives what is printed above it.
 *
 * Built on node:readline, written through `Out`: a terminal that stops reading holds nobody up. What the user has
 * entered can be taken away again (`eraseEntered`), so that a message is seen once, as the server has it.
 */
import { createInterface, type Interface } from "node:readline";
import { type Out } from "../terminal/out.ts";
import { PromptOutput } from "../terminal/prompt-output.ts";

const historyLinesMax = 500;

export interface LineTerminalOptions {
  readonly input: NodeJS.ReadableStream;
  readonly out: Out;
  /** Of the terminal, now. */
  readonly columns: () => number;
  readonly entered: (line: string) => void;
  /** Ctrl-C; `isEmpty`: on a line without text. */
  readonly interrupted: (isEmpty: boolean) => void;
  /** Ctrl-D on an empty line, or the terminal is gone. */
  readonly ended: () => void;
  /** What the word before the cursor may become: the whole words, and the part of the line they replace. */
  readonly complete: (line: string) => readonly [readonly string[], string];
}

export class LineTerminal {
  readonly #out: Out;
  readonly #columns: () => number;
  readonly #readline: Interface;
  #isOpen = true;
  #lastEntered = "";

  constructor(options: LineTerminalOptions) {
    this.#out = options.out;
    this.#columns = options.columns;
    const output = new PromptOutput(options.out, options.columns);
    this.#readline = createInterface({
      input: options.input,
      output,
      terminal: true,
      prompt: "> ",
      historySize: historyLinesMax,
      removeHistoryDuplicates: true,
      completer: (line: string) => {
        const [words, part] = options.complete(line);
        return [[...words], part];
      },
    });
    this.#readline.on("line", (line) => {
      this.#lastEntered = this.#readline.getPrompt() + line;
      options.entered(line);
      if (this.#isOpen) this.#readline.prompt();
    });
    this.#readline.on("SIGINT", () => {
      const isEmpty = this.#readline.line === "";
      // readline's own way to empty the line, which keeps its place on the screen right.
      if (!isEmpty) this.#readline.write("", { ctrl: true, name: "e" });
      if (!isEmpty) this.#readline.write("", { ctrl: true, name: "u" });
      options.interrupted(isEmpty);
    });
    this.#readline.on("close", () => {
      if (!this.#isOpen) return;
      this.#closed(); // by Ctrl-D, or because the terminal is gone: readline can do nothing any more
      options.ended();
    });
    this.#readline.prompt();
  }

  /** Prints lines above the one that is typed in. */
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

  /** Takes the line just entered off the screen; only while `entered` is told of it. */
  eraseEntered(): void {
    const columns = Math.max(1, this.#columns());
    const rows = Math.max(1, Math.ceil(Bun.stringWidth(this.#lastEntered) / columns));
    this.#out.write(`\x1b[${rows}A\r\x1b[J`);
  }

  prompt(text: string): void {
    if (this.#readline.getPrompt() === text) return;
    this.#readline.setPrompt(text);
    if (this.#isOpen) this.#readline.prompt(true);
  }

  /** Rings the bell, where there is one. */
  ring(): void {
    this.#out.write("\x07");
  }

  /** Gives the terminal back as it was. */
  close(): void {
    if (!this.#isOpen) return;
    this.#closed();
    this.#readline.close();
  }

  #closed(): void {
    this.#isOpen = false;
    this.#out.write("\r\x1b[J");
  }
}

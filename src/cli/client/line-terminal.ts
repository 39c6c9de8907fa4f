/**
 * LineTerminal: a scrolling terminal with one line at the bottom to type in, which survives what is printed above it.
 *
 * Built on node:readline, written through `Out`: a terminal that stops reading holds nobody up. What the user has
 * entered can be taken away again (`eraseEntered`), so that a message is seen once, as the server has it.
 *
 * Nothing above the prompt is ever erased. How many rows it has depends on the width, and whether a terminal that
 * changes its width lays out wrapped lines anew is its own business: of both counts the smaller one is believed, and
 * what is left of an old prompt stays. readline's own count (`prevRows`) is not used: it is wrong after typing over
 * the edge, too.
 *
 * Halted (Ctrl-Z, or SIGTSTP from elsewhere) and continued, the terminal is set up and read again.
 */
import { createInterface, type Interface } from "node:readline";
import { type Out } from "../terminal/out.ts";
import { type Secret } from "../../base/secret.ts";
import { SecretQuestions } from "./secret-questions.ts";
import { PromptOutput } from "../terminal/prompt-output.ts";

const historyLinesMax = 500;
/** Narrower, a word broken at the edge is the rule. */
const narrowColumns = 80;

export interface LineTerminalOptions {
  readonly input: NodeJS.ReadStream;
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
  readonly #input: NodeJS.ReadStream;
  readonly #columns: () => number;
  readonly #readline: Interface;
  /** What readline goes by: the width when it was last written to. */
  #width: number;
  #isOpen = true;
  /** The prompt is on the screen: not between a line entered and the next prompt. */
  #isDrawn = true;
  #lastEntered = "";
  #secrets: SecretQuestions | undefined;

  constructor(options: LineTerminalOptions) {
    this.#out = options.out;
    this.#input = options.input;
    this.#columns = options.columns;
    this.#width = options.columns();
    const output = new PromptOutput(options.out, () => this.#width);
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
      this.#isDrawn = false;
      this.#lastEntered = this.#readline.getPrompt() + line;
      options.entered(line);
      if (this.#isOpen) this.#drawAgain();
    });
    this.#readline.on("SIGINT", () => {
      const isEmpty = this.#readline.line === "";
      // readline's own way to empty the line, which keeps its place on the screen right.
      if (!isEmpty) this.#readline.write("", { ctrl: true, name: "e" });
      if (!isEmpty) this.#readline.write("", { ctrl: true, name: "u" });
      options.interrupted(isEmpty);
    });
    this.#readline.on("SIGTSTP", () => this.#halt());
    process.on("SIGCONT", this.#continued);
    process.on("SIGWINCH", this.#resized);
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
    this.#out.write(`${this.#toPrompt()}${this.#wrapped(text)}\n`);
    this.#draw();
  }

  /** Takes the line just entered off the screen; only while `entered` is told of it. */
  eraseEntered(): void {
    const columns = Math.max(1, this.#columns());
    const rows = Math.max(1, Math.ceil(Bun.stringWidth(this.#lastEntered) / columns));
    this.#out.write(`\x1b[${rows}A\r\x1b[J`);
  }

  /** Asks in the place of the prompt, without echo; undefined when it is not answered. */
  askSecrets(questions: readonly string[]): Promise<readonly Secret[] | undefined> {
    return new Promise((resolve) => {
      if (!this.#isOpen || this.#secrets !== undefined) {
        resolve(undefined);
        return;
      }
      this.#out.write(this.#toPrompt());
      let isAsked = false;
      this.#secrets = new SecretQuestions({
        input: this.#input,
        questions,
        ask: () => {
          if (isAsked) this.#out.write(`\n${this.#secrets?.question ?? ""}`);
          isAsked = true;
        },
        halt: () => this.#halt(),
        done: (secrets) => {
          this.#secrets = undefined;
          this.#out.write("\n");
          if (this.#isOpen) this.#draw();
          resolve(secrets);
        },
      });
      this.#draw();
    });
  }

  prompt(text: string): void {
    if (this.#readline.getPrompt() === text) return;
    if (this.#secrets !== undefined) {
      this.#readline.setPrompt(text);
      return;
    }
    if (this.#isOpen) this.#out.write(this.#toPrompt()); // its rows are those of the old text
    this.#readline.setPrompt(text);
    if (this.#isOpen) this.#draw();
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

  readonly #resized = (): void => {
    this.#out.write(this.#toPrompt());
    this.#draw();
  };

  readonly #continued = (): void => {
    // Another program has had the terminal: the stream is told of a change, or it would believe its own memory.
    this.#input.setRawMode(false);
    this.#input.setRawMode(true);
    this.#readline.pause();
    this.#readline.resume();
    this.#width = this.#columns();
    this.#out.write("\r\x1b[J");
    this.#draw();
  };

  /** On a narrow terminal, lines break between words. */
  #wrapped(text: string): string {
    if (this.#width >= narrowColumns || this.#width <= 0) return text;
    const wrapped = (line: string): string =>
      Bun.wrapAnsi(line, this.#width, { hard: true, trim: false }).replace(/ ?\n ?/g, "\n");
    return text.split("\n").map(wrapped).join("\n");
  }

  /** Goes to where the prompt begins, and clears from there. */
  #toPrompt(): string {
    if (this.#secrets !== undefined) return "\r\x1b[J";
    const before = this.#readline.getCursorPos().rows;
    this.#width = this.#columns();
    const rows = this.#isDrawn ? Math.min(before, this.#readline.getCursorPos().rows) : 0;
    return `${rows > 0 ? `\x1b[${rows}A` : ""}\r\x1b[J`;
  }

  /** Writes the prompt and what is typed, from the row that the cursor is in. */
  #draw(): void {
    this.#isDrawn = true;
    if (this.#secrets !== undefined) {
      this.#out.write(this.#secrets.question);
      return;
    }
    Object.assign(this.#readline, { prevRows: 0 }); // or readline goes up by itself
    this.#readline.prompt(true);
  }

  /** Ctrl-Z. */
  #halt(): void {
    this.#input.setRawMode(false);
    process.kill(process.pid, "SIGTSTP");
  }

  /** Unless what was done about the line entered has drawn it. */
  #drawAgain(): void {
    if (!this.#isDrawn) this.#draw();
  }

  #closed(): void {
    this.#isOpen = false;
    this.#secrets?.cancel();
    process.off("SIGCONT", this.#continued);
    process.off("SIGWINCH", this.#resized);
    this.#out.write("\r\x1b[J");
  }
}

/**
 * Prompt: asks the person at the terminal, on /dev/tty, also when standard input is a pipe.
 *
 * A password is read without echo. Ctrl-C throws `Interrupted` (exit 130), Ctrl-D on an empty line `EndOfInput`;
 * Backspace takes one character as people see it, Ctrl-U the line. What is pasted beyond a line end answers the next
 * question. However the program ends, the terminal is given back as it was.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { ReadStream } from "node:tty";
import { Secret } from "../../base/secret.ts";

export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

export class EndOfInput extends Error {
  override readonly name = "EndOfInput";
}

/** More than any answer. */
const answerCharactersMax = 4_096;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

export class Prompt {
  readonly #descriptor: number;
  readonly #input: ReadStream;
  /** What was typed or pasted ahead. */
  #ahead = "";

  private constructor(descriptor: number, input: ReadStream) {
    this.#descriptor = descriptor;
    this.#input = input;
  }

  /** Undefined where there is no terminal to ask at. */
  static open(): Prompt | undefined {
    try {
      const descriptor = openSync(process.platform === "win32" ? "CON" : "/dev/tty", "r+");
      // A second reader of the terminal would take keys away from who reads standard input later.
      const input = process.stdin.isTTY ? process.stdin : new ReadStream(descriptor);
      return new Prompt(descriptor, input);
    } catch {
      return undefined;
    }
  }

  /** Nothing is asked any more. */
  close(): void {
    if (this.#input === process.stdin) closeSync(this.#descriptor);
    else this.#input.destroy();
  }

  say(line: string): void {
    writeSync(this.#descriptor, `${line}\n`);
  }

  /** @throws EndOfInput also when `signal` is aborted: nobody waits for the answer any more. */
  ask(question: string, signal?: AbortSignal): Promise<string> {
    return this.#line(question, true, signal);
  }

  async askPassword(question: string): Promise<Secret> {
    return Secret.fromText(await this.#line(question, false));
  }

  /** `[y/N]` or `[Y/n]` is added; anything that is neither yes nor no is asked again. */
  async confirm(question: string, otherwise: boolean): Promise<boolean> {
    for (;;) {
      const answer = (await this.ask(`${question} [${otherwise ? "Y/n" : "y/N"}] `)).trim();
      if (answer === "") return otherwise;
      if (/^y(?:es)?$/i.test(answer)) return true;
      if (/^no?$/i.test(answer)) return false;
      this.say("y or n");
    }
  }

  #line(question: string, isShown: boolean, signal?: AbortSignal): Promise<string> {
    const input = this.#input;
    const restore = (): void => {
      input.setRawMode(false);
    };
    const resume = (): void => {
      input.setRawMode(false); // or the stream believes that nothing has changed
      input.setRawMode(true);
      input.pause();
      input.resume();
      writeSync(this.#descriptor, `\r\x1b[K${question}${isShown ? answer.text : ""}`);
    };
    // First, so that nothing typed in answer is taken as by a terminal that echoes.
    input.setRawMode(true);
    writeSync(this.#descriptor, question);
    process.once("exit", restore);
    process.on("SIGCONT", resume);
    const decoder = new TextDecoder();
    const answer = new Answer((text) => {
      if (isShown) writeSync(this.#descriptor, text);
    });
    return new Promise<string>((resolve, reject) => {
      const end = (): void => {
        process.off("exit", restore);
        process.off("SIGCONT", resume);
        signal?.removeEventListener("abort", abort);
        restore();
        input.removeAllListeners("data");
        input.pause();
        writeSync(this.#descriptor, "\n");
      };
      const abort = (): void => {
        end();
        reject(new EndOfInput());
      };
      const take = (text: string): void => {
        this.#ahead = answer.take(text);
        if (answer.isHalted) halt(restore);
        if (answer.outcome === undefined) return;
        end();
        if (answer.outcome === "line") resolve(answer.text);
        else reject(answer.outcome === "interrupted" ? new Interrupted() : new EndOfInput());
      };
      signal?.addEventListener("abort", abort);
      input.on("data", (bytes: Uint8Array) => take(decoder.decode(bytes, { stream: true })));
      input.resume();
      if (this.#ahead !== "") take(this.#ahead);
    });
  }
}

/** Ctrl-Z: the terminal as it was, then a halt as by the system. */
function halt(restore: () => void): void {
  restore();
  process.kill(process.pid, "SIGTSTP");
}

/** The line being typed. Exported for its tests. */
export class Answer {
  text = "";
  outcome: "line" | "interrupted" | "ended" | undefined;
  isHalted = false;
  readonly #echo: (text: string) => void;

  constructor(echo: (text: string) => void) {
    this.#echo = echo;
  }

  /** Takes what was typed; returns what belongs to the next question. */
  take(typed: string): string {
    this.isHalted = false;
    // Keys that are no characters (arrows, the brackets of a paste) do nothing here.
    const text = typed.replace(/\x1b(?:\[[0-9;?]*[ -/]*[@-~]|O.)/g, "");
    let used = 0;
    for (const { segment } of graphemes.segment(text)) {
      used += segment.length;
      this.#key(segment);
      if (this.outcome !== undefined) return text.slice(used);
    }
    return "";
  }

  #key(key: string): void {
    switch (key) {
      case "\r":
      case "\n":
      case "\r\n":
        this.outcome = "line";
        return;
      case "\x03":
        this.outcome = "interrupted";
        return;
      case "\x04":
        if (this.text === "") this.outcome = "ended";
        return;
      case "\x1a":
        this.isHalted = true;
        return;
      case "\x7f":
      case "\b":
        this.#erase(1);
        return;
      case "\x15":
        this.#erase(Number.POSITIVE_INFINITY);
        return;
      default:
        if (/[\x00-\x1f\x7f-\x9f]/.test(key) || this.text.length >= answerCharactersMax) return;
        this.text += key;
        this.#echo(key);
    }
  }

  #erase(count: number): void {
    const shown = Array.from(graphemes.segment(this.text), ({ segment }) => segment);
    const kept = shown.slice(0, Math.max(0, shown.length - count));
    const gone = shown.slice(kept.length);
    this.text = kept.join("");
    for (const segment of gone) this.#echo("\b \b".repeat(Bun.stringWidth(segment)));
  }
}

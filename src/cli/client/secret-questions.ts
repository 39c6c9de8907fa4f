/**
 * Secret questions: a few in a row, answered without echo, in the place of a line that readline reads.
 *
 * Readline would show what is typed, and keep it for Ctrl-Y and the arrow keys; so it hears no key until the last
 * answer. All are asked before anything else is done: what is pasted together answers them together, and is not said
 * in a room.
 */
import { Secret } from "../../base/secret.ts";
import { Answer } from "../terminal/prompt.ts";

export interface SecretQuestionsOptions {
  readonly input: NodeJS.ReadStream;
  readonly questions: readonly string[];
  /** The next question is to be shown, on a line of its own. */
  readonly ask: () => void;
  /** Ctrl-Z. */
  readonly halt: () => void;
  /** Undefined: Ctrl-C, Ctrl-D, or the terminal is gone. */
  readonly done: (secrets: readonly Secret[] | undefined) => void;
}

interface Key {
  readonly sequence?: string;
}

type Hears = (text: string | undefined, key: Key) => void;

export class SecretQuestions {
  readonly #options: SecretQuestionsOptions;
  /** Readline's, until it may hear again. */
  readonly #others: readonly Hears[];
  readonly #secrets: Secret[] = [];
  #answer = new Answer(() => undefined);

  constructor(options: SecretQuestionsOptions) {
    this.#options = options;
    const { input } = options;
    // Of this event there are listeners of this form alone.
    this.#others = input.listeners("keypress") as Hears[];
    input.on("keypress", this.#hear); // first, or the keys would be read as nobody's
    for (const other of this.#others) input.off("keypress", other);
    options.ask();
  }

  /** The one that is asked now. */
  get question(): string {
    return this.#options.questions[this.#secrets.length] ?? "";
  }

  /** Nobody answers any more. */
  cancel(): void {
    for (const secret of this.#secrets) secret.wipe();
    this.#end(undefined);
  }

  readonly #hear: Hears = (text, { sequence }) => {
    this.#answer.take(sequence ?? text ?? "");
    if (this.#answer.isHalted) this.#options.halt();
    switch (this.#answer.outcome) {
      case undefined:
        return;
      case "line":
        this.#secrets.push(Secret.fromText(this.#answer.text));
        this.#answer = new Answer(() => undefined);
        if (this.#secrets.length < this.#options.questions.length) this.#options.ask();
        else this.#end(this.#secrets);
        return;
      case "interrupted":
      case "ended":
        this.cancel();
    }
  };

  #end(secrets: readonly Secret[] | undefined): void {
    const { input, done } = this.#options;
    for (const other of this.#others) input.on("keypress", other);
    input.off("keypress", this.#hear);
    done(secrets);
  }
}

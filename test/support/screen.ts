/**
 * Screen: what a program writes on a terminal, as it comes, and those who wait for something in it.
 */
import { onTestFinished } from "bun:test";

/** Longer, nobody would wait either. */
const patienceMs = 15_000;

export class Screen {
  text = "";
  /** What was waited for and found is not found again. */
  #read = 0;
  #grown: () => void = () => undefined;

  add(part: string): void {
    this.text += part;
    this.#grown();
  }

  /** What comes next, after what was found before. @throws when it does not come. */
  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.text.slice(this.#read));
      if (match !== null) {
        this.#read += match.index + match[0].length;
        return match;
      }
      if (!(await this.#more())) throw new Error(`no ${String(pattern)} on:\n${this.text}`);
    }
  }

  #more(): Promise<boolean> {
    return new Promise((resolve) => {
      const deadline = setTimeout(() => resolve(false), patienceMs);
      this.#grown = () => {
        clearTimeout(deadline);
        resolve(true);
      };
    });
  }
}

export interface TerminalOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
}

/** ECHO of termios(3): what is typed is shown. */
const echoFlag = 0o10;

/** A program on a terminal of its own. */
export class Terminal extends Screen {
  readonly #child: Bun.Subprocess;

  constructor(command: readonly string[], { environment, folder }: TerminalOptions) {
    super();
    const decoder = new TextDecoder();
    this.#child = Bun.spawn([...command], {
      cwd: folder,
      env: environment,
      terminal: {
        cols: 100,
        rows: 30,
        data: (_terminal, bytes) => this.add(decoder.decode(bytes, { stream: true })),
      },
    });
    onTestFinished(() => {
      this.#child.kill("SIGKILL");
    });
  }

  types(keys: string): void {
    this.#child.terminal?.write(keys);
  }

  /** Made so wide by who uses it. */
  resizes(columns: number): void {
    this.#child.terminal?.resize(columns, 30);
  }

  /** Whether the terminal shows what is typed by itself, as a shell wants it. */
  get echoes(): boolean {
    return ((this.#child.terminal?.localFlags ?? 0) & echoFlag) !== 0;
  }

  signals(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async ended(): Promise<number | null> {
    await this.#child.exited;
    return this.#child.exitCode;
  }
}

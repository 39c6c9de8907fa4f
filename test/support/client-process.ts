/**
 * The built client as a process of its own: `connect` without a terminal, for programs (`json`) and scripts (`text`).
 *
 * Each has a folder of its own for what it remembers, unless given another's. Servers are trusted by their key on the
 * command line; who wants to see the question asked uses a `Terminal`.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "bun:test";
import { freshFolder } from "./folder.ts";
import { assertBuilt, type Ended, executable, type ServerProcess } from "./server-process.ts";

export const password = "correct horse battery";

/** Longer, nobody would wait either. */
const patienceMs = 15_000;

export type Fields = Readonly<Record<string, unknown>>;

/**
 * The command line of `connect`, as that account on that server; what `words` do not say of the password, the key and
 * the folder is added.
 */
export function connectWords(
  server: ServerProcess,
  name: string,
  ...words: readonly string[]
): string[] {
  const given = ["connect", `${name}@127.0.0.1:${server.port()}`, "--no-input", ...words];
  if (!given.includes("--password-file")) given.push("--password-file", passwordFile(password));
  if (!given.includes("--home")) given.push("--home", freshFolder(), "--pin", server.pin);
  return given;
}

/** A file that only its owner reads, with this password in it. */
export function passwordFile(text: string): string {
  const file = join(freshFolder(), "password");
  writeFileSync(file, `${text}\n`, { mode: 0o600 });
  return file;
}

/** Runs the executable to its end, with this on its standard input. */
export async function says(input: string, ...words: readonly string[]): Promise<Ended> {
  assertBuilt();
  const child = Bun.spawn([executable, ...words], {
    ...surroundings(),
    stdin: Buffer.from(input),
    stdout: "pipe",
    stderr: "pipe",
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const [out, error] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  await child.exited;
  return { code: child.exitCode, out, error };
}

export class JsonClient {
  /** Every object that it wrote, in order. */
  readonly lines: Fields[] = [];
  /** Those that nobody has looked for yet. */
  #unseen: Fields[] = [];
  readonly #child: Bun.Subprocess<"pipe", "pipe", "pipe">;
  readonly #error: Promise<string>;
  readonly #reading: Promise<void>;
  #isEnded = false;
  #arrived: () => void = () => undefined;

  /** `words`: of its command line, from `connectWords`. */
  constructor(words: readonly string[]) {
    assertBuilt();
    this.#child = Bun.spawn([executable, ...words, "--ui", "json"], {
      ...surroundings(),
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.#error = this.#child.stderr.text();
    this.#reading = this.#read();
    onTestFinished(() => {
      this.#child.kill("SIGKILL");
    });
  }

  /** A member who is online and in the room where everybody is. The account is made if `--register` is said. */
  static async online(
    server: ServerProcess,
    name: string,
    ...words: readonly string[]
  ): Promise<JsonClient> {
    const client = new JsonClient(connectWords(server, name, ...words));
    await client.sees({ type: "state", state: "online" });
    await client.sees({ type: "members", target: "#general" });
    return client;
  }

  does(...operations: readonly Fields[]): void {
    void this.#child.stdin.write(operations.map((each) => `${JSON.stringify(each)}\n`).join(""));
    void this.#child.stdin.flush();
  }

  /** Says it, and answers the message's id once the server has it. */
  async says(target: string, text: string): Promise<string> {
    const ref = `r${crypto.randomUUID()}`;
    this.does({ op: "send", target, text, ref });
    const { id } = await this.sees({ type: "ack", ref });
    return String(id);
  }

  /**
   * The first object with these fields among those that were not looked for before; it is not found again.
   * @throws when the client ends without it, or it does not come.
   */
  async sees(fields: Fields): Promise<Fields> {
    for (;;) {
      const index = this.#unseen.findIndex((line) => has(line, fields));
      const [found] = index < 0 ? [] : this.#unseen.splice(index, 1);
      if (found !== undefined) return found;
      const wanted = JSON.stringify(fields);
      if (this.#isEnded) throw new Error(`ended without ${wanted}: ${await this.#told()}`);
      if (!(await this.#more())) throw new Error(`no ${wanted} came: ${this.#listed()}`);
    }
  }

  /** Every object with these fields so far. */
  all(fields: Fields): readonly Fields[] {
    return this.lines.filter((line) => has(line, fields));
  }

  /** Its standard input is at its end. */
  endsInput(): void {
    void this.#child.stdin.end();
  }

  signals(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async ended(): Promise<{ readonly code: number | null; readonly error: string }> {
    await this.#child.exited;
    await this.#reading;
    return { code: this.#child.exitCode, error: await this.#error };
  }

  /** Leaves, and waits until it has. */
  async leaves(): Promise<void> {
    this.does({ op: "quit" });
    await this.ended();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of this.#child.stdout) {
      const texts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = texts.pop() ?? "";
      const lines = texts.map(fieldsOf);
      this.lines.push(...lines);
      this.#unseen.push(...lines);
      this.#arrived();
    }
    this.#isEnded = true;
    this.#arrived();
  }

  #more(): Promise<boolean> {
    return new Promise((resolve) => {
      const deadline = setTimeout(() => resolve(false), patienceMs);
      this.#arrived = () => {
        clearTimeout(deadline);
        resolve(true);
      };
    });
  }

  async #told(): Promise<string> {
    return `${await this.#error}\n${this.#listed()}`;
  }

  #listed(): string {
    return this.lines.map((line) => `\n  ${JSON.stringify(line)}`).join("");
  }
}

/** Away from the terminal of who runs the tests: nothing may be asked there. */
function surroundings(): {
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly detached: true;
} {
  return { cwd: freshFolder(), env: { HOME: freshFolder() }, detached: true };
}

function has(line: Fields, fields: Fields): boolean {
  return Object.entries(fields).every(([key, value]) => line[key] === value);
}

/** @throws when it is no JSON object. */
function fieldsOf(text: string): Fields {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null) throw new TypeError(`no object: ${text}`);
  return { ...value };
}

/**
 * The built server as a process of its own: started in a fresh folder, heard through its JSON log, ended by signals.
 */
import { existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { onTestFinished } from "bun:test";
import { freshFolder } from "./folder.ts";

/** What `bun run build` makes. */
export const executable = resolve(import.meta.dir, "../../dist/authchat");

/** Passwords cost next to nothing, wrong ones too: these tests are about everything else. */
export const cheapSettings = cheapSettingsWith("{ memory-kib = 19456, passes = 2, lanes = 1 }");

function cheapSettingsWith(argon2: string): string {
  return `\n[auth]\nargon2 = ${argon2}\npassword-length = 0\nthrottle = false\n`;
}

export interface LogLine {
  readonly event: string;
  readonly level: string;
  readonly [field: string]: unknown;
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** Runs the executable to its end. */
export async function runs(...words: readonly string[]): Promise<Ended> {
  assertBuilt();
  const child = Bun.spawn([executable, ...words], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    cwd: freshFolder(),
    env: { HOME: freshFolder() },
  });
  const [out, error] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  await child.exited;
  return { code: child.exitCode, out, error };
}

export interface ServerOptions {
  readonly data?: string;
  readonly words?: readonly string[];
  /** Tables of the settings file besides `[auth]`. */
  readonly settings?: string;
  /** Wrong passwords cost what they cost. */
  readonly throttles?: boolean;
  /** What a hash costs, as the settings file has it. */
  readonly argon2?: string;
  /** What runs instead of the executable, or around it. */
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export class ServerProcess {
  readonly data: string;
  /** Every line of the log so far. */
  readonly log: LogLine[] = [];
  readonly #config: string;
  readonly #auth: string;
  readonly #child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #error: Promise<string>;
  readonly #reading: Promise<void>;
  #isEnded = false;
  #arrived: () => void = () => undefined;

  private constructor(options: ServerOptions) {
    assertBuilt();
    const { argon2, settings = "", words = ["--listen", "127.0.0.1:0"] } = options;
    const { command = [executable], environment } = options;
    const cheap = argon2 === undefined ? cheapSettings : cheapSettingsWith(argon2);
    this.data = options.data ?? join(freshFolder(), "data");
    this.#auth = options.throttles === true ? cheap.replace("throttle = false\n", "") : cheap;
    this.#config = join(freshFolder(), "authchat.toml");
    this.writesSettings(settings);
    const given = ["serve", "--config", this.#config, "--data", this.data, ...words];
    this.#child = Bun.spawn([...command, ...given], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      cwd: freshFolder(),
      env: { HOME: freshFolder(), ...environment },
    });
    this.#error = this.#child.stderr.text();
    this.#reading = this.#read();
    onTestFinished(() => {
      this.#child.kill("SIGKILL");
    });
  }

  /** The settings file is another: it is read at the next start, or when the server is told to. */
  writesSettings(settings: string): void {
    writeFileSync(this.#config, `${this.#auth}${settings}`);
  }

  /** Starts it and waits until it listens. */
  static async starts(options: ServerOptions = {}): Promise<ServerProcess> {
    const server = new ServerProcess(options);
    await server.logs("started");
    return server;
  }

  /** Starts it, and does not wait: it may well end before it listens. */
  static launches(options: ServerOptions): ServerProcess {
    return new ServerProcess(options);
  }

  /** The port of its first listener of that kind. */
  port(isTls = true): number {
    const line = this.log.find(({ event, tls }) => event === "listening" && tls === isTls);
    if (typeof line?.["port"] !== "number") throw new TypeError("it does not listen");
    return line["port"];
  }

  /** The key it shows, as `--pin` takes it. */
  get pin(): string {
    const line = this.log.find(({ fingerprint }) => fingerprint !== undefined);
    return String(line?.["fingerprint"]).replace("SHA256:", "sha256:");
  }

  /** The first line of that event. @throws when the process ends without it. */
  async logs(event: string, isIt: (line: LogLine) => boolean = () => true): Promise<LogLine> {
    for (;;) {
      const line = this.log.find((each) => each.event === event && isIt(each));
      if (line !== undefined) return line;
      if (this.#isEnded) throw new Error(`ended without ${event}: ${await this.#error}`);
      await new Promise<void>((arrived) => {
        this.#arrived = arrived;
      });
    }
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  get pid(): number {
    return this.#child.pid;
  }

  signals(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits for the end, and answers how it came. */
  async ended(): Promise<{ readonly code: number | null; readonly error: string }> {
    await this.#child.exited;
    await this.#reading;
    return { code: this.#child.exitCode, error: await this.#error };
  }

  /** `authchat account …` on its data. */
  account(...words: readonly string[]): Promise<Ended> {
    return runs("account", ...words, "--data", this.data);
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of this.#child.stdout) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.log.push(parsed(line));
      this.#arrived();
    }
    this.#isEnded = true;
    this.#arrived();
  }
}

/** Every line of the log is a JSON object with these two. @throws otherwise */
function parsed(line: string): LogLine {
  const value: unknown = JSON.parse(line);
  if (typeof value !== "object" || value === null) throw new Error(`no object: ${line}`);
  const fields = new Map<string, unknown>(Object.entries(value));
  const event = fields.get("event");
  const level = fields.get("level");
  if (typeof event !== "string" || typeof level !== "string")
    throw new TypeError(`no event: ${line}`);
  return { ...Object.fromEntries(fields), event, level };
}

/** @throws when there is nothing to try. */
export function assertBuilt(): void {
  if (!existsSync(executable)) throw new Error(`${executable} is missing: run  bun run build`);
}

/**
 * The built server as what is measured: a process of its own in a temporary folder, on a core of its own where the
 * system can do that, and what the system says of its time and memory.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assertBuilt, executable } from "../support/server-process.ts";

/** Linux counts a process's time in these, whatever the machine (USER_HZ). */
const ticksPerSecond = 100;
const startsWithinMs = 20_000;

export interface BenchServerOptions {
  /** The settings file. */
  readonly settings: string;
  /** Which core is its own; undefined: all are. */
  readonly core: number | undefined;
  /** Its data folder, where there is one already; it stays. */
  readonly data?: string;
}

export class BenchServer {
  readonly port: number;
  readonly #child: Bun.Subprocess;
  readonly #folder: string;

  private constructor(child: Bun.Subprocess, folder: string, port: number) {
    this.#child = child;
    this.#folder = folder;
    this.port = port;
  }

  /** @throws when it does not listen in time. */
  static async starts({ settings, core, data }: BenchServerOptions): Promise<BenchServer> {
    assertBuilt();
    const parent = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
    const folder = mkdtempSync(join(parent, "authchat-bench-"));
    const config = join(folder, "authchat.toml");
    const log = join(folder, "log");
    writeFileSync(config, settings);
    const words = ["serve", "--config", config, "--data", data ?? join(folder, "data")];
    const listening = ["--listen", "127.0.0.1:0", "--registration", "open", "--log-format", "json"];
    // To a file: reading a pipe would be work for who measures.
    const child = Bun.spawn([...pinned(core), executable, ...words, ...listening], {
      stdin: "ignore",
      stdout: Bun.file(log),
      stderr: "inherit",
      cwd: folder,
      env: { HOME: folder },
    });
    try {
      return new BenchServer(child, folder, await listeningPort(log, child));
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
  }

  /** Time on the processor so far, in milliseconds, in steps of ten. */
  cpuMs(): number {
    const text = readFileSync(`/proc/${this.#child.pid}/stat`, "utf8");
    // proc(5): the name in parentheses may hold anything; after it the state is field 3, utime 14, stime 15.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[11]) + Number(fields[12]);
    return (ticks * 1_000) / ticksPerSecond;
  }

  /** What it holds in memory, and the most it has held, in MiB. */
  memoryMib(): { readonly now: number; readonly peak: number } {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
    const mib = (field: string): number =>
      Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 1_024;
    return { now: mib("VmRSS"), peak: mib("VmHWM") };
  }

  async ends(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Puts what follows on the command line on that core. */
function pinned(core: number | undefined): string[] {
  return core === undefined || Bun.which("taskset") === null ? [] : ["taskset", "-c", String(core)];
}

/** Puts this process, which makes the load, on that core; false where the system cannot. */
export function pinOwn(core: number): boolean {
  if (Bun.which("taskset") === null) return false;
  const words = ["taskset", "-a", "-c", "-p", String(core), String(process.pid)];
  return Bun.spawnSync(words, { stdout: "ignore", stderr: "ignore" }).exitCode === 0;
}

async function listeningPort(log: string, child: Bun.Subprocess): Promise<number> {
  const end = performance.now() + startsWithinMs;
  while (performance.now() < end && child.exitCode === null) {
    const text = existsSync(log) ? readFileSync(log, "utf8") : "";
    const port = /"event":"listening".*?"port":(\d+)/.exec(text)?.[1];
    if (port !== undefined && text.includes('"event":"started"')) return Number(port);
    await Bun.sleep(20);
  }
  throw new Error("the server does not listen");
}

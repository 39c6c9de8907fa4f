/**
 * The built server as what is measured: a process of its own in a temporary folder, on a core of its own where the
 * system can do that, and what the system says of its time and memory.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assertBuilt, executable } from "../support/server-process.ts";
import { cpuMsOf, memoryMibOf } from "./load/process-cost.ts";

const listeners = `
[[listen]]
address = "127.0.0.1:0"
[[listen]]
address = "127.0.0.1:0"
tls = false
`;
const startsWithinMs = 20_000;

export interface BenchServerOptions {
  /** The settings file. */
  readonly settings: string;
  /** Which core is its own; undefined: all are. */
  readonly core: number | undefined;
  /** Where its data is; left out: in memory, where nothing waits for a disk. */
  readonly parent?: string;
  /** A data folder that stays; left out: one of its own, which goes with it. */
  readonly data?: string;
  /** A second listener, without TLS. */
  readonly hasPlain?: boolean;
  /** Where it leaves a profile of its time when it ends. */
  readonly profileIn?: string | undefined;
}

export class BenchServer {
  /** With TLS, and without where there is such a listener. */
  readonly port: number;
  readonly plainPort: number;
  readonly #child: Bun.Subprocess;
  readonly #folder: string;

  private constructor(child: Bun.Subprocess, folder: string, ports: Ports) {
    this.#child = child;
    this.#folder = folder;
    this.port = ports.tls;
    this.plainPort = ports.plain;
  }

  /** @throws when it does not listen in time. */
  static async starts(options: BenchServerOptions): Promise<BenchServer> {
    assertBuilt();
    const { settings, core, profileIn } = options;
    const parent = options.parent ?? (existsSync("/dev/shm") ? "/dev/shm" : tmpdir());
    const folder = mkdtempSync(join(parent, "authchat-bench-"));
    const config = join(folder, "authchat.toml");
    const log = join(folder, "log");
    writeFileSync(config, options.hasPlain === true ? `${settings}${listeners}` : settings);
    const words = ["serve", "--config", config, "--data", options.data ?? join(folder, "data")];
    const listening = options.hasPlain === true ? [] : ["--listen", "127.0.0.1:0"];
    const open = ["--registration", "open", "--log-format", "json"];
    // To a file: reading a pipe would be work for who measures.
    const child = Bun.spawn([...pinned(core), executable, ...words, ...listening, ...open], {
      stdin: "ignore",
      stdout: Bun.file(log),
      stderr: "inherit",
      cwd: folder,
      env: { HOME: folder, ...profiling(profileIn) },
    });
    try {
      return new BenchServer(child, folder, await listeningPorts(log, child));
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
  }

  readonly executable = executable;

  get pid(): number {
    return this.#child.pid;
  }

  /** Time on the processor so far, in milliseconds, in steps of ten. */
  cpuMs(): number {
    return cpuMsOf(this.pid);
  }

  /** What it holds in memory, and the most it has held, in MiB. */
  memoryMib(): { readonly now: number; readonly peak: number } {
    return memoryMibOf(this.pid);
  }

  async ends(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Bun reads its options from the environment in an executable too. */
function profiling(folder: string | undefined): Record<string, string> {
  return folder === undefined ? {} : { BUN_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}` };
}

/** Puts what follows on the command line on that core. */
export function pinned(core: number | undefined): string[] {
  return core === undefined || Bun.which("taskset") === null ? [] : ["taskset", "-c", String(core)];
}

/** Puts this process, which makes the load, on that core; false where the system cannot. */
export function pinOwn(core: number): boolean {
  if (Bun.which("taskset") === null) return false;
  const words = ["taskset", "-a", "-c", "-p", String(core), String(process.pid)];
  return Bun.spawnSync(words, { stdout: "ignore", stderr: "ignore" }).exitCode === 0;
}

interface Ports {
  readonly tls: number;
  readonly plain: number;
}

async function listeningPorts(log: string, child: Bun.Subprocess): Promise<Ports> {
  const end = performance.now() + startsWithinMs;
  while (performance.now() < end && child.exitCode === null) {
    const text = existsSync(log) ? readFileSync(log, "utf8") : "";
    const lines = text.split("\n").filter((line) => line.includes('"event":"listening"'));
    const port = (isTls: boolean): number => {
      const line = lines.find((each) => each.includes(`"tls":${isTls}`)) ?? "";
      return Number(/"port":(\d+)/.exec(line)?.[1]);
    };
    if (text.includes('"event":"started"')) return { tls: port(true), plain: port(false) };
    await Bun.sleep(20);
  }
  throw new Error("the server does not listen");
}

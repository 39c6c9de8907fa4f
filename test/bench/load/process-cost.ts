/**
 * What a process has cost so far: its time on the processor and its memory, from Linux's /proc.
 */
import { readFileSync } from "node:fs";

/** Linux counts a process's time in these, whatever the machine (USER_HZ). */
const ticksPerSecond = 100;

/** Time on the processor in milliseconds, in steps of ten; its threads' included. */
export function cpuMsOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  // proc(5): the name in parentheses may hold anything; after it the state is field 3, utime 14, stime 15.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / ticksPerSecond;
}

/** What it holds in memory, and the most it has held, in MiB. */
export function memoryMibOf(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const mib = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 1_024;
  return { now: mib("VmRSS"), peak: mib("VmHWM") };
}

/** The server's and the generator's time between two moments. */
export class Costs {
  readonly #pid: number | undefined;
  #server = 0;
  #own = process.cpuUsage();
  #at = performance.now();

  constructor(pid: number | undefined) {
    this.#pid = pid;
    this.begins();
  }

  begins(): void {
    this.#server = this.#serverMs();
    this.#own = process.cpuUsage();
    this.#at = performance.now();
  }

  /** Since `begins`. */
  soFar(): { readonly ms: number; readonly serverMs: number; readonly ownMs: number } {
    const own = process.cpuUsage(this.#own);
    return {
      ms: performance.now() - this.#at,
      serverMs: this.#serverMs() - this.#server,
      ownMs: (own.user + own.system) / 1_000,
    };
  }

  #serverMs(): number {
    return this.#pid === undefined ? Number.NaN : cpuMsOf(this.#pid);
  }
}

/** Said when the generator is what is slow. */
export function remarksOn({ serverMs, ownMs }: ReturnType<Costs["soFar"]>): string[] {
  if (!(ownMs > serverMs)) return [];
  const [own, server] = [ownMs, serverMs].map((ms) => Math.round(ms));
  return [`the generator used ${own} ms of CPU, the server ${server} ms: it may be what is slow`];
}

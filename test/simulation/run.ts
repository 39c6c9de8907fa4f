/**
 * `bun sim`: runs the simulation over many seeds, or one again. `worlds.ts` says what is in which.
 *
 *     bun sim                          1,000 seeds, 8 of 200 accounts and 20 with a crowd, on every core
 *     bun sim --seeds 20000            more of the first
 *     bun sim --seeds 0 --wild 500     … of those in which 30 connections say every command at random
 *     SEED=7 bun sim                   seed 7 again, the same to the last byte
 *     SEED=7 bun sim --step 1234       … stopped before its 1,234th happening
 *
 * How far it is is told on standard error. A failure prints the seed, the step and what did not hold; no further seed
 * is begun, the lowest that failed is printed last, and it ends with 1.
 */
import { mkdtempSync, rmSync, existsSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { World } from "../support/world.ts";
import { largeSeedsFrom, wildSeedsFrom, worldOf } from "./worlds.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    large: { type: "string", default: "8" },
    wild: { type: "string", default: "20" },
    step: { type: "string" },
    /** One of the processes: seeds come on its standard input, outcomes go out, a line each. */
    worker: { type: "boolean", default: false },
  },
});

/** How often it is told how far it is. */
const progressMs = 10_000;

export interface Outcome {
  readonly messagesSeen: number;
  readonly gaps: number;
  readonly steps: number;
}

/** One run of one seed. @throws with what did not hold. */
export function runSeed(seed: number, step?: number): Outcome {
  const parent = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
  const folder = mkdtempSync(join(parent, "authchat-sim-"));
  const world = new World({
    ...worldOf(seed),
    folder,
    ...(step === undefined ? {} : { step }),
  });
  try {
    world.run();
    const { messagesSeen, gaps } = world.checkers;
    return { messagesSeen, gaps, steps: world.clock.steps };
  } catch (error) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new Error(`seed ${seed}, step ${world.clock.steps}: ${what}`, { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// --- One process -------------------------------------------------------------------------------------------------

/** What a worker says of a seed. */
type Report =
  ({ readonly seed: number } & Outcome) | { readonly seed: number; readonly failure: string };

function reportOf(seed: number): Report {
  try {
    return { seed, ...runSeed(seed, values.step === undefined ? undefined : Number(values.step)) };
  } catch (error) {
    return { seed, failure: error instanceof Error ? error.message : String(error) };
  }
}

async function work(): Promise<void> {
  for await (const line of console) {
    if (line === "") continue; // the end
    process.stdout.write(`${JSON.stringify(reportOf(Number(line)))}\n`);
  }
}

// --- All of them ---------------------------------------------------------------------------------------------------

/** The seeds still to be run, and what came of the others. */
class Run {
  readonly #startedAt = performance.now();
  readonly #seeds: Iterator<number>;
  readonly #count: number;
  readonly #failures = new Map<number, string>();
  #done = 0;
  #steps = 0;
  #messages = 0;
  #gaps = 0;

  constructor(seeds: readonly number[]) {
    this.#seeds = seeds.values();
    this.#count = seeds.length;
  }

  /** Undefined: there is none, or no reason to go on. */
  next(): number | undefined {
    if (this.#failures.size > 0) return undefined;
    const { done, value } = this.#seeds.next();
    return done === true ? undefined : value;
  }

  take(report: Report): void {
    this.#done += 1;
    if ("failure" in report) {
      this.#failures.set(report.seed, report.failure);
      process.stdout.write(`${report.failure}\n`);
      return;
    }
    this.#steps += report.steps;
    this.#messages += report.messagesSeen;
    this.#gaps += report.gaps;
  }

  tell(): void {
    process.stderr.write(`${this.#done} of ${this.#count} seeds, ${this.#seconds()} s\n`);
  }

  /** The exit code. */
  end(): number {
    const [first] = [...this.#failures.keys()].toSorted((left, right) => left - right);
    if (first !== undefined) {
      process.stdout.write(`again with: SEED=${first} bun sim\n`);
      return 1;
    }
    const what = `${this.#steps} steps, ${this.#messages} messages seen, ${this.#gaps} gaps`;
    process.stdout.write(`${this.#done} seeds, ${what}, ${this.#seconds()} s\n`);
    return this.#done === this.#count ? 0 : 1;
  }

  #seconds(): string {
    return ((performance.now() - this.#startedAt) / 1_000).toFixed(1);
  }
}

/** A worker takes the next seed when it has done one: the large ones do not pile up in one of them. */
async function inWorker(run: Run): Promise<void> {
  const seed = run.next();
  if (seed === undefined) return;
  const words = [process.execPath, import.meta.path, ...process.argv.slice(2), "--worker"];
  const child = Bun.spawn(words, { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  const give = (next: number): void => {
    void child.stdin.write(`${next}\n`);
    void child.stdin.flush();
  };
  give(seed);
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      // Written by `work` above.
      run.take(JSON.parse(line) as Report);
      const next = run.next();
      if (next === undefined) void child.stdin.end();
      else give(next);
    }
  }
  await child.exited;
}

async function runAll(seeds: readonly number[]): Promise<number> {
  const run = new Run(seeds);
  const telling = setInterval(() => run.tell(), progressMs);
  await Promise.all(Array.from({ length: availableParallelism() }, () => inWorker(run)));
  clearInterval(telling);
  return run.end();
}

function range(from: number, count: number): number[] {
  return Array.from({ length: count }, (_none, index) => from + index);
}

function runOne(seed: number): number {
  const run = new Run([seed]);
  run.take(reportOf(seed));
  return run.end();
}

if (import.meta.main) {
  const seed = process.env["SEED"];
  if (values.worker) await work();
  else if (seed !== undefined) process.exitCode = runOne(Number(seed));
  else {
    const { large, wild, seeds } = values;
    process.exitCode = await runAll([
      ...range(largeSeedsFrom, Number(large)),
      ...range(wildSeedsFrom, Number(wild)),
      ...range(1, Number(seeds)),
    ]);
  }
}

/**
 * `bun sim`: runs the simulation over many seeds, or one again.
 *
 *     bun sim                          1,000 seeds of 4 to 24 accounts, 20 of 200 and 20 with a crowd, in two processes
 *     bun sim --seeds 20000            more of the small ones
 *     bun sim --seeds 0 --wild 500     … of those in which 30 connections say every command at random
 *     SEED=7 bun sim                   seed 7 again, the same to the last byte
 *     SEED=7 bun sim --step 1234       … stopped before its 1,234th happening
 *
 * A failure prints the seed, the step and what did not hold, and ends with 1.
 */
import { mkdtempSync, rmSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { World } from "../support/world.ts";
import { largeSeedsFrom, wildSeedsFrom, worldOf } from "./worlds.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    large: { type: "string", default: "20" },
    wild: { type: "string", default: "20" },
    step: { type: "string" },
    /** `0/2`: every second one, from the first. */
    part: { type: "string" },
  },
});

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

function seedsOf(part: string | undefined): number[] {
  const all = [
    ...range(largeSeedsFrom, Number(values.large)),
    ...range(wildSeedsFrom, Number(values.wild)),
    ...range(1, Number(values.seeds)),
  ];
  if (part === undefined) return all;
  const [which = 0, of = 1] = part.split("/").map(Number);
  return all.filter((_seed, index) => index % of === which);
}

function range(from: number, count: number): number[] {
  return Array.from({ length: count }, (_none, index) => from + index);
}

function runAll(seeds: readonly number[]): number {
  const startedAt = performance.now();
  let [messages, steps, gaps] = [0, 0, 0];
  for (const seed of seeds) {
    try {
      const outcome = runSeed(seed, values.step === undefined ? undefined : Number(values.step));
      messages += outcome.messagesSeen;
      steps += outcome.steps;
      gaps += outcome.gaps;
    } catch (error) {
      process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.stdout.write(`again with: SEED=${seed} bun sim\n`);
      return 1;
    }
  }
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  process.stdout.write(
    `${seeds.length} seeds, ${steps} steps, ${messages} messages seen, ${gaps} gaps, ${seconds} s\n`,
  );
  return 0;
}

async function runInParts(count: number): Promise<number> {
  const parts = Array.from({ length: count }, (_none, index) =>
    Bun.spawn({
      cmd: [
        process.execPath,
        import.meta.path,
        ...process.argv.slice(2),
        "--part",
        `${index}/${count}`,
      ],
      stdout: "inherit",
      stderr: "inherit",
    }),
  );
  const codes = await Promise.all(parts.map((part) => part.exited));
  return Math.max(...codes);
}

if (import.meta.main) {
  const seed = process.env["SEED"];
  if (seed !== undefined) process.exitCode = runAll([Number(seed)]);
  else if (values.part === undefined) process.exitCode = await runInParts(2);
  else process.exitCode = runAll(seedsOf(values.part));
}

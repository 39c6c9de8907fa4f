/**
 * `bun ok`: everything that must hold before a commit, step by step: packages, build, format, types, lint (its
 * type-aware rules come from oxlint-tsgolint), tests.
 *
 * All steps are run even when one fails, but for those that need what failed. What a failed step said is shown; the
 * last line is always `N passed, N failed`: the tests, and one for each other step. It uses the bun that runs it,
 * which need not be on PATH. All goes to standard output, so that nothing comes after the last line.
 */
import { join } from "node:path";
import { testCounts, type Counts } from "./test-counts.ts";

const root = join(import.meta.dir, "../..");
const bun = process.execPath;

interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** Nothing after it makes sense when it fails. */
  readonly isNeeded?: boolean;
}

const steps: readonly Step[] = [
  {
    name: "install",
    command: [bun, "install", "--frozen-lockfile", "--ignore-scripts"],
    isNeeded: true,
  },
  { name: "build", command: [bun, "run", "build"], isNeeded: true },
  { name: "format", command: [bun, "fmt", "--check", "src", "test"] },
  { name: "types", command: [bun, "check"] },
  {
    name: "lint",
    // A script for Node; this bun runs it where there is no other.
    command: [
      bun,
      "--bun",
      "node_modules/.bin/oxlint",
      "--type-aware",
      "--deny-warnings",
      "src",
      "test",
    ],
  },
];

const tests: Step = { name: "tests", command: [bun, "test", "--only-failures"] };

interface Outcome {
  readonly exitCode: number;
  readonly output: string;
}

/** Runs a step; `isLive` shows what it says at once, and not only when it fails. */
async function run({ name, command }: Step, isLive: boolean): Promise<Outcome> {
  if (isLive) say(`${name} …\n`);
  const started = performance.now();
  const child = Bun.spawn([...command], {
    cwd: root,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const pieces: string[] = [];
  const collect = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      const text = decoder.decode(chunk, { stream: true });
      pieces.push(text);
      if (isLive) say(text);
    }
  };
  await Promise.all([collect(child.stdout), collect(child.stderr)]);
  const exitCode = await child.exited;
  const output = pieces.join("");
  if (exitCode !== 0 && !isLive) say(`${output.trimEnd()}\n`);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  say(`${exitCode === 0 ? "ok    " : "FAILED"} ${name.padEnd(8)} ${seconds.padStart(6)} s\n`);
  return { exitCode, output };
}

function say(text: string): void {
  process.stdout.write(text);
}

async function runAll(): Promise<Counts> {
  let passed = 0;
  let failed = 0;
  for (const step of steps) {
    const { exitCode } = await run(step, false);
    if (exitCode === 0) passed += 1;
    else failed += 1;
    if (exitCode !== 0 && step.isNeeded === true) return { passed, failed };
  }
  const { exitCode, output } = await run(tests, true);
  const counts = testCounts(output, exitCode);
  return { passed: passed + counts.passed, failed: failed + counts.failed };
}

const { passed, failed } = await runAll();
say(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

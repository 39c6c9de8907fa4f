/**
 * `bun bench`: measures the built server, and prints what it has measured.
 *
 *     bun bench login [--short] [--json]     what a login costs, for each mechanism, and what 500 wrong ones do to others
 *     bun bench timing [--short] [--json]    whether the time of a refusal tells that a name is known: 2,000 of each
 *
 * `--short` takes a few seconds and says little about speed: it shows that the benchmark works. Nothing fails here for
 * being slow; a login that is refused, a message that is lost, or a time that tells something, ends it with 1.
 */
import { parseArgs } from "node:util";
import { pinOwn } from "./bench-server.ts";
import { benchLogin, loginTable } from "./login.ts";
import { benchQueue, queueTable } from "./queue.ts";
import { benchTiming, timingTable } from "./timings.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});

const scenarios: ReadonlyMap<string, () => Promise<void>> = new Map([
  ["login", login],
  ["timing", timing],
]);

async function login(): Promise<void> {
  const serverCore = pinOwn(1) ? 0 : undefined;
  const scale = values.short
    ? { warmUp: 8, rounds: 1, logins: 40, workers: 4 }
    : { warmUp: 3_000, rounds: 5, logins: 400, workers: 4 };
  const logins = await benchLogin(scale, serverCore);
  if (!values.json) process.stdout.write(`${loginTable(logins)}\n`);
  const siege = values.short
    ? { phases: 1, phaseMs: 500, attackers: 40 }
    : { phases: 3, phaseMs: 5_000, attackers: 500 };
  const queue = await benchQueue(siege, undefined);
  process.stdout.write(values.json ? `${JSON.stringify({ logins, queue })}\n` : queueTable(queue));
}

/** A difference ends it with 1; so does not seeing the one that is planted. */
async function timing(): Promise<void> {
  const timed = await benchTiming(values.short ? 250 : 2_000);
  process.stdout.write(values.json ? `${JSON.stringify({ timed })}\n` : timingTable(timed));
  const isWrong = timed.some(({ planted, differs }) => differs !== planted);
  if (isWrong) process.exitCode = 1;
}

const scenario = scenarios.get(positionals[0] ?? "");
if (scenario === undefined) {
  process.stderr.write(`which? ${[...scenarios.keys()].join(", ")}\n`);
  process.exitCode = 2;
} else await scenario();

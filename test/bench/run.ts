/**
 * `bun bench`: measures the built server, and prints what it has measured.
 *
 *     bun bench login [--short]      what a login costs, for each mechanism, and what 500 wrong ones do to others
 *     bun bench timing [--short]     whether the time of a refusal tells that a name is known: 2,000 of each
 *     bun bench history [--short]    a million messages in 200 rooms: start, pages, searches, and who talks meanwhile
 *     bun bench fanout | dm | idle | storm | join
 *                                    rooms, pairs, connections that wait, all coming back, all coming in (`rows.ts`)
 *     bun bench all                  the five of them
 *     bun bench grow [--short]       what operations cost while accounts, members of other rooms and messages grow
 *     bun bench short                each of them once, small: shows that nothing is lost, doubled or reordered
 *
 *     --json                         as JSON, for programs
 *     --rounds N, --rows A,B         how often (5), and only rows whose title has one of these words
 *     --against HOST:PORT, --against-tls HOST:PORT
 *                                    beside that server, in place of ngircd and InspIRCd
 *     --alone                        beside none
 *     --data DIR                     where history is written (the system's folder for temporary files)
 *     --profile DIR                  our server leaves there, at its end, a profile of its time (.cpuprofile)
 *     --readme                       writes the README's table; with `all` and `history`
 *     --sabotage lose|double|swap    one receiver is broken, to see that it is found
 *
 * Nothing fails here for being slow; a login that is refused, a message that is lost, or a time that tells something,
 * ends it with 1. Figures of a machine that does other things are worth nothing.
 */
import { join } from "node:path";
import { tmpdir } from "node:os";
import { parseArgs } from "node:util";
import { pinOwn } from "./bench-server.ts";
import { commitMs, fileSystemOf } from "./commit-time.ts";
import { at, installedRivals, ours, ourVersion } from "./contenders.ts";
import { type Sabotage } from "./load/job.ts";
import { benchGrow, growTable } from "./grow.ts";
import { benchHistory, historyScale, shortHistoryScale } from "./history.ts";
import { historyReadmeTable, historyTable } from "./history-report.ts";
import { benchLogin, loginTable } from "./login.ts";
import { benchQueue, queueTable } from "./queue.ts";
import {
  benchMarks,
  benchTable,
  type Circumstances,
  faultsOf,
  headline,
  historyMarks,
  machine,
  readmeTable,
  remarksOf,
  withTable,
} from "./report.ts";
import { inRounds, type Measured } from "./rounds.ts";
import { type Bench, benches, type Row, shortRows } from "./rows.ts";
import { benchTiming, timingTable } from "./timings.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
    rows: { type: "string", default: "" },
    against: { type: "string" },
    "against-tls": { type: "string" },
    alone: { type: "boolean", default: false },
    data: { type: "string", default: tmpdir() },
    profile: { type: "string" },
    readme: { type: "boolean", default: false },
    sabotage: { type: "string" },
  },
});

const readme = join(import.meta.dir, "../../README.md");

const scenarios: ReadonlyMap<string, () => Promise<void>> = new Map([
  ["login", login],
  ["timing", timing],
  ["grow", grow],
  ["history", history],
  ["short", short],
  ["all", () => compare([...benches.values()])],
  ...[...benches].map(([name, bench]) => [name, () => compare([bench])] as const),
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

async function grow(): Promise<void> {
  const figures = await benchGrow(
    values.short
      ? { accounts: [100], members: [3], messages: [1_000], times: 20 }
      : {
          accounts: [1_000, 10_000, 100_000, 1_000_000],
          members: [10, 100, 1_000, 10_000],
          messages: [10_000, 100_000, 1_000_000, 10_000_000],
          times: 300,
        },
  );
  process.stdout.write(values.json ? `${JSON.stringify({ figures })}\n` : growTable(figures));
}

async function history(): Promise<void> {
  const scale = values.short ? shortHistoryScale : historyScale;
  const figures = await benchHistory(scale, values.data);
  process.stdout.write(values.json ? `${JSON.stringify({ figures })}\n` : historyTable(figures));
  if (!values.readme) return;
  const facts = circumstances([`authchat ${await ourVersion()}`]);
  await writeReadme(historyReadmeTable(figures, scale, facts), historyMarks);
}

/** Our server alone; the cores are everybody's. */
async function short(): Promise<void> {
  const measured = await inRounds({
    kinds: [ours({ parent: values.data, profileIn: values.profile })],
    rows: shortRows.filter(isWanted),
    rounds: 1,
    cores: undefined,
    sabotage: sabotage(),
    say: () => undefined,
  });
  if (values.json) process.stdout.write(`${JSON.stringify({ measured })}\n`);
  for (const { row } of values.json ? [] : measured) process.stdout.write(`${row.title}\n`);
  judge(measured);
}

function isWanted({ title }: Row): boolean {
  return values.rows.split(",").some((words) => title.includes(words));
}

async function compare(chosen: readonly Bench[]): Promise<void> {
  const others =
    values.against === undefined
      ? installedRivals(say)
      : [at(values.against, values["against-tls"])];
  const kinds = [
    ours({ parent: values.data, profileIn: values.profile }),
    ...(values.alone ? [] : others),
  ];
  const isPinned = Bun.which("taskset") !== null && navigator.hardwareConcurrency > 1;
  const rounds = Math.max(1, Math.trunc(Number(values.rounds)) || 1);
  const runs: { readonly bench: Bench; readonly measured: readonly Measured[] }[] = [];
  for (const bench of chosen) {
    const measured = await inRounds({
      kinds,
      rows: bench.rows.filter(isWanted),
      rounds,
      cores: isPinned ? { server: 0, load: 1 } : undefined,
      sabotage: sabotage(),
      say,
    });
    runs.push({ bench, measured });
    if (!values.json) process.stdout.write(`${benchTable(bench, measured)}\n`);
  }
  const measured = runs.flatMap((run) => run.measured);
  const versions = new Set(measured.map(({ server, version }) => `${server} ${version}`));
  const facts = { ...circumstances([...versions]), rounds, isPinned };
  if (values.json) process.stdout.write(`${JSON.stringify({ facts, measured })}\n`);
  else process.stdout.write(`${headline(facts)}\n`);
  for (const remark of remarksOf(measured)) say(remark);
  if (values.readme) await writeReadme(readmeTable(runs, facts), benchMarks);
  judge(measured);
}

async function writeReadme(table: string, marks: typeof benchMarks): Promise<void> {
  await Bun.write(readme, withTable(await Bun.file(readme).text(), table, marks));
}

function circumstances(servers: readonly string[]): Circumstances {
  return {
    machine: machine(),
    date: new Date().toISOString().slice(0, 10),
    versions: [...servers, `Bun ${Bun.version}`],
    disk: fileSystemOf(values.data),
    commitMs: commitMs(values.data),
  };
}

/** Of our server, a fault ends it with 1; of others it is said. */
function judge(measured: readonly Measured[]): void {
  for (const fault of faultsOf(measured)) say(`FAULT: ${fault}`);
  if (faultsOf(measured.filter(({ server }) => server === "authchat")).length > 0) {
    process.exitCode = 1;
  }
}

function sabotage(): Sabotage | undefined {
  const wanted = values.sabotage;
  if (wanted === undefined || wanted === "lose" || wanted === "double" || wanted === "swap") {
    return wanted;
  }
  throw new Error("--sabotage lose, double or swap");
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

const scenario = scenarios.get(positionals[0] ?? "");
if (scenario === undefined) {
  process.stderr.write(`which? ${[...scenarios.keys()].join(", ")}\n`);
  process.exitCode = 2;
} else await scenario();

/**
 * `bun bench login`: what a login costs the server, for each mechanism, over TLS.
 *
 * The server has one core, the load generator the other. Argon2 is at its cheapest (8 KiB): the stretching of a
 * password is a choice of the operator's, and the clients' would drown everything else. Rows take turns, round after
 * round; of what they cost the least of the rounds is shown, which is the least disturbed by what else the machine does.
 * "TLS only" is a connection that asks for the capabilities and goes; what a login costs on top of that is shown
 * beside what it costs in all.
 */
import { mechanismsFor } from "../../src/auth/mechanisms.ts";
import { type ConnectionFacts } from "../../src/server/outside.ts";
import { BenchLine } from "./bench-line.ts";
import { logIn, offeredOn } from "./bench-login.ts";
import { BenchServer } from "./bench-server.ts";
import { median, percentile, table } from "./figures.ts";
import { benchPassword, type LoginRow, loginRows, titleOf, type Worker } from "./login-rows.ts";

export interface LoginScale {
  /** Of each row, before anything is measured: the server's code is compiled while it runs, for thousands of logins. */
  readonly warmUp: number;
  readonly rounds: number;
  /** Of each row in each round. */
  readonly logins: number;
  /** At a time. */
  readonly workers: number;
}

export interface LoginFigures {
  readonly name: string;
  /** As many as came through with both cores busy. */
  readonly perSecond: number;
  /** Of the server, for one: with its connection, and on top of one. */
  readonly cpuMs: number;
  readonly cpuMsAbove: number;
  /** From AUTHENTICATE to 903; of a connection, from the first packet to the list of capabilities. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  /** Of the server, after the last round. */
  readonly memoryMib: number;
}

/** Everything that a mechanism may be offered for. */
const everything: ConnectionFacts = {
  address: "127.0.0.1",
  isLoopback: true,
  listener: "bench",
  tls: {
    version: "TLSv1.3",
    exporter: new Uint8Array(32),
    peerCertificate: "0".repeat(64),
    spki: "",
  },
};

/** @throws when a mechanism of the server's is in no row. */
export function assertAllMeasured(rows: readonly Pick<LoginRow, "mechanism">[]): void {
  const measured = new Set(rows.map(({ mechanism }) => mechanism));
  const missing = mechanismsFor(everything).filter((name) => !measured.has(name));
  if (missing.length > 0) throw new Error(`not in test/bench/login-rows.ts: ${missing.join(", ")}`);
}

export async function benchLogin(
  { warmUp, rounds, logins, workers: count }: LoginScale,
  core: number | undefined,
): Promise<LoginFigures[]> {
  assertAllMeasured(loginRows);
  const server = await BenchServer.starts({ settings: settings(loginRows), core });
  const { port } = server;
  try {
    const workers = Array.from({ length: count }, (_, number) => {
      return { number, account: `member${number}`, port };
    });
    const tasks = [onlyConnects, ...loginRows.map(logsIn)];
    for (const worker of workers) await registers(worker);
    for (const { prepares } of loginRows) for (const worker of workers) await prepares?.(worker);
    const measured = tasks.map((task) => ({ task, rounds: [] as Round[] }));
    for (const { task } of measured) await round(server, { task, workers, logins: warmUp });
    for (let number = 0; number < rounds; number += 1) {
      for (const { task, rounds: done } of measured)
        done.push(await round(server, { task, workers, logins }));
    }
    const [base] = measured;
    const baseMs = least(base?.rounds ?? []);
    return measured.map(({ task, rounds: done }) => figuresOf(task.name, done, baseMs));
  } finally {
    await server.ends();
  }
}

export function loginTable(figures: readonly LoginFigures[]): string {
  const head = ["", "a second", "CPU ms", "above TLS", "p50 ms", "p95 ms", "p99 ms", "RSS MiB"];
  const rows = figures.map(({ name, perSecond, cpuMs, cpuMsAbove, latencyMs, memoryMib }) => {
    const { p50, p95, p99 } = latencyMs;
    return [name, perSecond, cpuMs, cpuMsAbove, p50, p95, p99, memoryMib];
  });
  return table(head, rows);
}

function settings(rows: readonly LoginRow[]): string {
  const names = new Set(rows.map(({ mechanism }) => `"${mechanism}"`));
  const mechanisms = [...names].join(", ");
  return `
[auth]
mechanisms = [${mechanisms}]
argon2 = { memory-kib = 8, passes = 1, lanes = 1 }
throttle = false
`;
}

/** Makes the worker's account. */
async function registers({ port, account }: Worker): Promise<void> {
  const line = await BenchLine.connect(port);
  line.sends("CAP LS 302", `REGISTER ${account} * :${benchPassword}`);
  await line.until(/ REGISTER SUCCESS /);
  line.ends();
}

/** Something that is done over and over; answers how long it took, in milliseconds. */
interface Task {
  readonly name: string;
  readonly run: (worker: Worker) => Promise<number>;
}

const onlyConnects: Task = {
  name: "TLS only",
  async run({ port }) {
    const start = performance.now();
    const line = await BenchLine.connect(port);
    await offeredOn(line);
    const ms = performance.now() - start;
    line.ends();
    return ms;
  },
};

function logsIn(row: LoginRow): Task {
  return {
    name: titleOf(row),
    async run(worker) {
      const line = await BenchLine.connect(worker.port, row.identity?.(worker));
      const offered = await offeredOn(line);
      const start = performance.now();
      await (row.logsIn?.(worker, line) ?? bySasl(row, worker, { line, offered }));
      const ms = performance.now() - start;
      line.ends();
      return ms;
    },
  };
}

function bySasl(
  { mechanism, knows, met, resumes }: LoginRow,
  worker: Worker,
  { line, offered }: { readonly line: BenchLine; readonly offered: readonly string[] },
): Promise<void> {
  return logIn(line, offered, {
    mechanism,
    name: worker.account,
    password: benchPassword,
    known: knows?.(worker) ?? {},
    met: (told) => met?.(worker, told),
    resumes(next) {
      resumes?.(worker, next);
      return resumes !== undefined;
    },
  });
}

interface Round {
  readonly latencies: readonly number[];
  readonly seconds: number;
  readonly cpuMs: number;
  readonly memoryMib: number;
}

async function round(
  server: BenchServer,
  { task, workers, logins }: { task: Task; workers: readonly Worker[]; logins: number },
): Promise<Round> {
  const latencies: number[] = [];
  const cpuBefore = server.cpuMs();
  const start = performance.now();
  let left = logins;
  const work = async (worker: Worker): Promise<void> => {
    while (left > 0) {
      left -= 1;
      latencies.push(await task.run(worker));
    }
  };
  await Promise.all(workers.map(work));
  const seconds = (performance.now() - start) / 1_000;
  await Bun.sleep(50); // the last connections are still being closed
  const cpuMs = (server.cpuMs() - cpuBefore) / latencies.length;
  return { latencies, seconds, cpuMs, memoryMib: server.memoryMib().now };
}

function figuresOf(name: string, rounds: readonly Round[], baseMs: number): LoginFigures {
  const cpuMs = least(rounds);
  const latencies = rounds.flatMap((each) => each.latencies);
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => percentile(latencies, share));
  return {
    name,
    perSecond: median(rounds.map((each) => each.latencies.length / each.seconds)),
    cpuMs,
    cpuMsAbove: cpuMs - baseMs,
    latencyMs: { p50: p50 ?? Number.NaN, p95: p95 ?? Number.NaN, p99: p99 ?? Number.NaN },
    memoryMib: rounds.at(-1)?.memoryMib ?? Number.NaN,
  };
}

function least(rounds: readonly Round[]): number {
  return Math.min(...rounds.map(({ cpuMs }) => cpuMs));
}

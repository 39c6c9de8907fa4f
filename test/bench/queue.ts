/**
 * `bun bench login`, its last row: how long a message takes between two members, alone and while 500 wrong logins by
 * PLAIN queue, with argon2 as servers have it.
 *
 * Quiet and besieged phases take turns. In a besieged one each of the 500 connections tries a wrong password at a
 * moment of its own, again when it is answered, after a pause of its own, and comes again when it has been closed: the
 * queue is full all the time.
 */
import { plainMessage } from "../../src/auth/plain.ts";
import { Secret } from "../../src/base/secret.ts";
import { BenchLine } from "./bench-line.ts";
import { logIn, offeredOn } from "./bench-login.ts";
import { BenchServer } from "./bench-server.ts";
import { percentile, table } from "./figures.ts";

const password = "an honest pair of members";

export interface QueueScale {
  readonly phases: number;
  readonly phaseMs: number;
  readonly attackers: number;
}

export interface Latency {
  readonly messages: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface QueueFigures {
  readonly quiet: Latency;
  readonly besieged: Latency;
  /** Wrong logins that were hashed, and that were sent away because too many waited. */
  readonly refused: number;
  readonly sentAway: number;
  readonly peakMib: number;
}

const settings = `
[auth]
argon2 = { memory-kib = 65536, passes = 3, lanes = 4 }
throttle = false
[limits]
flood = false
`;

/** Between two messages. */
const messageEveryMs = 10;
/** Before an attacker tries: something below this, and from the second time on this more. */
const triesWithinMs = 2_000;
/** For what was under way to end before a quiet phase. */
const settlesMs = 1_500;

/** @throws when a message is lost, or nothing was refused. */
export async function benchQueue(
  { phases, phaseMs, attackers }: QueueScale,
  core: number | undefined,
): Promise<QueueFigures> {
  const server = await BenchServer.starts({ settings, core });
  try {
    const pair = new Pair(await joins(server.port, "ann"), await joins(server.port, "bob"));
    const siege = new Siege(server.port);
    const quiet: number[] = [];
    const besieged: number[] = [];
    for (let phase = 0; phase < phases; phase += 1) {
      quiet.push(...(await pair.talks(phaseMs)));
      await siege.begins(attackers);
      besieged.push(...(await pair.talks(phaseMs)));
      siege.ends();
      await Bun.sleep(settlesMs);
    }
    const { refused, sentAway } = siege;
    if (refused === 0) throw new Error("no wrong login was refused");
    const peakMib = server.memoryMib().peak;
    return { quiet: latencyOf(quiet), besieged: latencyOf(besieged), refused, sentAway, peakMib };
  } finally {
    await server.ends();
  }
}

export function queueTable(figures: QueueFigures): string {
  const row = (name: string, { messages, p50, p99, max }: Latency) => [
    name,
    String(messages),
    p50,
    p99,
    max,
  ];
  return table(
    ["a message between two", "messages", "p50 ms", "p99 ms", "max ms"],
    [row("alone", figures.quiet), row("while 500 wrong logins queue", figures.besieged)],
  );
}

function latencyOf(values: readonly number[]): Latency {
  return {
    messages: values.length,
    p50: percentile(values, 0.5),
    p99: percentile(values, 0.99),
    max: percentile(values, 1),
  };
}

/** A member who is in the room where everybody is. */
async function joins(port: number, name: string): Promise<BenchLine> {
  const asking = await BenchLine.connect(port);
  asking.sends("CAP LS 302", `REGISTER ${name} * :${password}`);
  await asking.until(/ REGISTER SUCCESS /);
  asking.ends();
  const line = await BenchLine.connect(port);
  const offered = await offeredOn(line);
  line.sends(`NICK ${name}`, `USER ${name} 0 * :${name}`);
  await logIn(line, offered, { mechanism: "OPAQUE-R255-EXPR", name, password });
  line.sends("CAP END");
  await line.until(/ 366 \S+ #general /);
  return line;
}

/** Two members, one of whom talks to the other. */
class Pair {
  readonly #from: BenchLine;
  readonly #sentAt = new Map<string, number>();
  #latencies: number[] = [];
  #last = 0;

  constructor(from: BenchLine, to: BenchLine) {
    this.#from = from;
    from.heard = () => undefined;
    to.heard = (text) => this.#heard(text);
  }

  /** For so long; answers how long each message took. */
  async talks(ms: number): Promise<number[]> {
    this.#latencies = [];
    const end = performance.now() + ms;
    while (performance.now() < end) {
      this.#last += 1;
      this.#sentAt.set(String(this.#last), performance.now());
      this.#from.sends(`PRIVMSG #general :message ${this.#last}`);
      await Bun.sleep(messageEveryMs);
    }
    for (let waits = 0; this.#sentAt.size > 0 && waits < 500; waits += 1) await Bun.sleep(10);
    if (this.#sentAt.size > 0) throw new Error(`${this.#sentAt.size} messages were lost`);
    return this.#latencies;
  }

  #heard(text: string): void {
    const number = / PRIVMSG #general :message (\d+)$/.exec(text)?.[1] ?? "";
    const sentAt = this.#sentAt.get(number);
    if (sentAt === undefined) return;
    this.#sentAt.delete(number);
    this.#latencies.push(performance.now() - sentAt);
  }
}

function pauseMs(): number {
  return triesWithinMs * (1 + Math.random());
}

/** Connections that try wrong passwords. */
class Siege {
  refused = 0;
  sentAway = 0;
  readonly #port: number;
  #lines = new Set<BenchLine>();
  #number = 0;

  constructor(port: number) {
    this.#port = port;
  }

  /** Resolves when all of them have connected and tried. */
  async begins(count: number): Promise<void> {
    const lines = new Set<BenchLine>();
    this.#lines = lines;
    const atOnce = 20; // handshakes: who waits too long for theirs is closed
    for (let made = 0; made < count; made += atOnce) {
      await Promise.all(Array.from({ length: atOnce }, () => this.#comes(lines)));
    }
    for (const line of lines) setTimeout(() => this.#tries(line), triesWithinMs * Math.random());
    await Bun.sleep(triesWithinMs);
  }

  ends(): void {
    const lines = this.#lines;
    this.#lines = new Set();
    for (const line of lines) line.ends();
  }

  async #comes(lines: Set<BenchLine>): Promise<BenchLine> {
    const line = await BenchLine.connect(this.#port);
    lines.add(line);
    line.heard = (text) => this.#answered(line, text, lines);
    return line;
  }

  #tries(line: BenchLine): void {
    if (!this.#lines.has(line)) return;
    this.#number += 1;
    const guess = Secret.fromText(`a wrong password, no. ${this.#number}`);
    const message = Buffer.from(plainMessage("ann", guess)).toString("base64");
    line.sends("AUTHENTICATE PLAIN", `AUTHENTICATE ${message}`);
  }

  #answered(line: BenchLine, text: string, lines: Set<BenchLine>): void {
    if (text.includes(" 903 ")) throw new Error("a wrong password was right");
    if (text.startsWith("ERROR ")) {
      lines.delete(line);
      setTimeout(() => this.#comesAgain(lines), pauseMs());
      return;
    }
    if (!text.includes(" 904 ")) return;
    if (text.includes("busy")) this.sentAway += 1;
    else this.refused += 1;
    setTimeout(() => this.#tries(line), pauseMs());
  }

  #comesAgain(lines: Set<BenchLine>): void {
    if (lines !== this.#lines) return;
    void this.#comes(lines).then(
      (line) => this.#tries(line),
      () => undefined, // it is not let in: that is the server's right
    );
  }
}

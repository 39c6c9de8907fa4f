/**
 * `dm`: pairs of people of whom one says something to the other, who answers at once; then the next. What is counted are
 * round trips.
 */
import { Guest, manyAtOnce } from "./guest.ts";
import { type Job, type Outcome, type PairsJob } from "./job.ts";
import { Latencies } from "./latencies.ts";
import { payload, readPayload } from "./payload.ts";
import { Costs, remarksOn } from "./process-cost.ts";
import { sabotaged } from "./sabotage.ts";

const payloadBytes = 60;
const settlesMs = 3_000;
const password = "one of two who talk";

type Coming = Pick<Job, "place" | "hasAccounts">;

export async function dm(job: Job, { pairs: count, warmUpMs, ms }: PairsJob): Promise<Outcome> {
  const numbers = Array.from({ length: count }, (_, number) => number);
  const pairs = await manyAtOnce(numbers, job.atOnce, (number) => Pair.comes(job, number));
  const { sabotage } = job;
  if (sabotage !== undefined) pairs[0]?.breaks(sabotage);
  for (const pair of pairs) pair.begins();
  await Bun.sleep(warmUpMs);
  for (const pair of pairs) pair.latencies = new Latencies();
  const costs = new Costs(job.pid);
  await Bun.sleep(ms);
  const cost = costs.soFar();
  const done = pairs.map(({ latencies }) => latencies);
  const all = new Latencies();
  for (const one of done) all.addAll(one);
  await Promise.all(pairs.map((pair) => pair.ends()));
  return {
    figures: {
      perSecond: (all.count * 1_000) / cost.ms,
      cpuMicros: (cost.serverMs * 1_000) / (all.count * 2),
      p50Ms: all.percentile(0.5),
      p99Ms: all.percentile(0.99),
      maxMs: all.max,
    },
    faults: pairs.flatMap(({ faults }) => faults),
    remarks: remarksOn(cost),
  };
}

export class Pair {
  latencies = new Latencies();
  readonly faults: string[] = [];
  readonly #left: Guest;
  readonly #right: Guest;
  #sequence = 0;
  #answered = 0;
  #heard = 0;
  #sentAt = 0;
  #isTalking = false;

  private constructor(left: Guest, right: Guest) {
    this.#left = left;
    this.#right = right;
    left.wire.data = eachLine((sequence) => this.#comesBack(sequence));
    right.wire.data = eachLine((sequence) => this.#answers(sequence));
    for (const { wire } of [left, right]) {
      wire.closed = () => this.faults.push("one of a pair was closed");
    }
  }

  static async comes({ place, hasAccounts }: Coming, number: number): Promise<Pair> {
    // Of their own each time: who comes again is told what they have missed.
    const ours = `${process.pid.toString(36)}x${number}`;
    const [left, right] = [`left${ours}`, `right${ours}`];
    if (!hasAccounts) {
      return new Pair(
        await Guest.comes(place, { nick: left }),
        await Guest.comes(place, { nick: right }),
      );
    }
    const members: Guest[] = [];
    for (const nick of [left, right]) {
      await Guest.registers(place, nick, password);
      members.push(await Guest.comes(place, { nick, password }));
    }
    const [first, second] = members;
    if (first === undefined || second === undefined) throw new Error("there are two of a pair");
    return new Pair(first, second);
  }

  breaks(how: Parameters<typeof sabotaged>[0]): void {
    this.#right.wire.data = sabotaged(how, this.#right.wire.data);
  }

  begins(): void {
    this.#isTalking = true;
    this.#says();
  }

  /** The last answer has come, and both are gone. */
  async ends(): Promise<void> {
    this.#isTalking = false;
    const end = performance.now() + settlesMs;
    while (this.#answered < this.#sequence && performance.now() < end) await Bun.sleep(5);
    if (this.#answered < this.#sequence) this.faults.push("1 lost");
    for (const { wire } of [this.#left, this.#right]) wire.drops();
  }

  #says(): void {
    this.#sequence += 1;
    this.#sentAt = performance.now();
    const text = payload(0, this.#sequence, 0, payloadBytes);
    this.#left.sends(`PRIVMSG ${this.#right.nick} :${text}`);
  }

  #answers(sequence: number): void {
    if (sequence !== this.#heard + 1) this.faults.push("1 doubled or reordered");
    this.#heard = sequence;
    this.#right.sends(`PRIVMSG ${this.#left.nick} :${payload(1, sequence, 0, payloadBytes)}`);
  }

  #comesBack(sequence: number): void {
    if (sequence !== this.#answered + 1 || sequence !== this.#sequence) {
      this.faults.push("1 doubled or reordered");
      return;
    }
    this.#answered = sequence;
    this.latencies.add(performance.now() - this.#sentAt);
    if (this.#isTalking) this.#says();
  }
}

function eachLine(said: (sequence: number) => void): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    let start = 0;
    for (let end = all.indexOf(10); end >= 0; end = all.indexOf(10, start)) {
      const found = readPayload(all, all[end - 1] === 13 ? end - 1 : end, payloadBytes);
      if (found !== undefined) said(found.sequence);
      start = end + 1;
    }
    rest = Buffer.from(all.subarray(start));
  };
}

/**
 * `fanout`: some members of a room talk, all of them listen.
 *
 * At full speed so many messages are under way at any time, and a sender says its next one when everybody has its last.
 * At a fixed rate messages are said when it is time, whatever has arrived; how late the generator was itself is told.
 */
import { Guest, manyAtOnce } from "./guest.ts";
import { type FanOutJob, type Job, type Outcome, type Profile } from "./job.ts";
import { Latencies } from "./latencies.ts";
import { payload } from "./payload.ts";
import { Costs, remarksOn } from "./process-cost.ts";
import { sabotaged } from "./sabotage.ts";
import { type Faults, type Follower, noFaults, SharedStream } from "./stream.ts";

const room = "#bench";
const payloadBytes = 100;
/** Messages under way at full speed, of all senders together. */
const windowMessages = 500;
/** Messages under way at a fixed rate: beyond it, the server does not keep up. */
const waitingMax = 1 << 19;
/** For what is under way to arrive, after the last was said. */
const settlesMs = 5_000;

interface Sender {
  readonly guest: Guest;
  readonly hasEcho: boolean;
  sequence: number;
  out: string;
}

export async function fanOut(job: Job, scenario: FanOutJob): Promise<Outcome> {
  const talk = new Talk(job, scenario);
  await talk.comes();
  return talk.runs();
}

class Talk {
  readonly #job: Job;
  readonly #scenario: FanOutJob;
  readonly #streams = new Map<string, SharedStream>();
  readonly #followers: Follower[] = [];
  readonly #senders: Sender[] = [];
  readonly #guests: Guest[] = [];
  readonly #sentAt = new Float64Array(waitingMax);
  readonly #left = new Int32Array(waitingMax);
  readonly #by = new Uint8Array(waitingMax);
  #latencies = new Latencies();
  #lateness = new Latencies();
  /** When what is read now came; undefined: nobody looked. */
  #now: number | undefined;
  #said = 0;
  #delivered = 0;
  #isTalking = false;
  #isFlushing = false;
  #closed: string[] = [];

  constructor(job: Job, scenario: FanOutJob) {
    this.#job = job;
    this.#scenario = scenario;
  }

  /** Everybody is in the room, and from here on sees the same. */
  async comes(): Promise<void> {
    const { members, profile, senders } = this.#scenario;
    const numbers = Array.from({ length: members }, (_, number) => number);
    const guests = await manyAtOnce(numbers, this.#job.atOnce, async (number) => {
      const isDressed = dressed(profile, number);
      const guest = await Guest.comes(this.#job.place, { nick: `m${number}`, isDressed });
      await guest.joins(room);
      return guest;
    });
    // From one line on all see the same; who says it sees it only by echo, and is read line by line otherwise.
    const [caller] = guests;
    const listening = guests
      .filter((guest) => guest !== caller || guest.held.has("echo-message"))
      .map((guest) => guest.until(/ PRIVMSG \S+ :now$/));
    caller?.sends(`PRIVMSG ${room} :now`);
    await Promise.all(listening);
    this.#guests.push(...guests);
    for (const [number, guest] of guests.entries()) this.#listens(guest, number, senders);
  }

  async runs(): Promise<Outcome> {
    const { warmUpMs, ms, rate } = this.#scenario;
    this.#isTalking = true;
    const talking = rate === undefined ? this.#fills() : this.#keepsRate(rate);
    await Bun.sleep(warmUpMs);
    this.#latencies = new Latencies();
    this.#lateness = new Latencies();
    const before = this.#delivered;
    const costs = new Costs(this.#job.pid);
    await Bun.sleep(ms);
    const cost = costs.soFar();
    const delivered = this.#delivered - before;
    const latencies = this.#latencies;
    this.#latencies = new Latencies();
    this.#isTalking = false;
    await talking;
    await this.#settles();
    const outcome: Outcome = {
      figures: {
        perSecond: (delivered * 1_000) / cost.ms,
        cpuMicros: (cost.serverMs * 1_000) / delivered,
        serverShare: cost.serverMs / cost.ms,
        p50Ms: latencies.percentile(0.5),
        p99Ms: latencies.percentile(0.99),
        maxMs: latencies.max,
        ...(rate === undefined ? {} : { latenessP99Ms: this.#lateness.percentile(0.99) }),
      },
      faults: this.#faults(),
      remarks: remarksOn(cost),
    };
    for (const guest of this.#guests) guest.wire.drops();
    return outcome;
  }

  #listens(guest: Guest, number: number, senders: number): void {
    const { sabotage } = this.#job;
    const hasEcho = guest.held.has("echo-message");
    const isSender = number < senders;
    const look = [...guest.held].sort().join(" ");
    const stream =
      this.#streams.get(look) ??
      new SharedStream(payloadBytes, (message) => this.#arrived(message));
    this.#streams.set(look, stream);
    const follower = isSender && !hasEcho ? stream.sender(number) : stream.follower();
    this.#followers.push(follower);
    const isSampled = this.#isSampled(number);
    const take = (bytes: Buffer): void => {
      this.#now = isSampled ? performance.now() : undefined;
      follower.take(bytes);
    };
    const isLast = number === this.#scenario.members - 1;
    guest.wire.data = isLast && sabotage !== undefined ? sabotaged(sabotage, take) : take;
    guest.wire.closed = () => this.#closed.push(guest.nick);
    if (isSender) this.#senders.push({ guest, hasEcho, sequence: 0, out: "" });
    const rest = guest.takeRest();
    if (rest.length > 0) follower.take(rest);
  }

  /** At full speed in a big room the time of some is enough, and looking at the clock for all would cost more than the rest. */
  #isSampled(number: number): boolean {
    const { rate, members } = this.#scenario;
    return rate !== undefined || members < 50 || number % 8 === 0;
  }

  /** So many messages each, to begin with; the others follow as these arrive. */
  async #fills(): Promise<void> {
    const each = Math.max(1, Math.round(windowMessages / this.#senders.length));
    for (const number of this.#senders.keys()) {
      for (let count = 0; count < each; count += 1) this.#says(number);
    }
    while (this.#isTalking) await Bun.sleep(20);
  }

  async #keepsRate(rate: number): Promise<void> {
    const everyMs = (1_000 * this.#scenario.members) / rate;
    const start = performance.now();
    for (let count = 0; this.#isTalking;) {
      const now = performance.now();
      for (; start + count * everyMs <= now; count += 1) {
        this.#lateness.add(now - (start + count * everyMs));
        this.#says(count % this.#senders.length);
      }
      const waitsMs = start + count * everyMs - performance.now();
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, waitsMs)));
    }
  }

  #says(number: number): void {
    const sender = this.#senders[number];
    if (sender === undefined) return;
    const slot = this.#said % waitingMax;
    if ((this.#left[slot] ?? 0) > 0) throw new Error("the server does not keep up");
    sender.sequence += 1;
    const text = payload(number, sender.sequence, this.#said, payloadBytes);
    sender.out += `PRIVMSG ${room} :${text}\r\n`;
    this.#sentAt[slot] = performance.now();
    this.#left[slot] = this.#scenario.members - (sender.hasEcho ? 0 : 1);
    this.#by[slot] = number;
    this.#said += 1;
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => this.#flushes());
  }

  #flushes(): void {
    this.#isFlushing = false;
    for (const sender of this.#senders) {
      if (sender.out === "") continue;
      sender.guest.wire.sends(sender.out);
      sender.out = "";
    }
  }

  #arrived(message: number): void {
    const slot = message % waitingMax;
    this.#delivered += 1;
    if (this.#now !== undefined) this.#latencies.add(this.#now - (this.#sentAt[slot] ?? 0));
    const left = (this.#left[slot] ?? 0) - 1;
    this.#left[slot] = left;
    const isFull = this.#scenario.rate === undefined;
    if (left === 0 && isFull && this.#isTalking) this.#says(this.#by[slot] ?? 0);
  }

  async #settles(): Promise<void> {
    const end = performance.now() + settlesMs;
    const expected = (): number =>
      this.#senders.reduce((sum, { sequence, hasEcho }) => {
        return sum + sequence * (this.#scenario.members - (hasEcho ? 0 : 1));
      }, 0);
    while (this.#delivered < expected() && performance.now() < end) {
      await Bun.sleep(100);
      // ngircd over TLS reads the end of what came only when something comes after it.
      for (const { guest } of this.#senders) guest.sends("PING bench");
    }
    // What is one too many may have come in the place of one that is still to come.
    for (let before = -1; before !== this.#delivered;) {
      before = this.#delivered;
      await Bun.sleep(200);
    }
  }

  #faults(): string[] {
    const sent = this.#senders.map(({ sequence }) => sequence);
    const all = noFaults();
    const add = (faults: Faults): void => {
      all.lost += faults.lost;
      all.doubled += faults.doubled;
      all.reordered += faults.reordered;
    };
    for (const stream of this.#streams.values()) add(stream.finish(sent));
    for (const follower of this.#followers) add(follower.finish());
    const faults = Object.entries(all)
      .filter(([, count]) => count > 0)
      .map(([what, count]) => `${count} ${what}`);
    const digests = new Set([...this.#streams.values()].map(({ digest }) => digest));
    if (digests.size > 1 && faults.length === 0) faults.push("bare and dressed differ in order");
    if (this.#closed.length > 0) faults.push(`${this.#closed.length} members were closed`);
    return faults;
  }
}

/** Half and half: every second one, of those who speak as of those who listen. */
function dressed(profile: Profile, number: number): boolean {
  return profile === "dressed" || (profile === "half" && number % 2 === 1);
}

/**
 * Attacks on the built server, from raw sockets: how one is prepared, made while honest people talk, and what must be
 * so afterwards, whatever it was. The server lives, nothing in it was a bug, and it has not grown by more than the
 * attack may cost.
 */
import { readFileSync } from "node:fs";
import { expect } from "bun:test";
import { password } from "./client-process.ts";
import { type Figures, getsAccount, HonestPairs } from "./honest-pair.ts";
import { isLongForm } from "./long-form.ts";
import { RawClient, type RawOptions } from "./raw-client.ts";
import { type ServerOptions, ServerProcess } from "./server-process.ts";

const words = ["--listen", "127.0.0.1:0", "--plain", "127.0.0.1:0", "--registration", "open"];
const bytesPerMiB = 1_048_576;

/** So many in the short form, and in the long one. */
export function times(short: number, long: number): number {
  return isLongForm ? long : short;
}

export interface SiegeOptions extends ServerOptions {
  /** Accounts that the attackers have, all with the password of the tests. */
  readonly members?: readonly string[];
  /** By how much its memory may grow: what was made for an attack is there until it is collected. */
  readonly growthMiBMax?: number;
}

export class Siege {
  readonly server: ServerProcess;

  private constructor(server: ServerProcess) {
    this.server = server;
  }

  /** The server, the honest and the attackers are made; the attack runs; then it is looked at what is left. */
  static async runs(
    { members = [], growthMiBMax = times(64, 160), ...options }: SiegeOptions,
    attack: (siege: Siege) => Promise<void>,
  ): Promise<Figures> {
    const server = await ServerProcess.starts({ words, ...options });
    const siege = new Siege(server);
    const pairs = await HonestPairs.on(server);
    for (const name of members) await getsAccount(server, name);
    await pairs.warmUp();
    const before = memoryMiB(server.pid);
    const figures = await pairs.talkDuring(() => attack(siege));
    expect(memoryMiB(server.pid) - before).toBeLessThan(growthMiBMax);
    expect(server.log.filter(({ event }) => event === "bug")).toEqual([]);
    if (isLongForm) process.stdout.write(`${JSON.stringify(figures)}\n`);
    return figures;
  }

  /** A stranger, in plain text unless said otherwise. */
  stranger(options: Partial<RawOptions> = {}): Promise<RawClient> {
    const tls = options.tls ?? false;
    return RawClient.connect({ port: this.server.port(tls), ...options, tls });
  }

  strangers(count: number, options: Partial<RawOptions> = {}): Promise<RawClient[]> {
    return Promise.all(Array.from({ length: count }, () => this.stranger(options)));
  }

  /** Several of them, a few at a time: so many logins as hashes may wait, and no more. */
  async sessions(name: string, count: number): Promise<RawClient[]> {
    const sessions = [await this.member(name)];
    while (sessions.length < count) {
      const wave = Array.from({ length: Math.min(8, count - sessions.length) }, () => name);
      sessions.push(...(await Promise.all(wave.map((each) => this.member(each)))));
    }
    return sessions;
  }

  /** A session of one of the attackers' accounts. */
  async member(name: string, options: Partial<RawOptions> = {}): Promise<RawClient> {
    const client = await this.stranger(options);
    expect(await client.logsIn(name, password)).toContain(" 903 ");
    await client.until(/ JOIN #general| 376 | 422 /);
    return client;
  }
}

/** What the process has of the machine's memory. */
export function memoryMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return (Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1_024) / bytesPerMiB;
}

/** How much of one core it has used so far. */
export function cpuMs(pid: number): number {
  const [, after = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
  const fields = after.split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  return ticks * 10; // USER_HZ is 100
}

/** What must have happened until then. @throws when it has not */
export async function within<T>(ms: number, what: Promise<T>): Promise<T> {
  const late = Symbol("late");
  const first = await Promise.race([what, Bun.sleep(ms).then(() => late)]);
  if (first === late) throw new Error(`not within ${ms} ms`);
  return what;
}

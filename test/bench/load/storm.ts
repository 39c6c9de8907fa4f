/**
 * `storm`: everybody loses the connection at the same moment and comes again at once, into their rooms.
 *
 * A SYN that the server's queue had no place for is sent again after a second; the system counts those, of this machine
 * altogether. Where it does not, nothing is said of them.
 */
import { existsSync, readFileSync } from "node:fs";
import { type ResumeToken } from "../../../src/auth/resume.ts";
import { type Coming, Guest, manyAtOnce } from "./guest.ts";
import { type Job, type Outcome, type StormJob } from "./job.ts";
import { Latencies } from "./latencies.ts";
import { Costs, remarksOn } from "./process-cost.ts";

/** Before the server has seen that all are gone. */
const goneMs = 1_500;
/** More would be sent away: passwords are hashed a few at a time. */
const registeringAtOnce = 4;

export async function storm(job: Job, scenario: StormJob): Promise<Outcome> {
  const { connections, perRoom, password, isRemembered } = scenario;
  const tokens = new Map<string, ResumeToken>();
  const nickOf = (number: number): string => `${password === undefined ? "s" : "member"}${number}`;
  const numbers = Array.from({ length: connections }, (_, number) => number);
  const comingOf = (number: number): Coming => ({
    nick: nickOf(number),
    ...(password === undefined ? {} : { password }),
    ...(isRemembered ? { tokens } : {}),
  });
  const roomOf = (number: number): string => `#room${Math.trunc(number / perRoom)}`;
  if (password !== undefined) {
    await manyAtOnce(numbers, registeringAtOnce, (number) =>
      Guest.registers(job.place, nickOf(number), password),
    );
  }
  const first = await manyAtOnce(numbers, job.atOnce, async (number) => {
    const guest = await Guest.comes(job.place, comingOf(number));
    guest.sends(`JOIN ${roomOf(number)}`, `NAMES ${roomOf(number)}`); // who is in it is not told by JOIN
    await guest.isIn(roomOf(number));
    return guest;
  });
  for (const { wire } of first) wire.drops();
  await Bun.sleep(goneMs);
  const costs = new Costs(job.pid);
  const back = new Latencies();
  const start = performance.now();
  const synsBefore = synsAgain();
  const failed: string[] = [];
  const again = await manyAtOnce(numbers, connections, async (number) => {
    try {
      const guest = await Guest.comes(job.place, comingOf(number));
      // An account is in its rooms; a guest has to come in.
      if (password === undefined) await guest.joins(roomOf(number));
      else await guest.isIn(roomOf(number));
      back.add(performance.now() - start);
      return guest;
    } catch (error) {
      failed.push(String(error));
      return undefined;
    }
  });
  const cost = costs.soFar();
  for (const guest of again) guest?.wire.drops();
  return {
    figures: {
      allBackSeconds: back.max / 1_000,
      p50Ms: back.percentile(0.5),
      p99Ms: back.percentile(0.99),
      cpuMsEach: cost.serverMs / connections,
      secondSyns: synsAgain() - synsBefore,
    },
    faults: failed.length > 0 ? [`${failed.length} lost (${failed[0]})`] : [],
    remarks: remarksOn(cost),
  };
}

/** Linux: TCPSynRetrans of /proc/net/netstat, whose lines come in pairs, names and values. */
function synsAgain(): number {
  const file = "/proc/net/netstat";
  if (!existsSync(file)) return Number.NaN;
  const [names = "", numbers = ""] = readFileSync(file, "utf8").split("\n");
  return Number(numbers.split(" ")[names.split(" ").indexOf("TCPSynRetrans")]);
}

/**
 * `idle`: so many connections that say nothing: what each costs in memory, all of them in time on the processor, and
 * how fast a pair talks before they come and beside them.
 */
import { Guest, manyAtOnce } from "./guest.ts";
import { type IdleJob, type Job, type Outcome } from "./job.ts";
import { Latencies } from "./latencies.ts";
import { Pair } from "./pairs.ts";
import { Costs, memoryMibOf } from "./process-cost.ts";

const settlesMs = 1_000;
/** After so many what they have left behind is let go when the rush is over (`letting-go.ts`): within that time. */
const rush = { connections: 1_000, settlesMs: 12_000 };

export async function idle(job: Job, { connections, ms }: IdleJob): Promise<Outcome> {
  // Nobody has come yet: what a server takes that has only begun.
  const fresh = await memoryOf(job, settlesMs);
  const alone = await pairTalks(job, 0, ms);
  const before = await memoryOf(job, settlesMs);
  const start = performance.now();
  const numbers = Array.from({ length: connections }, (_, number) => number);
  const guests = await manyAtOnce(numbers, job.atOnce, (number) =>
    Guest.comes(job.place, { nick: `i${number}` }),
  );
  const openMs = performance.now() - start;
  let closed = 0;
  for (const { wire } of guests) {
    wire.data = () => undefined;
    wire.closed = () => {
      closed += 1;
    };
  }
  const isRush = connections >= rush.connections;
  const after = await memoryOf(job, isRush ? rush.settlesMs : settlesMs);
  const costs = new Costs(job.pid);
  await Bun.sleep(ms);
  const cost = costs.soFar();
  const beside = await pairTalks(job, 1, ms);
  for (const { wire } of guests) wire.drops();
  return {
    figures: {
      kibEach: ((after - before) * 1_024) / connections,
      mib: after,
      freshMib: fresh,
      idlePercent: (cost.serverMs * 100) / cost.ms,
      openSeconds: openMs / 1_000,
      aloneP50Ms: alone.latencies.percentile(0.5),
      besideP50Ms: beside.latencies.percentile(0.5),
      besideP99Ms: beside.latencies.percentile(0.99),
    },
    faults: [
      ...alone.faults,
      ...beside.faults,
      ...(closed > 0 ? [`${closed} idle connections were closed`] : []),
    ],
    remarks: [],
  };
}

async function pairTalks(
  job: Job,
  number: number,
  ms: number,
): Promise<{ readonly latencies: Latencies; readonly faults: readonly string[] }> {
  const pair = await Pair.comes(job, number);
  pair.begins();
  await Bun.sleep(ms / 4);
  pair.latencies = new Latencies();
  await Bun.sleep(ms);
  const { latencies } = pair;
  await pair.ends();
  return { latencies, faults: pair.faults };
}

/** In MiB, after what is over has been let go. */
async function memoryOf({ pid }: Job, afterMs: number): Promise<number> {
  await Bun.sleep(afterMs);
  return pid === undefined ? Number.NaN : memoryMibOf(pid).now;
}

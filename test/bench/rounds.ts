/**
 * Rounds: the same rows against several servers, taking turns, so that what else the machine does hits all of them; of
 * every figure the median is shown, and of every comparison the median of the rounds' ratios.
 */
import { type Contender, type ContenderKind } from "./contenders.ts";
import { median } from "./figures.ts";
import { generates } from "./generator.ts";
import { type Outcome, type Sabotage } from "./load/job.ts";
import { type Column, type Row } from "./rows.ts";

export interface RoundsOptions {
  /** The first is ours. */
  readonly kinds: readonly ContenderKind[];
  readonly rows: readonly Row[];
  readonly rounds: number;
  readonly cores: { readonly server: number; readonly load: number } | undefined;
  readonly sabotage: Sabotage | undefined;
  readonly say: (text: string) => void;
}

export interface Measured {
  readonly row: Row;
  readonly server: string;
  readonly version: string;
  /** Medians of the rounds. */
  readonly figures: Readonly<Record<string, number>>;
  readonly rounds: readonly Outcome[];
}

export async function inRounds(options: RoundsOptions): Promise<Measured[]> {
  const { kinds, rows, rounds, cores, say } = options;
  const standing = await startAll(kinds, cores?.server);
  const outcomes = new Map<string, Outcome[]>();
  try {
    for (let round = 1; round <= rounds; round += 1) {
      for (const turn of turns(rows, standing, kinds)) {
        say(`round ${round}: ${turn.row.title}: ${turn.server.name}`);
        const others = standing.filter((server) => server !== turn.server);
        rest(others, "SIGSTOP");
        const outcome = await one(turn, options).finally(() => rest(others, "SIGCONT"));
        const key = keyOf(turn.row, turn.server.name);
        if (outcome !== undefined) outcomes.set(key, [...(outcomes.get(key) ?? []), outcome]);
      }
    }
  } finally {
    await Promise.all(standing.map((server) => server.ends()));
  }
  return rows.flatMap((row) =>
    standing.flatMap(({ name, version }): Measured[] => {
      const found = outcomes.get(keyOf(row, name));
      if (found === undefined) return [];
      return [{ row, server: name, version, figures: medians(found), rounds: found }];
    }),
  );
}

/** How many times better the first is than the second, round by round; undefined: they were not both measured. */
export function ratio(ours: Measured, other: Measured, column: Column): number | undefined {
  const ratios = ours.rounds.flatMap(({ figures }, round) => {
    const [left, right] = [figures[column.figure], other.rounds[round]?.figures[column.figure]];
    if (left === undefined || right === undefined || !(left > 0) || !(right > 0)) return [];
    return [column.isMoreBetter === true ? left / right : right / left];
  });
  return ratios.length === 0 ? undefined : median(ratios);
}

function keyOf({ title }: Row, server: string): string {
  return `${title}\n${server}`;
}

async function startAll(
  kinds: readonly ContenderKind[],
  core: number | undefined,
): Promise<Contender[]> {
  const standing: Contender[] = [];
  try {
    for (const kind of kinds) standing.push(await kind.starts(core));
  } catch (error) {
    await Promise.all(standing.map((server) => server.ends()));
    throw error;
  }
  return standing;
}

interface Turn {
  readonly row: Row;
  readonly server: Contender;
  readonly kind: ContenderKind | undefined;
}

/** Every row against every server that can do it, one after the other. */
function turns(
  rows: readonly Row[],
  standing: readonly Contender[],
  kinds: readonly ContenderKind[],
): Turn[] {
  return rows.flatMap((row) =>
    standing
      .map((server, index) => ({ row, server, kind: kinds[index] }))
      .filter(({ kind }, index) => index === 0 || (row.isOursOnly !== true && takes(kind, row))),
  );
}

function takes(kind: ContenderKind | undefined, { scenario, tls }: Row): boolean {
  const connections = "connections" in scenario ? scenario.connections : 0;
  const max = tls ? (kind?.tlsConnectionsMax ?? kind?.connectionsMax) : kind?.connectionsMax;
  return connections <= (max ?? Number.POSITIVE_INFINITY);
}

/** One server is measured; what the others still have to do (an index, a log) is not to take its core. */
function rest(others: readonly Contender[], signal: "SIGSTOP" | "SIGCONT"): void {
  for (const { pid } of others) if (pid !== undefined) process.kill(pid, signal);
}

/** A server that cannot do it is told, and is missing in the table; of ours, that is a fault. */
async function one(turn: Turn, options: RoundsOptions): Promise<Outcome | undefined> {
  const { row, server, kind } = turn;
  const { cores, sabotage, say } = options;
  const isFresh = row.isFresh === true && server.pid !== undefined && kind !== undefined;
  const used = isFresh ? await kind.starts(cores?.server) : server;
  try {
    const place = used.place(row.tls);
    if (place === undefined) return undefined;
    const { pid, atOnce, hasAccounts } = used;
    const job = { place, pid, atOnce, hasAccounts, scenario: row.scenario, sabotage };
    return await generates(job, cores?.load);
  } catch (error) {
    const why = `did not come through: ${String(error)}`;
    if (kind === options.kinds[0]) return { figures: {}, faults: [why], remarks: [] };
    say(`${row.title}: ${server.name} ${why}`);
    return undefined;
  } finally {
    if (isFresh) await used.ends();
  }
}

function medians(outcomes: readonly Outcome[]): Record<string, number> {
  const names = new Set(outcomes.flatMap(({ figures }) => Object.keys(figures)));
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      // JSON has no NaN: what could not be measured came as null.
      median(outcomes.map(({ figures }) => figures[name] ?? Number.NaN)),
    ]),
  );
}

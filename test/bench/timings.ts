/**
 * `bun bench timing`, whole: every mechanism, every state of an account; and a difference of 20 µs that is planted, so
 * that a run shows that it would have seen one.
 */
import { type AccountState } from "../../src/server/outside.ts";
import { attemptRows } from "./attempts.ts";
import { table } from "./figures.ts";
import { type Timed, timeRefusals } from "./timing.ts";
import { openTimingDesk } from "./timing-desk.ts";

const plantedMs = 0.02;

type Row = Timed & { readonly planted: boolean };

export async function benchTiming(samples: number): Promise<Row[]> {
  const states: readonly AccountState[] = ["active", "pending", "disabled"];
  return [
    ...(await timedIn(samples, states, false)),
    ...(await timedIn(samples, ["active"], true)),
  ];
}

async function timedIn(
  samples: number,
  states: readonly AccountState[],
  planted: boolean,
): Promise<Row[]> {
  const { desk, close } = await openTimingDesk(planted ? plant : undefined);
  const rows: Row[] = [];
  // What does not look for the name has nowhere for anything to be planted.
  const attempts = attemptRows.filter(({ isNameIgnored }) => !planted || isNameIgnored !== true);
  for (const attempt of attempts) {
    for (const state of states) {
      rows.push({ ...(await timeRefusals(desk, attempt, { state, samples })), planted });
    }
  }
  close();
  return rows;
}

export function timingTable(rows: readonly Row[]): string {
  const shown = rows.map(({ title, state, planted, differs, rounds }) => [
    `${title}, ${state} against unknown${planted ? ", 20 µs planted" : ""}`,
    rounds.map(({ t }) => t.toFixed(1)).join(" "),
    rounds.map(({ meanDifference }) => meanDifference.toFixed(1)).join(" "),
    differs ? "they differ" : "alike",
  ]);
  return table(["", "t of each round", "µs longer", ""], shown);
}

function plant(): void {
  const end = performance.now() + plantedMs;
  while (performance.now() < end);
}

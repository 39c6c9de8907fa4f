/**
 * Whether two series of times differ: Welch's t, as dudect uses it (Reparaz, Balasch, Verbauwhede 2017, "Dude, is my
 * code constant time?").
 *
 * Times on a shared machine have a long tail that says nothing about the code: measurements above a percentile of
 * both series together are left out. One percentile is a choice that could hide a difference, so several are tried,
 * and what counts is the largest |t|.
 */
import { percentile } from "./figures.ts";

/** Beyond this, two series do not differ by chance: p < 0.00001. */
export const tMax = 4.5;

const shares = [0.5, 0.75, 0.9] as const;

export interface Difference {
  readonly t: number;
  /** How much longer the first takes than the second, of what was compared. */
  readonly meanDifference: number;
}

/** The largest difference at any of the percentiles. */
export function difference(left: readonly number[], right: readonly number[]): Difference {
  const both = [...left, ...right];
  const found = shares.map((share) => {
    const most = percentile(both, share);
    const isKept = (value: number): boolean => value <= most;
    return welch(left.filter(isKept), right.filter(isKept));
  });
  const [first, ...others] = found;
  if (first === undefined) return { t: 0, meanDifference: 0 };
  return others.reduce((most, each) => (Math.abs(each.t) > Math.abs(most.t) ? each : most), first);
}

function welch(left: readonly number[], right: readonly number[]): Difference {
  const [a, b] = [moments(left), moments(right)];
  const meanDifference = a.mean - b.mean;
  const deviation = Math.sqrt(a.variance / left.length + b.variance / right.length);
  return { t: deviation > 0 ? meanDifference / deviation : 0, meanDifference };
}

function moments(values: readonly number[]): { readonly mean: number; readonly variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: squares / Math.max(1, values.length - 1) };
}

/**
 * The procedure: up to three rounds, and a difference only when each of them shows one, in the same direction. What the
 * code does shows in every round; what the machine did does not.
 */
export async function differs(
  measure: () => Promise<readonly [readonly number[], readonly number[]]>,
): Promise<{ readonly differs: boolean; readonly rounds: readonly Difference[] }> {
  const rounds: Difference[] = [];
  while (rounds.length < 3) {
    const round = difference(...(await measure()));
    rounds.push(round);
    const isSame = Math.sign(round.t) === Math.sign(rounds[0]?.t ?? 0);
    if (Math.abs(round.t) < tMax || !isSame) return { differs: false, rounds };
  }
  return { differs: true, rounds };
}

/**
 * Ranks in a channel, as one table: who may act on whom, who may give and take which rank, and which rank a mode needs.
 *
 * | rank        | acts on (kicks, takes ranks of) | gives and takes |
 * |-------------|---------------------------------|-----------------|
 * | q founder   | everyone                        | a o h v         |
 * | a admin     | operators and below             | o h v           |
 * | o operator  | operators and below             | o h v           |
 * | h half-op   | voiced members and below        | v               |
 * | v voice     | nobody                          | nothing         |
 *
 * Modern IRC, "Protected Prefix": "Users with this mode cannot be kicked and cannot have this mode removed by other
 * protected users"; "Halfop Prefix": "at a lower privilege level than operators". Founder is who made the channel, and
 * stays it: `q` is given and taken by nobody. Everyone may give up a rank of their own.
 */
import { isPrefixLetter, type PrefixLetter } from "../protocol/modes.ts";

interface Rank {
  readonly letter: PrefixLetter;
  /** The higher, the more they may. Who has no rank has 0. */
  readonly height: number;
  readonly actsOnHeight: number;
  readonly gives: string;
}

const ranks: readonly Rank[] = [
  { letter: "q", height: 5, actsOnHeight: 5, gives: "aohv" },
  { letter: "a", height: 4, actsOnHeight: 3, gives: "ohv" },
  { letter: "o", height: 3, actsOnHeight: 3, gives: "ohv" },
  { letter: "h", height: 2, actsOnHeight: 1, gives: "v" },
  { letter: "v", height: 1, actsOnHeight: -1, gives: "" },
];

/** Of someone's prefix letters, the highest rank. */
function highest(prefixes: string): Rank | undefined {
  return ranks.find(({ letter }) => prefixes.includes(letter));
}

export function hasRank(prefixes: string, needed: PrefixLetter): boolean {
  const needs = ranks.find(({ letter }) => letter === needed);
  return (highest(prefixes)?.height ?? 0) >= (needs?.height ?? Infinity);
}

/** Whether the one may kick the other, or take a rank of theirs. */
export function mayActOn(actor: string, target: string): boolean {
  return (highest(actor)?.actsOnHeight ?? -1) >= (highest(target)?.height ?? 0);
}

export function mayGive(actor: string, letter: PrefixLetter): boolean {
  return highest(actor)?.gives.includes(letter) === true;
}

/** Half-operators moderate: who may speak and come in now. For whom the channel is, operators decide. */
const moderatorModes = "beICimntv";

/** The rank without which nobody may change that mode of the channel. */
export function rankFor(letter: string): PrefixLetter {
  if (letter === "a") return "q";
  if (letter !== "v" && isPrefixLetter(letter)) return "o";
  return moderatorModes.includes(letter) ? "h" : "o";
}

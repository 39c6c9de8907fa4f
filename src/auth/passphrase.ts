/**
 * Passphrase: a password that this program makes up, of words that people can read, type and keep.
 *
 *     pebble-lantern-orchard-violin-saddle-comet
 *
 * Six words of 2,048 are 66 bits of the system's randomness: at one guess each five seconds it is
 * never found, and with the stretching of a stolen record (64 MiB, 3 passes) it stays out of reach.
 * Hyphens, because a password with spaces is several words to some programs.
 */
import { assert } from "../base/assert.ts";
import { words } from "./words.ts";

const wordCount = 6;
/** The number of words is a power of two: so many random bits are one of them, evenly. */
const wordBits = 11;

export function makePassphrase(): string {
  assert(words.length === 2 ** wordBits, "there are as many words as the bits can number");
  const numbers = crypto.getRandomValues(new Uint16Array(wordCount));
  return Array.from(numbers, (number) => words[number % words.length] ?? "").join("-");
}

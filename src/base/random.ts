/**
 * Randomness as something handed in, so that a run can be repeated from its seed.
 *
 * `SeededRandom` is for tests and simulation (xoshiro128**, seeded by splitmix32); the program hands in one that
 * asks the operating system (`cli/server/outside.ts`). Nothing here is fit for secrets.
 */
import { assert } from "./assert.ts";

export interface Random {
  /** A uniformly distributed integer, 0 ≤ n < 2³². */
  uint32(): number;
}

/** A uniformly distributed integer, 0 ≤ n < `limit`; `limit` is at most 2³². */
export function below(random: Random, limit: number): number {
  assert(Number.isInteger(limit) && limit > 0 && limit <= 2 ** 32, "limit is in 1 … 2³²");
  return Math.floor((random.uint32() / 2 ** 32) * limit);
}

/** True with the given probability (0 … 1). */
export function chance(random: Random, probability: number): boolean {
  return random.uint32() < probability * 2 ** 32;
}

/** One of the items, each as likely as the other. @throws AssertionError when there is none. */
export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[below(random, items.length)];
  assert(item !== undefined, "there is an item to pick");
  return item;
}

/** Lower-case base-32 letters and digits without look-alikes, 5 bits each. */
export function token(random: Random, length: number): string {
  const alphabet = "abcdefghijkmnpqrstuvwxyz23456789";
  let text = "";
  for (let index = 0; index < length; index += 1) text += alphabet[random.uint32() >>> 27];
  return text;
}

/** xoshiro128**: small, fast, repeatable. */
export class SeededRandom implements Random {
  readonly #state: Uint32Array;

  constructor(seed: number) {
    this.#state = new Uint32Array(4);
    let mixed = seed >>> 0;
    for (let index = 0; index < 4; index += 1) {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      let word = mixed;
      word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
      word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
      this.#state[index] = word ^ (word >>> 16);
    }
  }

  uint32(): number {
    const state = this.#state;
    const [a = 0, b = 0, c = 0, d = 0] = state;
    const scrambled = Math.imul(rotated(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    const third = c ^ a;
    const fourth = d ^ b;
    state[1] = b ^ third;
    state[0] = a ^ fourth;
    state[2] = third ^ shifted;
    state[3] = rotated(fourth, 11);
    return scrambled;
  }
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

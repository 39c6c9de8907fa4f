/** Randomness repeats from its seed, and is even enough for simulation. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { SeededRandom, below, chance, pick, token, type Random } from "../../src/base/random.ts";

/** A source that gives just these numbers. */
function fixed(...numbers: number[]): Random {
  const left = [...numbers];
  return { uint32: () => left.shift() ?? 0 };
}

function draw(seed: number, count: number): number[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => random.uint32());
}

test("one seed gives one sequence, and it never changes between releases", () => {
  expect(draw(7, 100)).toEqual(draw(7, 100));
  expect(draw(7, 4)).toMatchInlineSnapshot(`
    [
      1004282400,
      2200021487,
      1928073449,
      741806228,
    ]
  `);
});

test("seeds beside each other give unlike sequences", () => {
  const firsts = new Set(Array.from({ length: 1000 }, (_, seed) => draw(seed, 1)[0]));
  expect(firsts.size).toBe(1000);
});

test("every number is an integer of 32 bits", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      for (const number of draw(seed, 20)) {
        expect(Number.isInteger(number) && number >= 0 && number < 2 ** 32).toBe(true);
      }
    }),
  );
});

test("numbers fall evenly: no bucket of 16 is off by more than a tenth", () => {
  const random = new SeededRandom(1);
  const counts = Array.from({ length: 16 }, () => 0);
  for (let index = 0; index < 160_000; index += 1) {
    const bucket = below(random, 16);
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  expect(Math.min(...counts)).toBeGreaterThan(9000);
  expect(Math.max(...counts)).toBeLessThan(11_000);
});

test("each bit is set in about half of the numbers", () => {
  const numbers = draw(3, 20_000);
  for (let bit = 0; bit < 32; bit += 1) {
    const count = numbers.filter((number) => (number >>> bit) & 1).length;
    expect(Math.abs(count - 10_000)).toBeLessThan(500);
  }
});

test("below stays below its limit, also at the ends", () => {
  expect(below(fixed(0), 10)).toBe(0);
  expect(below(fixed(2 ** 32 - 1), 10)).toBe(9);
  expect(below(fixed(2 ** 32 - 1), 2 ** 32)).toBe(2 ** 32 - 1);
  expect(below(fixed(2 ** 32 - 1), 1)).toBe(0);
});

test.each([0, -1, 1.5, 2 ** 32 + 1, Number.NaN])("below refuses the limit %p", (limit) => {
  expect(() => below(fixed(1), limit)).toThrow("limit is in 1 … 2³²");
});

test("chance 0 never comes true and chance 1 always does", () => {
  expect(chance(fixed(0), 0)).toBe(false);
  expect(chance(fixed(2 ** 32 - 1), 1)).toBe(true);
  expect(chance(fixed(2 ** 31 - 1), 0.5)).toBe(true);
  expect(chance(fixed(2 ** 31), 0.5)).toBe(false);
});

test("pick takes each item, and asserts that there is one", () => {
  const random = new SeededRandom(5);
  const picked = new Set(Array.from({ length: 100 }, () => pick(random, ["a", "b", "c"])));
  expect([...picked].toSorted()).toEqual(["a", "b", "c"]);
  expect(() => pick(random, [])).toThrow("limit is in 1");
});

test("a token has its length and no look-alikes", () => {
  const text = token(new SeededRandom(9), 2000);
  expect(text).toMatch(/^[a-kmnp-z2-9]{2000}$/);
  expect(new Set(text).size).toBe(32);
});

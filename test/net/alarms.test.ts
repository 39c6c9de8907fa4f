/** Alarms: all of them ring, and when many are due at once others have their turn in between. */
import { expect, test } from "bun:test";
import { Alarms, ringingMax } from "../../src/net/alarms.ts";

test("all that are due ring, so many in one go", async () => {
  const rung: number[] = [];
  const alarms = new Alarms<number>((key) => rung.push(key));
  const count = 3 * ringingMax;
  for (let key = 0; key < count; key += 1) alarms.set(key, 1);
  alarms.clear(7);
  const seen = new Set<number>();
  const end = performance.now() + 5_000;
  while (rung.length < count - 1 && performance.now() < end) {
    await new Promise((resolve) => setImmediate(resolve));
    seen.add(rung.length);
  }
  expect(new Set(rung).size).toBe(count - 1);
  expect(rung).not.toContain(7);
  expect([...seen].filter((each) => each > 0 && each < count - 1).length).toBeGreaterThan(0);
});

/**
 * Whether the time of a refusal tells if a name is known: the short form of `bun bench timing`. It compares two kinds
 * of names within one run, so a slow machine does not matter; and it sees a difference that is there.
 */
import { expect, onTestFinished, setDefaultTimeout, test } from "bun:test";
import { mechanismsFor } from "../../src/auth/mechanisms.ts";
import { attemptRows, titleOf } from "./attempts.ts";
import { timeRefusals, timingFacts } from "./timing.ts";
import { openTimingDesk } from "./timing-desk.ts";
import { difference } from "./welch.ts";

setDefaultTimeout(60_000);

const samples = 250;

test("every mechanism of the server's is in the table of attempts", () => {
  const inTable = new Set(attemptRows.map(({ mechanism }) => mechanism));
  expect(mechanismsFor(timingFacts).filter((name) => !inTable.has(name))).toEqual([]);
});

test.each(attemptRows.map((row) => [titleOf(row), row] as const))(
  "%s takes as long for names that nobody has as for known ones",
  async (_, row) => {
    const { desk, close } = await openTimingDesk();
    onTestFinished(close);
    for (const state of ["active", "pending", "disabled"] as const) {
      const timed = await timeRefusals(desk, row, { state, samples });
      expect(timed).toMatchObject({ state, differs: false });
    }
  },
);

const looking = attemptRows.filter(({ isNameIgnored }) => isNameIgnored !== true);

test.each(looking.map((row) => [titleOf(row), row] as const))(
  "%s with half a millisecond more for known names is seen",
  async (_, row) => {
    const { desk, close } = await openTimingDesk(() => busyFor(0.5));
    onTestFinished(close);
    const timed = await timeRefusals(desk, row, { state: "active", samples });
    expect(timed).toMatchObject({ differs: true });
  },
);

test("the mechanisms that are said not to look for the name do not", async () => {
  const asked: string[] = [];
  const { desk, close } = await openTimingDesk((name) => asked.push(name));
  onTestFinished(close);
  const ofKnown = asked.length;
  const ignoring = attemptRows.filter((row) => !looking.includes(row));
  for (const row of ignoring) await timeRefusals(desk, row, { state: "active", samples: 10 });
  expect(asked.slice(ofKnown)).toEqual([]);
  expect(ignoring.map(titleOf)).toEqual(["EXTERNAL"]);
});

test("a long tail on one side is no difference, a little more of everything is one", () => {
  const even = Array.from({ length: 400 }, (_, index) => 100 + (index % 20));
  const withTail = even.map((value, index) => (index % 25 === 0 ? value + 5_000 : value));
  expect(Math.abs(difference(withTail, even).t)).toBeLessThan(4.5);
  const slower = even.map((value) => value + 3);
  expect(difference(slower, even).t).toBeGreaterThan(4.5);
  expect(difference(even, slower).t).toBeLessThan(-4.5);
});

function busyFor(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

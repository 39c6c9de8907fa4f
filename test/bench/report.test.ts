/**
 * What is reported: medians, ratios round by round, and the README's table between its marks.
 */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { Latencies } from "./load/latencies.ts";
import {
  benchMarks,
  benchTable,
  faultsOf,
  historyMarks,
  readmeTable,
  withTable,
} from "./report.ts";
import { type Measured, ratio } from "./rounds.ts";
import { type Bench, type Row } from "./rows.ts";

const column = { title: "a second", figure: "perSecond", isMoreBetter: true };
const row: Row = { title: "join 2", tls: false, scenario: { kind: "join", members: 2 } };
const bench: Bench = { rows: [row], columns: [column], lead: () => column };
const facts = {
  machine: "a machine",
  date: "2026-11-26",
  versions: ["authchat 1", "other 2"],
  disk: "ext4",
  commitMs: 0.2,
  rounds: 3,
  isPinned: true,
};

function measured(server: string, values: readonly number[], faults: string[] = []): Measured {
  const rounds = values.map((perSecond) => ({ figures: { perSecond }, faults, remarks: [] }));
  const [middle = 0] = values.toSorted((left, right) => left - right).slice(1);
  return { row, server, version: "1", figures: { perSecond: middle }, rounds };
}

test("a ratio is the median of the rounds' own, not that of the medians", () => {
  const ours = measured("authchat", [100, 400, 900]);
  const other = measured("other", [100, 100, 300]);
  expect(ratio(ours, other, column)).toBe(3);
  expect(ratio(ours, other, { ...column, isMoreBetter: false })).toBeCloseTo(1 / 3);
  expect(ratio(ours, measured("other", []), column)).toBeUndefined();
});

test("the table says how many times better ours is than each other", () => {
  const all = [measured("authchat", [100, 400, 900]), measured("other", [100, 100, 300])];
  expect(benchTable(bench, all)).toMatch(/join 2 +other .* 3\.00 × \(a second\)\n/);
});

test("the README's table stands between its marks, with machine, date and versions", () => {
  const all = [measured("authchat", [1, 2_000, 3_000]), measured("other", [1, 500, 1_000])];
  const table = readmeTable([{ bench, measured: all }], facts);
  expect(table).toContain("a machine; 2026-11-26; authchat 1, other 2; ");
  expect(table).toContain("| join 2 | a second | 2,000 | 3.00 × |");
  const text = `before\n${benchMarks.begin}\nold\n${benchMarks.end}\nafter\n`;
  const written = withTable(text, table, benchMarks);
  expect(written).toBe(`before\n${benchMarks.begin}\n\n${table}\n\n${benchMarks.end}\nafter\n`);
  expect(withTable(written, table, benchMarks)).toBe(written);
  expect(() => withTable("no marks", table, benchMarks)).toThrow("to write between");
});

test("each of the README's tables is written between its own marks, which the README has", async () => {
  const readme = await Bun.file(join(import.meta.dir, "../../README.md")).text();
  const written = withTable(withTable(readme, "one", benchMarks), "other", historyMarks);
  expect(written).toContain(`${benchMarks.begin}\n\none\n\n${benchMarks.end}`);
  expect(written).toContain(`${historyMarks.begin}\n\nother\n\n${historyMarks.end}`);
});

test("a fault is told once, with its row and server", () => {
  expect(faultsOf([measured("authchat", [1, 2], ["1 lost"])])).toEqual([
    "join 2: authchat: 1 lost",
  ]);
});

test("percentiles of latencies are right within 2 %", () => {
  const latencies = new Latencies();
  for (let ms = 1; ms <= 1_000; ms += 1) latencies.add(ms);
  for (const [share, ms] of [
    [0.5, 500],
    [0.99, 990],
  ] as const) {
    expect(Math.abs(latencies.percentile(share) / ms - 1)).toBeLessThan(0.021);
  }
  expect(latencies.percentile(1)).toBe(1_000);
  expect(latencies.max).toBe(1_000);
});

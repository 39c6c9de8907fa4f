/** What is reported of a long history. */
import { expect, test } from "bun:test";
import { type HistoryFigures, type Spread } from "./history.ts";
import { historyReadmeTable, historyTable } from "./history-report.ts";

const figures: HistoryFigures = {
  startMs: 812.4,
  indexSeconds: 31.26,
  indexMib: 400,
  pageCpuMs: 0.456,
  page: spread("a page of 100, anywhere", 1.234),
  searches: [spread("a search for a word", 12.34), spread("for another", 3)],
  live: [spread("while ten search", 4)],
  saidASecond: 4_999.6,
  behindMost: 1_234,
  caughtUpAfterMs: 56.7,
};
const facts = {
  machine: "a machine",
  date: "2026-11-26",
  versions: ["authchat 1", "Bun 1"],
  disk: "ext4",
  commitMs: 0.2,
};

function spread(name: string, p50: number): Spread {
  return { name, count: 10, p50, p99: p50 * 2, max: p50 * 1_000 };
}

test("the README's table has machine, date, versions, file system and scale, and a row for every figure", () => {
  const lines = historyReadmeTable(figures, { rooms: 200, messages: 1_000_000 }, facts).split("\n");
  expect(lines).toEqual([
    "a machine; 2026-11-26; authchat 1, Bun 1; our history on ext4, where a commit takes 0.20 ms; " +
      "1,000,000 messages in 200 rooms; server and load on the same cores.",
    "",
    "| what | figure | here |",
    "| --- | --- | --- |",
    "| from the start to listening | ms | 812.4 |",
    "| a page of 100, anywhere | ms: p50 / p99 / longest | 1.23 / 2.47 / 1,234 |",
    "| a search for a word | ms: p50 / p99 / longest | 12.3 / 24.7 / 12,340 |",
    "| for another | ms: p50 / p99 / longest | 3.00 / 6.00 / 3,000 |",
    "| while ten search | ms: p50 / p99 / longest | 4.00 / 8.00 / 4,000 |",
    "| of a page, the server's own time | ms | 0.46 |",
    "| until all of it is in the search's index, and how large that is | s / MiB | 31.3 / 400.0 |",
    "| the index, while 5,000 messages a second are said | messages behind, at most | 1,234 |",
    "| the same, after the last of them | ms until it is whole | 56.7 |",
  ]);
});

test("the table for people has every figure, too", () => {
  const told = historyTable(figures);
  for (const text of [
    "a page of 100",
    "while ten search",
    "812 ms",
    "0.46 ms",
    "31.3 s, 400 MiB",
  ]) {
    expect(told).toContain(text);
  }
  expect(told).toContain("at 5000 messages/s it is at most 1234 behind, and whole 57 ms after");
});

/**
 * What was measured of a long history, as a table for people and as the README's.
 */
import { table } from "./figures.ts";
import { type HistoryFigures, type Spread } from "./history.ts";
import { type HistoryScale } from "./history-data.ts";
import { type Circumstances, headOf, markdownTable, shown } from "./report.ts";

export function historyTable(figures: HistoryFigures): string {
  const { startMs, indexSeconds, indexMib, pageCpuMs } = figures;
  const { saidASecond, behindMost, caughtUpAfterMs } = figures;
  const row = ({ name, count, p50, p99, max }: Spread) => [name, String(count), p50, p99, max];
  return [
    table(["", "count", "p50 ms", "p99 ms", "max ms"], spreadsOf(figures).map(row)),
    `from the start to listening ${startMs.toFixed(0)} ms`,
    `a page's time in the server ${pageCpuMs.toFixed(2)} ms`,
    `the index is made in ${indexSeconds.toFixed(1)} s, ${indexMib.toFixed(0)} MiB`,
    `at ${saidASecond.toFixed(0)} messages/s it is at most ${behindMost} behind, and whole ${caughtUpAfterMs.toFixed(0)} ms after the last`,
    "",
  ].join("\n");
}

export function historyReadmeTable(
  figures: HistoryFigures,
  { rooms, messages }: HistoryScale,
  facts: Circumstances,
): string {
  const { startMs, pageCpuMs, indexSeconds, indexMib } = figures;
  const { saidASecond, behindMost, caughtUpAfterMs } = figures;
  const following = `the index, while ${shown(saidASecond)} messages a second are said`;
  const rows = [
    ["from the start to listening", "ms", shown(startMs)],
    ...spreadsOf(figures).map(({ name, p50, p99, max }) => {
      return [name, "ms: p50 / p99 / longest", [p50, p99, max].map(shown).join(" / ")];
    }),
    ["of a page, the server's own time", "ms", shown(pageCpuMs)],
    [
      "until all of it is in the search's index, and how large that is",
      "s / MiB",
      [indexSeconds, indexMib].map(shown).join(" / "),
    ],
    [following, "messages behind, at most", behindMost.toLocaleString("en")],
    ["the same, after the last of them", "ms until it is whole", shown(caughtUpAfterMs)],
  ];
  const scale = `${messages.toLocaleString("en")} messages in ${rooms} rooms`;
  const head = `${headOf(facts)}; ${scale}; server and load on the same cores`;
  return `${head}.\n\n${markdownTable(["what", "figure", "here"], rows)}`;
}

function spreadsOf({ page, searches, live }: HistoryFigures): readonly Spread[] {
  return [page, ...searches, ...live];
}

/**
 * Reports: what was measured, as tables for people, as JSON, and as the README's table.
 */
import { cpus } from "node:os";
import { type Cell, table } from "./figures.ts";
import { type Measured, ratio } from "./rounds.ts";
import { type Bench } from "./rows.ts";

/** What the figures hold for. */
export interface Circumstances {
  readonly machine: string;
  readonly date: string;
  readonly versions: readonly string[];
  /** Where our history is written, and how long one message's commit takes there. */
  readonly disk: string;
  readonly commitMs: number;
  readonly rounds: number;
  readonly isPinned: boolean;
}

export function machine(): string {
  const [first] = cpus();
  return `${first?.model.trim() ?? "?"}, ${cpus().length} cores, ${process.platform} ${process.arch}`;
}

/** One line for each row and server, and how many times better the first is. */
export function benchTable({ columns, lead }: Bench, measured: readonly Measured[]): string {
  const head = ["", "server", ...columns.map(({ title }) => title), "ours is better by"];
  const rows = measured.map((each): Cell[] => {
    const cells = columns.map(({ figure }) => each.figures[figure] ?? Number.NaN);
    return [each.row.title, each.server, ...cells, timesBetter(each, measured, lead)];
  });
  return table(head, rows);
}

/** What must not be, and what is to be known; each once. */
export function faultsOf(measured: readonly Measured[]): string[] {
  return told(measured, ({ faults }) => faults);
}

export function remarksOf(measured: readonly Measured[]): string[] {
  return told(measured, ({ remarks }) => remarks.slice(0, 1));
}

export function headline(facts: Circumstances): string {
  const { date, versions, disk, commitMs, rounds, isPinned } = facts;
  const cores = isPinned
    ? "the server on one core, the load on another"
    : "server and load on the same cores";
  return (
    `${facts.machine}; ${date}; ${versions.join(", ")}; ${cores}; medians of ${rounds} rounds; ` +
    `our history on ${disk}, where a commit takes ${commitMs.toFixed(2)} ms`
  );
}

function told(
  measured: readonly Measured[],
  what: (outcome: Measured["rounds"][number]) => readonly string[],
): string[] {
  const lines = measured.flatMap(({ row, server, rounds }) =>
    rounds.flatMap((round) => what(round).map((text) => `${row.title}: ${server}: ${text}`)),
  );
  return [...new Set(lines)];
}

function timesBetter(each: Measured, measured: readonly Measured[], lead: Bench["lead"]): string {
  const ours = measured.find(({ row }) => row === each.row);
  if (ours === undefined || ours === each) return "";
  const times = ratio(ours, each, lead(each.row));
  return times === undefined ? "-" : `${times.toFixed(2)} × (${lead(each.row).title})`;
}

// --- The README ------------------------------------------------------------------------------------------------

export const marks = { begin: "<!-- bench: begin -->", end: "<!-- bench: end -->" } as const;

/** The text with the table between its marks replaced. @throws when it has no marks. */
export function withTable(text: string, inner: string): string {
  const begin = text.indexOf(marks.begin);
  const end = text.indexOf(marks.end);
  if (begin < 0 || end < begin)
    throw new Error(`no ${marks.begin} … ${marks.end} to write between`);
  return `${text.slice(0, begin + marks.begin.length)}\n\n${inner}\n\n${text.slice(end)}`;
}

/** A row for each of a scenario's, with our lead figure, and how many times better it is than every other server's. */
export function readmeTable(
  runs: readonly { readonly bench: Bench; readonly measured: readonly Measured[] }[],
  facts: Circumstances,
): string {
  const all = runs.flatMap(({ measured }) => measured);
  const others = [...new Set(all.map(({ server }) => server))].slice(1);
  const head = ["what", "figure", "here", ...others.map((name) => `than ${name}`)];
  const rows = runs.flatMap(({ bench, measured }) =>
    [...new Set(measured.map(({ row }) => row))].map((row) => {
      const column = bench.lead(row);
      const ours = measured.find((each) => each.row === row);
      const value = ours?.figures[column.figure] ?? Number.NaN;
      const ratios = others.map((name) => {
        const other = measured.find((each) => each.row === row && each.server === name);
        const times = ours && other ? ratio(ours, other, column) : undefined;
        return times === undefined ? "–" : `${times.toFixed(1)} × better`;
      });
      return [row.title, column.title, shown(value), ...ratios];
    }),
  );
  const lines = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return `${headline(facts)}.\n\n${lines.join("\n")}`;
}

function shown(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (value >= 1_000) return Math.round(value).toLocaleString("en");
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

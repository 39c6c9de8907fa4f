/**
 * Reports: what was measured, as tables for people, as JSON, and as the README's tables.
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
}

export interface RoundCircumstances extends Circumstances {
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

export function headline(facts: RoundCircumstances): string {
  const cores = facts.isPinned
    ? "the server on one core, the load on another"
    : "server and load on the same cores";
  return `${headOf(facts)}; ${cores}; medians of ${facts.rounds} rounds`;
}

export function headOf({ machine: on, date, versions, disk, commitMs }: Circumstances): string {
  const where = `our history on ${disk}, where a commit takes ${commitMs.toFixed(2)} ms`;
  return [on, date, versions.join(", "), where].join("; ");
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

/** What a table of the README stands between. */
interface Marks {
  readonly begin: string;
  readonly end: string;
}

export const benchMarks = marksOf("bench");
export const historyMarks = marksOf("bench history");

function marksOf(name: string): Marks {
  return { begin: `<!-- ${name}: begin -->`, end: `<!-- ${name}: end -->` };
}

/** The text with the table between those marks replaced. @throws when it has no such marks. */
export function withTable(text: string, inner: string, marks: Marks): string {
  const begin = text.indexOf(marks.begin);
  const end = text.indexOf(marks.end);
  if (begin < 0 || end < begin)
    throw new Error(`no ${marks.begin} … ${marks.end} to write between`);
  return `${text.slice(0, begin + marks.begin.length)}\n\n${inner}\n\n${text.slice(end)}`;
}

/** A row for each of a scenario's, with our lead figure, and how many times better it is than every other server's. */
export function readmeTable(
  runs: readonly { readonly bench: Bench; readonly measured: readonly Measured[] }[],
  facts: RoundCircumstances,
): string {
  const all = runs.flatMap(({ measured }) => measured);
  const others = [...new Set(all.map(({ server }) => server))].slice(1);
  const head = ["what", "figure", "here", ...others.map((name) => `better than ${name} by`)];
  const rows = runs.flatMap(({ bench, measured }) =>
    [...new Set(measured.map(({ row }) => row))].map((row) => {
      const column = bench.lead(row);
      const ours = measured.find((each) => each.row === row);
      const value = ours?.figures[column.figure] ?? Number.NaN;
      const ratios = others.map((name) => {
        const other = measured.find((each) => each.row === row && each.server === name);
        const times = ours && other ? ratio(ours, other, column) : undefined;
        return times === undefined ? "–" : `${times.toFixed(2)} ×`;
      });
      return [row.title, column.title, shown(value), ...ratios];
    }),
  );
  return `${headline(facts)}.\n\n${markdownTable(head, rows)}`;
}

export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

export function shown(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (value >= 1_000) return Math.round(value).toLocaleString("en");
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

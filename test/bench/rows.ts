/**
 * Rows: what is measured in each scenario, and which figure of it says who is faster.
 *
 * `bun bench short` runs each kind once, small: it says nothing about speed, and fails when a message is lost, doubled
 * or in another order.
 */
import { type FanOutJob, type Profile, type Scenario } from "./load/job.ts";

export interface Row {
  readonly title: string;
  readonly tls: boolean;
  readonly scenario: Scenario;
  /** Only our server has what it takes. */
  readonly isOursOnly?: boolean;
  /** Every round has a server of its own: it is about memory. */
  readonly isFresh?: boolean;
}

/** A figure: what it is called, its name in the outcome, and whether more of it is better. */
export interface Column {
  readonly title: string;
  readonly figure: string;
  readonly isMoreBetter?: boolean;
}

export interface Bench {
  readonly rows: readonly Row[];
  readonly columns: readonly Column[];
  /** The column that is compared; of rows at a fixed rate another. */
  readonly lead: (row: Row) => Column;
}

const perSecond: Column = { title: "a second", figure: "perSecond", isMoreBetter: true };
const cpuMicros: Column = { title: "CPU µs each", figure: "cpuMicros" };
const p50: Column = { title: "p50 ms", figure: "p50Ms" };
const p99: Column = { title: "p99 ms", figure: "p99Ms" };
const kibEach: Column = { title: "KiB each", figure: "kibEach" };
const allBack: Column = { title: "all back s", figure: "allBackSeconds" };
const seconds: Column = { title: "seconds", figure: "seconds" };

/** Until what is said most is compiled: a server that has been up for a while is measured, not its start. */
const warmUpMs = 3_000;

const accountPassword = "one of a thousand members";

export const benches: ReadonlyMap<string, Bench> = new Map([
  [
    "fanout",
    {
      rows: fanOutRows(),
      columns: [perSecond, cpuMicros, p50, p99],
      lead: ({ scenario }: Row) =>
        scenario.kind === "fanout" && scenario.rate !== undefined ? cpuMicros : perSecond,
    },
  ],
  [
    "dm",
    {
      rows: both([1, 50]).map(([pairs, tls]) => ({
        title: titled(`dm ${pairs} ${pairs === 1 ? "pair" : "pairs"}`, tls),
        tls,
        scenario: { kind: "dm", pairs, warmUpMs: 2_000, ms: 3_000 },
      })),
      columns: [perSecond, cpuMicros, p50, p99],
      lead: () => perSecond,
    },
  ],
  [
    "idle",
    {
      rows: both([5_000, 9_000]).map(([connections, tls]) => ({
        title: titled(`idle ${connections}`, tls),
        tls,
        isFresh: true,
        scenario: { kind: "idle", connections, ms: 3_000 },
      })),
      columns: [
        kibEach,
        { title: "MiB", figure: "mib" },
        { title: "fresh MiB", figure: "freshMib" },
        { title: "CPU %", figure: "idlePercent" },
        { title: "open s", figure: "openSeconds" },
        { title: "pair alone p50 ms", figure: "aloneP50Ms" },
        { title: "beside p50 ms", figure: "besideP50Ms" },
      ],
      lead: () => kibEach,
    },
  ],
  [
    "storm",
    {
      rows: [
        ...both([1_000, 5_000]).map(([connections, tls]) => stormRow(connections, tls, "guests")),
        stormRow(1_000, true, "PLAIN"),
        stormRow(2_000, true, "tokens"),
      ],
      columns: [
        allBack,
        p50,
        p99,
        { title: "CPU ms each", figure: "cpuMsEach" },
        { title: "second SYNs", figure: "secondSyns" },
      ],
      lead: () => allBack,
    },
  ],
  [
    "join",
    {
      rows: both([2_000]).map(([members, tls]) => ({
        title: titled(`join ${members}`, tls),
        tls,
        scenario: { kind: "join", members },
      })),
      columns: [seconds, { title: "CPU s", figure: "cpuSeconds" }],
      lead: () => seconds,
    },
  ],
]);

/** Every kind once, for a second. */
export const shortRows: readonly Row[] = [
  ...(["bare", "dressed", "half"] as const).map((profile, index): Row => {
    const tls = index === 1;
    return fanOutRow({ members: 12, senders: 3, profile, rate: undefined }, tls, 300);
  }),
  fanOutRow({ members: 12, senders: 3, profile: "half", rate: 600 }, false, 400),
  {
    title: "dm 4 pairs",
    tls: false,
    scenario: { kind: "dm", pairs: 4, warmUpMs: 50, ms: 300 },
  },
  { title: "idle 60", tls: true, scenario: { kind: "idle", connections: 60, ms: 200 } },
  stormRow(60, false, "guests"),
  stormRow(10, true, "PLAIN"),
  stormRow(10, true, "tokens"),
  { title: "join 80", tls: false, scenario: { kind: "join", members: 80 } },
];

function fanOutRows(): Row[] {
  const rooms = [
    { members: 10, senders: 5 },
    { members: 100, senders: 10 },
    { members: 1_000, senders: 20 },
  ];
  const fast = both(rooms).flatMap(([room, tls]) =>
    (["bare", "dressed", "half"] as const).map((profile) =>
      fanOutRow({ ...room, profile, rate: undefined }, tls, 3_000),
    ),
  );
  const rates = [
    { members: 100, senders: 10, rate: 20_000 },
    { members: 100, senders: 10, rate: 150_000 },
    { members: 1_000, senders: 20, rate: 100_000 },
  ];
  const fixed = both(rates).map(([room, tls]) =>
    fanOutRow({ ...room, profile: "bare" }, tls, 5_000),
  );
  return [...fast, ...fixed];
}

interface Room {
  readonly members: number;
  readonly senders: number;
  readonly profile: Profile;
  readonly rate: number | undefined;
}

function fanOutRow(room: Room, tls: boolean, ms: number): Row {
  const { members, profile, rate } = room;
  const speed = rate === undefined ? "" : ` at ${rate}/s`;
  const scenario: FanOutJob = { kind: "fanout", ...room, warmUpMs: Math.min(warmUpMs, 2 * ms), ms };
  return { title: titled(`fanout ${members} ${profile}${speed}`, tls), tls, scenario };
}

function stormRow(connections: number, tls: boolean, by: "guests" | "PLAIN" | "tokens"): Row {
  const isOursOnly = by !== "guests";
  const password = isOursOnly ? accountPassword : undefined;
  const isRemembered = by === "tokens";
  return {
    title: titled(`storm ${connections}${isOursOnly ? ` by ${by}` : ""}`, tls),
    tls,
    scenario: { kind: "storm", connections, perRoom: 50, password, isRemembered },
    isOursOnly,
  };
}

/** Without TLS and with it. */
function both<T>(items: readonly T[]): (readonly [T, boolean])[] {
  return items.flatMap((item) => [[item, false] as const, [item, true] as const]);
}

function titled(title: string, tls: boolean): string {
  return tls ? `${title}, TLS` : title;
}

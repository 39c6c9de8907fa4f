/**
 * What `model.ts` keeps of reading, and how it finds what was missed: arrays, scanned from end to end.
 */
import { type AccountId } from "../../src/base/ids.ts";
import { type Answer, type Ask, type LogRef } from "../../src/server/outside.ts";
import { type MissedEntry, type ReadingRecord } from "../../src/server/reading.ts";
import { countedMax } from "../../src/storage/missed.ts";

type Marked = Extract<ReadingRecord, { readonly kind: "read-marker" }>;
type Seen = Extract<ReadingRecord, { readonly kind: "device-seen" }>;

export interface ModelReading {
  markers: Marked[];
  devices: Seen[];
}

export interface ModelLog {
  readonly log: LogRef;
  readonly otherName: string | undefined;
  readonly said: readonly MissedEntry[];
}

function markOf({ account, log }: Marked): string {
  if (log.kind === "channel") return `${account} #${log.channel}`;
  const [one, other] = log.between;
  return `${account} ${one === account ? other : one}`;
}

export function noteReading(reading: ModelReading, record: ReadingRecord): void {
  if (record.kind === "read-marker") {
    const earlier = reading.markers.find((one) => markOf(one) === markOf(record));
    if (earlier !== undefined && earlier.time >= record.time) return;
    reading.markers = [...reading.markers.filter((one) => one !== earlier), record];
    return;
  }
  const { account, device } = record;
  const earlier = reading.devices.find((one) => one.account === account && one.device === device);
  if (earlier !== undefined && earlier.entry >= record.entry) return;
  reading.devices = [...reading.devices.filter((one) => one !== earlier), record];
}

export function forgetReader(reading: ModelReading, account: AccountId): void {
  reading.markers = reading.markers.filter((one) => one.account !== account);
  reading.devices = reading.devices.filter((one) => one.account !== account);
}

export function findReading(
  reading: ModelReading,
  { account, device }: Ask<"reading">,
): Answer<"reading"> {
  const theirs = reading.devices.filter((one) => one.account === account);
  const markers = reading.markers
    .filter((one) => one.account === account)
    .map(({ log, time }) => {
      if (log.kind === "channel") return { log, time };
      const [one, other] = log.between;
      const between = [account, one === account ? other : one] as const;
      return { log: { kind: "conversation", between } as const, time };
    });
  return {
    outcome: "found",
    markers,
    seen: theirs.find((one) => one.device === device)?.entry,
  };
}

export function findMissed(
  ask: Ask<"missed">,
  lastEntry: number,
  logs: readonly ModelLog[],
): Answer<"missed"> {
  const { after, perLogMax, limit } = ask;
  const upTo = ask.upTo ?? lastEntry;
  const cuts: Extract<Answer<"missed">, { readonly outcome: "found" }>["cuts"][number][] = [];
  const found = logs.flatMap(({ log, otherName, said }) => {
    const missed = said.filter(({ id }) => id > after && id <= upTo);
    const told = missed.slice(-perLogMax);
    const [first] = told;
    const count = missed.length - told.length;
    if (count > 0 && first !== undefined) {
      const { time: before } = first.place;
      const isMore = count >= countedMax;
      cuts.push({ log, otherName, count: Math.min(count, countedMax), isMore, before });
    }
    return told;
  });
  found.sort((left, right) => left.id - right.id);
  const hasMore = found.length > limit;
  return { outcome: "found", entries: found.slice(0, limit), upTo, hasMore, cuts };
}

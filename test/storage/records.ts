/**
 * Records and questions for storage tests, short to write: everything has a default but what a test
 * is about.
 */
import {
  type AccountId,
  accountId,
  type ChannelId,
  channelId,
  type LogId,
  logId,
} from "../../src/base/ids.ts";
import { type WallMs, wallMs } from "../../src/base/time.ts";
import {
  type AccountRow,
  type Answer,
  type Ask,
  type ChannelRow,
  type EntryOutcome,
  type EntryRecord,
  type HistoryBound,
  type Keeping,
  type KeptRecord,
  type LogRef,
  type MemberRecord,
  type Opening,
  type Store,
  type Unavailable,
} from "../../src/server/outside.ts";
import { type StoredKind } from "../../src/storage/store.ts";

/** What the contract is about: a store and the questions it answers. */
export interface TestedStore extends Store {
  answer<K extends StoredKind>(kind: K, ask: Ask<K>): Answer<K> | Unavailable;
  opening(): Opening;
}

/** Part of the contract: sentences about behaviour, each checked on an empty store. */
export type Contract = Readonly<Record<string, (store: TestedStore) => void>>;

export const ann = accountId(1);
export const bob = accountId(2);
export const cat = accountId(3);
export const room = channelId(1);
export const roomLog: LogRef = inChannel(1);

export function account(id: AccountId, name: string, rest: Partial<AccountRow> = {}): KeptRecord {
  const row: AccountRow = {
    id,
    name,
    state: "active",
    role: "member",
    createdAt: wallMs(1),
    isStrict: false,
    expiresAt: undefined,
  };
  return { kind: "account", account: { ...row, ...rest } };
}

export function channelRow(
  id: ChannelId,
  name: string,
  rest: Partial<ChannelRow> = {},
): ChannelRow {
  return {
    id,
    name,
    createdAt: wallMs(1),
    founder: undefined,
    topic: undefined,
    flags: "",
    key: undefined,
    limit: undefined,
    bans: [],
    forward: undefined,
    keepDays: undefined,
    banExceptions: [],
    inviteExceptions: [],
    ...rest,
  };
}

export function channel(id: ChannelId, name: string, rest: Partial<ChannelRow> = {}): KeptRecord {
  return { kind: "channel", channel: channelRow(id, name, rest) };
}

export function member(who: AccountId, rest: Partial<MemberRecord> = {}): MemberRecord {
  const defaults = { channel: room, account: who, prefixes: "", joinedAt: wallMs(1) };
  return { kind: "member", ...defaults, ...rest };
}

export function gone(who: AccountId, from: ChannelId = room): KeptRecord {
  return { kind: "member-removed", channel: from, account: who };
}

export function entry(rest: Partial<EntryRecord> = {}): EntryRecord {
  return {
    kind: "entry",
    log: roomLog,
    account: ann,
    source: "ann!ann@host",
    command: "PRIVMSG",
    target: "#room",
    middle: "",
    text: "hello",
    seams: [],
    tags: "",
    nonce: undefined,
    ...rest,
  };
}

export function said(text: string, rest: Partial<EntryRecord> = {}): EntryRecord {
  return entry({ text, ...rest });
}

export function erased(sequence: number, log = 1): KeptRecord {
  return { kind: "erased", place: { log: logId(log), sequence } };
}

export function reaction(to: string, rest: Partial<EntryRecord> = {}): EntryRecord {
  return entry({ command: "TAGMSG", text: "", tags: `+draft/react=x;+reply=${to}`, ...rest });
}

export function joined(who: AccountId, rest: Partial<EntryRecord> = {}): EntryRecord {
  return entry({ account: who, command: "JOIN", text: "", ...rest });
}

export function inChannel(number: number): LogRef {
  return { kind: "channel", channel: channelId(number) };
}

export function between(one: AccountId, other: AccountId): LogRef {
  return { kind: "conversation", between: [one, other] };
}

export function at(sequence: number, log?: LogId): HistoryBound {
  return { kind: "sequence", sequence, log };
}

export function atTime(time: number): HistoryBound {
  return { kind: "time", time: wallMs(time) };
}

/** What came of keeping something. */
export type Kept =
  | { readonly kind: "kept"; readonly outcomes: readonly EntryOutcome[] }
  | { readonly kind: "failed"; readonly reason: string };

/** Tells what came of it once it has; that nothing is kept which has not been written is checked. */
export function keeping(answer: (kept: Kept) => void): Keeping {
  let written: readonly EntryOutcome[] | undefined;
  return {
    written: (outcomes) => {
      written = outcomes;
    },
    kept: () => {
      if (written === undefined) throw new Error("it has not been written");
      answer({ kind: "kept", outcomes: written });
    },
    failed: (reason) => answer({ kind: "failed", reason }),
  };
}

/** Keeps the records, which must answer at once. */
export function tryKeep(store: Store, records: readonly KeptRecord[], now = 1_000): Kept {
  let answered: Kept | undefined;
  store.keep(
    records,
    wallMs(now),
    keeping((answer) => {
      answered = answer;
    }),
  );
  if (answered === undefined) throw new Error("the store has not answered");
  return answered;
}

/** Keeps the records, which must succeed; the outcomes of the entries among them. */
export function keep(
  store: Store,
  records: readonly KeptRecord[],
  now = 1_000,
): readonly EntryOutcome[] {
  const answer = tryKeep(store, records, now);
  if (answer.kind === "failed") throw new Error(answer.reason);
  return answer.outcomes;
}

/** The places as `log/sequence@time`, with `again` where the entry was kept before. */
export function places(outcomes: readonly EntryOutcome[]): string[] {
  return outcomes.map(({ place: { log, sequence, time }, isFirst }) => {
    return `${log}/${sequence}@${time}${isFirst ? "" : " again"}`;
  });
}

/** A page's entries as `sequence text` (or the command where there is no text), or the outcome. */
export function page(store: TestedStore, ask: Partial<Ask<"history">> = {}): string[] | string {
  const answer = store.answer("history", {
    reader: ann,
    log: roomLog,
    page: { kind: "latest", after: undefined },
    limit: 100,
    commands: undefined,
    ...ask,
  });
  if (answer.outcome !== "found") return answer.outcome;
  return answer.entries.map(
    ({ place, text, command }) => `${place.sequence} ${text === "" ? command : text}`,
  );
}

/** The reader's targets in (after, before) as `name@time`, or the outcome. */
export function targets(store: TestedStore, ask: Partial<Ask<"targets">> = {}): string[] | string {
  const range = { after: wallMs(0), before: wallMs(1_000_000) };
  const all = { reader: ann, ...range, limit: 100, countedFrom: "soonest" as const };
  const answer = store.answer("targets", { ...all, ...ask });
  if (answer.outcome !== "found") return answer.outcome;
  return answer.targets.map(({ name, latest }) => `${name}@${latest}`);
}

/** Ann and bob in #room, nothing said yet. */
export const annAndBobInRoom: readonly KeptRecord[] = [
  account(ann, "ann"),
  account(bob, "Bob"),
  channel(room, "#room"),
  member(ann),
  member(bob),
];

export function time(ms: number): WallMs {
  return wallMs(ms);
}

/**
 * A store so simple that it is easy to see it is right: arrays, scanned from end to end, copied for
 * every turn.
 *
 * It passes the contract, and `store.test.ts` compares the real one with it over random turns.
 */
import { type AccountId, accountId, channelId, type LogId, logId } from "../../src/base/ids.ts";
import { type WallMs, wallMs } from "../../src/base/time.ts";
import { type MessagePlace, writeMessageId } from "../../src/protocol/message-ids.ts";
import { fold } from "../../src/protocol/names.ts";
import {
  type AccountRow,
  type Answer,
  type Ask,
  type AuditRecord,
  type ChannelRow,
  type EntryOutcome,
  type EntryRecord,
  type HistoryBound,
  type HistoryPage,
  type HistoryTarget,
  type InvitationRow,
  type Keeping,
  type KeptEntry,
  type KeptRecord,
  type LogRef,
  type MemberRecord,
  type Opening,
} from "../../src/server/outside.ts";
import { type StoredKind } from "../../src/storage/store.ts";
import {
  findMissed,
  findReading,
  forgetReader,
  type ModelLog,
  type ModelReading,
  noteReading,
} from "./reading-model.ts";
import { type TestedStore } from "./records.ts";

export interface Kept extends EntryRecord {
  readonly id: number;
  readonly place: EntryOutcome["place"];
  readonly turn: number;
  readonly isErased: boolean;
}

interface Membership extends MemberRecord {
  readonly since: number;
}

interface State {
  accounts: AccountRow[];
  channels: ChannelRow[];
  members: Membership[];
  conversations: string[];
  entries: Kept[];
  invitations: InvitationRow[];
  audit: (AuditRecord & { readonly id: number; readonly time: WallMs })[];
  readonly reading: ModelReading;
  highestAccount: number;
  highestChannel: number;
  latest: number;
  turn: number;
}

class Refused extends Error {}

export class ModelStore implements TestedStore {
  #state: State = {
    accounts: [],
    channels: [],
    members: [],
    conversations: [],
    entries: [],
    invitations: [],
    audit: [],
    reading: { markers: [], devices: [] },
    highestAccount: 0,
    highestChannel: 0,
    latest: 0,
    turn: 0,
  };

  keep(records: readonly KeptRecord[], now: WallMs, keeping: Keeping): void {
    const state = structuredClone(this.#state);
    state.turn += 1;
    const outcomes: EntryOutcome[] = [];
    try {
      for (const record of records) {
        if (record.kind === "entry") outcomes.push(append(state, record, now));
        else change(state, record, now);
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      keeping.failed(error.message);
      return;
    }
    this.#state = state;
    keeping.written(outcomes);
    keeping.kept();
  }

  answer<K extends StoredKind>(kind: K, ask: Ask<K>): Answer<K> {
    const state = this.#state;
    const answers: { readonly [Kind in StoredKind]: (ask: Ask<Kind>) => Answer<Kind> } = {
      account: (asked) => findAccount(state, asked),
      accounts: (asked) => listAccounts(state, asked),
      channel: (asked) => findChannel(state, asked),
      channels: (asked) => listChannels(state, asked),
      history: (asked) => historyPage(state, asked),
      targets: (asked) => historyTargets(state, asked),
      message: (asked) => findMessage(state, asked),
      said: ({ account, nonce }) => {
        const kept = state.entries.find((one) => one.account === account && one.nonce === nonce);
        return kept === undefined ? { outcome: "none" } : { outcome: "found", place: kept.place };
      },
      audit: (asked) => auditPage(state, asked),
      reading: (asked) => findReading(state.reading, asked),
      missed: (asked) => findMissed(asked, state.entries.length, logsOf(state, asked.reader)),
    };
    return answers[kind](ask);
  }

  opening(): Opening {
    const state = this.#state;
    return {
      nextAccount: accountId(state.highestAccount + 1),
      nextChannel: channelId(state.highestChannel + 1),
      pendingAccounts: state.accounts.filter((one) => one.state === "pending").length,
      invitations: state.invitations,
      hasOperator: state.accounts.some((one) => one.state === "active" && one.role === "operator"),
      lastEntry: state.entries.length,
      latest: wallMs(Math.max(state.latest, ...state.entries.map((one) => one.place.time))),
    };
  }
}

function change(state: State, record: Exclude<KeptRecord, EntryRecord>, now: WallMs): void {
  state.latest = Math.max(state.latest, now);
  switch (record.kind) {
    case "account": {
      const { account } = record;
      if (account.id < 1) throw new Refused("no number of an account");
      state.accounts = put(state.accounts, account);
      state.highestAccount = Math.max(state.highestAccount, account.id);
      return;
    }
    case "account-removed":
      state.accounts = state.accounts.filter((one) => one.id !== record.id);
      state.members = state.members.filter((one) => one.account !== record.id);
      forgetReader(state.reading, record.id);
      return;
    case "channel":
      state.channels = put(state.channels, record.channel);
      state.highestChannel = Math.max(state.highestChannel, record.channel.id);
      return;
    case "channel-removed":
      state.channels = state.channels.filter((one) => one.id !== record.id);
      state.members = state.members.filter((one) => one.channel !== record.id);
      return;
    case "forwards-moved":
      state.channels = state.channels.map((one) =>
        one.forward === record.from ? { ...one, forward: record.to } : one,
      );
      return;
    case "member":
      return join(state, record);
    case "member-removed":
      state.members = state.members.filter((one) => !isSameMember(one, record));
      return;
    case "erased":
      state.entries = state.entries.map((one) => erasedWith(one, record.place));
      return;
    case "invitation":
      putInvitation(state, record.invitation);
      return;
    case "invitation-removed":
      state.invitations = state.invitations.filter(({ hash }) => hash !== record.hash);
      return;
    case "audit":
      state.audit.unshift({ ...record.audit, id: state.audit.length + 1, time: now });
      return;
    case "read-marker":
    case "device-seen":
      if (state.accounts.every(({ id }) => id !== record.account)) throw new Refused("nobody");
      noteReading(state.reading, record);
  }
}

function putInvitation(state: State, row: InvitationRow): void {
  const others = state.invitations.filter(({ hash }) => hash !== row.hash);
  const byAge = (left: InvitationRow, right: InvitationRow): number =>
    left.createdAt - right.createdAt;
  state.invitations = [...others, row].sort(byAge);
}

function auditPage(state: State, { account, before, limit }: Ask<"audit">): Answer<"audit"> {
  const wanted = state.audit.filter(
    (one) => (account === undefined || one.account === account) && one.id < (before ?? Infinity),
  );
  const hasMore = wanted.length > limit;
  return { outcome: "found", entries: wanted.slice(0, limit), hasMore };
}

function put<T extends { readonly id: number; readonly name: string }>(rows: T[], row: T): T[] {
  const others = rows.filter((one) => one.id !== row.id);
  if (others.some((one) => fold(one.name) === fold(row.name))) throw new Refused("name taken");
  return [...others, row];
}

function join(state: State, record: MemberRecord): void {
  const hasAccount = state.accounts.some((one) => one.id === record.account);
  const hasChannel = state.channels.some((one) => one.id === record.channel);
  if (!hasAccount || !hasChannel) throw new Refused("nobody or nowhere");
  const log = logId(record.channel);
  const own = state.entries.findLast((one) => {
    const isOwn = one.account === record.account && one.command === "JOIN";
    return one.turn === state.turn && one.place.log === log && isOwn;
  });
  const earlier = state.members.find((one) => isSameMember(one, record));
  const since = earlier?.since ?? own?.place.sequence ?? entriesOf(state, log).length + 1;
  state.members = state.members.filter((one) => one !== earlier);
  state.members.push({ ...record, since });
}

function isSameMember(
  one: Pick<MemberRecord, "account" | "channel">,
  other: Pick<MemberRecord, "account" | "channel">,
): boolean {
  return one.account === other.account && one.channel === other.channel;
}

function append(state: State, record: EntryRecord, now: WallMs): EntryOutcome {
  const log = numberOf(state, record.log);
  const first = state.entries.find((one) => {
    return one.nonce !== undefined && one.nonce === record.nonce && one.account === record.account;
  });
  if (first !== undefined) return { place: first.place, isFirst: false, id: first.id };
  const earlier = entriesOf(state, log);
  const time = wallMs(Math.max(now, ...earlier.map((one) => one.place.time)));
  const place = { log, sequence: earlier.length + 1, time };
  const id = state.entries.length + 1;
  state.entries.push({ ...record, id, place, turn: state.turn, isErased: false });
  return { place, isFirst: true, id };
}

function entriesOf(state: State, log: LogId): Kept[] {
  return state.entries.filter((one) => one.place.log === log);
}

function pairOf([one, other]: readonly [AccountId, AccountId]): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}

function numberOf(state: State, log: LogRef): LogId {
  if (log.kind === "channel") return logId(log.channel);
  const pair = pairOf(log.between);
  if (!state.conversations.includes(pair)) state.conversations.push(pair);
  return logId(-1 - state.conversations.indexOf(pair));
}

function channelsOf(state: State, account: AccountId): MemberRecord["channel"][] {
  const channels = state.members.filter((one) => one.account === account);
  return channels.map((one) => one.channel).sort((left, right) => left - right);
}

function byName<T extends { readonly name: string }>(rows: readonly T[], after = ""): T[] {
  const later = rows.filter((one) => fold(one.name) > after);
  return later.sort((left, right) => (fold(left.name) < fold(right.name) ? -1 : 1));
}

function findAccount(state: State, { by }: Ask<"account">): Answer<"account"> {
  const account = state.accounts.find((one) => one.id === by || fold(one.name) === by);
  if (account === undefined) return { outcome: "none" };
  return { outcome: "found", account, channels: channelsOf(state, account.id) };
}

function listAccounts(state: State, ask: Ask<"accounts">): Answer<"accounts"> {
  const all = byName(state.accounts, ask.after);
  const accounts = all.filter((one) => ask.state === undefined || one.state === ask.state);
  const hasMore = accounts.length > ask.limit;
  return { outcome: "found", accounts: accounts.slice(0, ask.limit), hasMore };
}

function findChannel(state: State, { by }: Ask<"channel">): Answer<"channel"> {
  const channel = state.channels.find((one) => one.id === by || fold(one.name) === by);
  if (channel === undefined) return { outcome: "none" };
  const members = state.accounts.flatMap((account) => {
    const member = state.members.find((one) => {
      return isSameMember(one, { account: account.id, channel: channel.id });
    });
    if (member === undefined) return [];
    const { prefixes, joinedAt } = member;
    return [{ account, channels: channelsOf(state, account.id), prefixes, joinedAt }];
  });
  members.sort((left, right) => left.account.id - right.account.id);
  return { outcome: "found", channel, members };
}

function listChannels(state: State, { after, limit }: Ask<"channels">): Answer<"channels"> {
  const all = byName(state.channels, after).map(({ id, name, topic, flags, createdAt }) => {
    const memberCount = state.members.filter((one) => one.channel === id).length;
    const text = topic?.text ?? "";
    return { id, name, topic: text, flags, memberCount, createdAt, topicAt: topic?.at };
  });
  return { outcome: "found", channels: all.slice(0, limit), hasMore: all.length > limit };
}

/** What the reader may read of the log, or undefined when they have no part in it. */
function readable(
  state: State,
  { reader, log, guestSince }: Pick<Ask<"history">, "guestSince" | "log" | "reader">,
): Kept[] | undefined {
  if (log.kind === "conversation") {
    const pair = pairOf(log.between);
    if (!log.between.includes(reader) || !state.conversations.includes(pair)) return undefined;
    return entriesOf(state, numberOf(state, log));
  }
  const { channel } = log;
  if (reader < 0) {
    const all = entriesOf(state, logId(channel));
    return guestSince === undefined ? undefined : all.filter((one) => one.place.time > guestSince);
  }
  const member = state.members.find((one) => isSameMember(one, { account: reader, channel }));
  if (member === undefined) return undefined;
  const entries = entriesOf(state, logId(channel));
  return entries.filter((one) => one.place.sequence >= member.since);
}

/** As it is when that is erased: nothing else than before, or empty. */
function erasedWith(one: Kept, place: MessagePlace): Kept {
  const isIt = one.place.log === place.log && one.place.sequence === place.sequence;
  const tags = one.command === "TAGMSG" ? one.tags.split(";") : [];
  const id = writeMessageId(place);
  const isReaction = ["+reply", "+draft/reply"].some((key) => tags.includes(`${key}=${id}`));
  const isGone = isIt ? one.command !== "REDACT" : isReaction && one.place.log === place.log;
  const blank = { middle: "", text: "", seams: [], tags: "" };
  return isGone ? { ...one, ...blank, isErased: true } : one;
}

function findMessage(
  state: State,
  { reader, log, place, guestSince }: Ask<"message">,
): Answer<"message"> {
  const own =
    reader === undefined ? whole(state, log) : readable(state, { reader, log, guestSince });
  const entry = own?.find((one) => {
    return one.place.log === place.log && one.place.sequence === place.sequence;
  });
  const isMessage = ["PRIVMSG", "NOTICE", "TAGMSG"].includes(entry?.command ?? "");
  if (entry === undefined || entry.isErased || !isMessage) return { outcome: "none" };
  return { outcome: "found", author: entry.account };
}

function whole(state: State, log: LogRef): Kept[] {
  const isThere = log.kind === "channel" || state.conversations.includes(pairOf(log.between));
  return isThere ? entriesOf(state, numberOf(state, log)) : [];
}

function boundsOf(page: HistoryPage): readonly (HistoryBound | undefined)[] {
  if (page.kind === "between") return [page.from, page.to];
  if (page.kind === "around") return [page.at];
  return [page.kind === "before" ? page.before : page.after];
}

function historyPage(state: State, ask: Ask<"history">): Answer<"history"> {
  const { page, commands } = ask;
  const all = readable(state, ask);
  const isOfAnother = boundsOf(page).some((bound) => {
    const log = bound?.kind === "sequence" ? bound.log : undefined;
    return log !== undefined && all?.[0]?.place.log !== log;
  });
  if (all === undefined || isOfAnother) return { outcome: "none" };
  const wanted = all.filter((one) => {
    return !one.isErased && (commands === undefined || commands.includes(one.command));
  });
  const { kept, start, hasMore } = cut(wanted, ask);
  const entries = kept.map(({ id: _id, ...entry }) => entryOf(state, entry, ask.log));
  return { outcome: "found", entries, start, hasMore };
}

interface Cut {
  readonly kept: readonly Kept[];
  readonly start: number;
  readonly hasMore: boolean;
}

function cut(wanted: readonly Kept[], { page, limit }: Ask<"history">): Cut {
  const forward = (found: readonly Kept[]): Cut => {
    return { kept: found.slice(0, limit), start: 0, hasMore: found.length > limit };
  };
  const backward = (found: readonly Kept[]): Cut => {
    const kept = found.slice(-limit);
    return { kept, start: Math.max(kept.length - 1, 0), hasMore: found.length > limit };
  };
  switch (page.kind) {
    case "latest":
      return backward(wanted.filter((one) => isAfter(one, page.after)));
    case "before":
      return backward(wanted.filter((one) => isBefore(one, page.before)));
    case "after":
      return forward(wanted.filter((one) => isAfter(one, page.after)));
    case "between": {
      const { from, to } = page;
      const up = wanted.filter((one) => isAfter(one, from) && isBefore(one, to));
      const down = wanted.filter((one) => isAfter(one, to) && isBefore(one, from));
      return up.length > 0 ? forward(up) : down.length > 0 ? backward(down) : forward([]);
    }
    case "around": {
      const before = wanted.filter((one) => isBefore(one, page.at));
      const since = wanted.filter((one) => !isBefore(one, page.at));
      // The window of so many entries that has as near as can be the half before.
      const least = Math.max(Math.floor(limit / 2), limit - since.length);
      const earlier = before.slice(before.length - Math.min(least, before.length));
      const kept = [...earlier, ...since].slice(0, limit);
      const start = Math.min(earlier.length, Math.max(kept.length - 1, 0));
      return { kept, start, hasMore: kept.length < wanted.length };
    }
  }
}

function entryOf(
  state: State,
  { kind: _kind, nonce: _nonce, turn: _turn, isErased: _isErased, ...entry }: Omit<Kept, "id">,
  log: LogRef,
): KeptEntry {
  const accountName = state.accounts.find((one) => one.id === entry.account)?.name;
  return { ...entry, log, accountName };
}

/** All that the reader may read of what was said, log by log. */
function logsOf(state: State, reader: AccountId): ModelLog[] {
  const channels = state.channels.map(({ id }): LogRef => ({ kind: "channel", channel: id }));
  const pairs = state.conversations.flatMap((pair): LogRef[] => {
    const [one = 0, other = 0] = pair.split(" ").map(Number);
    if (one !== reader && other !== reader) return [];
    const between = [reader, accountId(one === reader ? other : one)] as const;
    return [{ kind: "conversation", between }];
  });
  return [...channels, ...pairs].map((log) => ({
    log,
    otherName:
      log.kind === "channel"
        ? undefined
        : state.accounts.find(({ id }) => id === log.between[1])?.name,
    said: (readable(state, { reader, log }) ?? [])
      .filter((one) => !one.isErased && ["PRIVMSG", "NOTICE"].includes(one.command))
      .map(({ id, ...entry }) => ({ ...entryOf(state, entry, log), id })),
  }));
}

function isBefore({ place }: Kept, bound: HistoryBound): boolean {
  return bound.kind === "time" ? place.time < bound.time : place.sequence < bound.sequence;
}

function isAfter({ place }: Kept, bound: HistoryBound | undefined): boolean {
  if (bound === undefined) return true;
  return bound.kind === "time" ? place.time > bound.time : place.sequence > bound.sequence;
}

function historyTargets(state: State, ask: Ask<"targets">): Answer<"targets"> {
  const targets: HistoryTarget[] = [];
  const look = (log: LogRef, nameFrom: (last: Kept) => string | undefined): void => {
    const entries = readable(state, { reader: ask.reader, log }) ?? [];
    const last = entries.findLast(
      (one) => !one.isErased && ["PRIVMSG", "NOTICE"].includes(one.command),
    );
    if (last === undefined) return;
    const name = nameFrom(last);
    const latest = last.place.time;
    if (name === undefined || latest <= ask.after || latest >= ask.before) return;
    targets.push({ name, latest });
  };
  for (const { id, name } of state.channels) look({ kind: "channel", channel: id }, () => name);
  for (const { id, name } of state.accounts) {
    look({ kind: "conversation", between: [ask.reader, id] }, () => name);
  }
  const server = accountId(0);
  look({ kind: "conversation", between: [ask.reader, server] }, (last) =>
    last.account === server ? last.source : last.target,
  );
  targets.sort((left, right) => left.latest - right.latest || (left.name < right.name ? -1 : 1));
  const counted =
    ask.countedFrom === "soonest" ? targets.slice(0, ask.limit) : targets.slice(-ask.limit);
  return { outcome: "found", targets: counted, hasMore: targets.length > ask.limit };
}

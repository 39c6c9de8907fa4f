/**
 * What a change of modes does: to a channel's row, to its members' ranks, and, in an auditorium, to who sees whom.
 */
import { capabilities, hasCapability } from "../../protocol/capabilities.ts";
import {
  channelMode,
  isPrefixLetter,
  type ModeChange,
  withFlag,
  withPrefix,
  writeModeChanges,
} from "../../protocol/modes.ts";
import { isSameName } from "../../protocol/names.ts";
import { type Context } from "../context.ts";
import {
  type Actor,
  actorOf,
  type Audience,
  channelEntry,
  event,
  type LineParts,
  type LineView,
  membersOf,
} from "../event.ts";
import { type ChannelRow, type KeptRecord, type ListEntry } from "../outside.ts";
import { type Channel, type Member } from "../state/channel.ts";
import { type Happening, type Network } from "../state/network.ts";

export interface ModesChanged {
  readonly channel: string;
  readonly by: string;
  /** Valid, with full masks and nicks. */
  readonly changes: readonly ModeChange[];
}

const modesChanged = event<ModesChanged>("mode", {
  audience: (network, { channel }) => membersOf(network, channel),
  apply(network, { channel, by, changes }, at) {
    for (const change of changes) applyChange({ network, channel, by, at }, change);
  },
  keep({ channel: name, changes }, network, actor) {
    const channel = network.channel(name);
    if (channel === undefined) return undefined;
    const middle = writeModeChanges(changes).join(" ");
    const records: KeptRecord[] = [channelEntry(channel, actor, { command: "MODE", middle })];
    if (changes.some(({ letter }) => !isPrefixLetter(letter))) {
      records.push({ kind: "channel", channel: channel.row });
    }
    for (const member of membersNamed(network, channel, changes)) {
      const { prefixes, joinedAt } = member;
      const account = member.user.id;
      records.push({ kind: "member", channel: channel.id, account, prefixes, joinedAt });
    }
    return records;
  },
  line: ({ channel, changes }) => ({
    command: "MODE",
    params: [channel, ...writeModeChanges(changes)],
  }),
  note: ({ channel, changes }, { nick: by }) => ({
    event: "channel.mode",
    channel,
    by,
    modes: writeModeChanges(changes.map(withoutKey)).join(" "),
  }),
});

/** A channel's key is a secret of its members. */
function withoutKey(change: ModeChange): ModeChange {
  return change.letter === "k" && change.isSet ? { ...change, param: "*" } : change;
}

/** The members whose ranks are changed, each once. */
function membersNamed(
  network: Pick<Network, "user">,
  channel: Channel,
  changes: readonly ModeChange[],
): Member[] {
  const members = new Set<Member>();
  for (const { letter, param = "" } of changes) {
    const user = isPrefixLetter(letter) ? network.user(param) : undefined;
    const member = user === undefined ? undefined : channel.member(user);
    if (member !== undefined) members.add(member);
  }
  return [...members];
}

interface Where {
  readonly network: Network;
  readonly channel: string;
  readonly by: string;
  readonly at: Happening;
}

function applyChange({ network, channel: name, by, at }: Where, change: ModeChange): void {
  const channel = network.channel(name);
  if (channel === undefined) return;
  const { isSet, letter, param = "" } = change;
  if (isPrefixLetter(letter)) {
    const user = network.user(param);
    const member = user === undefined ? undefined : channel.member(user);
    if (member === undefined) return;
    network.setPrefixes(name, member.user.nick, withPrefix(member.prefixes, letter, isSet));
    return;
  }
  network.setChannel(name, withMode(channel.row, change, { mask: param, by, at: at.wall }));
}

/** The row after the change of a mode that is no rank; the same row when it is so already. */
export function withMode(row: ChannelRow, change: ModeChange, entry: ListEntry): ChannelRow {
  const { isSet, letter, param = "" } = change;
  switch (letter) {
    case "b":
      return { ...row, bans: withEntry(row.bans, entry, isSet) };
    case "e":
      return { ...row, banExceptions: withEntry(row.banExceptions, entry, isSet) };
    case "I":
      return { ...row, inviteExceptions: withEntry(row.inviteExceptions, entry, isSet) };
    case "k":
      return { ...row, key: isSet ? param : undefined };
    case "f":
      return { ...row, forward: isSet ? param : undefined };
    case "l":
      return { ...row, limit: isSet ? Number(param) : undefined };
    case "H":
      return { ...row, keepDays: isSet ? Number(param) : undefined };
    default:
      return { ...row, flags: withFlag(row.flags, letter, isSet) };
  }
}

function withEntry(
  list: readonly ListEntry[],
  entry: ListEntry,
  isSet: boolean,
): readonly ListEntry[] {
  const isThere = list.some(({ mask }) => isSameName(mask, entry.mask));
  if (isSet === isThere) return list;
  return isSet ? [...list, entry] : list.filter(({ mask }) => !isSameName(mask, entry.mask));
}

/** Whether that is something else than what is so already. */
export function isChanged(before: ChannelRow, after: ChannelRow, letter: string): boolean {
  switch (letter) {
    case "b":
      return before.bans !== after.bans;
    case "e":
      return before.banExceptions !== after.banExceptions;
    case "I":
      return before.inviteExceptions !== after.inviteExceptions;
    case "k":
      return before.key !== after.key;
    case "f":
      return before.forward !== after.forward;
    case "l":
      return before.limit !== after.limit;
    case "H":
      return before.keepDays !== after.keepDays;
    default:
      return before.flags !== after.flags;
  }
}

/** The entries of one of the channel's lists. */
export function listOf(row: ChannelRow, letter: string): readonly ListEntry[] {
  if (letter === "b") return row.bans;
  return letter === "e" ? row.banExceptions : row.inviteExceptions;
}

/** What all lists of the channel have together: MAXLIST=beI:n is for "all of the modes, combined". */
export function listedCount(row: ChannelRow): number {
  return row.bans.length + row.banExceptions.length + row.inviteExceptions.length;
}

// --- Who comes into sight, and goes out of it ------------------------------------------------------------------

interface Seen {
  readonly channel: string;
  readonly nick: string;
  readonly realName: string;
}

/** Of the members without a rank, all but the one it is about: to them, people of their kind are hidden by +u. */
function audienceBelow(network: Network, { channel: name, nick }: Seen): Audience {
  const members = network.channel(name)?.members ?? [];
  const self = network.user(nick);
  return {
    kind: "members",
    members: members.filter(({ user, prefixes }) => prefixes === "" && user !== self),
  };
}

const appeared = event<Seen>("appear", {
  audience: audienceBelow,
  line: joinLine,
  variants: capabilities("extended-join"),
});

const vanished = event<Seen>("vanish", {
  audience: audienceBelow,
  line: ({ channel }) => ({ command: "PART", params: [channel] }),
});

/** extended-join: "an asterisk … if the user is not logged in". */
export function joinLine(
  { channel, realName }: Seen,
  { capabilities, actor }: LineView,
): LineParts {
  return {
    command: "JOIN",
    params: hasCapability(capabilities, "extended-join")
      ? [channel, actor.accountName ?? "*", realName]
      : [channel],
  };
}

/**
 * The modes are changed. In an auditorium who gets a first rank comes into everyone's sight by a JOIN before it, and who
 * loses the last one goes out of it by a PART after. Answers who has come on stage, and so sees all others from now on.
 *
 * What someone knows already is not taken back: who loses a rank, and everyone when a channel becomes an auditorium, keep
 * the names they have. To tell everyone of everyone would be lines by the square of the members, for one letter.
 */
export function changeModes(ctx: Context, changed: ModesChanged, actor: Actor): readonly Member[] {
  const channel = ctx.network.channel(changed.channel);
  if (channel === undefined) return [];
  const { name } = channel;
  const isAuditorium = channel.hasFlag("u");
  const named = isAuditorium ? membersNamed(ctx.network, channel, changed.changes) : [];
  const risen: Member[] = [];
  for (const member of named) {
    if (member.prefixes !== "" || prefixesAfter(member, changed.changes) === "") continue;
    risen.push(member);
    ctx.emit(appeared(seen(name, member)), actorOf(member.user));
  }
  ctx.emit(modesChanged(changed), actor);
  for (const before of named) {
    const isHidden = channel.member(before.user)?.prefixes === "";
    if (before.prefixes !== "" && isHidden) {
      ctx.emit(vanished(seen(name, before)), actorOf(before.user));
    }
  }
  return risen;
}

function seen(channel: string, { user: { nick, realName } }: Member): Seen {
  return { channel, nick, realName };
}

function prefixesAfter({ user, prefixes }: Member, changes: readonly ModeChange[]): string {
  let after = prefixes;
  for (const { isSet, letter, param = "" } of changes) {
    if (isPrefixLetter(letter) && isSameName(param, user.nick)) {
      after = withPrefix(after, letter, isSet);
    }
  }
  return after;
}

/** Whether the letter is a list that is asked for, not changed. */
export function isListQuestion({ letter, param }: ModeChange): boolean {
  return channelMode(letter)?.kind === "list" && param === undefined;
}

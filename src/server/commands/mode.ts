/**
 * MODE: read and change how a channel behaves and who has which rank in it.
 *
 * Each asked-for change is looked at by itself: what may not be is refused with its reason, the rest happens as one
 * event and is one line.
 */
import { secondMs } from "../../base/time.ts";
import { channelKeyBytesMax, paramsMax } from "../../protocol/limits.ts";
import { normalizeMask } from "../../protocol/masks.ts";
import { fitsLine } from "../../protocol/message.ts";
import {
  chanmodesToken,
  channelMode,
  isPrefixLetter,
  type ModeChange,
  parseModeChanges,
  prefixToken,
  withPrefix,
  writeModeChanges,
} from "../../protocol/modes.ts";
import { isSameName } from "../../protocol/names.ts";
import { type Refusal, refusals, replies } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { channelEntry, event, membersOf } from "../event.ts";
import { type KeptRecord, type ListEntry } from "../outside.ts";
import { channelOrNick, shownName } from "../params.ts";
import { mayOperate } from "../policy.ts";
import { type Channel } from "../state/channel.ts";
import { type Happening, type Network } from "../state/network.ts";

interface ModesChanged {
  readonly channel: string;
  readonly by: string;
  /** Valid, with full masks and nicks. */
  readonly changes: readonly ModeChange[];
}

export const modesChanged = event<ModesChanged>("mode", {
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
    for (const { letter, param = "" } of changes) {
      const user = isPrefixLetter(letter) ? network.user(param) : undefined;
      const member = user === undefined ? undefined : channel.member(user);
      if (member === undefined) continue;
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
    modes: writeModeChanges(changes).join(" "),
  }),
});

interface Where {
  readonly network: Network;
  readonly channel: string;
  readonly by: string;
  readonly at: Happening;
}

function applyChange({ network, channel: name, by, at }: Where, change: ModeChange): void {
  const channel = network.channel(name);
  if (channel === undefined) return;
  const { isSet, letter, param } = change;
  const { row } = channel;
  if (isPrefixLetter(letter)) {
    const user = network.user(param ?? "");
    const member = user === undefined ? undefined : channel.member(user);
    if (member === undefined) return;
    network.setPrefixes(name, member.user.nick, withPrefix(member.prefixes, letter, isSet));
    return;
  }
  switch (channelMode(letter)?.kind) {
    case "list": {
      const entry = { mask: param ?? "", by, at: at.wall };
      const change = letter === "b" ? { bans: changed(row.bans, entry, isSet) } : {};
      const exceptions =
        letter === "I" ? { inviteExceptions: changed(row.inviteExceptions, entry, isSet) } : {};
      network.setChannel(name, { ...change, ...exceptions });
      return;
    }
    case "setting":
      network.setChannel(name, { key: isSet ? param : undefined });
      return;
    case "limit":
      network.setChannel(name, { limit: isSet ? Number(param) : undefined });
      return;
    default: {
      const others = [...row.flags].filter((flag) => flag !== letter);
      const flags = isSet ? [...others, letter].sort() : others;
      network.setChannel(name, { flags: flags.join("") });
    }
  }
}

function changed(list: readonly ListEntry[], entry: ListEntry, isSet: boolean): ListEntry[] {
  const others = list.filter(({ mask }) => !isSameName(mask, entry.mask));
  return isSet ? [...others, entry] : others;
}

const mode = command({
  name: "MODE",
  when: "registered",
  params: { target: channelOrNick },
  run(ctx, { target }, message) {
    if (typeof target === "string") return userMode(ctx, target);
    return channelModes(ctx, target, message.params.slice(1));
  },
});

/** Nothing about a user is set by MODE; clients that try on connecting are not told off for it. */
function userMode(ctx: Context, nick: string): Refusal | undefined {
  if (!isSameName(nick, ctx.user.nick)) return refusals.usersDontMatch();
  ctx.reply(replies.userModeIs(ctx.user.isOperator ? "+o" : "+"));
  return undefined;
}

function channelModes(
  ctx: Context,
  channel: Channel,
  params: readonly string[],
): Refusal | undefined {
  const [letters, ...rest] = params;
  if (letters === undefined) {
    ctx.reply(replies.channelMode(channel.name, channel.modes(channel.hasMember(ctx.user))));
    const seconds = String(Math.floor(channel.row.createdAt / secondMs));
    ctx.reply(replies.channelCreated(channel.name, seconds));
    return undefined;
  }
  const asked = parseModeChanges(letters, rest).slice(0, ctx.settings.limits.modesPerCommandMax);
  const accepted: ModeChange[] = [];
  let isRefusedAsNoOperator = false;
  for (const change of asked) {
    const isQuestion = channelMode(change.letter)?.kind === "list" && change.param === undefined;
    if (isQuestion) {
      replyList(ctx, channel, change.letter);
      continue;
    }
    const checked = check(ctx, channel, change, accepted);
    if ("command" in checked) {
      const isNoOperator = checked.command === "482" || checked.command === "442";
      if (!isNoOperator || !isRefusedAsNoOperator) ctx.reply(checked);
      isRefusedAsNoOperator ||= isNoOperator;
    } else if (changesAnything(channel, checked, ctx)) {
      accepted.push(checked);
    }
  }
  const { nick: by, source } = ctx.user;
  for (const changes of inLines(source, channel.name, accepted)) {
    ctx.emit(modesChanged({ channel: channel.name, by, changes }));
  }
  return undefined;
}

/** Masks grow when they are filled in, so what came in one line may need several. */
function inLines(source: string, channel: string, changes: readonly ModeChange[]): ModeChange[][] {
  const lines: ModeChange[][] = [];
  for (const change of changes) {
    const extended = [...(lines.at(-1) ?? []), change];
    const params = [channel, ...writeModeChanges(extended)];
    const fits = params.length <= paramsMax && fitsLine({ source, command: "MODE", params });
    if (fits && lines.length > 0) lines[lines.length - 1] = extended;
    else lines.push([change]);
  }
  return lines;
}

/** The change as it will happen, or why not. */
function check(
  ctx: Context,
  channel: Channel,
  change: ModeChange,
  accepted: readonly ModeChange[],
): ModeChange | Refusal {
  const { isSet, letter, param = "" } = change;
  const known = channelMode(letter);
  if (known === undefined) return refusals.unknownMode(shownName(letter));
  const refusal = mayOperate(ctx.user, channel);
  if (refusal !== undefined) return refusal;
  const { name } = channel;
  switch (known.kind) {
    case "prefix":
      return checkPrefix(ctx, channel, change);
    case "list": {
      const mask = normalizeMask(param);
      if (!mask.ok) return refusals.invalidModeParam(name, letter, shownName(param), mask.error);
      const list = letter === "b" ? channel.row.bans : channel.row.inviteExceptions;
      const added = accepted.filter((other) => other.isSet && other.letter === letter);
      if (isSet && list.length + added.length >= ctx.settings.limits.listEntriesMax) {
        return refusals.listFull(name, mask.value);
      }
      return { isSet, letter, param: mask.value };
    }
    case "setting": {
      if (!isSet) return { isSet, letter, param: "*" };
      const isKey = !/[\s,:]/.test(param) && Buffer.byteLength(param) <= channelKeyBytesMax;
      return isKey && param !== "" ? change : refusals.invalidKey(name);
    }
    case "limit": {
      if (!isSet) return { isSet, letter, param: undefined };
      const isCount = /^[1-9]\d{0,8}$/.test(param);
      const why = "a limit is a number from 1 on";
      return isCount ? change : refusals.invalidModeParam(name, letter, shownName(param), why);
    }
    case "flag":
      return change;
  }
}

function checkPrefix(ctx: Context, channel: Channel, change: ModeChange): ModeChange | Refusal {
  const { isSet, letter, param = "" } = change;
  const user = ctx.network.user(param);
  const member = user === undefined ? undefined : channel.member(user);
  if (member === undefined) return refusals.userNotInChannel(shownName(param), channel.name);
  if (letter === "q") return refusals.needFounder(channel.name);
  const isFounder = member.prefixes.includes("q");
  if (!isSet && letter === "o" && isFounder && member.user !== ctx.user) {
    return refusals.founderStays(channel.name);
  }
  return { isSet, letter, param: member.user.nick };
}

/** What is so already happens not again. */
function changesAnything(channel: Channel, change: ModeChange, ctx: Context): boolean {
  const { isSet, letter, param = "" } = change;
  const { row } = channel;
  if (isPrefixLetter(letter)) {
    const user = ctx.network.user(param);
    const member = user === undefined ? undefined : channel.member(user);
    return member !== undefined && member.prefixes.includes(letter) !== isSet;
  }
  switch (channelMode(letter)?.kind) {
    case "list": {
      const list = letter === "b" ? row.bans : row.inviteExceptions;
      return list.some(({ mask }) => isSameName(mask, param)) !== isSet;
    }
    case "setting":
      return isSet ? row.key !== param : row.key !== undefined;
    case "limit":
      return isSet ? row.limit !== Number(param) : row.limit !== undefined;
    default:
      return row.flags.includes(letter) !== isSet;
  }
}

function replyList(ctx: Context, { name, row }: Channel, letter: string): void {
  const isBans = letter === "b";
  for (const { mask, by, at } of isBans ? row.bans : row.inviteExceptions) {
    const seconds = String(Math.floor(at / secondMs));
    const reply = isBans ? replies.banned : replies.inviteException;
    ctx.reply(reply(name, mask, by, seconds));
  }
  ctx.reply(isBans ? replies.endOfBans(name) : replies.endOfInviteExceptions(name));
}

export const modeFamily = family({
  commands: [mode],
  isupport: ({ limits }) => ({
    CHANMODES: chanmodesToken,
    PREFIX: prefixToken,
    MODES: String(limits.modesPerCommandMax),
    MAXLIST: `bI:${limits.listEntriesMax}`,
    INVEX: "I",
    KEYLEN: String(channelKeyBytesMax),
  }),
});

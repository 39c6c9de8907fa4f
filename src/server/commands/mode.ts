/**
 * MODE: read and change how a channel behaves and who has which rank in it, and one's own user modes.
 *
 * Each asked-for change is looked at by itself: what may not be is refused with its reason, the rest happens as one
 * event and is one line.
 */
import { secondMs } from "../../base/time.ts";
import { accountExtban, extbanToken, parseBan, writeBan } from "../../protocol/extbans.ts";
import { channelKeyBytesMax, paramsMax } from "../../protocol/limits.ts";
import { fitsLine } from "../../protocol/message.ts";
import {
  botMode,
  chanmodesToken,
  channelMode,
  isPrefixLetter,
  listLetters,
  type ModeChange,
  parseModeChanges,
  type PrefixLetter,
  prefixToken,
  statusSigns,
  withPrefix,
  writeModeChanges,
} from "../../protocol/modes.ts";
import { isChannelName, isSameName } from "../../protocol/names.ts";
import { type Refusal, refusals, replies, type Reply } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { type ChannelRow } from "../outside.ts";
import { channelLookup, channelOrUser, shownName, shownWord } from "../params.ts";
import { keepDaysProblem } from "../keep-days.ts";
import { isHiddenFrom, mayOperate, mayRank } from "../policy.ts";
import { hasRank, rankFor } from "../ranks.ts";
import { type Channel, type Member } from "../state/channel.ts";
import { User } from "../state/user.ts";
import {
  changeModes,
  isChanged,
  isListQuestion,
  listedCount,
  listOf,
  withMode,
} from "./modes-changed.ts";
import { namesReplies } from "./names.ts";
import { userMode } from "./user-mode.ts";

const mode = command({
  name: "MODE",
  when: "registered",
  keeps: ({ params: [name = "", letters = "", ...rest] }) =>
    isChannelName(name) && !parseModeChanges(letters, rest).every(isListQuestion),
  params: { target: channelOrUser },
  run(ctx, { target }, message) {
    const [, letters, ...rest] = message.params;
    if (target instanceof User) return userMode(ctx, target, letters);
    if (letters === undefined) {
      replyModes(ctx, target);
      return undefined;
    }
    const asked = withinModesMax(ctx, parseModeChanges(letters, rest));
    // Where people would be sent has to be known before it is asked whether they may be.
    const forwards = asked.flatMap(({ letter, isSet, param = "" }) =>
      letter === "f" && isSet && isChannelName(param) ? [channelLookup(param)] : [],
    );
    const { name } = target;
    ctx.load(forwards, (next, outcome) => {
      if (next.session.phase === "closed") return;
      const channel = next.network.channel(name);
      if (outcome === "unavailable") next.reply(refusals.temporarilyUnavailable("MODE"));
      else if (channel !== undefined) changeChannel(next, channel, asked);
    });
    return undefined;
  },
});

function replyModes(ctx: Context, channel: Channel): void {
  const modes = channel.modes(channel.hasMember(ctx.user), ctx.settings.keepDays);
  ctx.reply(replies.channelMode(channel.name, modes));
  const seconds = String(Math.floor(channel.row.createdAt / secondMs));
  ctx.reply(replies.channelCreated(channel.name, seconds));
}

/** ISUPPORT MODES: "how many 'variable' modes may be set", which flags are not. */
function withinModesMax(ctx: Context, asked: readonly ModeChange[]): ModeChange[] {
  let left = ctx.settings.limits.modesPerCommandMax;
  return asked.filter(({ letter }) => {
    const kind = channelMode(letter)?.kind;
    if (kind === undefined || kind === "flag") return true;
    left -= 1;
    return left >= 0;
  });
}

/** What is asked for, how far it is, and what of it has been told already. */
interface Draft {
  readonly channel: Channel;
  /** The channel and its ranks as they will be. */
  row: ChannelRow;
  readonly prefixes: Map<Member, string>;
  readonly accepted: ModeChange[];
  readonly told: Set<string>;
}

function changeChannel(ctx: Context, channel: Channel, asked: readonly ModeChange[]): void {
  const draft: Draft = {
    channel,
    row: channel.row,
    prefixes: new Map(),
    accepted: [],
    told: new Set(),
  };
  for (const change of asked) {
    if (isListQuestion(change)) {
      replyList(ctx, draft, change.letter);
      continue;
    }
    const checked = check(ctx, draft, change);
    if ("command" in checked) tellOnce(ctx, draft, checked);
    else accept(ctx, draft, checked);
  }
  const { nick: by, source } = ctx.user;
  for (const changes of inLines(source, channel.name, draft.accepted)) {
    const risen = changeModes(ctx, { channel: channel.name, by, changes }, ctx.actor);
    for (const { user } of risen) showMembers(ctx, channel, user);
  }
}

/** That one is no operator, and that a letter is unknown, is said once however often it is met. */
function tellOnce(ctx: Context, draft: Draft, refusal: Refusal): void {
  const isOnce = ["442", "472", "482"].includes(refusal.command);
  const key = [refusal.command, ...refusal.params].join(" ");
  if (isOnce && draft.told.has(key)) return;
  draft.told.add(key);
  ctx.reply(refusal);
}

/** What is so already happens not again. */
function accept(ctx: Context, draft: Draft, change: ModeChange): void {
  const { isSet, letter, param = "" } = change;
  if (isPrefixLetter(letter)) {
    const member = memberNamed(ctx, draft.channel, param);
    if (member === undefined) return;
    const before = draft.prefixes.get(member) ?? member.prefixes;
    if (before.includes(letter) === isSet) return;
    draft.prefixes.set(member, withPrefix(before, letter, isSet));
  } else {
    const entry = { mask: param, by: ctx.user.nick, at: ctx.now.wall };
    const after = withMode(draft.row, change, entry);
    if (!isChanged(draft.row, after, letter)) return;
    draft.row = after;
  }
  draft.accepted.push(change);
}

function memberNamed(ctx: Context, channel: Channel, nick: string): Member | undefined {
  const user = ctx.network.user(nick);
  return user === undefined ? undefined : channel.member(user);
}

/** Who has come on stage in an auditorium sees everyone from now on: their clients are told who that is. */
function showMembers(ctx: Context, channel: Channel, user: User): void {
  for (const session of user.sessions) {
    for (const reply of namesReplies(channel, session)) ctx.say(session, reply);
  }
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
function check(ctx: Context, draft: Draft, change: ModeChange): ModeChange | Refusal {
  const { isSet, letter, param = "" } = change;
  const { channel } = draft;
  const known = channelMode(letter);
  if (known === undefined) return refusals.unknownMode(shownName(letter));
  if (isPrefixLetter(letter)) return checkPrefix(ctx, channel, { isSet, letter, param });
  const refusal = mayOperate(ctx.user, channel, rankFor(letter));
  if (refusal !== undefined) return refusal;
  const { name } = channel;
  switch (letter) {
    case "b":
    case "e":
    case "I":
      return checkListed(ctx, draft, change);
    case "k": {
      if (!isSet) return { isSet, letter, param: "*" };
      const isKey = !/[\s,:]/.test(param) && Buffer.byteLength(param) <= channelKeyBytesMax;
      return isKey && param !== "" ? change : refusals.invalidKey(name);
    }
    case "l": {
      if (!isSet) return { isSet, letter, param: undefined };
      const isCount = /^[1-9]\d{0,8}$/.test(param);
      const why = "a limit is a number from 1 on";
      return isCount ? change : refusals.invalidModeParam(name, letter, shownName(param), why);
    }
    case "H": {
      if (!isSet) return { isSet, letter, param: undefined };
      const why = keepDaysProblem(param, ctx.settings.keepDays);
      if (why === undefined) return change;
      return refusals.invalidModeParam(name, letter, shownName(param), why);
    }
    case "f":
      return isSet ? checkForward(ctx, channel, param) : { isSet, letter, param: undefined };
    default:
      return change;
  }
}

function checkListed(ctx: Context, draft: Draft, change: ModeChange): ModeChange | Refusal {
  const { isSet, letter, param = "" } = change;
  const { name } = draft.channel;
  const ban = parseBan(param);
  if (!ban.ok) return refusals.invalidModeParam(name, letter, shownWord(param), ban.error);
  if (letter === "I" && ban.value.isMute) {
    const why = "a mute is about speaking, and no invitation";
    return refusals.invalidModeParam(name, letter, shownWord(param), why);
  }
  const mask = writeBan(ban.value);
  const isListed = listOf(draft.row, letter).some((entry) => isSameName(entry.mask, mask));
  const isFull = listedCount(draft.row) >= ctx.settings.limits.listEntriesMax;
  if (isSet && !isListed && isFull) return refusals.listFull(name, mask);
  return { isSet, letter, param: mask };
}

/** Whoever sends people into a channel has to be an operator there too: it would be flooded by others otherwise. */
function checkForward(ctx: Context, channel: Channel, param: string): ModeChange | Refusal {
  const other = ctx.network.channel(param);
  if (other === undefined || isHiddenFrom(ctx.user, other)) {
    return refusals.invalidModeParam(channel.name, "f", shownName(param), "No such channel");
  }
  if (other === channel) {
    const why = "a channel cannot send people into itself";
    return refusals.invalidModeParam(channel.name, "f", other.name, why);
  }
  const refusal = mayOperate(ctx.user, other);
  if (refusal !== undefined) return refusals.needOperator(other.name);
  return { isSet: true, letter: "f", param: other.name };
}

function checkPrefix(
  ctx: Context,
  channel: Channel,
  change: { readonly isSet: boolean; readonly letter: PrefixLetter; readonly param: string },
): ModeChange | Refusal {
  const { isSet, letter, param } = change;
  const own = channel.member(ctx.user);
  if (own === undefined) return refusals.notOnChannel(channel.name);
  const member = memberNamed(ctx, channel, param);
  if (!hasRank(own.prefixes, "h") && member !== own) return refusals.needOperator(channel.name);
  if (member === undefined) {
    // Modern IRC, MODE: 401 for who is not there at all.
    const isThere = ctx.network.user(param) !== undefined;
    return isThere
      ? refusals.userNotInChannel(shownName(param), channel.name)
      : refusals.noSuchNick(shownName(param));
  }
  const refusal = mayRank(ctx.user, channel, member, { letter, isSet });
  return refusal ?? { isSet, letter, param: member.user.nick };
}

/** As many masks as there are, for members: others might learn from them who is in the channel. */
function replyList(ctx: Context, draft: Draft, letter: string): void {
  const { channel } = draft;
  const { name } = channel;
  if (!channel.hasMember(ctx.user)) {
    tellOnce(ctx, draft, refusals.notOnChannel(name));
    return;
  }
  const { entry, end } = listReplies(letter);
  for (const { mask, by, at } of listOf(channel.row, letter)) {
    ctx.reply(entry(name, mask, by, String(Math.floor(at / secondMs))));
  }
  ctx.reply(end(name));
}

function listReplies(letter: string): {
  readonly entry: (channel: string, mask: string, by: string, seconds: string) => Reply;
  readonly end: (channel: string) => Reply;
} {
  switch (letter) {
    case "b":
      return { entry: replies.banned, end: replies.endOfBans };
    case "e":
      return { entry: replies.banException, end: replies.endOfBanExceptions };
    default:
      return { entry: replies.inviteException, end: replies.endOfInviteExceptions };
  }
}

export const modeFamily = family({
  commands: [mode],
  isupport: ({ limits }) => ({
    CHANMODES: chanmodesToken,
    PREFIX: prefixToken,
    STATUSMSG: statusSigns,
    MODES: String(limits.modesPerCommandMax),
    MAXLIST: `${listLetters}:${limits.listEntriesMax}`,
    EXCEPTS: "e",
    INVEX: "I",
    // account-extban: "Servers publishing the ACCOUNTEXTBAN token MUST also publish the EXTBAN token".
    EXTBAN: extbanToken,
    ACCOUNTEXTBAN: accountExtban,
    BOT: botMode,
    KEYLEN: String(channelKeyBytesMax),
  }),
});

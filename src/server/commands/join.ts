/** JOIN and PART: coming into a channel and leaving it. Who makes a channel is its founder, and stays it. */
import { type AccountId, type ChannelId } from "../../base/ids.ts";
import { capabilities, hasCapability } from "../../protocol/capabilities.ts";
import { channelNameBytesMax, reasonBytesMax } from "../../protocol/limits.ts";
import { cutToLine } from "../../protocol/message.ts";
import { parseChannelName } from "../../protocol/names.ts";
import { type Refusal, refusals, replies } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { actorOf, comingsEntries, event, serverActor, witnessesOf } from "../event.ts";
import { channelLookup, optional, shownName, targets, text, word } from "../params.ts";
import { keepDaysSentence } from "../keep-days.ts";
import { isForwarded, mayJoin } from "../policy.ts";
import { type Session } from "../session.ts";
import { type Channel, type Member } from "../state/channel.ts";
import { type Network } from "../state/network.ts";
import { type User } from "../state/user.ts";
import { awayAt } from "./away.ts";
import { tellUnasked } from "./metadata-sync.ts";
import { changeModes, joinLine } from "./modes-changed.ts";
import { namesReplies } from "./names.ts";
import { markerReplies } from "./read-marker.ts";
import { topicReplies } from "./topic.ts";

interface ChannelCreated {
  readonly id: ChannelId;
  readonly name: string;
  /** Undefined: the server made it. */
  readonly founder: AccountId | undefined;
}

/** A channel came to be; new channels keep out who is no member, and their topic for operators. */
export const channelCreated = event<ChannelCreated>("channel", {
  apply(network, { id, name, founder }, at) {
    const bare = { topic: undefined, key: undefined, limit: undefined, forward: undefined };
    const kept = { keepDays: undefined };
    const lists = { bans: [], banExceptions: [], inviteExceptions: [] };
    network.putChannel(
      { id, name, createdAt: at.wall, founder, flags: "nt", ...bare, ...kept, ...lists },
      [],
    );
  },
  keep({ name }, network) {
    const channel = network.channel(name);
    return channel === undefined ? undefined : { kind: "channel", channel: channel.row };
  },
  note: ({ name }, { nick }) => ({ event: "channel.created", channel: name, by: nick }),
});

interface Joined {
  readonly channel: string;
  readonly nick: string;
  readonly realName: string;
  readonly prefixes: string;
}

const joined = event<Joined>("join", {
  audience(network, { channel, nick }) {
    const also = network.user(nick);
    const members = witnessesOfJoin(network, channel);
    return { kind: "members", members, ...(also === undefined ? {} : { also }) };
  },
  apply: (network, { channel, nick, prefixes }, at) =>
    network.join(channel, nick, prefixes, at.wall),
  keep({ channel: name, nick, realName, prefixes }, network, actor) {
    const channel = network.channel(name);
    const user = network.user(nick);
    const member = user === undefined ? undefined : channel?.member(user);
    if (channel === undefined || user === undefined || member === undefined) return undefined;
    const { joinedAt } = member;
    return [
      ...comingsEntries(channel, actor, { command: "JOIN", text: realName }),
      { kind: "member", channel: channel.id, account: user.id, prefixes, joinedAt },
    ];
  },
  line: joinLine,
  variants: capabilities("extended-join"),
  hasPassingId: true, // in auditoriums, whose comings and goings are not kept
  note: ({ channel, nick }) => ({ event: "channel.joined", channel, nick }),
});

/** In an auditorium nobody comes with a rank, so those see them come who see all. */
function witnessesOfJoin(network: Network, name: string): readonly Member[] {
  const channel = network.channel(name);
  if (channel === undefined) return [];
  return channel.hasFlag("u")
    ? channel.members.filter(({ prefixes }) => prefixes !== "")
    : channel.members;
}

interface Left {
  readonly channel: string;
  readonly nick: string;
  readonly reason: string;
}

const left = event<Left>("part", {
  audience: (network, { channel, nick }) => witnessesOf(network, channel, nick),
  apply: (network, { channel, nick }) => network.leave(channel, nick),
  keep({ channel: name, nick, reason }, network, actor) {
    const channel = network.channel(name);
    const user = network.user(nick);
    if (channel === undefined || user === undefined) return undefined;
    return [
      ...comingsEntries(channel, actor, { command: "PART", text: reason }),
      { kind: "member-removed", channel: channel.id, account: user.id },
    ];
  },
  line: ({ channel, reason }) => ({
    command: "PART",
    params: reason === "" ? [channel] : [channel, reason],
  }),
  hasPassingId: true,
  note: (data) => ({ event: "channel.left", ...data }),
});

const join = command({
  name: "JOIN",
  when: "registered",
  keeps: () => true,
  params: { channels: targets, keys: optional(word()) },
  run(ctx, { channels, keys }) {
    const [only] = channels;
    if (only?.name === "0" && channels.length === 1) {
      leaveAll(ctx);
      return undefined;
    }
    // Where people are sent who may not join has to be known before that is found out.
    const forwards = channels.flatMap(({ name }) => {
      const forward = ctx.network.channel(name)?.row.forward;
      return forward === undefined ? [] : [channelLookup(forward)];
    });
    const keyList = (keys ?? "").split(",");
    ctx.load(forwards, (next) => {
      if (next.session.phase === "closed") return;
      for (const [index, { name }] of channels.entries()) {
        const refusal = joinOne(next, name, keyList[index]);
        if (refusal !== undefined) forwardOrRefuse(next, name, refusal);
      }
    });
    return undefined;
  },
});

/** Modern IRC, JOIN: "the special argument of 0 …, which requests that the sending client leave all channels". */
function leaveAll(ctx: Context): void {
  for (const channel of ctx.network.channelsOf(ctx.user)) leave(ctx, channel, "");
}

/** `+f`: who may not come in is brought where they may, once; from there nobody is sent further. */
function forwardOrRefuse(ctx: Context, name: string, refusal: Refusal): void {
  const from = ctx.network.channel(name);
  const other = ctx.network.channel(from?.row.forward ?? "");
  const isSent = from !== undefined && other !== undefined && isForwarded(refusal);
  const mayEnter =
    isSent &&
    !other.hasMember(ctx.user) &&
    mayJoin(ctx.user, other, undefined, ctx.settings) === undefined;
  if (!mayEnter) {
    ctx.reply(refusal);
    return;
  }
  ctx.reply(refusals.forwarded(from.name, other.name));
  joinOne(ctx, other.name, undefined);
}

function joinOne(ctx: Context, name: string, key: string | undefined): Refusal | undefined {
  const { user, settings, network } = ctx;
  const valid = parseChannelName(name);
  if (!valid.ok) return refusals.badChannelMask(shownName(name), valid.error);
  const known = network.channel(name);
  if (known?.hasMember(user) === true) return undefined;
  let prefixes = "";
  if (known === undefined) {
    if (user.channels.size >= settings.limits.channelsPerUserMax) {
      return refusals.tooManyChannels(name);
    }
    const id = network.takeChannelNumber();
    // A guest is somebody else tomorrow: what they make has an operator, and no founder.
    ctx.emit(channelCreated({ id, name, founder: user.isGuest ? undefined : user.id }));
    prefixes = user.isGuest ? "o" : "qo";
  } else {
    const refusal = mayJoin(user, known, key === "" ? undefined : key, settings);
    if (refusal !== undefined) return refusal;
    if (known.row.founder === user.id) prefixes = "qo";
    else if (user.hasOperatorRole && settings.rooms.includes(known.name)) prefixes = "o";
  }
  const channelName = known?.name ?? name;
  emitJoin(ctx, channelName, user, prefixes);
  const channel = network.channel(channelName);
  if (channel === undefined) return undefined;
  for (const session of user.sessions) {
    tellOfChannel(ctx, channel, session);
    tellKeepDays(ctx, channel, session);
  }
  return undefined;
}

/** Who comes in learns how long their words will last, where that is not for ever. */
export function tellKeepDays(ctx: Context, channel: Channel, session: Session): void {
  const sentence = keepDaysSentence(channel, ctx.settings.keepDays);
  if (sentence === undefined) return;
  const notice = replies.channelNotice(channel.name, sentence);
  if (session === ctx.session) ctx.reply(notice);
  else ctx.say(session, notice);
}

/**
 * The user is in the channel. The first one there is its founder by the NAMES they get; a rank that others are to
 * learn of follows the JOIN as a MODE of the server's.
 */
export function emitJoin(ctx: Context, channel: string, user: User, prefixes: string): void {
  const { nick, realName } = user;
  const isFirst = ctx.network.channel(channel)?.members.length === 0;
  const own = isFirst ? prefixes : "";
  ctx.emit(joined({ channel, nick, realName, prefixes: own }), actorOf(user));
  const away = awayAt(user, channel);
  if (away !== undefined) ctx.emit(away, actorOf(user));
  if (isFirst || prefixes === "") return;
  const changes = [...prefixes].map((letter) => ({ isSet: true, letter, param: nick }));
  const by = ctx.settings.name;
  changeModes(ctx, { channel, by, changes }, serverActor(by));
}

/** no-implicit-names: "servers MUST NOT send an implicit NAMES reply after sending a JOIN message"; and its older names. */
const implicitNamesOff = [
  "no-implicit-names",
  "draft/no-implicit-names",
  "soju.im/no-implicit-names",
] as const;

/** What a session is told after its JOIN: the topic, when there is one, and who is there. */
export function tellOfChannel(ctx: Context, channel: Channel, session: Session): void {
  const topic = channel.row.topic === undefined ? [] : topicReplies(channel);
  const wantsNames = !implicitNamesOff.some((name) => hasCapability(session.capabilities, name));
  const names = wantsNames ? namesReplies(channel, session) : [];
  // read-marker: "The command MUST be sent before the RPL_ENDOFNAMES reply for that channel following the JOIN".
  for (const reply of [...topic, ...markerReplies(channel, session), ...names]) {
    if (session === ctx.session) ctx.reply(reply);
    else ctx.say(session, reply);
  }
  tellUnasked(ctx, session, channel);
}

/** The session learns of a channel that its user is in already. */
export function showChannel(ctx: Context, channel: Channel, user: User): void {
  const { session } = ctx;
  const params = hasCapability(session.capabilities, "extended-join")
    ? [channel.name, user.accountName ?? "*", session.realName || user.nick]
    : [channel.name];
  ctx.reply(replies.ownLine(user.source, "JOIN", ...params));
  tellOfChannel(ctx, channel, session);
}

const part = command({
  name: "PART",
  when: "registered",
  keeps: () => true,
  params: { channels: targets, reason: optional(text) },
  run(ctx, { channels, reason = "" }) {
    const { user } = ctx;
    for (const { name, channel } of channels) {
      if (channel === undefined) ctx.reply(refusals.noSuchChannel(shownName(name)));
      else if (!channel.hasMember(user)) ctx.reply(refusals.notOnChannel(channel.name));
      else leave(ctx, channel, reason);
    }
    return undefined;
  },
});

function leave(ctx: Context, { name }: Channel, reason: string): void {
  const { source, nick } = ctx.user;
  const before = { source, command: "PART", params: [name] };
  ctx.emit(left({ channel: name, nick, reason: cutToLine(reason, reasonBytesMax, before) }));
}

/** The user is in the channel no more, for another reason than their own word. */
export function leaveChannel(ctx: Context, { name }: Channel, user: User): void {
  ctx.emit(left({ channel: name, nick: user.nick, reason: "" }), actorOf(user));
}

export const joinFamily = family({
  commands: [join, part],
  capabilities: {
    "extended-join": "",
    "no-implicit-names": "",
    "draft/no-implicit-names": "",
    "soju.im/no-implicit-names": "",
  },
  isupport: ({ limits }) => ({
    CHANTYPES: "#",
    CHANNELLEN: String(channelNameBytesMax),
    CHANLIMIT: `#:${limits.channelsPerUserMax}`,
  }),
});

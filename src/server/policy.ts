/**
 * Policy: who may do what. Every question of permission is answered here, purely, by a refusal or nothing.
 */
import { matchesMask } from "../protocol/masks.ts";
import { isOperatorsKey } from "../protocol/metadata.ts";
import { isSameName } from "../protocol/names.ts";
import { type Refusal, refusals } from "../protocol/replies.ts";
import { isBoundToExporter } from "../protocol/sasl.ts";
import { type Session } from "./session.ts";
import { type Limits, type ServerSettings } from "./settings.ts";
import { type Channel, type Member } from "./state/channel.ts";
import { type User } from "./state/user.ts";

// --- Logging in and registering ------------------------------------------------------------------------------

/**
 * The mechanisms this connection is offered: none where a password would travel in the clear, and
 * those that are bound to the TLS exporter where there is one.
 */
export function mechanismsFor(session: Session, settings: ServerSettings): readonly string[] {
  if (!session.maySendPasswords) return [];
  const { tls } = session.facts;
  const hasExporter = tls?.version === "TLSv1.3" && tls.exporter !== undefined;
  return settings.mechanisms.filter((name) => hasExporter || !isBoundToExporter(name));
}

export function mayAuthenticate(session: Session): Refusal | undefined {
  const isLoggedIn = session.user !== undefined || session.proven !== undefined;
  return isLoggedIn ? refusals.saslAlready() : undefined;
}

/** Whether an account of that name may be asked for on this connection. */
export function mayRegister(
  session: Session,
  name: string,
  settings: ServerSettings,
): Refusal | undefined {
  const isLoggedIn = session.user !== undefined || session.proven !== undefined;
  if (isLoggedIn) return refusals.alreadyAuthenticated(session.nick);
  if (settings.registration === "closed") return refusals.registrationClosed(name);
  if (!session.maySendPasswords) return refusals.insecureRegistration(name);
  if (session.waitingFor !== undefined) return refusals.alreadyAuthenticated(session.nick);
  return undefined;
}

/** Whether one more connection may wait for an operator's decision: so many in all, and few from one address. */
export function mayWait(
  session: Session,
  waiting: Iterable<Session>,
  { waitingMax, waitingPerAddressMax }: Limits,
): boolean {
  let all = 0;
  let fromThere = 0;
  for (const { facts } of waiting) {
    all += 1;
    if (facts.address === session.facts.address && !facts.isLoopback) fromThere += 1;
  }
  return all < waitingMax && fromThere < waitingPerAddressMax;
}

// --- Channels --------------------------------------------------------------------------------------------------

/** A member with the rank of an operator there: its founder or an operator of it. */
function isChannelOperator(member: Member | undefined): boolean {
  return member !== undefined && /[qo]/.test(member.prefixes);
}

function mayAlwaysSpeak(member: Member | undefined): boolean {
  return member !== undefined && member.prefixes !== "";
}

/** Whether the channel's existence is to be hidden from the user. */
export function isHiddenFrom(user: User, channel: Channel): boolean {
  return channel.hasFlag("s") && !channel.hasMember(user);
}

function isBanned(user: User, channel: Channel): boolean {
  return channel.row.bans.some(({ mask }) => matchesMask(mask, user.source));
}

export function mayJoin(
  user: User,
  channel: Channel,
  key: string | undefined,
  settings: ServerSettings,
): Refusal | undefined {
  const { name, row } = channel;
  if (user.channels.size >= settings.limits.channelsPerUserMax)
    return refusals.tooManyChannels(name);
  if (channel.members.length >= settings.limits.membersPerChannelMax) {
    return refusals.channelIsFull(name);
  }
  if (row.founder === user.id || channel.invited.has(user.id)) return undefined;
  if (isBanned(user, channel)) return refusals.bannedFromChannel(name);
  const isExcepted = row.inviteExceptions.some(({ mask }) => matchesMask(mask, user.source));
  if (channel.hasFlag("i") && !isExcepted) return refusals.inviteOnly(name);
  if (row.key !== undefined && row.key !== key) return refusals.badChannelKey(name);
  if (row.limit !== undefined && channel.members.length >= row.limit) {
    return refusals.channelIsFull(name);
  }
  return undefined;
}

/** Of a channel that is not hidden from the user: those that are, are not found (`params.ts`). */
export function maySpeak(user: User, channel: Channel): Refusal | undefined {
  const { name } = channel;
  const member = channel.member(user);
  if (member === undefined && channel.hasFlag("n")) {
    return refusals.cannotSend(name, "You are not in this channel");
  }
  if (mayAlwaysSpeak(member)) return undefined;
  if (channel.hasFlag("m")) {
    return refusals.cannotSend(name, "Only operators and voiced members may speak here");
  }
  if (isBanned(user, channel)) return refusals.cannotSend(name, "You are banned from this channel");
  return undefined;
}

export function mayChangeTopic(user: User, channel: Channel): Refusal | undefined {
  const member = channel.member(user);
  if (member === undefined) return refusals.notOnChannel(channel.name);
  if (channel.hasFlag("t") && !isChannelOperator(member))
    return refusals.needOperator(channel.name);
  return undefined;
}

/** For what only operators of the channel may do. */
export function mayOperate(user: User, channel: Channel): Refusal | undefined {
  const member = channel.member(user);
  if (member === undefined) return refusals.notOnChannel(channel.name);
  return isChannelOperator(member) ? undefined : refusals.needOperator(channel.name);
}

/** Rooms of the settings are called what the settings say. */
export function mayRename(
  user: User,
  channel: Channel,
  { rooms }: ServerSettings,
): Refusal | undefined {
  const refusal = mayOperate(user, channel);
  if (refusal !== undefined) return refusal;
  const { name } = channel;
  return rooms.some((room) => isSameName(room, name))
    ? refusals.cannotRename(name, name, "This room's name is in the server's settings")
    : undefined;
}

export function mayKick(user: User, channel: Channel, target: Member): Refusal | undefined {
  const refusal = mayOperate(user, channel);
  if (refusal !== undefined) return refusal;
  const isFounder = target.prefixes.includes("q");
  return isFounder && target.user !== user ? refusals.founderStays(channel.name) : undefined;
}

export function mayInvite(user: User, channel: Channel): Refusal | undefined {
  const member = channel.member(user);
  if (member === undefined) return refusals.notOnChannel(channel.name);
  if (channel.hasFlag("i") && !isChannelOperator(member))
    return refusals.needOperator(channel.name);
  return undefined;
}

/** Whether an invitation of theirs opens the channel to a guest whom a ban, a key or the limit would keep out. */
export function mayLetIn(user: User, channel: Channel): boolean {
  return isChannelOperator(channel.member(user));
}

/** History is for members; what they may read of it the store bounds by their membership's start. */
export function mayReadHistory(user: User, channel: Channel): boolean {
  return channel.hasMember(user);
}

// --- Metadata --------------------------------------------------------------------------------------------------

export function isMetadataVisible(user: User | undefined, key: string): boolean {
  return !isOperatorsKey(key) || user?.isOperator === true;
}

/** Everyone's; of channels those one is in, and those that anyone may come into and know of. */
export function maySeeMetadataOf(user: User, of: User | Channel): boolean {
  if (!("members" in of) || of.hasMember(user) || user.isOperator) return true;
  return !of.hasFlag("s") && !of.hasFlag("i") && of.row.key === undefined;
}

/** One's own, and that of channels one is an operator of; operators of the server may set and remove everyone's. */
export function maySetMetadata(user: User, of: User | Channel, key: string): boolean {
  if (user.isOperator) return true;
  if (isOperatorsKey(key)) return false;
  return "members" in of ? isChannelOperator(of.member(user)) : of === user;
}

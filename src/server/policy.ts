/**
 * Policy: who may do what. Every question of permission is answered here, purely, by a refusal or nothing.
 */
import { type Ban, matchesBan, parseBan } from "../protocol/extbans.ts";
import { isOperatorsKey } from "../protocol/metadata.ts";
import { type PrefixLetter } from "../protocol/modes.ts";
import { linesOf, type LongText } from "../protocol/multiline.ts";
import { isSameName } from "../protocol/names.ts";
import { type Refusal, refusals } from "../protocol/replies.ts";
import { isBoundToChannel, isBoundToExporter, opaqueMechanism } from "../protocol/sasl.ts";
import { type AccountId } from "../base/ids.ts";
import { type WallMs } from "../base/time.ts";
import { type AccountRow, type ListEntry } from "./outside.ts";
import { hasRank, mayActOn, mayGive } from "./ranks.ts";
import { type Session } from "./session.ts";
import { type Limits, type ServerSettings } from "./settings.ts";
import { type Channel, type Member } from "./state/channel.ts";
import { type User } from "./state/user.ts";

// --- Logging in and registering ------------------------------------------------------------------------------

/**
 * The mechanisms this connection is offered: none where a password would travel in the clear; those
 * that are bound to it where there is something to be bound to; EXTERNAL where it has shown a
 * certificate.
 */
export function mechanismsFor(session: Session, settings: ServerSettings): readonly string[] {
  if (!session.maySendPasswords) return [];
  const { tls } = session.facts;
  const hasExporter = tls?.version === "TLSv1.3" && tls.exporter !== undefined;
  return settings.mechanisms.filter((name) => {
    if (isBoundToExporter(name)) return hasExporter;
    if (isBoundToChannel(name)) return hasExporter || tls?.endPoint !== undefined;
    return name !== "EXTERNAL" || tls?.peerCertificate !== undefined;
  });
}

/**
 * Who is logged in logs in once more only to prove, before a change of the password, that they still know it (sasl-3.2:
 * "Servers SHOULD allow a client, authenticated or otherwise, to reauthenticate by sending a new AUTHENTICATE message at
 * any time"): by OPAQUE, whose session key the change is proven with. Not with a record that waits to be proven: that
 * login would be another account's.
 */
export function mayAuthenticate(session: Session, argument: string): Refusal | undefined {
  if (!session.isLoggedIn) return undefined;
  const { user, proven, sasl, claim } = session;
  const isAgain = sasl.kind === "responding" || argument.toUpperCase() === opaqueMechanism;
  const hasAccount = user !== undefined && proven !== undefined && claim === undefined;
  return hasAccount && isAgain ? undefined : refusals.saslAlready();
}

/** From its day on nobody is let in. */
export function hasExpired({ expiresAt }: AccountRow, now: WallMs): boolean {
  return expiresAt !== undefined && expiresAt <= now;
}

/** The account that is logged in there has expired. */
export function isOver({ user }: Session, now: WallMs): boolean {
  return user !== undefined && hasExpired(user.account, now);
}

/**
 * An app password speaks; it does not manage the account, nor anything else of the server: who finds one in a bot's
 * settings has the bot's voice, and nothing that lasts.
 */
export function mayManage({ proven }: Session): boolean {
  return proven?.credentialKind !== "app-password";
}

/** What is for operators of the server, on this connection. */
export function mayOperateServer(session: Session): boolean {
  return session.user?.isOperator === true && mayManage(session);
}

/** Ways in that a second factor leaves open; who comes by another one would be shut out by it. */
const wayInWithSecondFactor: ReadonlySet<string> = new Set([
  opaqueMechanism,
  "HT-SHA-256-EXPR",
  "EXTERNAL",
]);

export function maySetSecondFactor(session: Session): boolean {
  const { proven } = session;
  return mayManage(session) && proven !== undefined && wayInWithSecondFactor.has(proven.mechanism);
}

/** Whether an account of that name may be asked for on this connection; `isInvited`: by a token, good or not. */
export function mayRegister(
  session: Session,
  name: string,
  { settings, isInvited }: { readonly settings: ServerSettings; readonly isInvited: boolean },
): Refusal | undefined {
  if (session.isLoggedIn) return refusals.alreadyAuthenticated(session.nick);
  // account-registration: it "cannot be used to bypass any authentication restrictions …, e.g. requirements that clients
  // send a server password with PASS".
  if (settings.hasPassword && !session.hasEntered) return refusals.wrongPassword();
  const { registration } = settings;
  if (registration === "closed" && !isInvited) return refusals.registrationClosed(name);
  if (registration === "invite" && !isInvited) return refusals.invitationNeeded(name);
  if (!session.maySendPasswords) return refusals.insecureRegistration(name);
  if (!settings.beforeConnect && session.phase === "registering") {
    return refusals.completeConnectionRequired(name);
  }
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

// --- The disk --------------------------------------------------------------------------------------------------

/** While the disk is full nothing that would be kept is done: `command` is what would do it. */
export function mayKeep(
  { isReadOnly }: { readonly isReadOnly: boolean },
  command: string,
): Refusal | undefined {
  return isReadOnly ? refusals.storageFull(command) : undefined;
}

// --- Channels --------------------------------------------------------------------------------------------------

function rankIn(channel: Channel, user: User): string {
  return channel.member(user)?.prefixes ?? "";
}

/** Whether the channel's existence is to be hidden from the user. */
export function isHiddenFrom(user: User, channel: Channel): boolean {
  return channel.hasFlag("s") && !channel.hasMember(user);
}

/** Why a list would stop someone: from joining, or from speaking, which mutes do too. */
type Purpose = "join" | "speak";

function isListed(user: User, list: readonly ListEntry[], purpose: Purpose): boolean {
  return bansOf(list).some((ban) => (purpose === "speak" || !ban.isMute) && matchesBan(ban, user));
}

/** Lists are looked at with every message and replaced when they change, so each is read once. */
const bansRead = new WeakMap<readonly ListEntry[], readonly Ban[]>();

function bansOf(list: readonly ListEntry[]): readonly Ban[] {
  const known = bansRead.get(list);
  if (known !== undefined) return known;
  const bans = list.flatMap(({ mask }) => {
    const ban = parseBan(mask);
    return ban.ok ? [ban.value] : [];
  });
  bansRead.set(list, bans);
  return bans;
}

/** Modern IRC, "Exception Channel Mode": "they will not be blocked … due to the ban mode". */
function isBanned(user: User, { row }: Channel, purpose: Purpose): boolean {
  return isListed(user, row.bans, purpose) && !isListed(user, row.banExceptions, purpose);
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
  if (isBanned(user, channel, "join")) return refusals.bannedFromChannel(name);
  if (channel.hasFlag("i") && !isListed(user, row.inviteExceptions, "join")) {
    return refusals.inviteOnly(name);
  }
  if (channel.hasFlag("R") && user.isGuest) return refusals.needAccount(name);
  if (row.key !== undefined && row.key !== key) return refusals.badChannelKey(name);
  if (row.limit !== undefined && channel.members.length >= row.limit) {
    return refusals.channelIsFull(name);
  }
  return undefined;
}

/** What sends who is refused to the channel that `+f` names: +b, +i, +k and +l. */
export function isForwarded(refusal: Refusal): boolean {
  return ["471", "473", "474", "475"].includes(refusal.command);
}

/** Who is to hear what someone says in a channel, or why nobody is. */
export type Hearing =
  | { readonly kind: "everyone" }
  /** +U: who has at least the rank of a half-operator. */
  | { readonly kind: "operators" }
  | { readonly kind: "nobody"; readonly refusal: Refusal };

/** Of a channel that is not hidden from the user: those that are, are not found (`params.ts`). */
export function hearing(user: User, channel: Channel): Hearing {
  const { name } = channel;
  if (channel.hasFlag("n") && !channel.hasMember(user)) {
    const refusal = refusals.cannotSend(name, "You are not in this channel");
    return { kind: "nobody", refusal };
  }
  if (hasRank(rankIn(channel, user), "v")) return { kind: "everyone" };
  // As in the servers that have it by this letter (InspIRCd, Ergo): who has no rank is heard by operators, and by them even
  // where nobody else would be.
  if (channel.hasFlag("U")) return { kind: "operators" };
  const why = whyUnheard(user, channel);
  if (why === undefined) return { kind: "everyone" };
  return { kind: "nobody", refusal: refusals.cannotSend(name, why) };
}

function whyUnheard(user: User, channel: Channel): string | undefined {
  if (channel.hasFlag("m")) return "Only operators and voiced members may speak here";
  if (channel.hasFlag("M") && user.isGuest) return "Only who has an account may speak here";
  if (isBanned(user, channel, "speak")) return "You are banned from this channel";
  return undefined;
}

/** Whether the words are a CTCP, ACTION (`/me`) left out. */
function isCtcp(text: string): boolean {
  const [before, command = ""] = text.split("\x01", 2);
  return text !== "" && before === "" && !/^ACTION(?: |$)/.test(command);
}

/** Any line of it: to who has no multiline each is a message. */
function hasCtcp(said: LongText): boolean {
  return linesOf(said).some(({ text }) => isCtcp(text));
}

/** Whether the channel takes such words, whoever says them. */
export function mayBeSaid(channel: Channel, said: LongText): Refusal | undefined {
  return channel.hasFlag("C") && hasCtcp(said)
    ? refusals.cannotSend(channel.name, "CTCP is not for this channel")
    : undefined;
}

export function mayChangeTopic(user: User, channel: Channel): Refusal | undefined {
  const member = channel.member(user);
  if (member === undefined) return refusals.notOnChannel(channel.name);
  // Modern IRC, "Protected Topic Mode": "users must have channel privileges such as halfop or operator status".
  if (channel.hasFlag("t") && !hasRank(member.prefixes, "h"))
    return refusals.needOperator(channel.name);
  return undefined;
}

/** For what takes at least that rank in the channel. */
export function mayOperate(
  user: User,
  channel: Channel,
  needed: PrefixLetter = "o",
): Refusal | undefined {
  const member = channel.member(user);
  if (member === undefined) return refusals.notOnChannel(channel.name);
  return hasRank(member.prefixes, needed) ? undefined : refusals.needOperator(channel.name);
}

/** Whether the user may give or take the rank (`isSet`) of the member. */
export function mayRank(
  user: User,
  channel: Channel,
  target: Member,
  { letter, isSet }: { readonly letter: PrefixLetter; readonly isSet: boolean },
): Refusal | undefined {
  const own = rankIn(channel, user);
  if (letter === "q") return refusals.needFounder(channel.name);
  const isGivenUp = !isSet && target.user === user;
  if (isGivenUp) return undefined;
  if (!mayGive(own, letter)) {
    return letter === "a"
      ? refusals.needFounder(channel.name)
      : refusals.needOperator(channel.name);
  }
  return isSet ? undefined : mayAct(user, channel, target);
}

function mayAct(user: User, channel: Channel, target: Member): Refusal | undefined {
  if (target.user === user || mayActOn(rankIn(channel, user), target.prefixes)) return undefined;
  return target.prefixes.includes("q")
    ? refusals.founderStays(channel.name)
    : refusals.rankTooHigh(channel.name);
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
  return mayOperate(user, channel, "h") ?? mayAct(user, channel, target);
}

export function mayInvite(user: User, channel: Channel): Refusal | undefined {
  // Modern IRC, INVITE: "they SHOULD reject it when the channel has invite-only mode set, and the user is not a
  // channel operator".
  return channel.hasFlag("i")
    ? mayOperate(user, channel, "h")
    : channel.hasMember(user)
      ? undefined
      : refusals.notOnChannel(channel.name);
}

/** Whether an invitation of theirs opens the channel to a guest whom a ban, a key or the limit would keep out. */
export function mayLetIn(user: User, channel: Channel): boolean {
  return hasRank(rankIn(channel, user), "h");
}

/** History is for members; what they may read of it the store bounds by their membership's start. */
export function mayReadHistory(user: User, channel: Channel): boolean {
  return channel.hasMember(user);
}

/** What a guest may read of a channel begins here; undefined: they are none, or not in it. */
export function guestSinceOf(user: User, channel: Channel | undefined): WallMs | undefined {
  return user.isGuest ? channel?.member(user)?.joinedAt : undefined;
}

/** Who said it; of what is in a channel, its operators and those of the server. */
export function mayRedact(
  session: Session,
  author: AccountId,
  channel: Channel | undefined,
): boolean {
  const { user } = session;
  if (user === undefined) return false;
  // What guests have said is nobody's once it is kept: none of them has that number, or can show that it is theirs.
  const isOwn = user.id === author;
  if (channel === undefined) return isOwn;
  if (mayOperateServer(session)) return true;
  return (isOwn && channel.hasMember(user)) || hasRank(rankIn(channel, user), "o");
}

// --- Metadata --------------------------------------------------------------------------------------------------

export function isMetadataVisible(session: Session, key: string): boolean {
  return !isOperatorsKey(key) || mayOperateServer(session);
}

/** That of whom one may see; of channels those one is in, and those that anyone may come into and know of. */
export function maySeeMetadataOf(session: Session, of: User | Channel): boolean {
  if (!("members" in of)) return maySeeUser(session, of);
  const isIn = session.user !== undefined && of.hasMember(session.user);
  if (isIn || mayOperateServer(session)) return true;
  return !of.hasFlag("s") && !of.hasFlag("i") && of.row.key === undefined;
}

/** One's own, and that of channels one is an operator of; operators of the server may set and remove everyone's. */
export function maySetMetadata(session: Session, of: User | Channel, key: string): boolean {
  if (mayOperateServer(session)) return true;
  const { user } = session;
  if (user === undefined || isOperatorsKey(key)) return false;
  return "members" in of ? hasRank(of.member(user)?.prefixes ?? "", "o") : of === user;
}

// --- Who sees whom ---------------------------------------------------------------------------------------------

/** Whether everyone in the channel sees the member: in an auditorium (+u) only who has a rank is seen by all. */
export function isOnStage(channel: Channel, member: Member): boolean {
  return !channel.hasFlag("u") || member.prefixes !== "";
}

/** Whether who asks may know of the membership. Of a channel they are not in, they see nobody who is invisible to them. */
export function maySeeMember(session: Session, channel: Channel, member: Member): boolean {
  const { user } = session;
  if (user === undefined) return false;
  if (!channel.hasMember(user) && !maySeeUser(session, member.user)) return false;
  return maySeeFellow(user, channel, member);
}

/** In an auditorium members without a rank see only themselves and who has one; who has one sees all. */
export function maySeeFellow(asker: User, channel: Channel, member: Member): boolean {
  return member.user === asker || isOnStage(channel, member) || rankIn(channel, asker) !== "";
}

/**
 * Modern IRC, "Invisible User Mode": "they will not show up in commands such as WHO or NAMES unless they share a channel
 * with the user that submitted the command".
 */
export function maySeeUser(session: Session, user: User): boolean {
  const { user: asker } = session;
  if (asker === undefined) return false;
  if (!user.hasMode("i") || user === asker || mayOperateServer(session)) return true;
  for (const id of asker.channels) if (user.channels.has(id)) return true;
  return false;
}

// --- Private messages ------------------------------------------------------------------------------------------

/** By the user modes of who would read it; `said` is undefined for a message of tags alone. */
export function mayWriteTo(user: User, to: User, said: LongText | undefined): Refusal | undefined {
  if (to === user) return undefined;
  if (to.hasMode("R") && user.isGuest) {
    // ERR_NEEDREGGEDNICK, as InspIRCd and Ergo have it for their user mode R too.
    return refusals.needAccountToWrite(to.nick);
  }
  if (said !== undefined && to.hasMode("T") && hasCtcp(said)) {
    return refusals.cannotSendToUser(to.nick, "They take no CTCP");
  }
  return undefined;
}

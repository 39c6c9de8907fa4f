/**
 * A guest logs in: from then on their one connection is the account's.
 *
 * Where the account is nowhere to be seen (no other connection of it, no room it stays in), its user takes the guest's
 * place, with the nick, the channels and the ranks there. Others are shown what has changed:
 *
 *     :gus!~gus@192.0.2.1 ACCOUNT ann              account-notify, and extended-monitor
 *     :gus!~gus@192.0.2.1 CHGHOST ann server       chghost; others see them reconnect, by QUIT, JOIN and MODE
 *     :gus!ann@server NICK ann                     where nicks are accounts' names
 *
 * Where the account is in sight already nobody can be there twice. The guest has QUIT to others; the connection is taken
 * out of the guest's channels (PART) and brought into the account's (JOIN), and the account into those that the guest
 * was in, as far as it may be in so many.
 *
 * What the guest had noted of themselves (METADATA) ends with them: the account's own is what is there.
 */
import { type AccountId, type ConnectionId } from "../../base/ids.ts";
import { capabilities, hasCapability } from "../../protocol/capabilities.ts";
import { writeModeChanges } from "../../protocol/modes.ts";
import { replies } from "../../protocol/replies.ts";
import { type Context, type LoadOutcome } from "../context.ts";
import {
  actorOf,
  type Audience,
  comingsEntries,
  event,
  neighboursOf,
  serverActor,
  witnessesOf,
} from "../event.ts";
import { type KeptRecord, type Metadata } from "../outside.ts";
import { type Lookup, lookupKey } from "../params.ts";
import { type Member } from "../state/channel.ts";
import { type Network } from "../state/network.ts";
import { type User } from "../state/user.ts";
import { awayChange, withWatchers } from "./away.ts";
import { emitJoin, showChannel, tellOfChannel } from "./join.ts";
import { tellOfChange } from "./metadata-sync.ts";
import { joinLine } from "./modes-changed.ts";
import { announce } from "./monitor.ts";
import { changeNick, renameUser } from "./nick.ts";

/** Whether all that the account is in is in memory: a guest comes into it in one step. */
export function isReadyFor(ctx: Context, user: User): boolean {
  return missingFor(ctx, user).length === 0;
}

export function loadFor(
  ctx: Context,
  user: User,
  then: (ctx: Context, outcome: LoadOutcome) => void,
): void {
  ctx.load(missingFor(ctx, user), then);
}

function missingFor({ network, task }: Context, user: User): Lookup[] {
  return [...user.channels]
    .filter((id) => network.channelById(id) === undefined)
    .map((id) => ({ kind: "channel", by: id }) as const)
    .filter((lookup) => !task.absent.has(lookupKey(lookup)));
}

/**
 * Whether the account may have one more connection; and what changes by it, a name above all, may be kept. On a full disk
 * whoever wants to be let in connects anew.
 */
export function mayComeOver({ settings, isReadOnly }: Context, user: User): boolean {
  return !isReadOnly && user.sessions.length < settings.limits.sessionsPerUserMax;
}

/** The guest, whose connection has proven the account, is its user. */
export function comeOver(ctx: Context, guest: User, user: User): void {
  const isInSight = user.isPresent || user.channels.size > 0;
  if (isInSight) move(ctx, guest, user);
  else succeed(ctx, guest, user);
  ctx.watchExpiry(ctx.session);
}

// --- In the guest's place --------------------------------------------------------------------------------------

function succeed(ctx: Context, guest: User, user: User): void {
  const { nick, account } = guest;
  const before = actorOf(guest);
  const { user: userName, host } = user.origin;
  ctx.emit(accountTold({ nick, account: user.account.name }), before);
  ctx.emit(hostTold({ nick, user: userName, host }), before);
  ctx.emit(succeeded({ guest: guest.id, account: user.id }), actorOf(user));
  ctx.emit(seenToGo({ nick }), before);
  for (const channel of ctx.network.channelsOf(user)) {
    const seen = { channel: channel.name, nick, realName: user.realName };
    ctx.emit(seenToCome(seen), actorOf(user));
    const prefixes = channel.member(user)?.prefixes ?? "";
    if (prefixes === "") continue;
    ctx.emit(seenToRise({ channel: channel.name, nick, prefixes }), serverActor(ctx.settings.name));
  }
  tellOfMetadata(ctx, user, account.metadata);
  if (ctx.settings.nicks === "account") changeNick(ctx, user, user.account.name);
}

interface AccountTold {
  readonly nick: string;
  readonly account: string;
}

/** account-notify: to "clients on common channels with them, including themselves". */
const accountTold = event<AccountTold>("account", {
  audience: (network, { nick }) => withWatchers(network, nick, neighboursOf(network, nick)),
  line: ({ account }) => ({ command: "ACCOUNT", params: [account] }),
  onlyFor: "account-notify",
});

interface HostTold {
  readonly nick: string;
  readonly user: string;
  readonly host: string;
}

const hostTold = event<HostTold>("host", {
  audience: (network, { nick }) => withWatchers(network, nick, neighboursOf(network, nick)),
  line: ({ user, host }) => ({ command: "CHGHOST", params: [user, host] }),
  onlyFor: "chghost",
});

interface Succeeded {
  readonly guest: AccountId;
  readonly account: AccountId;
}

const succeeded = event<Succeeded>("guest-succeeded", {
  apply(network, { guest: guestId, account }) {
    const guest = network.userById(guestId);
    const user = network.userById(account);
    if (guest !== undefined && user !== undefined) network.succeedGuest(guest, user);
  },
  keep({ account }, network): readonly KeptRecord[] {
    const user = network.userById(account);
    if (user === undefined) return [];
    return network.channelsOf(user).flatMap((channel): KeptRecord[] => {
      const member = channel.member(user);
      if (member === undefined) return [];
      const { prefixes, joinedAt } = member;
      return [{ kind: "member", channel: channel.id, account, prefixes, joinedAt }];
    });
  },
});

interface Seen {
  readonly channel: string;
  readonly nick: string;
  readonly realName: string;
}

// chghost: "When the capability is not enabled for other clients who share channels with the changed client, servers
// SHOULD send fallback messages to simulate the client reconnecting."

const seenToGo = event<{ readonly nick: string }>("host-fallback-quit", {
  audience: (network, { nick }) => othersAbout(network, nick),
  line: (_data, { capabilities: has }) =>
    hasCapability(has, "chghost") ? undefined : { command: "QUIT", params: ["Changing host"] },
  variants: capabilities("chghost"),
});

const seenToCome = event<Seen>("host-fallback-join", {
  audience: (network, { channel, nick }) => othersIn(network, channel, nick),
  line: (seen, view) =>
    hasCapability(view.capabilities, "chghost") ? undefined : joinLine(seen, view),
  variants: capabilities("chghost", "extended-join"),
});

interface Risen {
  readonly channel: string;
  readonly nick: string;
  readonly prefixes: string;
}

const seenToRise = event<Risen>("host-fallback-mode", {
  audience: (network, { channel, nick }) => othersIn(network, channel, nick),
  line({ channel, nick, prefixes }, { capabilities: has }) {
    if (hasCapability(has, "chghost")) return undefined;
    const changes = [...prefixes].map((letter) => ({ isSet: true, letter, param: nick }));
    return { command: "MODE", params: [channel, ...writeModeChanges(changes)] };
  },
  variants: capabilities("chghost"),
});

function othersAbout(network: Network, nick: string): Audience {
  const self = network.user(nick);
  const users = neighboursOf(network, nick).users.filter((user) => user !== self);
  return { kind: "users", users };
}

function othersIn(network: Network, channel: string, nick: string): Audience {
  const audience = witnessesOf(network, channel, nick);
  const members: readonly Member[] = audience.kind === "members" ? audience.members : [];
  const self = network.user(nick);
  return { kind: "members", members: members.filter(({ user }) => user !== self) };
}

/** Of what the guest had noted nothing is left, and what the account has is there. */
function tellOfMetadata(ctx: Context, user: User, before: Metadata | undefined): void {
  const { metadata: after } = user.account;
  const keys = new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])]);
  for (const key of keys) {
    if (before?.get(key) !== after?.get(key)) tellOfChange(ctx, user, key);
  }
}

// --- To where the account is -----------------------------------------------------------------------------------

function move(ctx: Context, guest: User, user: User): void {
  const { network, session, settings } = ctx;
  const { isPresent, awayText, modes } = user;
  const { nick: guestNick, source: guestSource } = guest;
  const reason = `Logged in as ${user.account.name}`;
  const left = network.channelsOf(guest).map((channel) => ({
    channel,
    prefixes: channel.member(guest)?.prefixes ?? "",
  }));
  for (const { channel } of left) {
    ctx.reply(replies.ownLine(guestSource, "PART", channel.name, reason));
  }
  const channels = left.map(({ channel }) => channel.name);
  ctx.emit(guestLeft({ nick: guestNick, reason, channels }), actorOf(guest));
  announce(ctx, guestNick, false);
  // As at the welcome: who is the first one there is called as they are called.
  if (settings.nicks === "free" && !isPresent) renameUser(ctx, user, guestNick);
  ctx.emit(cameOver({ connection: session.id, nick: user.nick }));
  if (user.nick !== guestNick) {
    ctx.reply(replies.ownLine(guestSource, "NICK", user.nick));
  }
  const back = awayChange(user, awayText);
  if (back !== undefined) ctx.emit(back, actorOf(user));
  if (!isPresent) {
    ctx.emit(modesBrought({ account: user.id, modes: guest.modes }));
    announce(ctx, user.nick, true);
  } else if (modes !== guest.modes) ctx.reply(replies.userModeIs(user.shownModes));
  for (const channel of network.channelsOf(user)) showChannel(ctx, channel, user);
  for (const { channel, prefixes } of left) {
    const isFull = user.channels.size >= settings.limits.channelsPerUserMax;
    if (channel.hasMember(user) || isFull) continue;
    emitJoin(ctx, channel.name, user, prefixes);
    for (const each of user.sessions) tellOfChannel(ctx, channel, each);
  }
}

interface GuestLeft {
  readonly nick: string;
  readonly reason: string;
  /** That they were in. */
  readonly channels: readonly string[];
}

const guestLeft = event<GuestLeft>("guest-left", {
  audience: (network, { nick }) => othersAbout(network, nick),
  apply(network, { nick }, at) {
    const guest = network.user(nick);
    if (guest === undefined) return;
    network.depart(guest, at.wall);
    network.giveUpGuest(guest);
  },
  keep: ({ channels, reason }, network, actor) =>
    channels.flatMap((name): readonly KeptRecord[] => {
      const channel = network.channel(name);
      if (channel === undefined) return [];
      return comingsEntries(channel, actor, { command: "QUIT", text: reason });
    }),
  line: ({ reason }) => ({ command: "QUIT", params: [reason] }),
});

const cameOver = event<{ readonly connection: ConnectionId; readonly nick: string }>("came-over", {
  apply(network, { connection, nick }, at) {
    const session = network.sessions.get(connection);
    if (session !== undefined) network.attach(session, nick, at);
  },
});

interface ModesBrought {
  readonly account: AccountId;
  readonly modes: string;
}

/** The first connection of a user has come with modes that it had set as a guest. */
const modesBrought = event<ModesBrought>("user-mode-brought", {
  apply(network, { account, modes }) {
    const user = network.userById(account);
    if (user !== undefined) network.setUserModes(user, modes);
  },
});

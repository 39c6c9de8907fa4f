/**
 * The network: sessions, and of users and channels those in memory; changed by events and nothing else.
 *
 * In memory are the channels that someone connected is in, everyone in them, and who is needed just now; all others
 * are found by a question (`lookup` in `dispatch.ts`) and let go at the end of a turn (`release`). What is in memory
 * is newer than any answer: `put…` therefore keeps what is already there.
 */
import { assert, present } from "../../base/assert.ts";
import {
  type AccountId,
  accountId,
  type ChannelId,
  type ConnectionId,
  isGuest,
  nobody,
} from "../../base/ids.ts";
import { type ElapsedMs, type WallMs } from "../../base/time.ts";
import { type Folded, fold, NameMap } from "../../protocol/names.ts";
import {
  type AccountRow,
  type ChannelRow,
  type InvitationRow,
  type MemberRow,
  type Opening,
} from "../outside.ts";
import { type Session } from "../session.ts";
import { Census, type Counts } from "./census.ts";
import { Channel } from "./channel.ts";
import { type Origin, User } from "./user.ts";
import { Watchers } from "./watchers.ts";

/** Of those who have gone so many are remembered. */
const departedMax = 1_000;

export class Network {
  readonly sessions = new Map<ConnectionId, Session>();
  readonly #users = new Map<AccountId, User>();
  readonly #usersByNick = new NameMap<User>();
  readonly #usersByAccount = new NameMap<User>();
  readonly #channels = new Map<ChannelId, Channel>();
  readonly #channelsByName = new NameMap<Channel>();
  readonly watchers = new Watchers();
  /** The last of those who have gone or changed their nick, the newest last. */
  readonly departed: Departed[] = [];
  /** Names whose registration is under way. */
  readonly reserved = new Set<Folded>();
  /** All invitations, by their hash; those that have expired may still be among them. */
  readonly invitations: Map<string, InvitationRow>;
  /** Connections that wait for a decision on an account. */
  readonly waiting = new Map<ConnectionId, Session>();
  readonly #releasable = new Set<User | Channel>();
  readonly #removed = new Set<AccountId>();
  readonly #host: string;
  readonly #census = new Census();
  #nextAccount: AccountId;
  #nextChannel: ChannelId;
  #lastGuest: number = nobody;
  pendingAccounts: number;
  presentUsers = 0;
  presentUsersMost = 0;

  constructor(host: string, opening: Opening) {
    this.#host = host;
    this.#nextAccount = opening.nextAccount;
    this.#nextChannel = opening.nextChannel;
    this.pendingAccounts = opening.pendingAccounts;
    this.invitations = new Map(opening.invitations.map((row) => [row.hash, row]));
  }

  /** By the nick, or by the account's name, which nobody else may have as a nick. */
  user(name: string): User | undefined {
    return this.#usersByNick.find(name) ?? this.#usersByAccount.find(name);
  }

  /** Whose account it is: nobody is found by what they are called just now. */
  userByAccount(name: string): User | undefined {
    return this.#usersByAccount.find(name);
  }

  userById(id: AccountId): User | undefined {
    return this.#users.get(id);
  }

  channel(name: string): Channel | undefined {
    return this.#channelsByName.find(name);
  }

  channelById(id: ChannelId): Channel | undefined {
    return this.#channels.get(id);
  }

  channels(): Iterable<Channel> {
    return this.#channels.values();
  }

  users(): Iterable<User> {
    return this.#users.values();
  }

  /** Of many, as they were a second ago at most. */
  counts(now: ElapsedMs): Counts {
    return this.#census.take(this, now);
  }

  /** The user's channels; all of them are in memory while the user has a session. */
  channelsOf(user: User): Channel[] {
    const channels: Channel[] = [];
    for (const id of user.channels) {
      const channel = this.#channels.get(id);
      if (channel !== undefined) channels.push(channel);
    }
    return channels;
  }

  /** A number no account had or will have; numbers of registrations that fail are not used again. */
  takeAccountNumber(): AccountId {
    const id = this.#nextAccount;
    this.#nextAccount = (id + 1) as AccountId; // the number after an account's number
    return id;
  }

  takeGuestNumber(): AccountId {
    this.#lastGuest -= 1;
    return accountId(this.#lastGuest);
  }

  takeChannelNumber(): ChannelId {
    const id = this.#nextChannel;
    this.#nextChannel = (id + 1) as ChannelId; // the number after a channel's number
    return id;
  }

  // --- What only `apply` calls ---------------------------------------------------------------------------------

  putUser(account: AccountRow, channels: readonly ChannelId[]): User {
    const known = this.#users.get(account.id);
    if (known !== undefined) return known;
    const user = new User(account, channels, { user: account.name, host: this.#host });
    this.#users.set(account.id, user);
    // A guest who has asked for the account goes by that nick until they log in to it, or have to make way.
    if (!this.#usersByNick.has(account.name)) this.#usersByNick.set(account.name, user);
    this.#usersByAccount.set(account.name, user);
    this.#releasable.add(user);
    return user;
  }

  /** Someone without an account, by a nick that nobody has. */
  putGuest(account: AccountRow, origin: Origin): User {
    assert(isGuest(account.id), "a guest's number is below nobody's");
    const user = new User(account, [], origin);
    this.#users.set(account.id, user);
    this.#usersByNick.set(account.name, user);
    return user;
  }

  /** They last until the user's last connection has gone. */
  setUserModes(user: User, modes: string): void {
    user.modes = modes;
  }

  setNick(user: User, nick: string): void {
    this.#forgetNick(user);
    user.nick = nick;
    if (user.isGuest) user.account = { ...user.account, name: nick };
    this.#usersByNick.set(nick, user);
  }

  /** A guest has gone, who is in no channel any more. */
  removeGuest(user: User): void {
    assert(
      user.isGuest && user.channels.size === 0,
      "a guest leaves the channels before the network",
    );
    this.#users.delete(user.id);
    this.#forgetNick(user);
    this.#releasable.delete(user);
  }

  /** A guest whose connection is another user's from now on; who sees them go is told otherwise. */
  giveUpGuest(user: User): void {
    for (const { name } of this.channelsOf(user)) this.leave(name, user.nick);
    this.removeGuest(user);
    this.presentUsers -= 1;
  }

  /**
   * A guest has logged in to an account that was nowhere to be seen: its user takes the guest's place, by the same nick
   * and in the same channels. What was on its way to the guest still reaches the connection.
   */
  succeedGuest(guest: User, user: User): void {
    assert(guest.isGuest && !user.isGuest, "an account takes a guest's place");
    assert(!user.isPresent && user.channels.size === 0, "who takes a place was nowhere before");
    this.#forgetNick(user);
    this.#users.delete(guest.id);
    user.nick = guest.nick;
    this.#usersByNick.set(user.nick, user);
    user.modes = guest.modes;
    user.namedAs = guest.namedAs;
    user.sessions = guest.sessions;
    for (const session of user.sessions) session.user = user;
    user.channels = guest.channels;
    for (const channel of this.channelsOf(user)) channel.succeed(guest, user);
    for (const channel of this.#channels.values()) {
      if (!channel.invited.has(guest.id)) continue;
      channel.invited = new Set(without(channel.invited, guest.id)).add(user.id);
    }
  }

  #forgetNick(user: User): void {
    if (this.#usersByNick.find(user.nick) === user) this.#usersByNick.delete(user.nick);
  }

  putChannel(row: ChannelRow, members: readonly MemberRow[]): Channel {
    const known = this.#channels.get(row.id);
    if (known !== undefined) return known;
    const joined = members.map(({ account, channels, prefixes, joinedAt }) => ({
      user: this.putUser(account, channels),
      prefixes,
      joinedAt,
    }));
    const channel = new Channel(row, joined);
    this.#channels.set(row.id, channel);
    this.#channelsByName.set(row.name, channel);
    this.#releasable.add(channel);
    return channel;
  }

  setAccount(id: AccountId, change: Partial<AccountRow>): User {
    const user = present(this.#users.get(id), "a changed account is in memory");
    user.account = { ...user.account, ...change };
    return user;
  }

  /** Removed since the last release: an older answer may still speak of it. */
  isRemoved(id: AccountId): boolean {
    return this.#removed.has(id);
  }

  removeAccount(id: AccountId): void {
    this.#removed.add(id);
    const user = this.#users.get(id);
    if (user === undefined) return;
    this.#users.delete(id);
    this.#forgetNick(user);
    this.#usersByAccount.delete(user.account.name);
    this.#releasable.delete(user);
  }

  setChannel(name: string, change: Partial<ChannelRow>): void {
    const channel = present(this.channel(name), "a changed channel is in memory");
    channel.row = { ...channel.row, ...change };
  }

  renameChannel(from: string, to: string): void {
    const channel = present(this.channel(from), "a renamed channel is in memory");
    this.#channelsByName.delete(from);
    channel.row = { ...channel.row, name: to };
    this.#channelsByName.set(to, channel);
  }

  join(channelName: string, nick: string, prefixes: string, joinedAt: WallMs): void {
    const channel = present(this.channel(channelName), "a joined channel is in memory");
    const user = present(this.user(nick), "who joins is in memory");
    channel.putMember({ user, prefixes, joinedAt });
    user.channels = new Set(user.channels).add(channel.id);
    if (channel.invited.has(user.id)) channel.invited = without(channel.invited, user.id);
  }

  leave(channelName: string, nick: string): void {
    const channel = present(this.channel(channelName), "a left channel is in memory");
    const user = present(this.user(nick), "who leaves is in memory");
    channel.removeMember(user);
    user.channels = without(user.channels, channel.id);
    this.#releasable.add(channel).add(user);
  }

  setPrefixes(channelName: string, nick: string, prefixes: string): void {
    const channel = present(this.channel(channelName), "a channel with prefixes is in memory");
    const user = present(this.user(nick), "who gets a prefix is in memory");
    const member = channel.member(user);
    if (member !== undefined) channel.putMember({ ...member, prefixes });
  }

  attach(session: Session, nick: string, at: Happening): void {
    const user = present(this.user(nick), "who attaches is in memory");
    if (!user.isPresent) {
      this.presentUsers += 1;
      user.modes = "";
    }
    this.presentUsersMost = Math.max(this.presentUsersMost, this.presentUsers);
    user.sessions = [...user.sessions, session];
    user.expectedOn = undefined;
    session.user = user;
    session.phase = "registered";
    session.attachedAfter = at.number;
    session.signedOnAt = at.wall;
  }

  /** Who is about to come on this connection. */
  expectedOn({ id, expectedAs }: Session): User | undefined {
    const user = expectedAs === undefined ? undefined : this.userById(expectedAs);
    return user?.expectedOn === id ? user : undefined;
  }

  /** The connection is gone; a user without sessions stays in its channels. */
  detach(session: Session): void {
    this.sessions.delete(session.id);
    this.waiting.delete(session.id);
    this.watchers.removeAll(session);
    const { user } = session;
    session.phase = "closed";
    const expected = this.expectedOn(session);
    if (expected !== undefined) expected.expectedOn = undefined;
    if (user === undefined) return;
    const others = user.sessions.filter((other) => other !== session);
    if (others.length === user.sessions.length) return;
    user.sessions = others;
    user.lastRealName = session.realName;
    if (others.length > 0) return;
    this.presentUsers -= 1;
    this.#releasable.add(user);
    for (const channel of this.channelsOf(user)) this.#releasable.add(channel);
  }

  /** Notes who goes by that nick no more. */
  depart({ nick, origin, realName, accountName }: User, at: WallMs): void {
    this.departed.push({ nick, ...origin, realName, accountName, at });
    if (this.departed.length > departedMax) this.departed.shift();
  }

  /** What was looked up or left behind is looked at again at the end of the turn. */
  touch(item: User | Channel): void {
    this.#releasable.add(item);
  }

  /**
   * Lets go of channels that nobody connected is in, and of users without sessions in no channel in memory. Not
   * called while a lookup is under way: its answer may be older than what would be let go.
   */
  release(): void {
    for (const item of this.#releasable) {
      if (!(item instanceof Channel) || item.isAttended) continue;
      this.#channels.delete(item.id);
      this.#channelsByName.delete(item.name);
      for (const { user } of item.members) this.#releasable.add(user);
    }
    for (const item of this.#releasable) {
      if (!(item instanceof User) || item.isPresent || this.#isMemberInMemory(item)) continue;
      this.#users.delete(item.id);
      this.#forgetNick(item);
      this.#usersByAccount.delete(item.account.name);
    }
    this.#releasable.clear();
    this.#removed.clear();
  }

  #isMemberInMemory(user: User): boolean {
    for (const id of user.channels) if (this.#channels.has(id)) return true;
    return false;
  }

  isNameReserved(name: string): boolean {
    return this.reserved.has(fold(name));
  }
}

function without<T>(set: ReadonlySet<T>, item: T): ReadonlySet<T> {
  const smaller = new Set(set);
  smaller.delete(item);
  return smaller;
}

/** Who was there under a nick, for WHOWAS. */
export interface Departed {
  readonly nick: string;
  readonly user: string;
  readonly host: string;
  readonly realName: string;
  readonly accountName: string | undefined;
  readonly at: WallMs;
}

/** When an event happens, and the how-manieth of the server's life it is. */
export interface Happening extends Now {
  readonly number: number;
}

/** A moment on both clocks, as a turn has it. */
export interface Now {
  readonly wall: WallMs;
  readonly elapsed: ElapsedMs;
}

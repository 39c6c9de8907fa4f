/**
 * A user: someone on the network by a nick, with the sessions they have and the channels they are in.
 *
 * Mostly that is an account, with any number of sessions, also none. Where the settings let people in without an
 * account there are *guests* too, whose account is made up for as long as their one session lasts and never kept.
 *
 * Only events change a user. Arrays are replaced, never changed in place, so that an audience taken before a change
 * stays what it was.
 */
import { type AccountId, type ChannelId, type ConnectionId, isGuest } from "../../base/ids.ts";
import { type WallMs } from "../../base/time.ts";
import { type AccountRow, type LogRef } from "../outside.ts";
import { type Session } from "../session.ts";

/** What others see after the nick: `user@host`. */
export interface Origin {
  readonly user: string;
  readonly host: string;
}

/** One for all who are in no channel. */
const nowhere: ReadonlySet<ChannelId> = new Set();

export class User {
  account: AccountRow;
  sessions: readonly Session[] = [];
  channels: ReadonlySet<ChannelId>;
  /** Letters of user modes, in alphabetical order, without `o`, which is a role, and `Z`, which is by the connections. */
  modes = "";
  /** As SETNAME has set it; undefined: what the first session said in USER. */
  namedAs: string | undefined;
  /** Nobody is there yet, and will be in a moment, on that connection. */
  expectedOn: ConnectionId | undefined;
  /** Of the last session that has gone. */
  lastRealName: string | undefined;
  /** What they have read is in `markers`: one of them was here since they were brought into memory. */
  areMarkersKnown = false;
  /** Up to when they have read, by `markerKey`; undefined: nothing. */
  markers: Map<string, WallMs> | undefined;
  readonly host: string;
  readonly #userName: string;
  #nick: string;
  /** Undefined until someone asks for it: who only listens is never shown. */
  #source: string | undefined;

  constructor(account: AccountRow, channels: readonly ChannelId[], origin: Origin) {
    this.account = account;
    this.channels = channels.length === 0 ? nowhere : new Set(channels);
    this.host = origin.host;
    this.#userName = origin.user;
    this.#nick = account.name;
  }

  get id(): AccountId {
    return this.account.id;
  }

  /** The account's name, unless the settings let people call themselves otherwise. */
  get nick(): string {
    return this.#nick;
  }

  set nick(nick: string) {
    this.#nick = nick;
    this.#source = undefined;
  }

  /** Undefined for guests. */
  get accountName(): string | undefined {
    return this.isGuest ? undefined : this.account.name;
  }

  /** `nick!user@host`: addresses of members are nobody's business, so their host is the server's name. */
  get source(): string {
    // Not as a template: until it is written somewhere that would be three strings.
    this.#source ??= [this.#nick, "!", this.#userName, "@", this.host].join("");
    return this.#source;
  }

  get origin(): Origin {
    return { user: this.#userName, host: this.host };
  }

  get isGuest(): boolean {
    return isGuest(this.account.id);
  }

  /** Approved: takes part. Accounts that wait or are disabled are to others as if they did not exist. */
  get isActive(): boolean {
    return this.account.state === "active";
  }

  /** By the role of the account, or by OPER on one of the connections. */
  get isOperator(): boolean {
    if (this.hasOperatorRole) return true;
    return this.isActive && this.sessions.some(({ operatorAs }) => operatorAs !== undefined);
  }

  /** What outlasts the connections, as a rank in a room does, goes by the role alone. */
  get hasOperatorRole(): boolean {
    return this.isActive && this.account.role === "operator";
  }

  get isPresent(): boolean {
    return this.sessions.length > 0;
  }

  get realName(): string {
    return this.namedAs ?? this.sessions[0]?.realName ?? this.lastRealName ?? this.nick;
  }

  /**
   * Why they are away; undefined: they are here. Who has several devices is here while any of them is; a device that
   * came with `AWAY *` (draft/pre-away) counts only where there is no other.
   */
  get awayText(): string | undefined {
    if (this.sessions.length === 0) return this.expectedOn === undefined ? notConnected : undefined;
    let last: string | undefined;
    for (const { away } of this.sessions) {
      if (away === undefined) return undefined;
      if (away.kind === "text") last = away.text;
    }
    return last ?? notConnected;
  }

  hasMode(letter: string): boolean {
    return this.modes.includes(letter);
  }

  /** As 221 shows them: those set, and what is so without MODE: `o` the role, `Z` that all of it is by TLS. */
  get shownModes(): string {
    const isSecure = this.isPresent && this.sessions.every((session) => session.isSecure);
    const letters = `${this.modes}${this.isOperator ? "o" : ""}${isSecure ? "Z" : ""}`;
    return `+${[...letters].sort().join("")}`;
  }
}

/** A channel, or a conversation by the other one. */
export function markerKey(account: AccountId, log: LogRef): string {
  if (log.kind === "channel") return `channel ${log.channel}`;
  const [one, other] = log.between;
  return `account ${one === account ? other : one}`;
}

const notConnected = "is not connected";

/**
 * A user: an account in memory, with the sessions it has (any number, also none) and the channels it is in.
 *
 * Only events change a user. Arrays are replaced, never changed in place, so that an audience taken before a change
 * stays what it was.
 */
import { type AccountId, type ChannelId } from "../../base/ids.ts";
import { type AccountRow } from "../outside.ts";
import { type Session } from "../session.ts";

export class User {
  account: AccountRow;
  sessions: readonly Session[] = [];
  channels: ReadonlySet<ChannelId>;
  /** `nick!user@host`: addresses of members are nobody's business, so the host is the server's name. */
  readonly source: string;
  readonly host: string;

  constructor(account: AccountRow, channels: readonly ChannelId[], host: string) {
    this.account = account;
    this.channels = new Set(channels);
    this.host = host;
    this.source = `${account.name}!${account.name}@${host}`;
  }

  get id(): AccountId {
    return this.account.id;
  }

  get nick(): string {
    return this.account.name;
  }

  /** Approved: takes part. Accounts that wait or are disabled are to others as if they did not exist. */
  get isActive(): boolean {
    return this.account.state === "active";
  }

  get isOperator(): boolean {
    return this.isActive && this.account.role === "operator";
  }

  get isPresent(): boolean {
    return this.sessions.length > 0;
  }

  get realName(): string {
    return this.sessions[0]?.realName ?? this.nick;
  }
}

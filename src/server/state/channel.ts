/**
 * A channel in memory: what is kept of it, its members, and who is invited just now.
 *
 * Only events change a channel, and its arrays are replaced, never changed in place: an audience is a reference to
 * the member list as it was, and nothing changes under a fan-out.
 */
import { type AccountId, type ChannelId } from "../../base/ids.ts";
import { type WallMs } from "../../base/time.ts";
import { keptDays } from "../keep-days.ts";
import { type ChannelRow } from "../outside.ts";
import { type User } from "./user.ts";

export interface Member {
  readonly user: User;
  /** Letters, highest first: `qo`. */
  readonly prefixes: string;
  readonly joinedAt: WallMs;
}

export class Channel {
  row: ChannelRow;
  members: readonly Member[] = [];
  /** Invited and not yet come; not kept. */
  invited: ReadonlySet<AccountId> = new Set();
  readonly #byAccount = new Map<AccountId, Member>();

  constructor(row: ChannelRow, members: readonly Member[]) {
    this.row = row;
    this.members = members;
    for (const member of members) this.#byAccount.set(member.user.id, member);
  }

  get id(): ChannelId {
    return this.row.id;
  }

  get name(): string {
    return this.row.name;
  }

  hasFlag(letter: string): boolean {
    return this.row.flags.includes(letter);
  }

  member(user: User): Member | undefined {
    return this.#byAccount.get(user.id);
  }

  hasMember(user: User): boolean {
    return this.#byAccount.has(user.id);
  }

  /** Adds the member or replaces what is known of it. */
  putMember(member: Member): void {
    const known = this.#byAccount.has(member.user.id);
    this.members = known
      ? this.members.map((other) => (other.user === member.user ? member : other))
      : [...this.members, member];
    this.#byAccount.set(member.user.id, member);
  }

  /** Another user has the member's place and rank from now on. */
  succeed(before: User, user: User): void {
    const known = this.#byAccount.get(before.id);
    if (known === undefined) return;
    const member = { ...known, user };
    this.members = this.members.map((other) => (other === known ? member : other));
    this.#byAccount.delete(before.id);
    this.#byAccount.set(user.id, member);
  }

  removeMember(user: User): void {
    if (!this.#byAccount.delete(user.id)) return;
    this.members = this.members.filter((member) => member.user !== user);
  }

  /** Whether anyone of it is connected. */
  get isAttended(): boolean {
    return this.members.some((member) => member.user.isPresent);
  }

  /**
   * The modes as 324 shows them; the key and where it sends people only to members. For how long it is kept is what
   * holds, of which the server has a say too.
   */
  modes(isMember: boolean, serverKeepDays: number): string[] {
    const { flags, key, forward, limit } = this.row;
    const keepDays = keptDays(serverKeepDays, this.row.keepDays);
    const shown = (param: string): string => (isMember ? param : "*");
    const settings: [letter: string, param: string][] = [];
    if (key !== undefined) settings.push(["k", shown(key)]);
    if (forward !== undefined) settings.push(["f", shown(forward)]);
    if (limit !== undefined) settings.push(["l", String(limit)]);
    if (keepDays !== undefined) settings.push(["H", String(keepDays)]);
    const letters = settings.map(([letter]) => letter).join("");
    return [`+${flags}${letters}`, ...settings.map(([, param]) => param)];
  }
}

/**
 * Channels and their members: rows written whole and read by name or number.
 *
 * Writing is part of the store's transaction. A membership remembers the sequence from which its
 * account may read; which one that is, the store says, and only when the membership is new.
 * Removing a channel removes its memberships and leaves its log, which nobody can reach any more:
 * its number is never given again.
 */
import { type AccountId, accountId, type ChannelId, channelId } from "../base/ids.ts";
import { wallMs } from "../base/time.ts";
import { fold } from "../protocol/names.ts";
import {
  type Answer,
  type Ask,
  type ChannelRow,
  type ListedChannel,
  type ListEntry,
  type MemberRecord,
  type MemberRow,
  type Topic,
} from "../server/outside.ts";
import { accountColumns, parseAccount } from "./accounts.ts";
import { Counters } from "./counters.ts";
import { type Change, type Database, type Query } from "./database.ts";
import { metadataText, parseMetadata } from "./metadata.ts";
import { DamagedRow, integer, optionalInteger, optionalText, type Row, text } from "./rows.ts";

export class Channels {
  readonly #counters: Counters;
  readonly #save: Change;
  readonly #remove: Change;
  readonly #moveForwards: Change;
  readonly #saveMember: Change;
  readonly #removeMember: Change;
  readonly #byNumber: Query<ChannelRow>;
  readonly #byName: Query<ChannelRow>;
  readonly #members: Query<Omit<MemberRow, "channels">>;
  readonly #memberships: Query<{ readonly account: AccountId; readonly channel: ChannelId }>;
  readonly #page: Query<ListedChannel>;

  constructor(database: Database) {
    this.#counters = new Counters(database);
    this.#save = database.change(saveSql);
    this.#remove = database.change("DELETE FROM channel WHERE id = ?1");
    this.#moveForwards = database.change("UPDATE channel SET forward = ?2 WHERE forward = ?1");
    this.#saveMember = database.change(
      `INSERT INTO member (channel, account, prefixes, joined_at, since) VALUES (?1, ?2, ?3, ?4, ?5)
       ON CONFLICT (channel, account)
       DO UPDATE SET prefixes = excluded.prefixes, joined_at = excluded.joined_at`,
    );
    this.#removeMember = database.change("DELETE FROM member WHERE channel = ?1 AND account = ?2");
    this.#byNumber = database.query("SELECT * FROM channel WHERE id = ?1", parseChannel);
    this.#byName = database.query("SELECT * FROM channel WHERE folded = ?1", parseChannel);
    this.#members = database.query(
      `SELECT ${accountColumns}, m.prefixes, m.joined_at
       FROM member m JOIN account a ON a.id = m.account WHERE m.channel = ?1`,
      parseMember,
    );
    this.#memberships = database.query(
      `SELECT o.account, o.channel FROM member m JOIN member o ON o.account = m.account
       WHERE m.channel = ?1`,
      (row) => ({
        account: accountId(integer(row, "account")),
        channel: channelId(integer(row, "channel")),
      }),
    );
    this.#page = database.query(
      `SELECT c.id, c.name, c.topic_text, c.topic_at, c.created_at, c.flags,
         (SELECT count(*) FROM member m WHERE m.channel = c.id) AS members
       FROM channel c WHERE c.folded > ?1 ORDER BY c.folded LIMIT ?2`,
      parseListed,
    );
  }

  save(channel: ChannelRow): void {
    const { id, name, createdAt, topic } = channel;
    this.#save.run(
      id,
      name,
      fold(name),
      createdAt,
      channel.founder ?? null,
      topic?.text ?? null,
      topic?.by ?? null,
      topic?.at ?? null,
      channel.flags,
      channel.key ?? null,
      channel.limit ?? null,
      listText(channel.bans),
      listText(channel.inviteExceptions),
      listText(channel.banExceptions),
      channel.forward ?? null,
      metadataText(channel.metadata),
      channel.keepDays ?? null,
    );
    this.#counters.raise("channel", id);
  }

  remove(id: ChannelId): void {
    this.#remove.run(id);
  }

  moveForwards(from: string, to: string): void {
    this.#moveForwards.run(from, to);
  }

  /** `since` counts only when the membership is new. */
  saveMember({ channel, account, prefixes, joinedAt }: MemberRecord, since: number): void {
    this.#saveMember.run(channel, account, prefixes, joinedAt, since);
  }

  removeMember(channel: ChannelId, account: AccountId): void {
    this.#removeMember.run(channel, account);
  }

  find({ by }: Ask<"channel">): Answer<"channel"> {
    const channel = typeof by === "number" ? this.#byNumber.first(by) : this.#byName.first(by);
    if (channel === undefined) return { outcome: "none" };
    return { outcome: "found", channel, members: this.#membersOf(channel.id) };
  }

  list({ after, limit }: Ask<"channels">): Answer<"channels"> {
    const channels = this.#page.all(after ?? "", limit + 1); // "" sorts before every name
    const hasMore = channels.length > limit;
    return { outcome: "found", channels: channels.slice(0, limit), hasMore };
  }

  /** Two statements, however many members: one for them, one for all their channels. */
  #membersOf(channel: ChannelId): MemberRow[] {
    const channelsOf = new Map<AccountId, ChannelId[]>();
    for (const membership of this.#memberships.all(channel)) {
      const channels = channelsOf.get(membership.account);
      if (channels === undefined) channelsOf.set(membership.account, [membership.channel]);
      else channels.push(membership.channel);
    }
    return this.#members
      .all(channel)
      .map((member) => ({ ...member, channels: channelsOf.get(member.account.id) ?? [] }));
  }
}

const saveSql = `
  INSERT INTO channel (id, name, folded, created_at, founder, topic_text, topic_by, topic_at,
    flags, key, member_limit, bans, invite_exceptions, ban_exceptions, forward, metadata,
    keep_days)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
  ON CONFLICT (id) DO UPDATE SET name = excluded.name, folded = excluded.folded,
    created_at = excluded.created_at, founder = excluded.founder,
    topic_text = excluded.topic_text, topic_by = excluded.topic_by, topic_at = excluded.topic_at,
    flags = excluded.flags, key = excluded.key, member_limit = excluded.member_limit,
    bans = excluded.bans, invite_exceptions = excluded.invite_exceptions,
    ban_exceptions = excluded.ban_exceptions, forward = excluded.forward,
    metadata = excluded.metadata, keep_days = excluded.keep_days`;

function parseChannel(row: Row): ChannelRow {
  const founder = optionalInteger(row, "founder");
  return {
    id: channelId(integer(row, "id")),
    name: text(row, "name"),
    createdAt: wallMs(integer(row, "created_at")),
    founder: founder === undefined ? undefined : accountId(founder),
    topic: parseTopic(row),
    flags: text(row, "flags"),
    key: optionalText(row, "key"),
    limit: optionalInteger(row, "member_limit"),
    forward: optionalText(row, "forward"),
    keepDays: optionalInteger(row, "keep_days"),
    bans: parseList(text(row, "bans")),
    banExceptions: parseList(text(row, "ban_exceptions")),
    inviteExceptions: parseList(text(row, "invite_exceptions")),
    ...parseMetadata(row),
  };
}

function parseTopic(row: Row): Topic | undefined {
  const topic = optionalText(row, "topic_text");
  if (topic === undefined) return undefined;
  return { text: topic, by: text(row, "topic_by"), at: wallMs(integer(row, "topic_at")) };
}

function parseMember(row: Row): Omit<MemberRow, "channels"> {
  return {
    account: parseAccount(row),
    prefixes: text(row, "prefixes"),
    joinedAt: wallMs(integer(row, "joined_at")),
  };
}

function parseListed(row: Row): ListedChannel {
  const topicAt = optionalInteger(row, "topic_at");
  return {
    id: channelId(integer(row, "id")),
    name: text(row, "name"),
    topic: optionalText(row, "topic_text") ?? "",
    flags: text(row, "flags"),
    memberCount: integer(row, "members"),
    createdAt: wallMs(integer(row, "created_at")),
    topicAt: topicAt === undefined ? undefined : wallMs(topicAt),
  };
}

/** A list as it is kept: JSON, `[["mask", "by", at], …]`. */
function listText(list: readonly ListEntry[]): string {
  return JSON.stringify(list.map(({ mask, by, at }) => [mask, by, at]));
}

function parseList(json: string): ListEntry[] {
  const list: unknown = parseJson(json);
  if (!Array.isArray(list)) throw new DamagedRow("a list of masks is no array");
  return list.map(parseListEntry);
}

function parseListEntry(item: unknown): ListEntry {
  const fields: readonly unknown[] = Array.isArray(item) ? item : [];
  const [mask, by, at] = fields;
  if (typeof mask !== "string" || typeof by !== "string" || typeof at !== "number") {
    throw new DamagedRow("a list of masks has an item that is none");
  }
  return { mask, by, at: wallMs(at) };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new DamagedRow("a list of masks is no JSON");
  }
}

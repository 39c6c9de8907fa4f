/**
 * Exporting: what is kept of an account, or of a channel, as records for people to take along.
 *
 * An account's: its row, what else lets it in (labels, never what proves anything), its memberships,
 * how far it has read and what its devices were shown, the audit since it was made, and all it said,
 * wherever. A channel's: its row, its members, and all
 * that happened in it. Each record is an object of plain values, `type` first, and is read when it is
 * asked for, a page at a time: while a server is running it does not notice. What is kept after the
 * beginning is not in it. Erased words are left out; an entry that is damaged is a record that says so.
 */
import { type AccountId, type ChannelId, logId, serverAccount } from "../base/ids.ts";
import { isoTime, wallMs } from "../base/time.ts";
import { writeMessageId } from "../protocol/message-ids.ts";
import { fold } from "../protocol/names.ts";
import { type AccountRow, type ChannelRow, type MemberRow } from "../server/outside.ts";
import { Accounts } from "./accounts.ts";
import { Channels } from "./channels.ts";
import { type Database, type Query } from "./database.ts";
import { anyClass, entryColumns, parseEntry, type StoredEntry } from "./entries.ts";
import { DamagedRow, integer, optionalInteger, optionalText, type Row, text } from "./rows.ts";

export type ExportValue =
  string | number | boolean | null | readonly string[] | Readonly<Record<string, string>>;
export type ExportRecord = Readonly<Record<string, ExportValue>> & { readonly type: string };

/** Entries looked at in one statement, most of them others'. */
const lookedAtMax = 5_000;
/** Rows in one page. */
const pageMax = 1_000;

interface Found {
  readonly id: number;
  /** Undefined: it is damaged. */
  readonly entry: StoredEntry | undefined;
  /** What a channel is called now, or the other account of a conversation. */
  readonly where: string | undefined;
  readonly accountName: string | undefined;
}

export class Exporting {
  readonly #accounts: Accounts;
  readonly #channels: Channels;
  readonly #last: Query<number>;
  readonly #saidBy: Query<Found>;
  readonly #saidIn: Query<Found>;
  readonly #head: Query<number>;
  readonly #credentials: Query<ExportRecord>;
  readonly #memberships: Query<ExportRecord>;
  readonly #readMarkers: Query<ExportRecord>;
  readonly #devices: Query<ExportRecord>;
  readonly #audit: Query<ExportRecord & { readonly number: number }>;

  constructor(database: Database) {
    this.#accounts = new Accounts(database);
    this.#channels = new Channels(database);
    this.#last = database.query("SELECT max(id) AS id FROM entry", (row) => {
      return optionalInteger(row, "id") ?? 0;
    });
    this.#head = database.query("SELECT head FROM log WHERE id = ?1", (row) =>
      integer(row, "head"),
    );
    this.#saidBy = database.query(
      `SELECT e.id, ${entryColumns}, ${whereColumns} FROM entry e
       WHERE e.id > ?1 AND e.id <= ?2 AND e.account = ?3 ORDER BY e.id`,
      parseFound,
    );
    this.#saidIn = database.query(
      `SELECT e.id, ${entryColumns}, ${whereColumns} FROM entry e
       WHERE e.log = ?1 AND e.said IN (${anyClass}) AND e.sequence > ?2 AND e.sequence <= ?3
       ORDER BY e.sequence`,
      parseFound,
    );
    this.#credentials = database.query(
      `SELECT kind, label, created_at, used_at, expires_at FROM credential
       WHERE account = ?1 ORDER BY id`,
      credentialRecord,
    );
    this.#memberships = database.query(
      `SELECT c.name, m.prefixes, m.joined_at FROM member m JOIN channel c ON c.id = m.channel
       WHERE m.account = ?1 ORDER BY c.folded`,
      (row) => ({
        type: "membership",
        room: text(row, "name"),
        ranks: text(row, "prefixes"),
        joined: timeOf(row, "joined_at"),
      }),
    );
    this.#readMarkers = database.query(
      `SELECT kind, time, iif(kind = 'channel', (SELECT name FROM channel WHERE id = target),
         (SELECT name FROM account WHERE id = target)) AS name
       FROM read_marker WHERE account = ?1 ORDER BY kind, target`,
      readMarkerRecord,
    );
    this.#devices = database.query(
      `SELECT device, at,
         (SELECT label FROM credential c
          WHERE '#' || c.id = device AND c.account = device_seen.account) AS label,
         (SELECT time FROM entry WHERE id <= device_seen.entry ORDER BY id DESC LIMIT 1) AS shown
       FROM device_seen WHERE account = ?1 ORDER BY device`,
      deviceRecord,
    );
    this.#audit = database.query(
      `SELECT id, time, event, address, actor, detail FROM audit
       WHERE account = ?1 AND time >= ?2 AND id > ?3 ORDER BY id LIMIT ${pageMax}`,
      auditRecord,
    );
  }

  /** Undefined: there is no such account. */
  account(name: string): Iterable<ExportRecord> | undefined {
    const answer = this.#accounts.find({ by: fold(name) });
    return answer.outcome === "found" ? this.#account(answer.account) : undefined;
  }

  /** Undefined: there is no such channel. */
  channel(name: string): Iterable<ExportRecord> | undefined {
    const answer = this.#channels.find({ by: fold(name) });
    return answer.outcome === "found" ? this.#channel(answer.channel, answer.members) : undefined;
  }

  *#account(account: AccountRow): Iterable<ExportRecord> {
    const last = this.#last.first() ?? 0;
    yield accountRecord(account);
    yield* this.#credentials.all(account.id);
    yield* this.#memberships.all(account.id);
    yield* this.#readMarkers.all(account.id);
    yield* this.#devices.all(account.id);
    yield* this.#auditOf(account);
    yield* this.#saidByAccount(account.id, last);
  }

  /** Since the account was made: someone else may have had its name before. */
  *#auditOf({ name, createdAt }: AccountRow): Iterable<ExportRecord> {
    for (let after = 0; ;) {
      const page = this.#audit.all(fold(name), createdAt, after);
      for (const { number: _number, ...record } of page) yield record;
      if (page.length < pageMax) return;
      after = page.at(-1)?.number ?? after;
    }
  }

  *#saidByAccount(account: AccountId, last: number): Iterable<ExportRecord> {
    for (let after = 0; after < last; after += lookedAtMax) {
      const page = this.#saidBy.all(after, Math.min(after + lookedAtMax, last), account);
      yield* page.flatMap(entryRecords);
    }
  }

  *#channel(channel: ChannelRow, members: readonly MemberRow[]): Iterable<ExportRecord> {
    const head = this.#head.first(channel.id) ?? 0;
    yield channelRecord(channel);
    for (const { account, prefixes, joinedAt } of members) {
      yield { type: "member", account: account.name, ranks: prefixes, joined: isoTime(joinedAt) };
    }
    yield* this.#saidInChannel(channel.id, head);
  }

  *#saidInChannel(channel: ChannelId, head: number): Iterable<ExportRecord> {
    const log = logId(channel);
    // By pages of sequences, whatever is damaged or gone among them.
    for (let after = 0; after < head; after += pageMax) {
      const page = this.#saidIn.all(log, after, Math.min(after + pageMax, head));
      yield* page.flatMap(entryRecords);
    }
  }
}

/** Of an entry `e`: where it was said, and who says it now. */
const whereColumns = `
  CASE WHEN e.log > 0 THEN (SELECT name FROM channel WHERE id = e.log) ELSE
    (SELECT name FROM account WHERE id = (SELECT iif(low = e.account, high, low)
      FROM conversation WHERE id = -e.log))
  END AS where_now,
  (SELECT name FROM account WHERE id = e.account) AS account_name`;

function parseFound(row: Row): Found {
  return {
    id: integer(row, "id"),
    entry: intactEntry(row),
    where: optionalText(row, "where_now"),
    accountName: optionalText(row, "account_name"),
  };
}

function intactEntry(row: Row): StoredEntry | undefined {
  try {
    return parseEntry(row);
  } catch (error) {
    if (error instanceof DamagedRow) return undefined;
    throw error;
  }
}

function entryRecords({ id, entry, where, accountName }: Found): ExportRecord[] {
  if (entry === undefined) return [{ type: "damaged", entry: id }];
  const { command, middle, target, source, tags } = entry;
  if (entry.isErased) return [];
  const isSpoken = ["PRIVMSG", "NOTICE", "TAGMSG"].includes(command);
  const isPrivate = entry.log < 0;
  return [
    {
      type: isSpoken ? "message" : "event",
      time: isoTime(entry.time),
      msgid: writeMessageId(entry),
      [isPrivate ? "with" : "room"]: where ?? target,
      from: source,
      account: entry.account === serverAccount ? null : (accountName ?? null),
      command,
      target,
      ...(middle === "" ? {} : { parameters: middle }),
      text: entry.text,
      ...(tags === "" ? {} : { tags }),
    },
  ];
}

function accountRecord(account: AccountRow): ExportRecord {
  const { name, state, role, createdAt, isStrict, expiresAt, email, metadata } = account;
  return {
    type: "account",
    name,
    state,
    role,
    created: isoTime(createdAt),
    expires: expiresAt === undefined ? null : isoTime(expiresAt),
    strict: isStrict,
    email: email ?? null,
    metadata: Object.fromEntries(metadata ?? []),
  };
}

function channelRecord(channel: ChannelRow): ExportRecord {
  const { name, createdAt, topic, flags, limit, keepDays, metadata } = channel;
  const masks = (list: ChannelRow["bans"]): string[] => list.map(({ mask }) => mask);
  return {
    type: "room",
    name,
    created: isoTime(createdAt),
    topic: topic?.text ?? "",
    modes: flags,
    limit: limit ?? null,
    keepDays: keepDays ?? null,
    bans: masks(channel.bans),
    banExceptions: masks(channel.banExceptions),
    inviteExceptions: masks(channel.inviteExceptions),
    metadata: Object.fromEntries(metadata ?? []),
  };
}

function credentialRecord(row: Row): ExportRecord {
  return {
    type: "credential",
    kind: text(row, "kind"),
    label: text(row, "label"),
    created: timeOf(row, "created_at"),
    used: optionalTimeOf(row, "used_at"),
    expires: optionalTimeOf(row, "expires_at"),
  };
}

/** What has no name is no more, or is the server. */
function readMarkerRecord(row: Row): ExportRecord {
  const place = text(row, "kind") === "channel" ? "room" : "with";
  const name = optionalText(row, "name") ?? null;
  return { type: "read-marker", [place]: name, read: timeOf(row, "time") };
}

/**
 * Called by the name it gave at its login, or by the label of the credential it came in with. What has neither came in
 * with the account's own password, or its credential is no more.
 */
function deviceRecord(row: Row): ExportRecord {
  const device = text(row, "device");
  return {
    type: "device",
    name: device.startsWith("@") ? device.slice(1) : null,
    credential: optionalText(row, "label") ?? null,
    shown: optionalTimeOf(row, "shown"),
    used: timeOf(row, "at"),
  };
}

function auditRecord(row: Row): ExportRecord & { readonly number: number } {
  return {
    type: "audit",
    number: integer(row, "id"),
    time: timeOf(row, "time"),
    event: text(row, "event"),
    address: text(row, "address"),
    actor: text(row, "actor"),
    detail: text(row, "detail"),
  };
}

function timeOf(row: Row, column: string): string {
  return isoTime(wallMs(integer(row, column)));
}

function optionalTimeOf(row: Row, column: string): string | null {
  return row[column] === null ? null : timeOf(row, column);
}

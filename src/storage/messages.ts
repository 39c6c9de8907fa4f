/**
 * Messages: what happens in a log gets its place here, and is written down.
 *
 * It promises: sequences in a log are contiguous from 1 and never given twice, also when what had
 * them is gone; time in a log never
 * runs back; an account's nonce is kept once, and whoever repeats it is told the first's place. A
 * conversation gets its number with its first entry.
 *
 * Where each log stands (its *head*) is in the table `log` and, for the logs in use, in memory. All
 * changes of a transaction are made on copies of the heads: `committed` makes the copies the heads,
 * `rolledBack` forgets them, so memory never says what the disk does not.
 */
import { assert, present } from "../base/assert.ts";
import { type AccountId, accountId, type ChannelId, type LogId, logId } from "../base/ids.ts";
import { type WallMs, wallMs } from "../base/time.ts";
import {
  type Answer,
  type Ask,
  type EntryOutcome,
  type EntryRecord,
  type LogRef,
} from "../server/outside.ts";
import { type Change, type Database, type Query } from "./database.ts";
import {
  checksum,
  classOf,
  entryClasses,
  entryColumns,
  parseEntry,
  replyOf,
  type StoredEntry,
  writeSeams,
} from "./entries.ts";
import { RecentMap } from "./recent.ts";
import { DamagedRow, integer, optionalInteger } from "./rows.ts";

/**
 * Heads in memory: about 100 bytes each. A log beyond them costs one more read at its next entry.
 */
export const headsMax = 4096;

/** A channel's number, or `low:high` for a conversation. */
type LogKey = number | string;

interface Head {
  readonly log: LogId;
  sequence: number;
  time: WallMs;
}

export class Messages {
  readonly #insert: Change;
  readonly #byNonce: Query<StoredEntry & { readonly id: number }>;
  readonly #readHead: Query<{ head: number; time: number; last: number }>;
  readonly #writeHead: Change;
  readonly #conversation: Query<number>;
  readonly #newConversation: Query<number>;

  readonly #heads = new RecentMap<LogKey, Head>(headsMax);
  /** The open transaction's: heads it has touched, logs it has written to, and who joined where. */
  readonly #touched = new Map<LogKey, Head>();
  readonly #written = new Set<Head>();
  readonly #joins = new Map<string, number>();

  constructor(database: Database) {
    this.#insert = database.change(
      `INSERT INTO entry (log, said, sequence, time, account, source, command, target, middle,
         text, seams, tags, nonce, crc, reply)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
       ON CONFLICT (account, nonce) WHERE nonce IS NOT NULL DO NOTHING`,
    );
    this.#byNonce = database.query(
      `SELECT e.id, ${entryColumns} FROM entry e WHERE e.account = ?1 AND e.nonce = ?2`,
      (row) => ({ ...parseEntry(row), id: integer(row, "id") }),
    );
    this.#readHead = database.query(headSql, (row) => ({
      head: optionalInteger(row, "head") ?? 0,
      time: optionalInteger(row, "time") ?? 0,
      last: integer(row, "last"),
    }));
    this.#writeHead = database.change(
      `INSERT INTO log (id, head, time) VALUES (?1, ?2, ?3)
       ON CONFLICT (id) DO UPDATE SET head = excluded.head, time = excluded.time`,
    );
    this.#conversation = database.query(
      "SELECT id FROM conversation WHERE low = ?1 AND high = ?2",
      (row) => integer(row, "id"),
    );
    this.#newConversation = database.query(
      "INSERT INTO conversation (low, high) VALUES (?1, ?2) RETURNING id",
      (row) => integer(row, "id"),
    );
  }

  /**
   * Writes the entry at the end of its log, or finds the one that was kept with its nonce before.
   */
  append(record: EntryRecord, now: WallMs): EntryOutcome {
    const head = this.#headOf(record.log);
    const entry: StoredEntry = {
      log: head.log,
      sequence: head.sequence + 1,
      time: wallMs(Math.max(now, head.time)),
      account: record.account,
      source: record.source,
      command: record.command,
      target: record.target,
      middle: record.middle,
      text: record.text,
      seams: record.seams,
      tags: record.tags,
      nonce: record.nonce,
      isErased: false,
    };
    const id = this.#write(entry);
    if (id === undefined) return this.#outcomeOfNonce(entry);
    head.sequence = entry.sequence;
    head.time = entry.time;
    this.#written.add(head);
    if (entry.command === "JOIN") {
      this.#joins.set(`${entry.account} ${entry.log}`, entry.sequence);
    }
    const { log, sequence, time } = entry;
    return { place: { log, sequence, time }, isFirst: true, id };
  }

  /**
   * From where a member reads who becomes one now: from their own JOIN, when it was kept in this
   * transaction, else from what comes next.
   */
  readableFrom(channel: ChannelId, account: AccountId): number {
    const head = this.#headOf({ kind: "channel", channel });
    return this.#joins.get(`${account} ${head.log}`) ?? head.sequence + 1;
  }

  /** Writes the heads: once for each log in a transaction, just before it is committed. */
  finish(): void {
    for (const { log, sequence, time } of this.#written) this.#writeHead.run(log, sequence, time);
  }

  committed(): void {
    for (const [key, head] of this.#touched) this.#heads.set(key, head);
    this.rolledBack();
  }

  rolledBack(): void {
    this.#touched.clear();
    this.#written.clear();
    this.#joins.clear();
  }

  /** Its id; undefined when there is an entry with this nonce already. */
  #write(entry: StoredEntry): number | undefined {
    const { log, sequence, time, account, command, nonce } = entry;
    return this.#insert.insert(
      log,
      classOf(entry),
      sequence,
      time,
      account,
      entry.source,
      command,
      entry.target,
      entry.middle,
      entry.text,
      writeSeams(entry.seams),
      entry.tags,
      nonce ?? null,
      checksum(entry),
      replyOf(entry) ?? null,
    );
  }

  /** Where the account's entry with this nonce is. */
  find({ account, nonce }: Ask<"said">): Answer<"said"> {
    const entry = this.#byNonce.first(account, nonce);
    if (entry === undefined) return { outcome: "none" };
    const { log, sequence, time } = entry;
    return { outcome: "found", place: { log, sequence, time } };
  }

  #outcomeOfNonce({ account, nonce }: StoredEntry): EntryOutcome {
    assert(nonce !== undefined, "only an entry with a nonce can be kept before");
    const first = this.#byNonce.first(account, nonce);
    const { id, log, sequence, time } = present(first, "a nonce that is taken has an entry");
    return { place: { log, sequence, time }, isFirst: false, id };
  }

  /** The transaction's own copy of where the log stands. */
  #headOf(ref: LogRef): Head {
    const key = keyOf(ref);
    const touched = this.#touched.get(key);
    if (touched !== undefined) return touched;
    const known = this.#heads.find(key);
    const head = known === undefined ? this.#loadHead(this.#numberOf(ref)) : { ...known };
    this.#touched.set(key, head);
    return head;
  }

  #numberOf(ref: LogRef): LogId {
    if (ref.kind === "channel") return logId(ref.channel);
    const [low, high] = ordered(ref.between);
    const id = this.#conversation.first(low, high) ?? this.#newConversation.first(low, high);
    return logId(-present(id, "a new conversation has a number"));
  }

  #loadHead(log: LogId): Head {
    const { head, time, last } = present(this.#readHead.first(log), "there is always one row");
    // Else entries were lost, or the next one would get a place that was given before.
    if (last !== head) throw new DamagedRow(`log ${log} ends at ${last}, its head says ${head}`);
    return { log, sequence: head, time: wallMs(time) };
  }
}

/** The two accounts of a conversation, the lower number first. */
export function ordered([one, other]: readonly [AccountId, AccountId]): [AccountId, AccountId] {
  return [accountId(Math.min(one, other)), accountId(Math.max(one, other))];
}

function keyOf(ref: LogRef): LogKey {
  if (ref.kind === "channel") return ref.channel;
  const [one, other] = ref.between;
  return one < other ? `${one}:${other}` : `${other}:${one}`;
}

/**
 * One row: the head as noted, and the last sequence that is really there, or was until its time was
 * over (`retention.ts`).
 */
const headSql = `
  SELECT (SELECT head FROM log WHERE id = ?1) AS head,
    (SELECT time FROM log WHERE id = ?1) AS time,
    max(ifnull((SELECT floor FROM log WHERE id = ?1), 0), ${Object.values(entryClasses)
      .map(
        (said) => `ifnull((SELECT max(sequence) FROM entry WHERE log = ?1 AND said = ${said}), 0)`,
      )
      .join(", ")}) AS last`;

/**
 * Readable: who may read what of all that was said, decided in this one place.
 *
 *     a channel        its members, each from the start of their membership on. Who leaves or is put out reads nothing;
 *                      who comes back reads from the new start on, as everyone who comes.
 *                      A guest, whose membership is not kept, reads while they are there, by when they came.
 *     a conversation   its two accounts, all of it. Accounts are numbers that are never given again: who takes a name
 *                      later is another account, in another conversation.
 *
 * Whatever reads entries for someone (pages, search, replay) asks here first, in the same transaction.
 */
import { type AccountId, accountId, isGuest, type LogId, logId } from "../base/ids.ts";
import { type WallMs, wallMs } from "../base/time.ts";
import { type LogRef } from "../server/outside.ts";
import { type Database, type Query } from "./database.ts";
import { LogTimes } from "./log-times.ts";
import { ordered } from "./messages.ts";
import { integer, optionalText, type Row } from "./rows.ts";

/** What a reader may read: the log, from a sequence on. */
export interface Readable {
  readonly log: LogId;
  readonly from: number;
}

export interface ReadableAsk {
  readonly reader: AccountId;
  readonly log: LogRef;
  /** Of a guest: since when they are in the channel, which is not kept. */
  readonly guestSince?: WallMs | undefined;
}

/** A log someone takes part in; `other` is set for a conversation. */
export interface Part extends Readable {
  /** The channel's, or the other account's; undefined for the server and for an account that is no more. */
  readonly name: string | undefined;
  readonly other: AccountId | undefined;
}

export class Readables {
  readonly #times: LogTimes;
  readonly #since: Query<number>;
  readonly #conversation: Query<number>;
  readonly #parts: Query<Part>;

  constructor(database: Database) {
    this.#times = new LogTimes(database);
    this.#since = database.query(
      "SELECT since FROM member WHERE channel = ?1 AND account = ?2",
      (row) => integer(row, "since"),
    );
    this.#conversation = database.query(
      "SELECT id FROM conversation WHERE low = ?1 AND high = ?2",
      (row) => integer(row, "id"),
    );
    this.#parts = database.query(partsSql, parsePart);
  }

  /** Undefined: nothing. @throws DamagedRow */
  of({ reader, log: ref, guestSince }: ReadableAsk): Readable | undefined {
    if (ref.kind === "channel") {
      const log = logId(ref.channel);
      const from = isGuest(reader)
        ? this.#firstAfter(log, guestSince)
        : this.#since.first(ref.channel, reader);
      return from === undefined ? undefined : { log, from };
    }
    const log = this.numberOf(ref);
    return log === undefined || !ref.between.includes(reader) ? undefined : { log, from: 1 };
  }

  /** What was said in the millisecond of their coming may have been before it: they do not read that. */
  #firstAfter(log: LogId, time: WallMs | undefined): number | undefined {
    return time === undefined
      ? undefined
      : this.#times.firstSince(wallMs(time + 1), { log, from: 1 });
  }

  /** The log's number, whoever may read it; undefined for a conversation in which nothing was said yet. */
  numberOf(ref: LogRef): LogId | undefined {
    if (ref.kind === "channel") return logId(ref.channel);
    const id = this.#conversation.first(...ordered(ref.between));
    return id === undefined ? undefined : logId(-id);
  }

  /** All logs the reader takes part in where something happened after that time. */
  partsOf(reader: AccountId, after: WallMs): readonly Part[] {
    return this.#parts.all(reader, after);
  }
}

const partsSql = `
  SELECT m.channel AS log, m.since AS since, c.name AS name, NULL AS other
    FROM member m JOIN channel c ON c.id = m.channel JOIN log l ON l.id = m.channel
    WHERE m.account = ?1 AND l.time > ?2
  UNION ALL
  SELECT -v.id, 1, (SELECT name FROM account WHERE id = v.high), v.high
    FROM conversation v JOIN log l ON l.id = -v.id
    WHERE v.low = ?1 AND l.time > ?2
  UNION ALL
  SELECT -v.id, 1, (SELECT name FROM account WHERE id = v.low), v.low
    FROM conversation v JOIN log l ON l.id = -v.id
    WHERE v.high = ?1 AND v.low <> ?1 AND l.time > ?2`;

function parsePart(row: Row): Part {
  const other = row["other"] === null ? undefined : accountId(integer(row, "other"));
  return {
    log: logId(integer(row, "log")),
    from: integer(row, "since"),
    name: optionalText(row, "name"),
    other,
  };
}

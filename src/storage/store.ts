/**
 * SqliteStore: what the server keeps and asks for, in one SQLite file.
 *
 * It promises: all records of a `keep` are on disk when it answers `kept`, or none is and it
 * answers `failed`; what it remembers in memory is never ahead of the disk; a question that meets
 * damage is `unavailable`, and the damage is reported, never served. Both answer at once. After
 * `failed` the program is to end: its next start recovers.
 *
 * Each record is written by the file of its table; here is the transaction around them.
 */
import { AssertionError } from "../base/assert.ts";
import { accountId, channelId } from "../base/ids.ts";
import { type WallMs, wallMs } from "../base/time.ts";
import {
  type Answer,
  type Ask,
  type EntryOutcome,
  type KeepAnswer,
  type KeptRecord,
  type Opening,
  type Store,
  type Unavailable,
} from "../server/outside.ts";
import { Accounts } from "./accounts.ts";
import { Audit } from "./audit.ts";
import { Channels } from "./channels.ts";
import { Counters } from "./counters.ts";
import { type Database, type Query } from "./database.ts";
import { Erasing } from "./erasing.ts";
import { describe } from "./fault.ts";
import { History } from "./history.ts";
import { Invitations } from "./invitations.ts";
import { Messages } from "./messages.ts";
import { optionalInteger } from "./rows.ts";

/** The questions that are answered from the database. */
export type StoredKind =
  | "account"
  | "channel"
  | "accounts"
  | "channels"
  | "history"
  | "targets"
  | "message"
  | "said"
  | "audit";

export class SqliteStore implements Store {
  readonly #database: Database;
  readonly #report: (problem: string) => void;
  readonly #accounts: Accounts;
  readonly #channels: Channels;
  readonly #messages: Messages;
  readonly #erasing: Erasing;
  readonly #invitations: Invitations;
  readonly #audit: Audit;
  readonly #counters: Counters;
  readonly #latestEntry: Query<number>;
  /** What was erased may still be in the write-ahead log. */
  #hasErased = true;
  readonly #answers: { readonly [K in StoredKind]: (ask: Ask<K>) => Answer<K> };

  /** `report` is told, in a sentence without any user's data, what is wrong with the database. */
  constructor(database: Database, report: (problem: string) => void) {
    this.#database = database;
    this.#report = report;
    this.#accounts = new Accounts(database);
    this.#channels = new Channels(database);
    this.#messages = new Messages(database);
    this.#erasing = new Erasing(database);
    this.#invitations = new Invitations(database);
    this.#audit = new Audit(database);
    this.#counters = new Counters(database);
    this.#latestEntry = database.query(
      "SELECT max(time) AS time FROM log",
      (row) => optionalInteger(row, "time") ?? 0,
    );
    const history = new History(database);
    this.#answers = {
      account: (ask) => this.#accounts.find(ask),
      accounts: (ask) => this.#accounts.list(ask),
      channel: (ask) => this.#channels.find(ask),
      channels: (ask) => this.#channels.list(ask),
      history: (ask) => history.page(ask),
      targets: (ask) => history.targets(ask),
      message: (ask) => history.message(ask),
      said: (ask) => this.#messages.find(ask),
      audit: (ask) => this.#audit.page(ask),
    };
  }

  keep(records: readonly KeptRecord[], now: WallMs, answer: (answer: KeepAnswer) => void): void {
    answer(this.#keep(records, now));
  }

  answer<K extends StoredKind>(kind: K, ask: Ask<K>): Answer<K> | Unavailable {
    try {
      return this.#database.reading(() => this.#answers[kind](ask));
    } catch (error) {
      if (error instanceof AssertionError) throw error; // a bug of ours, not a failing disk
      this.#report(`the question "${kind}" cannot be answered: ${describe(error)}`);
      return { outcome: "unavailable" };
    }
  }

  /** What the server begins with. @throws when the database cannot be read. */
  opening(): Opening {
    return {
      nextAccount: accountId(this.#counters.value("account") + 1),
      nextChannel: channelId(this.#counters.value("channel") + 1),
      pendingAccounts: this.#accounts.countPending(),
      invitations: this.#invitations.all(),
      hasOperator: this.#accounts.hasOperator(),
      latest: wallMs(Math.max(this.#counters.value("latest"), this.#latestEntry.first() ?? 0)),
    };
  }

  /**
   * To be called when there is nothing else to do, so that no commit has to wait for it. When something was erased, or
   * may have been before the start, the log is emptied too: it has what was written before.
   */
  checkpoint(): void {
    try {
      if (this.#hasErased && this.#database.emptyLog()) this.#hasErased = false;
      else this.#database.checkpoint();
    } catch (error) {
      this.#report(`the write-ahead log cannot be emptied: ${describe(error)}`);
    }
  }

  close(): void {
    try {
      this.#database.close();
    } catch (error) {
      // What was kept is on disk all the same, and the next start empties the log.
      this.#report(`the database did not close well: ${describe(error)}`);
    }
  }

  #keep(records: readonly KeptRecord[], now: WallMs): KeepAnswer {
    if (records.length === 0) return { kind: "kept", outcomes: [] };
    try {
      const outcomes = this.#database.transaction(() => this.#write(records, now));
      this.#messages.committed();
      return { kind: "kept", outcomes };
    } catch (error) {
      this.#messages.rolledBack();
      return { kind: "failed", reason: describe(error) };
    }
  }

  #write(records: readonly KeptRecord[], now: WallMs): EntryOutcome[] {
    const outcomes: EntryOutcome[] = [];
    let isStateChanged = false;
    for (const record of records) {
      if (record.kind === "entry") {
        outcomes.push(this.#messages.append(record, now));
      } else {
        this.#change(record, now);
        isStateChanged = true;
      }
    }
    this.#messages.finish();
    if (isStateChanged) this.#counters.raise("latest", now);
    return outcomes;
  }

  #change(record: Exclude<KeptRecord, { kind: "entry" }>, now: WallMs): void {
    switch (record.kind) {
      case "account":
        return this.#accounts.save(record.account);
      case "account-removed":
        return this.#accounts.remove(record.id);
      case "channel":
        return this.#channels.save(record.channel);
      case "channel-removed":
        return this.#channels.remove(record.id);
      case "forwards-moved":
        return this.#channels.moveForwards(record.from, record.to);
      case "member": {
        const since = this.#messages.readableFrom(record.channel, record.account);
        return this.#channels.saveMember(record, since);
      }
      case "member-removed":
        return this.#channels.removeMember(record.channel, record.account);
      case "erased":
        this.#hasErased = true;
        return this.#erasing.erase(record.place);
      case "invitation":
        return this.#invitations.save(record.invitation);
      case "invitation-removed":
        return this.#invitations.remove(record.hash);
      case "audit":
        this.#audit.append(record.audit, now);
        return this.#audit.trim();
    }
  }
}

/**
 * SqliteStore: what the server keeps and asks for, in one SQLite file.
 *
 * It promises: all records of a `keep` are in the file when it says `written`, and on the disk when it
 * says `kept`, or none is and it says `failed`; what it remembers in memory is never ahead of the file;
 * a question that meets damage is `unavailable`, and the damage is reported, never served. Questions
 * are answered at once. After `failed` the program is to end: its next start recovers.
 *
 * Where there is somebody to remind it (`auditLater`), what is kept for the audit alone waits for the
 * next commit, or for the reminder: else each refused login would make everyone wait for the disk. So
 * a kill of the program can lose the newest lines of the audit, and nothing else.
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
  type Keeping,
  type KeptRecord,
  type Opening,
  type Store,
  type Unavailable,
} from "../server/outside.ts";
import { Accounts } from "./accounts.ts";
import { Audit, type AuditedAt } from "./audit.ts";
import { Channels } from "./channels.ts";
import { Counters } from "./counters.ts";
import { type Database, type Query } from "./database.ts";
import { type KeepAttempt } from "./enduring.ts";
import { Erasing } from "./erasing.ts";
import { describe, isBusy, isFull } from "./fault.ts";
import { History } from "./history.ts";
import { Invitations } from "./invitations.ts";
import { Messages } from "./messages.ts";
import { type SyncPlace } from "./log-sync.ts";
import { Missed } from "./missed.ts";
import { Newest } from "./newest.ts";
import { Reading } from "./reading.ts";
import { Removals } from "./removals.ts";
import { Retention, type RetentionNow } from "./retention.ts";
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
  | "audit"
  | "reading"
  | "missed";

export interface StoreOptions {
  /** Is called when something waits, to call `flush` soon; left out: nothing ever waits. */
  readonly auditLater?: (flush: () => void) => void;
}

/** More do not wait: a page of them is written in 0.3 ms. */
const waitingAuditMax = 256;

/** What a step of cleaning came to. */
export interface CleaningStep {
  /** There is more to do now. */
  readonly hasMore: boolean;
  /** Of whom all is erased now, and how much it was. */
  readonly erased: { readonly name: string; readonly erased: number } | undefined;
  /** How far the clock is ahead of what retention goes by, when that is to be said. */
  readonly behindMs: number | undefined;
}

const idle: CleaningStep = { hasMore: false, erased: undefined, behindMs: undefined };

export class SqliteStore implements Store {
  readonly #database: Database;
  readonly #report: (problem: string) => void;
  readonly #auditLater: StoreOptions["auditLater"];
  #waitingAudit: AuditedAt[] = [];
  /** Somebody was asked to remind it, and has not yet. */
  #isReminderDue = false;
  #isAuditFailing = false;
  #isClosed = false;
  readonly #accounts: Accounts;
  readonly #channels: Channels;
  readonly #messages: Messages;
  readonly #erasing: Erasing;
  readonly #invitations: Invitations;
  readonly #audit: Audit;
  readonly #reading: Reading;
  readonly #missed: Missed;
  readonly #counters: Counters;
  readonly #removals: Removals;
  readonly #retention: Retention;
  #isCleaningFailing = false;
  #keptCount = 0;
  readonly #newest = new Newest();
  readonly #latestEntry: Query<number>;
  /** What was erased may still be in the write-ahead log. */
  #hasErased = true;
  readonly #answers: { readonly [K in StoredKind]: (ask: Ask<K>) => Answer<K> };

  /** `report` is told, in a sentence without any user's data, what is wrong with the database. */
  constructor(
    database: Database,
    report: (problem: string) => void,
    { auditLater }: StoreOptions = {},
  ) {
    this.#database = database;
    this.#report = report;
    this.#auditLater = auditLater;
    this.#accounts = new Accounts(database);
    this.#channels = new Channels(database);
    this.#messages = new Messages(database);
    this.#erasing = new Erasing(database);
    this.#invitations = new Invitations(database);
    this.#audit = new Audit(database);
    this.#reading = new Reading(database);
    this.#missed = new Missed(database);
    this.#counters = new Counters(database);
    this.#removals = new Removals(database);
    this.#retention = new Retention(database);
    this.#latestEntry = database.query(
      "SELECT max(time) AS time FROM log",
      (row) => optionalInteger(row, "time") ?? 0,
    );
    const history = new History(database, this.#newest);
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
      reading: (ask) => this.#reading.find(ask),
      missed: (ask) => this.#missed.page(ask),
    };
  }

  keep(records: readonly KeptRecord[], now: WallMs, keeping: Keeping): void {
    const outcome = this.attempt(records, now);
    if (outcome.kind !== "written") {
      keeping.failed(outcome.reason);
      return;
    }
    keeping.written(outcome.outcomes);
    this.sync("here", (failure) => {
      if (failure === undefined) keeping.kept();
      else keeping.failed(failure);
    });
  }

  /** Writes all of it or nothing, and says what stood in the way. */
  attempt(records: readonly KeptRecord[], now: WallMs): KeepAttempt {
    if (records.length === 0) return { kind: "written", outcomes: [], needsSync: false };
    if (this.#mayWait(records)) return this.#keepLater(records, now);
    try {
      const outcomes = this.#database.deferred(() => this.#write(records, now));
      this.#waitingAudit = [];
      this.#isAuditFailing = false;
      this.#messages.committed();
      for (const { place } of outcomes) this.#newest.changed(place.log);
      if (!records.every(leavesEntriesAlone)) this.#newest.changedAll();
      this.#keptCount += 1;
      return { kind: "written", outcomes, needsSync: true };
    } catch (error) {
      this.#messages.rolledBack();
      const kind = isFull(error) ? "full" : isBusy(error) ? "busy" : "failed";
      return { kind, reason: describe(error) };
    }
  }

  /** Brings all that is written to the disk; `failure`: why it could not. */
  sync(place: SyncPlace, synced: (failure: string | undefined) => void): void {
    this.#database.sync(place, (failure) => {
      synced(failure === undefined ? undefined : describe(failure));
    });
  }

  /** Turns that kept something, since the start. */
  get keptCount(): number {
    return this.#keptCount;
  }

  /** Writes what waits; unless it is asked for, nobody waits for it to come to the disk. */
  flush(place: SyncPlace = "in a thread"): void {
    if (this.#waitingAudit.length === 0) return;
    try {
      this.#database.deferred(() => this.#writeWaiting());
      this.#waitingAudit = [];
      this.#database.sync(place, (failure) => {
        if (failure === undefined) this.#isAuditFailing = false;
        else this.#auditFails(failure);
      });
    } catch (error) {
      // It goes with the next commit, or is tried again and again.
      this.#auditFails(error);
      this.#askForReminder();
    }
  }

  /** Said once. */
  #auditFails(reason: unknown): void {
    if (!this.#isAuditFailing) this.#report(`the audit cannot be written: ${describe(reason)}`);
    this.#isAuditFailing = true;
  }

  answer<K extends StoredKind>(kind: K, ask: Ask<K>): Answer<K> | Unavailable {
    if (kind === "audit") this.flush("here");
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
      lastEntry: this.#missed.lastEntry(),
      latest: wallMs(Math.max(this.#counters.value("latest"), this.#latestEntry.first() ?? 0)),
    };
  }

  /**
   * Does a little of what is to be done to what is kept: erases what people said who are gone, and
   * removes what is too old. When there is nothing left to do, what went is in no file any more.
   */
  clean(now: RetentionNow): CleaningStep {
    try {
      const removal = this.#removals.step();
      const retention = this.#retention.step(now);
      const hasMore = removal.hasMore || retention.hasMore;
      if (removal.erased + retention.removed > 0) this.#hasErased = true;
      if (!hasMore) this.#emptyLog();
      this.#isCleaningFailing = false;
      return { hasMore, erased: removal.done, behindMs: retention.behindMs };
    } catch (error) {
      if (error instanceof AssertionError) throw error;
      // It is tried again and again, and said once.
      if (!this.#isCleaningFailing) {
        this.#report(`what is to be erased could not be: ${describe(error)}`);
      }
      this.#isCleaningFailing = true;
      return idle;
    } finally {
      this.#newest.changedAll();
    }
  }

  /** Whether there is someone who is gone whose words are still to be erased. */
  isErasing(): boolean {
    return this.#removals.isUnderWay();
  }

  #emptyLog(): void {
    if (this.#hasErased && this.#database.emptyLog()) this.#hasErased = false;
  }

  close(): void {
    this.#isClosed = true;
    this.flush();
    try {
      this.#database.close();
    } catch (error) {
      // What was kept is on disk all the same, and the next start empties the log.
      this.#report(`the database did not close well: ${describe(error)}`);
    }
  }

  #mayWait(records: readonly KeptRecord[]): boolean {
    const count = this.#waitingAudit.length + records.length;
    if (this.#auditLater === undefined || count > waitingAuditMax) return false;
    return records.every(({ kind }) => kind === "audit");
  }

  #keepLater(records: readonly KeptRecord[], at: WallMs): KeepAttempt {
    for (const record of records) {
      if (record.kind === "audit") this.#waitingAudit.push({ audit: record.audit, at });
    }
    this.#askForReminder();
    return { kind: "written", outcomes: [], needsSync: false };
  }

  #askForReminder(): void {
    if (this.#isReminderDue || this.#isClosed || this.#auditLater === undefined) return;
    this.#isReminderDue = true;
    this.#auditLater(() => {
      this.#isReminderDue = false;
      if (!this.#isClosed) this.flush();
    });
  }

  /** In the order in which it came. */
  #writeWaiting(): void {
    this.#audit.appendAll(this.#waitingAudit);
    const last = this.#waitingAudit.at(-1);
    if (last !== undefined) this.#counters.raise("latest", last.at);
  }

  #write(records: readonly KeptRecord[], now: WallMs): EntryOutcome[] {
    if (this.#waitingAudit.length > 0) this.#writeWaiting();
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
        if (record.erases === true) this.#removals.begin(record.id);
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
      case "read-marker":
        return this.#reading.mark(record);
      case "device-seen":
        return this.#reading.seen(record, now);
    }
  }
}

/** Whether entries that were kept before, and the names of their accounts, are what they were. */
function leavesEntriesAlone({ kind }: KeptRecord): boolean {
  switch (kind) {
    case "entry":
    case "audit":
    case "channel":
    case "member":
    case "member-removed":
    case "invitation":
    case "invitation-removed":
    case "read-marker":
    case "device-seen":
      return true;
    case "account":
    case "account-removed":
    case "channel-removed":
    case "forwards-moved":
    case "erased":
      return false;
  }
}

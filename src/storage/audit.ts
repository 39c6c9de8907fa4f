/**
 * Audit: what happened to accounts and logins, the newest of it.
 *
 * Rows are only appended, within the store's transaction; strangers cause them too (refused
 * logins), so there is a limit, and beyond it the oldest go. Rows are numbered from 1 without gaps,
 * which is how the oldest are known.
 */
import { type WallMs, wallMs } from "../base/time.ts";
import { type Answer, type Ask, type AuditRecord } from "../server/outside.ts";
import { type Change, type Database, type Query } from "./database.ts";
import { integer, optionalInteger, type Row, text } from "./rows.ts";

/** About 15 MB. */
const auditRowsMax = 100_000;
/** So many are removed at once at most, so that no commit waits for long. */
const removedAtOnceMax = 64;

/** What happened, and when. */
export interface AuditedAt {
  readonly audit: AuditRecord;
  readonly at: WallMs;
}

type AuditEntry = AuditRecord & { readonly id: number; readonly time: WallMs };

const columns = "id, time, event, account, address, actor, detail";

export class Audit {
  readonly #append: Change;
  readonly #removeUpTo: Change;
  readonly #page: Query<AuditEntry>;
  readonly #pageOfAccount: Query<AuditEntry>;
  readonly #last: Query<number>;
  readonly #rowsMax: number;

  constructor(database: Database, rowsMax = auditRowsMax) {
    this.#rowsMax = rowsMax;
    this.#append = database.change(
      `INSERT INTO audit (time, event, account, address, actor, detail)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
    );
    this.#removeUpTo = database.change(
      `DELETE FROM audit WHERE id IN
         (SELECT id FROM audit WHERE id <= ?1 ORDER BY id LIMIT ${removedAtOnceMax})`,
    );
    this.#last = database.query(
      "SELECT max(id) AS id FROM audit",
      (row) => optionalInteger(row, "id") ?? 0,
    );
    this.#page = database.query(
      `SELECT ${columns} FROM audit WHERE id < ?1 ORDER BY id DESC LIMIT ?2`,
      parseEntry,
    );
    this.#pageOfAccount = database.query(
      `SELECT ${columns} FROM audit WHERE account = ?3 AND id < ?1 ORDER BY id DESC LIMIT ?2`,
      parseEntry,
    );
  }

  append({ event, account, address, actor, detail }: AuditRecord, now: WallMs): void {
    this.#append.run(now, event, account, address, actor, detail);
  }

  /** Many at once, and as many of the oldest go. To be called within a transaction. */
  appendAll(entries: readonly AuditedAt[]): void {
    for (const [index, { audit, at }] of entries.entries()) {
      this.append(audit, at);
      if (index % removedAtOnceMax === 0) this.trim();
    }
  }

  /** Takes away the oldest of what is too much. To be called within the same transaction. */
  trim(): void {
    const last = this.#last.first() ?? 0;
    if (last > this.#rowsMax) this.#removeUpTo.run(last - this.#rowsMax);
  }

  page({ account, before, limit }: Ask<"audit">): Answer<"audit"> {
    const end = before ?? Number.MAX_SAFE_INTEGER;
    const entries =
      account === undefined
        ? this.#page.all(end, limit + 1)
        : this.#pageOfAccount.all(end, limit + 1, account);
    const hasMore = entries.length > limit;
    return { outcome: "found", entries: entries.slice(0, limit), hasMore };
  }
}

function parseEntry(row: Row): AuditEntry {
  return {
    id: integer(row, "id"),
    time: wallMs(integer(row, "time")),
    event: text(row, "event"),
    account: text(row, "account"),
    address: text(row, "address"),
    actor: text(row, "actor"),
    detail: text(row, "detail"),
  };
}

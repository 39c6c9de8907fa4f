/**
 * A loss that is accepted: what was acknowledged and is gone is passed over, so that nothing of it is
 * ever given to something else.
 *
 * A place is for ever: clients hold messages by their `msgid`, and a second message under the same
 * one would be taken for the first. So every log goes on above all that can have been given in it,
 * and so do the numbers of accounts, channels, conversations, credentials and entries: by the last, devices and the index
 * of the search know how far they are. Where a log goes on,
 * the server says so in it: people are to know that something is missing, and a hole that nobody has
 * announced is still damage (`history.ts`).
 */
import { statSync } from "node:fs";
import { logId, type LogId, serverAccount } from "../base/ids.ts";
import { type WallMs, wallMs } from "../base/time.ts";
import { lossTag } from "../protocol/capabilities.ts";
import { type Change, type Database } from "./database.ts";
import { keptIn } from "./opening.ts";
import { checksum, type StoredEntry } from "./entries.ts";
import { integer, optionalText, type Row } from "./rows.ts";

export interface Loss {
  /** Changes that were kept and are gone: no log can have given more places than that. */
  readonly changes: number;
  /** What people read where it happened. */
  readonly words: string;
  /** The server's name. */
  readonly source: string;
  readonly now: WallMs;
}

/**
 * How much of what was kept is not in the database, by its witness. It is only read, so that a log
 * of which SQLite would throw the rest away when it writes is still there for whoever can save it.
 */
export function lossIn(file: string, kept: number | undefined): number {
  if (kept === undefined) return 0;
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return kept;
  try {
    return Math.max(0, kept - keptIn(file));
  } catch {
    return 0; // what is wrong with it, who opens it finds out
  }
}

/** Whether sequences skip just before this entry. */
export function isAfterLoss({ account, command, tags }: StoredEntry): boolean {
  return account === serverAccount && command === "NOTICE" && tags === lossTag;
}

/** Passes over what is lost. In one transaction: a crash meanwhile leaves the loss to be accepted. */
export function acceptLoss(database: Database, loss: Loss): void {
  const { changes } = loss;
  const logs = database.query(logsSql, parseLog);
  const insert = database.change(insertSql);
  const head = database.change("UPDATE log SET head = ?2, time = ?3 WHERE id = ?1");
  const counter = database.change(
    `INSERT INTO counter (name, value) VALUES (?1, ?2)
     ON CONFLICT (name) DO UPDATE SET value = value + ?2`,
  );
  const last = database.query("SELECT ifnull(max(id), 0) AS id FROM entry", (row) =>
    integer(row, "id"),
  );
  database.passOver(changes);
  database.transaction(() => {
    let id = (last.first() ?? 0) + changes;
    for (const log of logs.all()) {
      const entry = noticeIn(log, loss);
      id += 1;
      insertEntry(insert, id, entry);
      head.run(entry.log, entry.sequence, entry.time);
    }
    for (const name of ["account", "channel"]) counter.run(name, changes);
    for (const table of ["conversation", "credential"]) passOverNumbers(database, table, changes);
  });
}

interface LogAsItIs {
  readonly log: LogId;
  readonly head: number;
  readonly time: number;
  readonly target: string;
}

/** Logs of channels and conversations that there are. */
const logsSql = `
  SELECT l.id AS log, l.head AS head, l.time AS time, c.name AS target
    FROM log l JOIN channel c ON c.id = l.id
  UNION ALL
  SELECT l.id, l.head, l.time, (SELECT name FROM account WHERE id = v.low)
    FROM log l JOIN conversation v ON v.id = -l.id`;

function parseLog(row: Row): LogAsItIs {
  return {
    log: logId(integer(row, "log")),
    head: integer(row, "head"),
    time: integer(row, "time"),
    target: optionalText(row, "target") ?? "*",
  };
}

function noticeIn({ log, head, time, target }: LogAsItIs, loss: Loss): StoredEntry {
  return {
    log,
    sequence: head + loss.changes + 1,
    time: wallMs(Math.max(loss.now, time)),
    account: serverAccount,
    source: loss.source,
    command: "NOTICE",
    target,
    middle: "",
    text: loss.words,
    seams: [],
    tags: lossTag,
    nonce: undefined,
    isErased: false,
  };
}

const insertSql = `
  INSERT INTO entry (id, log, said, sequence, time, account, source, command, target, middle, text,
    seams, tags, nonce, crc)
  VALUES (?11, ?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, '', ?8, '', ?9, NULL, ?10)`;

function insertEntry(insert: Change, id: number, entry: StoredEntry): void {
  const { log, sequence, time, account, source, command, target, text, tags } = entry;
  const place = [log, sequence, time] as const;
  insert.run(...place, account, source, command, target, text, tags, checksum(entry), id);
}

/** SQLite keeps the highest number given in a table with AUTOINCREMENT; a row for it need not be there. */
function passOverNumbers(database: Database, table: string, count: number): void {
  const raised = database
    .change("UPDATE sqlite_sequence SET seq = seq + ?2 WHERE name = ?1")
    .run(table, count);
  if (raised > 0) return;
  database.change("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)").run(table, count);
}

/**
 * Entries as rows: their columns, their checksum, and how they are read back.
 *
 * SQLite checks its pages' structure but not the bytes of a text: four bytes changed inside one
 * pass its integrity check unseen. So each row carries a CRC-32 over all its fields, and nothing is
 * made of a row whose checksum does not match: reading it is a `DamagedRow`.
 */
import { type AccountId, accountId, type LogId, logId } from "../base/ids.ts";
import { type WallMs, wallMs } from "../base/time.ts";
import { parseTags } from "../protocol/message.ts";
import { DamagedRow, integer, optionalText, type Row, text } from "./rows.ts";

/** An entry with its place, as it is written and read. */
export interface StoredEntry {
  readonly log: LogId;
  readonly sequence: number;
  readonly time: WallMs;
  readonly account: AccountId;
  readonly source: string;
  readonly command: string;
  readonly target: string;
  readonly middle: string;
  readonly text: string;
  readonly seams: readonly number[];
  readonly tags: string;
  readonly nonce: string | undefined;
  /** What it said is gone: only its place, its author and what it was are left. */
  readonly isErased: boolean;
}

/** The column `said`: in which range of the index an entry stands. */
export const entryClasses = { happened: 0, said: 1, erased: 2, erasing: 3 } as const;

/** For a place in a log, whatever stands there. */
export const anyClass: string = Object.values(entryClasses).join(", ");

/** The columns `parseEntry` reads, of a table called `e`. */
export const entryColumns = `e.log, e.said, e.sequence, e.time, e.account, e.source, e.command,
  e.target, e.middle, e.text, e.seams, e.tags, e.nonce, e.crc`;

/** Whether the command says something to people; everything else merely happened. */
export function isSaid(command: string): boolean {
  return command === "PRIVMSG" || command === "NOTICE";
}

export function classOf({ command, isErased }: StoredEntry): number {
  if (isErased) return entryClasses.erased;
  if (command === "REDACT") return entryClasses.erasing;
  return isSaid(command) ? entryClasses.said : entryClasses.happened;
}

/** The id of the message that a reaction means. */
export function replyOf({ command, tags }: StoredEntry): string | undefined {
  if (command !== "TAGMSG") return undefined;
  const all = parseTags(tags);
  return all?.get("+reply") ?? all?.get("+draft/reply");
}

/**
 * CRC-32 over every field; seams, and that it is erased, only where it is so. NUL, which no line can carry, keeps
 * neighbours apart.
 */
export function checksum(entry: StoredEntry): number {
  const { log, sequence, time, account, source, command, target, middle, tags, nonce } = entry;
  const place = `${log} ${sequence} ${time} ${account}`;
  const name = nonce === undefined ? "-" : `+${nonce}`;
  const seams = entry.seams.length === 0 ? "" : `\0${writeSeams(entry.seams)}`;
  const end = entry.isErased ? `${seams}\0erased` : seams;
  return Bun.hash.crc32(
    `${place}\0${name}\0${source}\0${command}\0${target}\0${middle}\0${entry.text}\0${tags}${end}`,
  );
}

/** As numbers between spaces. */
export function writeSeams(seams: readonly number[]): string {
  return seams.join(" ");
}

function parseSeams(row: Row): readonly number[] {
  const written = text(row, "seams");
  return written === "" ? [] : written.split(" ").map(Number);
}

/** @throws DamagedRow when the row is not as it was written. */
export function parseEntry(row: Row): StoredEntry {
  const entry: StoredEntry = {
    log: logId(integer(row, "log")),
    sequence: integer(row, "sequence"),
    time: wallMs(integer(row, "time")),
    account: accountId(integer(row, "account")),
    source: text(row, "source"),
    command: text(row, "command"),
    target: text(row, "target"),
    middle: text(row, "middle"),
    text: text(row, "text"),
    seams: parseSeams(row),
    tags: text(row, "tags"),
    nonce: optionalText(row, "nonce"),
    isErased: integer(row, "said") === entryClasses.erased,
  };
  const isAsWritten = checksum(entry) === integer(row, "crc");
  if (isAsWritten && integer(row, "said") === classOf(entry)) return entry;
  throw new DamagedRow(`entry ${entry.sequence} of log ${entry.log} is damaged`);
}

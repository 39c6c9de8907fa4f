/**
 * Entries as rows: their columns, their checksum, and how they are read back.
 *
 * SQLite checks its pages' structure but not the bytes of a text: four bytes changed inside one
 * pass its integrity check unseen. So each row carries a CRC-32 over all its fields, and nothing is
 * made of a row whose checksum does not match: reading it is a `DamagedRow`.
 */
import { type AccountId, accountId, type LogId, logId } from "../base/ids.ts";
import { type WallMs, wallMs } from "../base/time.ts";
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
}

/** The columns `parseEntry` reads, of a table called `e`. */
export const entryColumns = `e.log, e.said, e.sequence, e.time, e.account, e.source, e.command,
  e.target, e.middle, e.text, e.seams, e.tags, e.nonce, e.crc`;

/** Whether the command says something to people; everything else merely happened. */
export function isSaid(command: string): boolean {
  return command === "PRIVMSG" || command === "NOTICE";
}

/** CRC-32 over every field; seams only where there are some. NUL, which no line can carry, keeps neighbours apart. */
export function checksum(entry: StoredEntry): number {
  const { log, sequence, time, account, source, command, target, middle, tags, nonce } = entry;
  const place = `${log} ${sequence} ${time} ${account}`;
  const name = nonce === undefined ? "-" : `+${nonce}`;
  const seams = entry.seams.length === 0 ? "" : `\0${writeSeams(entry.seams)}`;
  return Bun.hash.crc32(
    `${place}\0${name}\0${source}\0${command}\0${target}\0${middle}\0${entry.text}\0${tags}${seams}`,
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
  };
  const isAsWritten = checksum(entry) === integer(row, "crc");
  if (isAsWritten && (integer(row, "said") === 1) === isSaid(entry.command)) return entry;
  throw new DamagedRow(`entry ${entry.sequence} of log ${entry.log} is damaged`);
}

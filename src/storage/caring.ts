/**
 * Care: what `care-worker.ts` does to the database, step by step.
 *
 *     at the beginning   PRAGMA quick_check, whole
 *     every second       the write-ahead log: moved into the file when the server pauses or it has grown,
 *                        cut off when nothing was written for a while; and a few rows are scrubbed
 *
 * A checkpoint on the server's own connection holds a commit up by 17 ms and more. Here the commit is
 * not the one that does it; they share the disk all the same, and on a loaded machine no difference
 * was seen.
 */
import { statSync } from "node:fs";
import { type Database } from "./database.ts";
import { openBeside } from "./opening.ts";
import { describe } from "./fault.ts";
import { type CareReport } from "./care.ts";
import { Scrubber, someRow } from "./scrub.ts";

const everyMs = 1_000;
/** Rows scrubbed at a time: a million in three hours, for a thousandth of the thread. */
const scrubbedAtOnce = 100;
/** Pages of the log that are moved also while the server writes: 4 MiB. */
const pagesMax = 1_000;
/** Looks without anything new in the log before it is cut off. */
const quietLooksMin = 30;
/** A log that is not worth cutting off. */
const keptLogBytes = 1024 * 1024;
/** Damage is told so often; beyond, how much more there is. */
const toldMax = 20;

export class Care {
  readonly #file: string;
  readonly #report: (report: CareReport) => void;
  readonly #database: Database;
  #scrubber: Scrubber | undefined;
  #timer: NodeJS.Timeout | undefined;
  #pages = 0;
  #quietLooks = 0;
  #damagedRows = 0;
  #hasFailed = false;

  /** @throws when the file cannot be opened. */
  constructor(file: string, report: (report: CareReport) => void) {
    this.#file = file;
    this.#report = report;
    this.#database = openBeside(file);
  }

  begin(): void {
    this.#report({ kind: "checked", problems: this.#check() });
    this.#timer = setInterval(() => this.look(), everyMs);
  }

  /** One look. */
  look(): void {
    try {
      this.#emptyLog();
      this.#scrub();
      this.#hasFailed = false;
    } catch (error) {
      // Said once: it would be said every second.
      if (!this.#hasFailed)
        this.#problem(`the database cannot be looked after: ${describe(error)}`);
      this.#hasFailed = true;
    }
  }

  end(): void {
    clearInterval(this.#timer);
    this.#database.abandon();
  }

  #check(): readonly string[] {
    try {
      return this.#database.quickCheck();
    } catch (error) {
      return [describe(error)];
    }
  }

  #emptyLog(): void {
    const { pages, moved } = this.#database.logState();
    const isPausing = pages === this.#pages;
    this.#pages = pages;
    this.#quietLooks = isPausing ? this.#quietLooks + 1 : 0;
    const waiting = pages - moved;
    if (waiting >= pagesMax || (waiting > 0 && isPausing)) this.#database.checkpoint();
    const isLong = this.#quietLooks === quietLooksMin && this.#logBytes() > keptLogBytes;
    if (isLong && waiting === 0) this.#database.cutOffLog();
  }

  #logBytes(): number {
    return statSync(`${this.#file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  }

  #scrub(): void {
    this.#scrubber ??= new Scrubber(this.#database, someRow(this.#database, Math.random()));
    const { damaged, isAtEnd } = this.#scrubber.next(scrubbedAtOnce);
    for (const problem of damaged) {
      this.#damagedRows += 1;
      if (this.#damagedRows <= toldMax) this.#problem(`${problem}; it is not shown to anyone`);
    }
    if (!isAtEnd) return;
    if (this.#damagedRows > toldMax)
      this.#problem(`${this.#damagedRows} entries are damaged in all`);
    this.#damagedRows = 0;
  }

  #problem(text: string): void {
    this.#report({ kind: "problem", text });
  }
}

/**
 * Erasing: taking what was said out of the log again.
 *
 * An erased entry keeps its row, its place, its author and its command: sequences stay contiguous, and its nonce is
 * still taken, so that a client which sends it again after a drop does not bring it back. Its text and tags are gone, and
 * the reactions to it are erased with it. Its class in the index is `erased`, which no page reads.
 *
 * Each row is noted in `erasure` in the same transaction: who keeps something that follows from entries (the search
 * index) takes those numbers in order, and lets go of what they name.
 *
 * That the bytes are gone from the disk is the database's: it overwrites what is freed (`secure_delete`), and the
 * write-ahead log is emptied at the next quiet moment (`SqliteStore.checkpoint`).
 */
import { type MessagePlace, writeMessageId } from "../protocol/message-ids.ts";
import { type Change, type Database, type Query } from "./database.ts";
import { checksum, entryClasses, entryColumns, parseEntry, type StoredEntry } from "./entries.ts";
import { integer, type Row } from "./rows.ts";

interface Erasable {
  readonly row: number;
  readonly entry: StoredEntry;
}

export class Erasing {
  readonly #at: Query<Erasable>;
  readonly #reactions: Query<Erasable>;
  readonly #blank: Change;
  readonly #note: Change;

  constructor(database: Database) {
    const { happened, said, erased } = entryClasses;
    this.#at = database.query(
      `SELECT e.id, ${entryColumns} FROM entry e
       WHERE e.log = ?1 AND e.said IN (${happened}, ${said}) AND e.sequence = ?2`,
      parseErasable,
    );
    this.#reactions = database.query(
      `SELECT e.id, ${entryColumns} FROM entry e WHERE e.log = ?1 AND e.reply = ?2`,
      parseErasable,
    );
    this.#blank = database.change(
      `UPDATE entry SET said = ${erased}, middle = '', text = '', seams = '', tags = '',
         reply = NULL, crc = ?2
       WHERE id = ?1`,
    );
    this.#note = database.change("INSERT INTO erasure (entry) VALUES (?1)");
  }

  /** Part of the store's transaction. What is erased already, or is not there, stays as it is. */
  erase(place: MessagePlace): void {
    const found = this.#at.first(place.log, place.sequence);
    if (found === undefined) return;
    this.#eraseRow(found);
    for (const reaction of this.#reactions.all(place.log, writeMessageId(place))) {
      this.#eraseRow(reaction);
    }
  }

  #eraseRow({ row, entry }: Erasable): void {
    const erased = { ...entry, middle: "", text: "", seams: [], tags: "", isErased: true };
    this.#blank.run(row, checksum(erased));
    this.#note.run(row);
  }
}

function parseErasable(row: Row): Erasable {
  return { row: integer(row, "id"), entry: parseEntry(row) };
}

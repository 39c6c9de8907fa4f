/**
 * Tombstones: an entry whose words are erased keeps its row, its place and its nonce.
 *
 * So pages stay contiguous, and who says the same once more after a lost answer says nothing new.
 * The number of each is noted in `erasure`, in the same transaction, for who made something of the
 * words: the search's index. A row that was damaged before stays recognisable as that.
 */
import { type Change, type Database, type Query } from "./database.ts";
import { checksum, entryColumns, parseEntry, type StoredEntry } from "./entries.ts";
import { DamagedRow, type Row } from "./rows.ts";

export class Tombstones {
  readonly #read: Query<StoredEntry | "damaged">;
  readonly #write: Change;
  readonly #empty: Change;
  readonly #note: Change;

  constructor(database: Database) {
    this.#read = database.query(
      `SELECT ${entryColumns} FROM entry e
       WHERE e.id = ?1 AND (e.text <> '' OR e.tags <> '' OR e.seams <> '')`,
      parseOrDamaged,
    );
    this.#write = database.change(
      "UPDATE entry SET text = '', tags = '', seams = '', crc = ?2 WHERE id = ?1",
    );
    this.#empty = database.change(
      "UPDATE entry SET text = '', tags = '', seams = '' WHERE id = ?1",
    );
    this.#note = database.change("INSERT INTO erasure (entry) VALUES (?1)");
  }

  /** Erases the words of an entry. False when there are none. Part of the caller's transaction. */
  make(id: number): boolean {
    const entry = this.#read.first(id);
    if (entry === undefined) return false;
    if (entry === "damaged") this.#empty.run(id);
    else this.#write.run(id, checksum({ ...entry, text: "", tags: "", seams: [] }));
    this.#note.run(id);
    return true;
  }
}

function parseOrDamaged(row: Row): StoredEntry | "damaged" {
  try {
    return parseEntry(row);
  } catch (error) {
    if (error instanceof DamagedRow) return "damaged";
    throw error;
  }
}

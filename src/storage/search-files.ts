/**
 * SearchFiles: a search on its files: the database, which it only reads, and the index beside it.
 *
 * It promises: whatever becomes of the index's file, searches are answered. A file that is damaged is made anew, and
 * until it is filled messages are looked at one by one; a file that cannot be written to (a full disk) stays as it is,
 * and what it lacks is looked at. What is wrong is reported once, not at every step.
 *
 * It is run in a thread of its own (`cli/server/search-worker.ts`): what it does takes milliseconds.
 */
import { type Answer } from "../server/outside.ts";
import { type SearchAsk } from "../server/search-questions.ts";
import { type Database } from "./database.ts";
import { openDerived, openBeside, removeDatabase } from "./opening.ts";
import { describe, StorageFault } from "./fault.ts";
import { Search } from "./search.ts";
import { searchDerived, SearchIndex } from "./search-index.ts";

/** Entries taken into the index at once: about 15 ms, which a search may have to wait. */
const stepEntries = 512;

export interface SearchFilesOptions {
  readonly database: string;
  readonly index: string;
  /** Monotonic milliseconds. */
  readonly elapsed: () => number;
  /** Told, in a sentence without any user's data, what is wrong. */
  readonly report: (problem: string) => void;
}

interface OpenIndex {
  readonly file: Database;
  readonly index: SearchIndex;
  readonly search: Search;
}

export class SearchFiles {
  readonly #options: SearchFilesOptions;
  readonly #database: Database;
  #open: OpenIndex;
  #isStuck = false;
  #wasRemade = false;

  /** @throws StorageFault */
  constructor(options: SearchFilesOptions) {
    this.#options = options;
    this.#database = readerOf(options.database);
    try {
      this.#open = this.#openIndex();
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  search(ask: SearchAsk): Answer<"search"> {
    try {
      return this.#mended(() => this.#open.search.search(ask));
    } catch (error) {
      this.#options.report(`a search cannot be answered: ${describe(error)}`);
      return { outcome: "unavailable" };
    }
  }

  /** Takes a little more into the index, or clears away what was erased. False: there is nothing to do. */
  work(): boolean {
    try {
      const isBusy = this.#mended(
        () => this.#open.index.step(stepEntries) || this.#open.index.purge(),
      );
      this.#isStuck = false;
      return isBusy;
    } catch (error) {
      if (!this.#isStuck) {
        this.#options.report(`the search index cannot be filled: ${describe(error)}`);
      }
      this.#isStuck = true;
      return false;
    }
  }

  close(): void {
    this.#open.file.close();
    this.#database.close();
  }

  /** A damaged index is made anew, once: if that does not help, it is not the index. */
  #mended<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!isDamage(error) || this.#wasRemade) throw error;
      this.#options.report(`the search index is damaged and is made anew: ${describe(error)}`);
      this.#wasRemade = true;
      this.#remake();
      return work();
    }
  }

  #remake(): void {
    try {
      this.#open.file.close();
    } catch {
      // It is damaged; nothing in it is wanted.
    }
    removeDatabase(this.#options.index);
    this.#open = this.#openIndex();
  }

  #openIndex(): OpenIndex {
    const { index: path, elapsed, report } = this.#options;
    const file = openDerived(path, searchDerived);
    const database = this.#database;
    const index = new SearchIndex(database, file);
    return { file, index, search: new Search({ database, index, elapsed, report }) };
  }
}

function isDamage(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error)) return false;
  return /^SQLITE_(?:CORRUPT|NOTADB)/.test(String(error.code));
}

function readerOf(file: string): Database {
  try {
    return openBeside(file, true);
  } catch (error) {
    throw new StorageFault(`cannot search ${file}: ${describe(error)}`, "", error);
  }
}

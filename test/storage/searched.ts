/**
 * A store with its search, for tests: what is kept, what of it is indexed, and what is found.
 */
import { join } from "node:path";
import { connectionId } from "../../src/base/ids.ts";
import { type Answer } from "../../src/server/outside.ts";
import { type SearchAsk } from "../../src/server/search-questions.ts";
import { type Database } from "../../src/storage/database.ts";
import { openDatabase, openDerived, openBeside } from "../../src/storage/opening.ts";
import { Search } from "../../src/storage/search.ts";
import { searchDerived, SearchIndex } from "../../src/storage/search-index.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { freshFolder } from "../support/folder.ts";
import { ann } from "./records.ts";

export const defaultAsk: SearchAsk = {
  connection: connectionId(1),
  reader: ann,
  log: undefined,
  from: undefined,
  after: undefined,
  before: undefined,
  text: "",
  limit: 100,
  bytesMax: 1_000_000,
};

export class Searched {
  readonly database: string;
  readonly indexFile: string;
  readonly store: SqliteStore;
  readonly reports: string[] = [];
  readonly index: SearchIndex;
  /** Milliseconds that pass each time someone looks at the clock. */
  lookMs = 0;
  readonly #derived: Database;
  readonly #search: Search;
  #now = 0;

  constructor() {
    const folder = freshFolder();
    this.database = join(folder, "authchat.db");
    this.indexFile = join(folder, "search.db");
    this.store = new SqliteStore(openDatabase(this.database), (problem) => {
      throw new Error(problem);
    });
    const reader = openBeside(this.database, true);
    this.#derived = openDerived(this.indexFile, searchDerived);
    this.index = new SearchIndex(reader, this.#derived);
    this.#search = new Search({
      database: reader,
      index: this.index,
      elapsed: () => {
        this.#now += this.lookMs;
        return this.#now;
      },
      report: (problem) => this.reports.push(problem),
    });
  }

  catchesUp(): void {
    while (this.index.step(512));
    while (this.index.purge());
  }

  answer(ask: Partial<SearchAsk>): Answer<"search"> {
    return this.#search.search({ ...defaultAsk, ...ask });
  }

  found(ask: Partial<SearchAsk>): Extract<Answer<"search">, { outcome: "found" }> {
    const answer = this.answer(ask);
    if (answer.outcome !== "found") throw new Error(answer.outcome);
    return answer;
  }

  texts(ask: Partial<SearchAsk>): string[] {
    return this.found(ask).entries.map(({ text }) => text);
  }

  /** What is searched is on disk whole, for who looks at the file. */
  closes(): void {
    this.#derived.close();
  }
}

/**
 * The search of a simulated server: the real index and the real files, in the same thread, opened when first needed.
 *
 * It takes nothing into the index by itself: a test says when, so that both what is indexed and what is not is searched.
 */
import { type Answer } from "../../src/server/outside.ts";
import { type SearchAsk } from "../../src/server/search-questions.ts";
import { SearchFiles } from "../../src/storage/search-files.ts";

export class SimulatedSearch {
  readonly #database: string;
  #files: SearchFiles | undefined;

  constructor(database: string) {
    this.#database = database;
  }

  answer(ask: SearchAsk): Answer<"search"> {
    return this.#opened().search(ask);
  }

  /** All that was kept is in the index now. */
  catchesUp(): void {
    const files = this.#opened();
    while (files.work());
  }

  close(): void {
    this.#files?.close();
    this.#files = undefined;
  }

  #opened(): SearchFiles {
    this.#files ??= new SearchFiles({
      database: this.#database,
      index: `${this.#database}-search`,
      elapsed: () => 0,
      report: (problem) => {
        throw new Error(problem);
      },
    });
    return this.#files;
  }
}

/**
 * The care of the database, as the server starts it and hears from it; what is done is in
 * `caring.ts`, on a thread of its own. Without it (a machine that gives no more threads) the server
 * serves all the same, and its own connection empties the log.
 */
import { startWorker } from "./workers.ts";

export type CareRequest =
  { readonly kind: "begin"; readonly file: string } | { readonly kind: "end" };

export type CareReport =
  /** The whole file has been looked at; what is wrong with its structure. */
  | { readonly kind: "checked"; readonly problems: readonly string[] }
  /** In a sentence, without any user's data. */
  | { readonly kind: "problem"; readonly text: string };

export class DatabaseCare {
  readonly #worker: Worker;

  constructor(file: string, report: (report: CareReport) => void) {
    this.#worker = startWorker("care-worker.ts");
    this.#worker.unref();
    this.#worker.addEventListener("message", ({ data }: MessageEvent<CareReport>) => report(data));
    this.#worker.addEventListener("error", ({ message }) => {
      report({ kind: "problem", text: `the database is not looked after: ${message}` });
    });
    this.#ask({ kind: "begin", file });
  }

  end(): void {
    this.#ask({ kind: "end" });
  }

  #ask(request: CareRequest): void {
    this.#worker.postMessage(request, []);
  }
}

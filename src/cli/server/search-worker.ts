/**
 * The search's thread: answers searches, and fills the index in between.
 *
 * It is an entry point of its own in the executable (`test/support/build.ts`). Everything it does is in
 * `storage/search-files.ts`; here is only who is asked when: a search goes before the index.
 */
import { setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import { present } from "../../base/assert.ts";
import { SearchFiles } from "../../storage/search-files.ts";
import { type FromSearch, type ToSearch } from "./search-messages.ts";

/**
 * Of a core that has not enough time for all, talk gets nearly all, and searching and the index the rest: they can come a
 * little later. Linux gives each thread its own priority, and this sets that of the one it is called on.
 */
if (process.platform === "linux") setPriority(15);

const port = present(parentPort ?? undefined, "this is run as a thread of the server");

let files: SearchFiles | undefined;
let ended: Int32Array | undefined;
let isWorkDue = false;

port.on("message", (message: ToSearch) => {
  switch (message.kind) {
    case "open":
      ended = message.ended;
      files = new SearchFiles({
        database: message.database,
        index: message.index,
        elapsed: () => performance.now(),
        report: (sentence) => say({ kind: "problem", sentence }),
      });
      return;
    case "search":
      say({ kind: "found", answer: files?.search(message.ask) ?? { outcome: "unavailable" } });
      return;
    case "grown":
      workSoon();
      return;
    case "stop":
      stop();
  }
});

/** After whatever else has been said to this thread meanwhile. */
function workSoon(): void {
  if (isWorkDue) return;
  isWorkDue = true;
  setImmediate(() => {
    isWorkDue = false;
    if (files?.work() === true) workSoon();
    else say({ kind: "caught-up" });
  });
}

function stop(): void {
  files?.close();
  if (ended !== undefined) {
    Atomics.store(ended, 0, 1);
    Atomics.notify(ended, 0);
  }
  process.exit(0); // of a thread: only this one ends
}

function say(message: FromSearch): void {
  port.postMessage(message);
}

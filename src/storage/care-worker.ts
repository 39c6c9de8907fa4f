/**
 * The worker that looks after the database while the server runs, on a connection and a thread of its
 * own: it checks the file once, empties the write-ahead log when nobody is kept waiting by that, and
 * scrubs. `care.ts` starts it and hears from it.
 */
import { type CareReport, type CareRequest } from "./care.ts";
import { Care } from "./caring.ts";

// The scope of a worker, which is what this file is run as.
const scope = globalThis as unknown as {
  postMessage(report: CareReport): void;
  onmessage: (event: { readonly data: CareRequest }) => void;
  close(): void;
};

let care: Care | undefined;

scope.onmessage = ({ data }) => {
  switch (data.kind) {
    case "begin":
      care = new Care(data.file, (report) => scope.postMessage(report));
      care.begin();
      return;
    case "end":
      care?.end();
      scope.close();
  }
};

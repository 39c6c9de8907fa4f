/**
 * The worker that looks after the database while the server runs, on a connection and a thread of its
 * own: it checks the file once, empties the write-ahead log when nobody is kept waiting by that, and
 * scrubs. `care.ts` starts it and hears from it.
 */
import { type CareReport, type CareRequest } from "./care.ts";
import { Care } from "./caring.ts";
import { describe } from "./fault.ts";

// The scope of a worker, which is what this file is run as.
const scope = globalThis as unknown as {
  postMessage(report: CareReport): void;
  onmessage: (event: { readonly data: CareRequest }) => void;
  close(): void;
};

let care: Care | undefined;

function begin(file: string): void {
  try {
    care = new Care(file, (report) => scope.postMessage(report));
    care.begin();
  } catch (error) {
    scope.postMessage({ kind: "checked", problems: [describe(error)] });
  }
}

scope.onmessage = ({ data }) => {
  switch (data.kind) {
    case "begin":
      begin(data.file);
      return;
    case "end":
      care?.end();
      scope.close();
  }
};

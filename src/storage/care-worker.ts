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
  postMessage(report: CareReport, transfer: readonly never[]): void;
  addEventListener(
    kind: "message",
    listener: (event: { readonly data: CareRequest }) => void,
  ): void;
  close(): void;
};

let care: Care | undefined;

function tell(report: CareReport): void {
  scope.postMessage(report, []);
}

function begin(file: string): void {
  try {
    care = new Care(file, tell);
    care.begin();
  } catch (error) {
    tell({ kind: "checked", problems: [describe(error)] });
  }
}

scope.addEventListener("message", ({ data }) => {
  switch (data.kind) {
    case "begin":
      begin(data.file);
      return;
    case "end":
      care?.end();
      scope.close();
  }
});

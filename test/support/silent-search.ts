/** A search's thread that says what it was asked to its problem's line, and never answers. */
import { parentPort } from "node:worker_threads";

parentPort?.on("message", (message: { readonly kind: string }) => {
  parentPort?.postMessage({ kind: "problem", sentence: message.kind });
});

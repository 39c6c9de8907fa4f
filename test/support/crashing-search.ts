/** A search's thread that crashes at the first search, as one with a bug would. */
import { parentPort } from "node:worker_threads";

parentPort?.on("message", (message: { readonly kind: string }) => {
  if (message.kind === "search") throw new Error("a bug");
});

/**
 * What is taken back is gone from the built server: from what others read, over a kill, and from every file of the data
 * folder.
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { JsonClient } from "../support/client-process.ts";
import { ServerProcess } from "../support/server-process.ts";
import { stablePort } from "../support/stable-port.ts";

setDefaultTimeout(60_000);

const canary = "canary-7f3a91";

function filesWithCanary(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(canary));
}

test("a message that is taken back is nowhere after a kill, a start and a stop", async () => {
  const words = ["--listen", `127.0.0.1:${await stablePort()}`, "--registration", "open"];
  const first = await ServerProcess.starts({ words });
  const ann = await JsonClient.online(first, "ann", "--register", "--keep");
  const bob = await JsonClient.online(first, "bob", "--register", "--keep");
  const above = await ann.says("#general", "above");
  const id = await ann.says("#general", `a ${canary} b`);
  await bob.sees({ type: "message", id });
  const below = await bob.says("#general", "below");
  expect(filesWithCanary(first.data)).not.toEqual([]);
  bob.does({ op: "redact", target: "#general", id, ref: "not mine" });
  await bob.sees({ type: "error", ref: "not mine", code: "REDACT_FORBIDDEN" });
  ann.does({ op: "redact", target: "#general", reason: "wrong room", ref: "mine" });
  await ann.sees({ type: "ack", ref: "mine" });
  await bob.sees({ type: "redact", id, who: "ann", author: "ann", reason: "wrong room" });

  first.signals("SIGKILL");
  await first.ended();
  const second = await ServerProcess.starts({ data: first.data, words });
  const later = await JsonClient.online(second, "bob");
  later.does({ op: "history", target: "#general", before: below, limit: 50, ref: "page" });
  await later.sees({ type: "ack", ref: "page" });
  await later.sees({ type: "message", history: true, id: below });
  const shown = later.all({ type: "message" }).map((line) => line["id"]);
  expect(new Set(shown)).toEqual(new Set([above, below]));
  second.signals("SIGTERM");
  await second.ended();
  expect(filesWithCanary(second.data)).toEqual([]);
});

/** Reactions between built clients: seen as they come, and in the history of who was not there. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { JsonClient } from "../support/client-process.ts";
import { ServerProcess } from "../support/server-process.ts";
import { stablePort } from "../support/stable-port.ts";

setDefaultTimeout(60_000);

test("a reaction is told to all who are there, and after a restart to who comes then", async () => {
  const words = ["--listen", `127.0.0.1:${await stablePort()}`, "--registration", "open"];
  const first = await ServerProcess.starts({ words });
  const ann = await JsonClient.online(first, "ann", "--register", "--keep");
  const bob = await JsonClient.online(first, "bob", "--register");
  const carl = await JsonClient.online(first, "carl", "--register");
  await carl.leaves();
  await carl.ended();
  const id = await ann.says("#general", "ship it?");
  await bob.sees({ type: "message", id });
  bob.does({ op: "react", target: "#general", id, reaction: "👍", ref: "up" });
  await bob.sees({ type: "react", id, who: "bob", reaction: "👍", self: true, count: 1 });
  await bob.sees({ type: "ack", ref: "up" });
  await ann.sees({ type: "react", target: "#general", id, who: "bob", history: false });
  ann.does({ op: "react", target: "#general", id, reaction: "🎉" });
  ann.does({ op: "unreact", target: "#general", id, reaction: "🎉" });
  await bob.sees({ type: "react", id, who: "ann", reaction: "🎉", removed: true, count: 0 });

  first.signals("SIGKILL");
  await first.ended();
  const second = await ServerProcess.starts({ data: first.data, words });
  const back = await JsonClient.online(second, "carl");
  await back.sees({ type: "message", id, history: true });
  await back.sees({ type: "react", id, who: "bob", reaction: "👍", history: true, count: 1 });
  expect(back.all({ type: "join", who: "bob" })).toEqual([]);
  expect(back.all({ type: "error" })).toEqual([]);
});

/**
 * One account on several devices, and on none: what each of them shows, and what waits for who is away.
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import { connectWords, JsonClient } from "../support/client-process.ts";
import { freshFolder } from "../support/folder.ts";
import { ServerProcess } from "../support/server-process.ts";

setDefaultTimeout(60_000);

const open = ["--listen", "127.0.0.1:0", "--registration", "open"];

/** What WHOIS answers about that user: the commands of its lines. */
async function whois(client: JsonClient, nick: string): Promise<unknown[]> {
  const ref = `whois ${nick}`;
  client.does({ op: "raw", line: `WHOIS ${nick}`, ref });
  await client.sees({ type: "ack", ref });
  return client.all({ type: "reply" }).map(({ command }) => command);
}

test("two devices show the same, one's own lines too", async () => {
  const server = await ServerProcess.starts({ words: open });
  const laptop = await JsonClient.online(server, "ann", "--register");
  const phone = await JsonClient.online(server, "ann");
  const bob = await JsonClient.online(server, "bob", "--register");
  const ids = [
    await laptop.says("#general", "from the laptop"),
    await phone.says("bob", "from the phone"),
    await bob.says("ann", "for both"),
  ];
  for (const device of [laptop, phone]) {
    await device.sees({ type: "message", id: ids[0], target: "#general", self: true });
    await device.sees({ type: "message", id: ids[1], target: "bob", self: true });
    await device.sees({ type: "message", id: ids[2], target: "bob", self: false });
    expect(device.all({ type: "message" }).map(({ id }) => id)).toEqual(ids);
  }
  expect(bob.all({ type: "message", from: "ann" })).toHaveLength(2);
});

test("one of two devices leaves: the other stays, and nobody sees a difference", async () => {
  const server = await ServerProcess.starts({ words: open });
  const laptop = await JsonClient.online(server, "ann", "--register");
  const bob = await JsonClient.online(server, "bob", "--register");
  const phone = await JsonClient.online(server, "ann");
  await phone.leaves();
  const broken = await JsonClient.online(server, "ann");
  broken.signals("SIGKILL");
  await broken.ended();
  await laptop.says("#general", "still here");
  await bob.sees({ type: "message", from: "ann", text: "still here" });
  expect(await whois(bob, "ann")).toContain("311");
  expect(bob.all({ type: "join", who: "ann" })).toEqual([]);
  for (const type of ["part", "quit"]) expect(bob.all({ type })).toEqual([]);
  // Also who has no device left stays a member of the room.
  await laptop.leaves();
  await bob.says("#general", "are you there?");
  for (const type of ["part", "quit"]) expect(bob.all({ type })).toEqual([]);
});

test("who is away finds private messages and the room's when he comes back, each once", async () => {
  const server = await ServerProcess.starts({ words: open });
  const ann = await JsonClient.online(server, "ann", "--register");
  const home = ["--home", freshFolder(), "--pin", server.pin];
  const before = await JsonClient.online(server, "bob", "--register", ...home);
  await before.leaves();
  const ids = [
    await ann.says("bob", "are you there?"),
    await ann.says("bob", "call me"),
    await ann.says("#general", "bob is away"),
  ];
  const bob = await JsonClient.online(server, "bob", ...home);
  await bob.sees({ type: "message", id: ids[0], target: "ann", history: true });
  await bob.sees({ type: "message", id: ids[1], target: "ann", text: "call me" });
  await bob.sees({ type: "message", id: ids[2], target: "#general" });
  expect(bob.all({ type: "message" })).toHaveLength(3);
  await bob.says("ann", "now I am");
  await ann.sees({ type: "message", from: "bob", text: "now I am" });
});

test("what was said to somebody away is there after the server's restart, too", async () => {
  const server = await ServerProcess.starts({ words: open });
  const ann = await JsonClient.online(server, "ann", "--register");
  await (await JsonClient.online(server, "bob", "--register")).leaves();
  const id = await ann.says("bob", "it waits for you");
  server.signals("SIGKILL");
  await server.ended();
  const again = await ServerProcess.starts({ data: server.data, words: open });
  const bob = new JsonClient(connectWords(again, "bob"));
  await bob.sees({ type: "message", id, target: "ann", from: "ann", text: "it waits for you" });
});

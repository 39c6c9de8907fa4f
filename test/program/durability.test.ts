/**
 * Whatever the built server has acknowledged is on disk: it is killed in the middle of a stream of messages, several
 * times, and started again; the clients come back by themselves.
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import { JsonClient, password } from "../support/client-process.ts";
import { RawClient } from "../support/raw-client.ts";
import { ServerProcess } from "../support/server-process.ts";
import { stablePort } from "../support/stable-port.ts";

setDefaultTimeout(60_000);

const rounds = 3;
const messagesARound = 300;
const settings = "[limits]\nflood = false\n";

/** Says many things at once, to be acknowledged when they are. */
function streams(client: JsonClient, name: string, round: number): void {
  for (let count = 0; count < messagesARound; count += 1) {
    const text = `${name} ${round} ${count}`;
    client.does({ op: "send", target: "#general", text, ref: text });
  }
}

test("after kill -9, again and again, nothing acknowledged is gone and nothing is there twice", async () => {
  const words = ["--listen", `127.0.0.1:${await stablePort()}`, "--registration", "open"];
  let server = await ServerProcess.starts({ words, settings });
  const people = {
    ann: await JsonClient.online(server, "ann", "--register", "--keep"),
    bob: await JsonClient.online(server, "bob", "--register", "--keep"),
  };
  await (await JsonClient.online(server, "carol", "--register")).leaves();
  for (let round = 1; round <= rounds; round += 1) {
    for (const [name, client] of Object.entries(people)) streams(client, name, round);
    // In the middle: some are acknowledged, some on their way, some not sent.
    await people.ann.sees({ type: "ack", ref: `ann ${round} ${(round * 70) % messagesARound}` });
    server.signals("SIGKILL");
    await server.ended();
    for (const client of Object.values(people)) await client.sees({ state: "offline" });
    server = await ServerProcess.starts({ data: server.data, words, settings });
    for (const [name, client] of Object.entries(people)) {
      await client.sees({ state: "online" });
      await client.sees({ type: "ack", ref: `${name} ${round} ${messagesARound - 1}` });
    }
  }

  const kept = await everythingFor("carol", server);
  const acknowledged = Object.values(people).flatMap((client) => client.all({ type: "ack" }));
  expect(acknowledged).toHaveLength(2 * rounds * messagesARound);
  const byId = new Map(kept.map(({ id, text }) => [id, text]));
  for (const { id, ref } of acknowledged) expect(byId.get(String(id))).toBe(String(ref));
  const texts = kept.map(({ text }) => text);
  expect(new Set(texts).size).toBe(texts.length);

  const end = await people.ann.says("#general", "the end");
  for (const client of Object.values(people)) {
    await client.sees({ type: "message", id: end });
    // Both have seen all of it live or filled the gap, each message once and in the order that was kept.
    const seen = client.all({ type: "message", target: "#general" }).map(({ text }) => text);
    expect(seen).toEqual([...texts, "the end"]);
    expect(client.all({ type: "error" })).toEqual([]);
    expect(client.all({ type: "gap" })).toEqual([]);
  }
});

interface Kept {
  readonly id: string;
  readonly text: string;
}

/** All that was said in the room since this member came in, page by page, by a client that knows nothing. */
async function everythingFor(name: string, server: ServerProcess): Promise<readonly Kept[]> {
  const client = await RawClient.connect({ port: server.port(), tls: true });
  await client.logsIn(name, password, "batch", "draft/chathistory");
  await client.until(/ 001 /);
  const kept: Kept[] = [];
  let after = "timestamp=1970-01-01T00:00:00.000Z";
  for (;;) {
    const before = kept.length;
    client.sends(`CHATHISTORY AFTER #general ${after} 100`);
    await client.until((line) => {
      const message = /^@(?:\S*;)?msgid=([^\s;]+)\S* \S+ PRIVMSG #general :(.*)$/.exec(line);
      if (message !== null) kept.push({ id: message[1] ?? "", text: message[2] ?? "" });
      return line.includes(" BATCH -");
    });
    if (kept.length === before) return kept;
    after = `msgid=${kept.at(-1)?.id}`;
  }
}

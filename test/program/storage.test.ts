/**
 * The built server on a disk that is full, damaged, or not there any more: nothing that was acknowledged is lost
 * without a word, nothing damaged is served, and what can go on goes on.
 */
import { readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { RawClient } from "../support/raw-client.ts";
import { runs, ServerProcess } from "../support/server-process.ts";
import { smallDisk } from "../support/small-disk.ts";

setDefaultTimeout(60_000);

const secret = "a secret that is long enough";
const settings = "[limits]\nflood = false\n";
const words = ["--listen", "127.0.0.1:0", "--registration", "open"];

async function member(server: ServerProcess, name: string): Promise<RawClient> {
  const client = await RawClient.connect({ port: server.port(), tls: true });
  await client.registers(name, secret);
  client.sends("CAP REQ :echo-message message-tags batch draft/chathistory", "CAP END");
  await client.until(/ 366 /);
  return client;
}

async function again(server: ServerProcess, name: string): Promise<RawClient> {
  const client = await RawClient.connect({ port: server.port(), tls: true });
  await client.logsIn(name, secret);
  client.sends("CAP REQ :batch draft/chathistory");
  await client.until(/ CAP \S+ ACK .*chathistory/);
  return client;
}

/** What the client was told is kept: by its id, the text. */
function acknowledged({ lines }: RawClient): Map<string, string> {
  const echo = /^@(?:\S*;)?msgid=([^;\s]+)\S* \S+ PRIVMSG #general :(.*)$/;
  return new Map(
    lines.flatMap((line) => {
      const [, id = "", text = ""] = echo.exec(line) ?? [];
      return id === "" ? [] : [[id, text] as const];
    }),
  );
}

/** What is in the database, once nobody writes to it. */
function storedTexts(data: string): string[] {
  const database = new Database(join(data, "authchat.db"), { readonly: true });
  const rows = database.query<{ text: string }, []>("SELECT text FROM entry").all();
  database.close();
  return rows.map(({ text }) => text);
}

async function stops(server: ServerProcess): Promise<void> {
  server.signals("SIGTERM");
  await server.ended();
}

test("a full disk: read-only, said so, nothing lost, and it recovers by itself", async () => {
  const disk = smallDisk("3m");
  if (disk === undefined) return;
  const server = await ServerProcess.starts({ data: disk.data, words, settings });
  const ann = await member(server, "ann");
  disk.fillsUpTo(300_000);
  let answer = "";
  for (let count = 0; !answer.includes(" STORAGE_FULL "); count += 1) {
    ann.sends(`PRIVMSG #general :${count} ${"x".repeat(400)}`);
    answer = await ann.until(/ (?:PRIVMSG|FAIL) /);
  }
  await server.logs("store.read-only");
  const before = acknowledged(ann).size;
  expect(before).toBeGreaterThan(0);

  // What reads goes on, and so does who comes.
  const asked = await again(server, "ann");
  asked.sends("CHATHISTORY LATEST #general * 1");
  await asked.until(/ PRIVMSG #general :/);
  const eve = await RawClient.connect({ port: server.port(), tls: true });
  expect(await eve.registers("eve", secret)).toContain("STORAGE_FULL");

  disk.frees();
  await server.logs("store.writable");
  ann.sends("PRIVMSG #general :there is room again");
  await ann.until(/ PRIVMSG #general :there is room again/);
  await stops(server);
  const stored = new Set(storedTexts(disk.data));
  for (const text of acknowledged(ann).values()) expect(stored.has(text)).toBe(true);
});

test("bytes that have changed inside a message: reported, and never served", async () => {
  const server = await ServerProcess.starts({ words, settings });
  const ann = await member(server, "ann");
  ann.sends("PRIVMSG #general :all is well here");
  await ann.until(/ PRIVMSG #general :all is well/);
  await stops(server);
  const file = join(server.data, "authchat.db");
  const bytes = readFileSync(file);
  const at = bytes.indexOf("all is well here");
  bytes.write("not ", at);
  writeFileSync(file, bytes);

  const next = await ServerProcess.starts({ data: server.data, words, settings });
  const reader = await again(next, "ann");
  reader.sends("CHATHISTORY LATEST #general * 10");
  expect(await reader.until(/ (?:FAIL|BATCH) /)).toContain("FAIL CHATHISTORY MESSAGE_ERROR");
  expect(reader.lines.filter((line) => line.includes("is well here"))).toEqual([]);
  const { detail } = await next.logs("problem", ({ detail: text }) =>
    /scrub|shown/.test(String(text)),
  );
  expect(detail).toContain("of log 1 is damaged; it is not shown to anyone");
});

test("pages that are damaged: the server ends with 74, and says how to restore", async () => {
  const server = await ServerProcess.starts({ words, settings });
  const ann = await member(server, "ann");
  for (let count = 0; count < 300; count += 1) {
    ann.sends(`PRIVMSG #general :${count} ${"x".repeat(400)}`);
  }
  await ann.until(/ PRIVMSG #general :299 /);
  await stops(server);
  const file = join(server.data, "authchat.db");
  const bytes = readFileSync(file);
  const page = Math.floor(bytes.indexOf(`150 ${"x".repeat(400)}`) / 4096) * 4096;
  bytes.fill(0x5a, page, page + 16);
  writeFileSync(file, bytes);

  const next = await ServerProcess.starts({ data: server.data, words, settings });
  const { code, error } = await next.ended();
  expect([code, /is damaged: [^]*authchat restore FOLDER/.test(error)]).toEqual([74, true]);
});

/** Says so many things, and dies when all have been acknowledged, with them in the write-ahead log alone. */
async function killedAfter(count: number): Promise<{ data: string; ids: string[] }> {
  const server = await ServerProcess.starts({ words, settings });
  const ann = await member(server, "ann");
  for (let number = 0; number < count; number += 1) {
    ann.sends(`PRIVMSG #general :said ${number}`);
    await ann.until((line) => line.endsWith(`:said ${number}`));
  }
  server.signals("SIGKILL");
  await server.ended();
  return { data: server.data, ids: [...acknowledged(ann).keys()] };
}

function sequenceOf(id: string): number {
  return Number.parseInt(id.split("-")[1] ?? "", 36);
}

test("one bit in the write-ahead log: the server does not start, until the loss is accepted", async () => {
  const { data, ids } = await killedAfter(40);
  const log = join(data, "authchat.db-wal");
  const bytes = readFileSync(log);
  const at = Math.floor(statSync(log).size * 0.8);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(log, bytes);

  const refused = await runs("serve", "--data", data, "--listen", "127.0.0.1:0");
  expect([
    refused.code,
    /lost what was kept last[^]*restore[^]*--accept-loss/.test(refused.error),
  ]).toEqual([74, true]);
  expect((await runs("account", "list", "--data", data)).code).toBe(74);
  expect(readFileSync(log).equals(bytes)).toBe(true);

  const server = await ServerProcess.starts({ data, words: [...words, "--accept-loss"], settings });
  const reader = await again(server, "ann");
  reader.sends("CHATHISTORY LATEST #general * 100");
  await reader.until(/ NOTICE #general :What was said here last is lost/);
  reader.sends("PRIVMSG #general :after the loss");
  await reader.until(/ PRIVMSG #general :after the loss/);
  const [fresh = ""] =
    [...acknowledged(reader)].find(([, text]) => text === "after the loss") ?? [];
  const given = ids.map(sequenceOf);
  expect(sequenceOf(fresh)).toBeGreaterThan(Math.max(...given));
  await stops(server);
  const next = await ServerProcess.starts({ data, words, settings });
  await stops(next);
});

test("a write-ahead log that is gone is a loss too", async () => {
  const { data } = await killedAfter(5);
  unlinkSync(join(data, "authchat.db-wal"));
  const refused = await runs("serve", "--data", data, "--listen", "127.0.0.1:0");
  expect([refused.code, refused.error.includes("--accept-loss")]).toEqual([74, true]);
});

test("a log that nobody has touched is no loss, however often the server was killed", async () => {
  const { data } = await killedAfter(20);
  for (let round = 0; round < 3; round += 1) {
    const server = await ServerProcess.starts({ data, words, settings });
    server.signals("SIGKILL");
    await server.ended();
  }
});

test("a database that is removed while the server runs ends it with 74", async () => {
  const server = await ServerProcess.starts({ words, settings });
  unlinkSync(join(server.data, "authchat.db"));
  const { code, error } = await server.ended();
  expect([code, error.includes("was replaced or removed")]).toEqual([74, true]);
});

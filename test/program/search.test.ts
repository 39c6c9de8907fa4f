/**
 * Searching on the built server: its thread is part of the executable, its index survives a restart, and is made again
 * when it is gone or damaged.
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import { Database as Sqlite } from "bun:sqlite";
import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { JsonClient, password } from "../support/client-process.ts";
import { RawClient } from "../support/raw-client.ts";
import { ServerProcess } from "../support/server-process.ts";

setDefaultTimeout(60_000);

const words = ["--listen", "127.0.0.1:0", "--registration", "open"];

/** A server with a member, ann, who has said this. */
async function serverWith(...texts: readonly string[]): Promise<ServerProcess> {
  const server = await ServerProcess.starts({ words });
  const ann = await JsonClient.online(server, "ann", "--register");
  for (const text of texts) await ann.says("#general", text);
  await ann.leaves();
  return server;
}

/** The texts that ann finds. */
async function finds(server: ServerProcess, text: string): Promise<readonly string[]> {
  const client = await RawClient.connect({ port: server.port(), tls: true });
  await client.logsIn("ann", password, "draft/chathistory");
  client.sends("CAP REQ :batch draft/search");
  await client.until(/ CAP \S+ ACK /);
  client.sends(`SEARCH in=#general;text=${text}`);
  const found: string[] = [];
  await client.until((line) => {
    const said = / PRIVMSG #general :(.*)$/.exec(line)?.[1];
    if (said !== undefined) found.push(said);
    return line.includes(" BATCH -") || line.includes(" FAIL SEARCH ");
  });
  client.leaves();
  return found;
}

function indexOf(server: ServerProcess): string {
  return join(server.data, "search.db");
}

function numberIn(file: string, sql: string): number {
  const sqlite = new Sqlite(file, { readonly: true });
  try {
    return sqlite.query<{ n: number }, []>(sql).get()?.n ?? 0;
  } finally {
    sqlite.close();
  }
}

function isWhole(server: ServerProcess): boolean {
  if (!existsSync(indexOf(server))) return false;
  const last = numberIn(join(server.data, "authchat.db"), "SELECT max(id) AS n FROM entry");
  const indexed = "SELECT value AS n FROM state WHERE name = 'entry'";
  try {
    return last > 0 && numberIn(indexOf(server), indexed) === last;
  } catch {
    return false; // it is being made
  }
}

async function fillsIndex(server: ServerProcess): Promise<void> {
  while (!isWhole(server)) await Bun.sleep(20);
}

async function stops(server: ServerProcess): Promise<void> {
  server.signals("SIGTERM");
  expect((await server.ended()).code).toBe(0);
}

test("what was said is found, the index is filled by itself, and only its owner may read it", async () => {
  const server = await serverWith("tea at five", "no coffee");
  expect(await finds(server, "tea")).toEqual(["tea at five"]);
  await fillsIndex(server);
  expect(await finds(server, "COFF")).toEqual(["no coffee"]);
  for (const suffix of ["", "-wal", "-shm"]) {
    expect(statSync(`${indexOf(server)}${suffix}`).mode & 0o777).toBe(0o600);
  }
  await stops(server);
  // Closed as it should be: the write-ahead logs are in their files.
  expect(existsSync(`${indexOf(server)}-wal`)).toBe(false);
  expect(existsSync(join(server.data, "authchat.db-wal"))).toBe(false);
});

test("the client finds what was said, in the order in which it was", async () => {
  const server = await serverWith("tea at five", "no coffee", "more tea");
  const ann = await JsonClient.online(server, "ann");
  ann.does({ op: "search", text: "TEA", limit: 1, ref: "1" });
  await ann.sees({ type: "ack", ref: "1" });
  expect(ann.all({ type: "found" }).map(({ text }) => text)).toEqual(["more tea"]);
  const { before } = await ann.sees({ type: "more" });
  ann.does({ op: "search", text: "TEA", before, ref: "2" });
  await ann.sees({ type: "ack", ref: "2" });
  expect(ann.all({ type: "found" }).map(({ text }) => text)).toEqual(["more tea", "tea at five"]);
});

test("the index survives a restart, and takes in what came after", async () => {
  const before = await serverWith("tea at five");
  await finds(before, "tea");
  await fillsIndex(before);
  await stops(before);
  const { ino } = statSync(indexOf(before));
  const after = await ServerProcess.starts({ data: before.data, words });
  const ann = await JsonClient.online(after, "ann");
  await ann.says("#general", "more tea");
  expect(await finds(after, "tea")).toEqual(["tea at five", "more tea"]);
  await fillsIndex(after);
  expect(await finds(after, "tea")).toEqual(["tea at five", "more tea"]);
  expect(statSync(indexOf(after)).ino).toBe(ino);
});

test.each([
  ["deleted", (file: string) => rmSync(file)],
  ["overwritten", (file: string) => writeFileSync(file, "no database at all")],
])("an index that was %s is made again without anyone's doing", async (_what, spoil) => {
  const before = await serverWith("tea at five");
  await finds(before, "tea");
  await fillsIndex(before);
  await stops(before);
  spoil(indexOf(before));
  const after = await ServerProcess.starts({ data: before.data, words });
  await fillsIndex(after);
  expect(await finds(after, "tea")).toEqual(["tea at five"]);
  expect(after.log.filter(({ level }) => level === "error")).toEqual([]);
});

test("after kill -9 in the middle of filling, the index goes on where it was", async () => {
  const before = await serverWith("tea at five", "more tea");
  await finds(before, "tea");
  before.signals("SIGKILL");
  await before.ended();
  const after = await ServerProcess.starts({ data: before.data, words });
  await fillsIndex(after);
  expect(await finds(after, "tea")).toEqual(["tea at five", "more tea"]);
});

/**
 * Backup and restore with the built program: made while people speak, whole or not there, checked before anything is
 * replaced, and with everything in it that was acknowledged before.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Database } from "bun:sqlite";
import { expect, onTestFinished, setDefaultTimeout, test } from "bun:test";
import { freshFolder } from "../support/folder.ts";
import { RawClient } from "../support/raw-client.ts";
import { executable, runs, ServerProcess } from "../support/server-process.ts";

setDefaultTimeout(60_000);

const secret = "a secret that is long enough";
const settings = "[limits]\nflood = false\n";
const words = ["--listen", "127.0.0.1:0", "--registration", "open"];

async function member(server: ServerProcess, name: string): Promise<RawClient> {
  const client = await RawClient.connect({ port: server.port(), tls: true });
  await client.registers(name, secret);
  client.sends("CAP REQ :echo-message message-tags batch", "CAP END");
  await client.until(/ 366 /);
  return client;
}

/** Says something, and waits until it is acknowledged. */
async function says(client: RawClient, text: string): Promise<void> {
  client.sends(`PRIVMSG #general :${text}`);
  await client.until((line) => line.endsWith(`PRIVMSG #general :${text}`));
}

/** A server that has been spoken on, stopped. */
async function spokenOn(...texts: readonly string[]): Promise<string> {
  const server = await ServerProcess.starts({ words, settings });
  const ann = await member(server, "ann");
  for (const text of texts) await says(ann, text);
  await stops(server);
  return server.data;
}

async function stops(server: ServerProcess): Promise<void> {
  server.signals("SIGTERM");
  await server.ended();
}

function fresh(): string {
  return join(freshFolder(), "copy");
}

/** What one reads who logs in on that data. */
async function history(data: string): Promise<string[]> {
  const server = await ServerProcess.starts({ data, words, settings });
  const client = await RawClient.connect({ port: server.port(), tls: true });
  expect(await client.logsIn("ann", secret, "draft/chathistory")).toContain(" 903 ");
  client.sends("CAP REQ :batch draft/chathistory");
  await client.until(/ CAP \S+ ACK .*chathistory/);
  client.sends("CHATHISTORY LATEST #general * 100");
  await client.until(/ BATCH -/);
  await stops(server);
  return client.lines.flatMap((line) => /(?:PRIVMSG|NOTICE) #general :(.*)$/.exec(line)?.[1] ?? []);
}

test("made under load, it has all that was acknowledged before", async () => {
  const server = await ServerProcess.starts({ words, settings });
  const ann = await member(server, "ann");
  const before: string[] = [];
  for (let count = 0; count < 60; count += 1) {
    await says(ann, `before ${count}`);
    before.push(`before ${count}`);
  }
  const made = new AbortController();
  const copy = fresh();
  const backup = runs("backup", copy, "--with-key", "--data", server.data).finally(() =>
    made.abort(),
  );
  let during = 0;
  while (!made.signal.aborted) {
    await says(ann, `during ${during}`);
    during += 1;
  }
  expect((await backup).code).toBe(0);
  await stops(server);

  const data = fresh();
  expect((await runs("restore", copy, "--data", data)).code).toBe(0);
  const read = saidIn(data);
  expect(read.slice(0, before.length)).toEqual(before);
  // What came meanwhile is in it as far as the copy's moment, in order and without a hole.
  const middle = read.slice(before.length);
  expect(middle).toEqual(middle.map((_text, index) => `during ${index}`));
  expect((await history(data)).at(-1)).toContain("Restored from a backup of");
});

function saidIn(data: string): string[] {
  const database = new Database(join(data, "authchat.db"), { readonly: true });
  const sql = "SELECT text FROM entry WHERE command = 'PRIVMSG' ORDER BY sequence";
  const rows = database.query<{ text: string }, []>(sql).all();
  database.close();
  return rows.map(({ text }) => text);
}

test("everything in it is for its owner alone, and no key unless it was asked for", async () => {
  const data = await spokenOn("hello");
  const [plain, whole] = [fresh(), fresh()];
  const { error } = await runs("backup", plain, "--data", data);
  expect(error).toContain("The key of the passwords is not in it");
  expect((await runs("backup", whole, "--with-key", "--data", data)).error).toBe("");
  expect(readdirSync(plain).toSorted()).toEqual([
    "authchat.db",
    "certificate.pem",
    "key.pem",
    "manifest.json",
  ]);
  expect(readdirSync(whole)).toContain("auth.key");
  expect(statSync(whole).mode & 0o777).toBe(0o700);
  const modes = readdirSync(whole).map((name) => statSync(join(whole, name)).mode & 0o777);
  expect(new Set(modes)).toEqual(new Set([0o600]));
});

test("an earlier one is replaced only when that is said, and a folder that is none never", async () => {
  const data = await spokenOn("hello");
  const copy = fresh();
  expect((await runs("backup", copy, "--data", data)).code).toBe(0);
  const first = readFileSync(join(copy, "manifest.json"), "utf8");
  expect((await runs("backup", copy, "--data", data)).code).toBe(1);
  expect(readFileSync(join(copy, "manifest.json"), "utf8")).toBe(first);
  expect((await runs("backup", copy, "--force", "--data", data)).code).toBe(0);
  expect(readFileSync(join(copy, "manifest.json"), "utf8")).not.toBe(first);
  const other = fresh();
  mkdirSync(other);
  expect((await runs("backup", other, "--force", "--data", data)).code).toBe(1);
  expect(readdirSync(other)).toEqual([]);
});

test("ended half way, it leaves nothing that looks like a backup, and the next one is made", async () => {
  const data = await spokenOn("hello");
  const copy = fresh();
  for (const afterMs of [40, 60, 80, 100, 120, 140, 160]) {
    const child = Bun.spawn([executable, "backup", copy, "--force", "--data", data], {
      stdout: "ignore",
      stderr: "ignore",
    });
    onTestFinished(() => child.kill("SIGKILL"));
    await Bun.sleep(afterMs);
    child.kill("SIGKILL");
    await child.exited;
    if (existsSync(copy))
      expect((await runs("restore", copy, "--check", "--data", data)).code).toBe(0);
  }
  expect((await runs("backup", copy, "--force", "--data", data)).code).toBe(0);
  expect(existsSync(`${copy}.part`)).toBe(false);
  expect((await runs("restore", copy, "--check", "--data", data)).code).toBe(0);
});

test("what comes after a restore is above all that was ever said, and what was there before is kept", async () => {
  const data = await spokenOn("one");
  const copy = fresh();
  await runs("backup", copy, "--data", data);
  const server = await ServerProcess.starts({ data, words, settings });
  const client = await RawClient.connect({ port: server.port(), tls: true });
  await client.logsIn("ann", secret, "draft/chathistory");
  await client.until(/ 366 /);
  await says(client, "two");
  const last = client.lines.find((line) => line.endsWith(":two")) ?? "";
  expect((await runs("restore", copy, "--data", data)).code).toBe(69);
  await stops(server);

  const { code, out } = await runs("restore", copy, "--data", data);
  expect(code).toBe(0);
  const kept = /What was there before is in (\S+)/.exec(out)?.[1] ?? "nowhere";
  expect(readFileSync(join(kept, "authchat.db")).includes("two")).toBe(true);
  const next = await ServerProcess.starts({ data, words, settings });
  const again = await RawClient.connect({ port: next.port(), tls: true });
  await again.logsIn("ann", secret, "draft/chathistory");
  await again.until(/ 366 /);
  await says(again, "three");
  const fresher = again.lines.find((line) => line.endsWith(":three")) ?? "";
  expect(sequenceIn(fresher)).toBeGreaterThan(sequenceIn(last));
  await stops(next);
  const [one, notice, three] = await history(data);
  expect([one, notice?.startsWith("Restored from"), three]).toEqual(["one", true, "three"]);
});

function sequenceIn(line: string): number {
  return Number.parseInt(/msgid=\w+-(\w+)/.exec(line)?.[1] ?? "", 36);
}

test.each(["authchat.db", "key.pem", "manifest.json"])(
  "with a byte of %s changed nothing is restored, and nothing is changed",
  async (name) => {
    const data = await spokenOn("hello");
    const copy = fresh();
    await runs("backup", copy, "--data", data);
    const file = join(copy, name);
    const bytes = readFileSync(file);
    const at = name === "manifest.json" ? 0 : Math.floor(bytes.length / 2);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const before = readdirSync(data).toSorted();
    const { code } = await runs("restore", copy, "--data", data);
    expect([code, readdirSync(data).toSorted()]).toEqual([74, before]);
    expect(await history(data)).toEqual(["hello"]);
  },
);

test("without the right key of the passwords nothing is restored", async () => {
  const data = await spokenOn("hello");
  const copy = fresh();
  await runs("backup", copy, "--data", data);
  const elsewhere = fresh();
  const missing = await runs("restore", copy, "--data", elsewhere);
  expect([missing.code, missing.error.includes("--key FILE")]).toEqual([1, true]);
  const other = join(await spokenOn(), "auth.key");
  const wrong = await runs("restore", copy, "--key", other, "--data", elsewhere);
  expect([wrong.code, wrong.error.includes("is not the key")]).toEqual([1, true]);
  const key = join(data, "auth.key");
  expect((await runs("restore", copy, "--key", key, "--data", elsewhere)).code).toBe(0);
  expect((await history(elsewhere)).at(0)).toBe("hello");
});

test("a restore that was ended half way keeps the server from starting until it is done again", async () => {
  const data = await spokenOn("hello");
  const copy = fresh();
  await runs("backup", copy, "--data", data);
  writeFileSync(join(data, "restore-begun"), "");
  const { code, error } = await runs("serve", "--data", data, "--listen", "127.0.0.1:0");
  expect([code, error.includes("restore FOLDER")]).toEqual([74, true]);
  expect((await runs("restore", copy, "--data", data)).code).toBe(0);
  expect((await history(data)).at(0)).toBe("hello");
});

test("a database that has lost something is not backed up as if it were whole", async () => {
  const data = await spokenOn("hello");
  const old = readFileSync(join(data, "authchat.db"));
  const server = await ServerProcess.starts({ data, words, settings });
  const client = await RawClient.connect({ port: server.port(), tls: true });
  await client.logsIn("ann", secret, "draft/chathistory");
  await client.until(/ 366 /);
  await says(client, "more");
  await stops(server);
  writeFileSync(join(data, "authchat.db"), old);
  const copy = fresh();
  const { code, error } = await runs("backup", copy, "--data", data);
  expect([code, error.includes("lost"), existsSync(copy)]).toEqual([74, true, false]);
});

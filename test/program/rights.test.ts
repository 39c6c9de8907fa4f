/**
 * What people said is theirs: exported while the built server runs, erased from every file when they ask for it, also
 * when the server is killed meanwhile, and gone when its time is over.
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, setDefaultTimeout, test } from "bun:test";
import { accountId } from "../../src/base/ids.ts";
import { dayMs } from "../../src/base/time.ts";
import { openDatabase, openToRead } from "../../src/storage/opening.ts";
import { integer } from "../../src/storage/rows.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { freshFolder } from "../support/folder.ts";
import { RawClient } from "../support/raw-client.ts";
import { executable, runs, ServerProcess } from "../support/server-process.ts";
import { inChannel, keep, said } from "../storage/records.ts";

setDefaultTimeout(90_000);

const password = "correct horse battery staple";
const words = ["--listen", "127.0.0.1:0", "--registration", "open"];
const secret = "the owl hides under the third bridge";

async function person(server: ServerProcess, name: string): Promise<RawClient> {
  const client = await RawClient.connect({ port: server.port(), tls: true });
  expect(await client.registers(name, password)).toContain(" SUCCESS ");
  client.sends("CAP REQ :message-tags labeled-response batch echo-message", "CAP END");
  await client.until(/ 376 | 422 /);
  return client;
}

/** Until the server has answered all of it. */
async function says(client: RawClient, ...lines: readonly string[]): Promise<void> {
  client.sends(...lines, "PING done");
  await client.until(/ PONG \S+ :?done$/);
}

/** A server with ann and bob in #general, who have spoken there and to each other. */
async function withTalk(settings = ""): Promise<ServerProcess> {
  const server = await ServerProcess.starts({ words, settings });
  const [ann, bob] = [await person(server, "ann"), await person(server, "bob")];
  await says(ann, `PRIVMSG #general :${secret} 1`, `PRIVMSG bob :${secret} 2`);
  await says(bob, "PRIVMSG #general :the badger knows", "PRIVMSG ann :so it is said");
  await says(ann, `TOPIC #general :${secret} 3`, `AWAY :${secret} 4`);
  ann.leaves();
  bob.leaves();
  return server;
}

interface Exported {
  readonly type: string;
  readonly text?: string;
  readonly [key: string]: unknown;
}

function exported(lines: string): Exported[] {
  return lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Exported); // as the export writes it
}

function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder).filter((name) => {
    const file = join(folder, name);
    return statSync(file).isFile() && readFileSync(file).includes(text);
  });
}

test("while the server runs, an account and a room are exported, to standard output or to a new file", async () => {
  const server = await withTalk();
  const { code, out, error } = await server.account("export", "ANN");
  expect([code, error]).toEqual([0, ""]);
  const records = exported(out);
  expect(records[0]).toMatchObject({ type: "account", name: "ann", role: "member" });
  const texts = records.filter(({ type }) => type === "message").map(({ text }) => text);
  expect(texts).toEqual([`${secret} 1`, `${secret} 2`]);
  expect(records.some(({ type }) => type === "audit")).toBe(true);
  expect(out).not.toContain(password);
  expect(out).not.toContain("badger");

  const file = join(freshFolder(), "ann.jsonl");
  expect((await server.account("export", "ann", file)).code).toBe(0);
  expect(exported(readFileSync(file, "utf8"))).toEqual(records);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const again = await server.account("export", "ann", file);
  expect([again.code, again.error]).toEqual([1, `authchat: ${file} is there already\n`]);

  const room = await runs("room", "export", "#General", "--data", server.data);
  const said = exported(room.out).filter(({ type }) => type === "message");
  expect(said.map(({ text }) => text)).toEqual([`${secret} 1`, "the badger knows"]);
  const nobody = await server.account("export", "nobody");
  expect([nobody.code, nobody.error]).toEqual([1, "authchat: no account nobody\n"]);
});

test("after a stop, and after kill -9, an export has everything too", async () => {
  const server = await withTalk();
  server.signals("SIGKILL");
  await server.ended();
  const killed = await server.account("export", "ann");
  expect([killed.code, killed.out.includes(`${secret} 2`)]).toEqual([0, true]);
  const again = await ServerProcess.starts({ data: server.data, words });
  again.signals("SIGTERM");
  await again.ended();
  const { out } = await server.account("export", "ann");
  expect(exported(out).filter(({ type }) => type !== "audit")).toEqual(
    exported(killed.out).filter(({ type }) => type !== "audit"),
  );
});

test("deleted with its messages, an account's words are in no file of the data folder any more", async () => {
  const server = await withTalk();
  expect(filesWith(server.data, secret)).not.toEqual([]);
  const { code, out } = await server.account("delete", "ann", "--messages");
  expect([code, out]).toEqual([0, "ann is deleted; what it said is being erased\n"]);
  await server.logs("account.erased", ({ account }) => account === "ann");
  await until(() => filesWith(server.data, secret).length === 0);
  expect(filesWith(server.data, "the badger knows")).not.toEqual([]);
  const after = await person(server, "ann");
  after.sends("CAP REQ :draft/chathistory", "JOIN #general", "CHATHISTORY LATEST #general * 50");
  await after.until(/ BATCH -/);
  expect(after.lines.filter((line) => line.includes(secret))).toEqual([]);
  expect((await server.account("export", "ann")).out).not.toContain(secret);
});

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (isSo()) return;
    await Bun.sleep(50);
  }
  expect(isSo()).toBe(true);
}

/** As many lines of ann's as there are, past the server, which is not running. */
function fills(data: string, count: number, at = Date.now()): void {
  const store = new SqliteStore(openDatabase(join(data, "authchat.db")), (problem) => {
    throw new Error(problem);
  });
  const ann = { account: accountId(1), log: inChannel(1) };
  const lines = Array.from({ length: count }, (_, index) => said(`${secret} ${index}`, ann));
  keep(store, lines, at);
  store.close();
}

async function stopped(): Promise<string> {
  const server = await withTalk();
  server.signals("SIGTERM");
  await server.ended();
  return server.data;
}

test("killed in the middle of erasing, the next server goes on with it to the end", async () => {
  const data = await stopped();
  fills(data, 30_000);
  const server = await ServerProcess.starts({ data, words });
  expect((await server.account("delete", "ann", "--messages", "--yes")).code).toBe(0);
  const left = (): number => {
    const database = openToRead(join(data, "authchat.db"));
    const sql = "SELECT count(*) AS count FROM entry WHERE account = 1 AND said <> 2";
    const count = database.query(sql, (row) => integer(row, "count")).first() ?? 0;
    database.close();
    return count;
  };
  await until(() => left() < 28_000);
  server.signals("SIGKILL");
  await server.ended();
  expect(left()).toBeGreaterThan(0);
  const again = await ServerProcess.starts({ data, words });
  const { count } = await again.logs("account.erased");
  expect(Number(count)).toBeGreaterThanOrEqual(30_000);
  expect(left()).toBe(0);
});

test("without a server, all of it is erased when the command ends", async () => {
  const data = await stopped();
  fills(data, 20_000);
  const { code } = await runs("account", "delete", "ann", "--messages", "--data", data);
  expect(code).toBe(0);
  const remaining = filesWith(data, `${secret} 1`);
  expect(remaining).toEqual([]);
});

test("what is older than the settings keep it is gone, from history and from the files", async () => {
  const data = await stopped();
  const old = "an old tale of the heron";
  const store = new SqliteStore(openDatabase(join(data, "authchat.db")), () => undefined);
  // In a room of its own: time does not run back in one.
  keep(store, [said(old, { log: inChannel(7) })], Date.now() - 40 * dayMs);
  keep(store, [said("a young one", { log: inChannel(7) })], Date.now() - 20 * dayMs);
  store.close();
  expect(filesWith(data, old)).toEqual(["authchat.db"]);
  const settings = "[history]\nkeep-days = 30\n";
  const server = await ServerProcess.starts({ data, words, settings });
  await until(() => filesWith(data, old).length === 0);
  expect(filesWith(data, "a young one")).not.toEqual([]);
  const client = await RawClient.connect({ port: server.port(), tls: true });
  await client.logsIn("bob", password);
  client.sends("MODE #general", "MODE #general +H 31", "JOIN #tales");
  expect(await client.until(/ 324 /)).toEndWith(" #general +ntH 30");
  expect(await client.until(/ NOTICE #tales /)).toEndWith(":What is said here is kept for 30 days");
});

test("at a terminal it is asked once more, and no is no", async () => {
  const data = await stopped();
  const asked = async (answer: string): Promise<string> => {
    let seen = "";
    const given = ["account", "delete", "ann", "--messages", "--data", data];
    const child = Bun.spawn([executable, ...given], {
      cwd: freshFolder(),
      env: { HOME: freshFolder() },
      terminal: {
        cols: 100,
        rows: 30,
        data(terminal, bytes) {
          seen += new TextDecoder().decode(bytes);
          if (seen.endsWith("[y/N] ")) terminal.write(answer);
        },
      },
    });
    const code = await child.exited;
    return `${code} ${seen.replaceAll(/\s+/g, " ").trim()}`;
  };
  const question = "Delete ann, and all that ann said, for good? [y/N]";
  expect(await asked("n\r")).toMatch(/^1 .*nothing is deleted$/);
  expect(await asked("\r")).toStartWith(`1 ${question}`);
  expect(exported((await runs("account", "export", "ann", "--data", data)).out)).not.toEqual([]);
  expect(await asked("y\r")).toMatch(/^0 .*ann is deleted/);
});

test.each([
  [["account", "list", "--messages"], "--messages goes with delete"],
  [["account", "export", "ann", "a", "b"], 'unexpected argument "b"'],
  [["account", "export"], "account export needs a NAME"],
  [["room", "export", "general"], "a room is written '#room', in quotes"],
  [["room", "rename", "#a"], "ACTION cannot be"],
])("%j is a wrong command line", async (given, why) => {
  const { code, error } = await runs(...given);
  expect(code).toBe(2);
  expect(error).toContain(why);
});

test("an export that cannot be written leaves nothing behind", async () => {
  const data = await stopped();
  const folder = join(freshFolder(), "file");
  writeFileSync(folder, "");
  const { code } = await runs("account", "export", "ann", join(folder, "x"), "--data", data);
  expect(code).toBe(77);
  expect(existsSync(join(folder, "x"))).toBe(false);
});

/**
 * `authchat account rekey` on the built server: while it runs and while it does not, with `kill -9` in between; the
 * passwords of before work, move to the new key, and the old key goes.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { Keyring } from "../../src/auth/keyring.ts";
import { parseKeyFile } from "../../src/auth/keys.ts";
import { Vault } from "../../src/auth/vault.ts";
import { accountId } from "../../src/base/ids.ts";
import { wallMs } from "../../src/base/time.ts";
import { Credentials } from "../../src/storage/credentials.ts";
import { openDatabase } from "../../src/storage/opening.ts";
import { connectWords, says } from "../support/client-process.ts";
import { freshFolder } from "../support/folder.ts";
import { RawClient } from "../support/raw-client.ts";
import { type Ended, runs, ServerProcess } from "../support/server-process.ts";
import { stablePort } from "../support/stable-port.ts";

setDefaultTimeout(90_000);

const password = "correct horse battery";

interface Place {
  readonly server: ServerProcess;
  /** Of ann's client, which knows the server. */
  readonly home: readonly string[];
}

/** A server with ann, whose client has seen it, and bob, who is a stranger's client. */
async function opens(): Promise<Place> {
  const listen = `127.0.0.1:${await stablePort()}`;
  const server = await ServerProcess.starts({
    words: ["--listen", listen, "--registration", "open"],
  });
  const home = ["--home", freshFolder()];
  await runs("servers", "trust", listen, server.pin, ...home);
  expect(await visits({ server, home }, "--register")).toMatchObject({ code: 0, error: "" });
  const bob = await RawClient.connect({ port: server.port(), tls: true });
  await bob.registers("bob", password);
  bob.leaves();
  return { server, home };
}

/** Ann logs in by OPAQUE, with what her client has pinned, and leaves. */
function visits({ server, home }: Place, ...words: readonly string[]): Promise<Ended> {
  return says("", ...connectWords(server, "ann", "--ui", "text", ...home, ...words));
}

async function bobLogsIn({ server }: Place): Promise<void> {
  const words = ["--ui", "text", "--mechanism", "PLAIN"];
  expect(await says("", ...connectWords(server, "bob", ...words))).toMatchObject({ code: 0 });
}

function masters({ server }: Place): number {
  return keyFile(server.data).match(/^v1 /gm)?.length ?? 0;
}

function keyFile(data: string): string {
  return readFileSync(join(data, "auth.key"), "utf8");
}

async function again({ server, home }: Place): Promise<Place> {
  const words = ["--listen", `127.0.0.1:${server.port()}`, "--registration", "open"];
  return { server: await ServerProcess.starts({ data: server.data, words }), home };
}

async function stopped({ server }: Place, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  server.signals(signal);
  await server.ended();
}

test("while it runs: old records work, logins move them, then the old key goes; pins hold", async () => {
  const place = await opens();
  const { server } = place;
  const made = await server.account("rekey");
  expect(made).toMatchObject({ code: 0, error: "" });
  expect(made.out).toContain("a new key is in use");
  expect(made.out).toContain("2 passwords of an older key");
  expect([masters(place), statSync(join(server.data, "auth.key")).mode & 0o777]).toEqual([
    2, 0o600,
  ]);
  expect(await server.logs("keys.changed")).toMatchObject({ keys: 2, older: 2 });
  const early = await server.account("rekey", "--finish");
  expect([early.code, early.error.includes("2 passwords of an older key")]).toEqual([1, true]);
  await bobLogsIn(place);
  expect((await server.account("rekey", "--status")).out).toContain("1 password of an older key");
  expect(await visits(place)).toMatchObject({ code: 0, error: "" });
  await server.logs(
    "password.changed",
    ({ account, isSame }) => account === "ann" && isSame === true,
  );
  const finished = await server.account("rekey", "--finish");
  expect(finished.out).toContain("an older key is removed");
  expect(masters(place)).toBe(1);
  await bobLogsIn(place);
  expect(await visits(place)).toMatchObject({ code: 0, error: "" });
  await stopped(place);
  const next = await again(place);
  expect(await visits(next)).toMatchObject({ code: 0, error: "" });
  await bobLogsIn(next);
});

test("while it does not run: on the files, and by force with what is lost said", async () => {
  const place = await opens();
  await stopped(place);
  expect((await place.server.account("rekey")).out).toContain("2 passwords of an older key");
  expect(masters(place)).toBe(2);
  const next = await again(place);
  await bobLogsIn(next);
  await stopped(next);
  const forced = await next.server.account("rekey", "--finish", "--force");
  expect(forced.code).toBe(0);
  expect(forced.out).toContain("1 password went with it: these accounts need a new one");
  const last = await again(place);
  await bobLogsIn(last);
  expect((await visits(last)).code).toBe(4);
});

const rows = 10_000;

/** What the server keeps besides passwords, with the keys it has; it does not run. */
function vaultOf(data: string): { readonly vault: Vault; readonly close: () => void } {
  const keys = parseKeyFile(keyFile(data));
  if (keys === undefined) throw new Error("no keys");
  const database = openDatabase(join(data, "authchat.db"));
  const vault = new Vault(new Credentials(database), new Keyring(keys), () => wallMs(Date.now()));
  return { vault, close: () => database.close() };
}

/** How many rows are sealed with each key. */
function sealedWith(data: string): number[] {
  const sqlite = new Database(join(data, "authchat.db"), { readonly: true });
  const sql = "SELECT COUNT(*) AS count FROM credential GROUP BY substr(data, 1, 4)";
  const counts = sqlite.query<{ count: number }, []>(sql).all();
  sqlite.close();
  return counts.map(({ count }) => count);
}

test("killed while it seals anew, it starts again, everybody gets in, and nothing is lost", async () => {
  const place = await opens();
  await stopped(place);
  const { data } = place.server;
  const account = accountId(1);
  const filling = vaultOf(data);
  const content = Uint8Array.of(1, 2, 3);
  for (let row = 0; row < rows; row += 1) {
    await filling.vault.add({ account, kind: "app-password", label: "it", content });
  }
  filling.close();
  const second = await again(place);
  const rekeying = second.server.account("rekey");
  while (sealedWith(data).length === 1) await Bun.sleep(1);
  await stopped(second, "SIGKILL");
  expect((await rekeying).code).not.toBe(0);
  const counts = sealedWith(data);
  expect([counts.length, counts.reduce((sum, count) => sum + count, 0)]).toEqual([2, rows]);

  const third = await again(second);
  expect(await visits(third)).toMatchObject({ code: 0, error: "" });
  await bobLogsIn(third);
  const finished = await third.server.account("rekey", "--finish");
  expect(finished.out).toContain("an older key is removed");
  expect([masters(third), sealedWith(data)]).toEqual([1, [rows]]);
  await stopped(third);
  const { vault, close } = vaultOf(data);
  expect((await vault.list(account, "app-password")).length).toBe(rows);
  close();
  expect(await visits(await again(third))).toMatchObject({ code: 0, error: "" });
});

test("flags that do not go together are wrong", async () => {
  const data = join(freshFolder(), "data");
  for (const words of [
    ["list", "--finish"],
    ["rekey", "--force"],
    ["rekey", "--status", "--finish"],
    ["rekey", "ann"],
  ]) {
    expect((await runs("account", ...words, "--data", data)).code).toBe(2);
  }
});

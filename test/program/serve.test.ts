/**
 * The built server: how it starts, whom it lets in, what it tells its operator, and how it ends.
 */
import { connect, createServer } from "node:net";
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, setDefaultTimeout, test } from "bun:test";
import { freshFolder } from "../support/folder.ts";
import { RawClient } from "../support/raw-client.ts";
import { runs, ServerProcess } from "../support/server-process.ts";

setDefaultTimeout(60_000);

const password = "correct horse battery";

function connected(server: ServerProcess): Promise<RawClient> {
  return RawClient.connect({ port: server.port(), tls: true });
}

/** A member, registered, approved from the shell and logged in. */
async function member(server: ServerProcess, name: string): Promise<RawClient> {
  const asking = await connected(server);
  await asking.registers(name, password);
  asking.leaves();
  expect((await server.account("approve", name)).code).toBe(0);
  return loggedIn(server, name);
}

async function loggedIn(server: ServerProcess, name: string): Promise<RawClient> {
  const client = await connected(server);
  expect(await client.logsIn(name, password)).toContain(" 903 ");
  await client.until(/ 001 /);
  return client;
}

test("the first start makes a folder for its owner alone, listens, and says how to join", async () => {
  const server = await ServerProcess.starts();
  expect(statSync(server.data).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(server.data)) {
    expect([name, statSync(join(server.data, name)).mode & 0o777]).toEqual([name, 0o600]);
  }
  const listening = await server.logs("listening");
  expect(listening["fingerprint"]).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
  expect(await server.logs("started")).toMatchObject({ data: server.data, pending: 0 });
});

/** Only root may read it of a process that leaves no core dumps. */
const mayReadEnvironment = process.platform === "linux" && process.getuid?.() === 0;

test.skipIf(!mayReadEnvironment)("free memory stays with it, unless told otherwise", async () => {
  const patience = async (environment: Readonly<Record<string, string>>): Promise<unknown> => {
    const { pid } = await ServerProcess.starts({ environment });
    const variables = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    return variables.find((variable) => variable.startsWith("MIMALLOC_PURGE_DELAY="));
  };
  expect(await patience({})).toBe("MIMALLOC_PURGE_DELAY=10000");
  expect(await patience({ MIMALLOC_PURGE_DELAY: "7" })).toBe("MIMALLOC_PURGE_DELAY=7");
});

test("the fingerprint stays over a restart", async () => {
  const first = await ServerProcess.starts();
  first.signals("SIGTERM");
  expect((await first.ended()).code).toBe(0);
  const second = await ServerProcess.starts({ data: first.data });
  const [before, after] = [await first.logs("listening"), await second.logs("listening")];
  expect(after["fingerprint"]).toBe(before["fingerprint"]);
});

test("a second server on the same folder is refused, and the first goes on", async () => {
  const server = await ServerProcess.starts();
  const second = await runs("serve", "--data", server.data, "--listen", "127.0.0.1:0");
  expect(second.code).toBe(69);
  expect(second.error).toContain(`another authchat server is running on ${server.data}`);
  const client = await connected(server);
  client.sends("PING still-there");
  await client.until(/PONG .*still-there/);
});

test("who asks for an account waits, is approved from the shell, and is then let in", async () => {
  const server = await ServerProcess.starts();
  const ann = await connected(server);
  expect(await ann.registers("ann", password)).toContain("VERIFICATION_REQUIRED");
  await server.logs("account.asked");
  expect((await server.account("list", "--state", "pending")).out).toContain("ann pending member");
  expect(await server.account("approve", "ann")).toMatchObject({ code: 0, out: "approved ann\n" });
  await ann.until(/APPROVED/);
  await loggedIn(server, "ann");
  expect(await server.logs("account.approved")).toMatchObject({ account: "ann" });
});

test("what cannot be done from the shell is a failure", async () => {
  const server = await ServerProcess.starts();
  expect(await server.account("approve", "nobody")).toMatchObject({
    code: 1,
    out: "",
    error: "authchat: no account nobody\n",
  });
});

test("accounts can be decided about while no server is running", async () => {
  const server = await ServerProcess.starts();
  const ann = await connected(server);
  await ann.registers("ann", password);
  server.signals("SIGTERM");
  await server.ended();
  expect(await server.account("approve", "ann")).toMatchObject({ code: 0, error: "" });
  expect(await server.account("role", "ann", "operator")).toMatchObject({ code: 0, error: "" });
  const again = await ServerProcess.starts({ data: server.data });
  expect((await again.account("list")).out).toContain("ann active operator");
  await loggedIn(again, "ann");
});

test("SIGTERM tells everyone and ends with 0", async () => {
  const server = await ServerProcess.starts();
  const ann = await member(server, "ann");
  ann.sends("PRIVMSG #general :last words");
  await ann.until(/PRIVMSG #general/);
  const asked = performance.now();
  server.signals("SIGTERM");
  await ann.until(/^ERROR :/);
  await ann.closed;
  expect((await server.ended()).code).toBe(0);
  expect(performance.now() - asked).toBeLessThan(5_000);
});

test("a client that does not read does not keep it from ending", async () => {
  const server = await ServerProcess.starts();
  const ann = await member(server, "ann");
  const deaf = await loggedIn(server, "ann");
  deaf.pauses();
  const text = "x".repeat(400);
  for (let count = 0; count < 2_000; count += 1) ann.sends(`PING ${text}`);
  const asked = performance.now();
  server.signals("SIGTERM");
  expect((await server.ended()).code).toBe(0);
  expect(performance.now() - asked).toBeLessThan(5_000);
});

test("who has not even begun the handshake does not keep it from ending", async () => {
  const server = await ServerProcess.starts();
  const ann = await member(server, "ann");
  const silent = connect({ port: server.port(), host: "127.0.0.1" });
  onTestFinished(() => {
    silent.destroy();
  });
  await new Promise((resolve) => silent.once("connect", resolve));
  const asked = performance.now();
  server.signals("SIGTERM");
  await ann.until(/^ERROR :/);
  expect((await server.ended()).code).toBe(0);
  // Who does not close has 3 s.
  expect(performance.now() - asked).toBeLessThan(2_500);
});

test("a second signal ends it as well as the first", async () => {
  const server = await ServerProcess.starts();
  const deaf = await member(server, "ann");
  deaf.pauses();
  server.signals("SIGTERM");
  server.signals("SIGTERM");
  expect((await server.ended()).code).toBe(0);
});

test("a database that is taken away ends it with 74", async () => {
  const server = await ServerProcess.starts();
  renameSync(join(server.data, "authchat.db"), join(server.data, "elsewhere.db"));
  const { code, error } = await server.ended();
  expect(code).toBe(74);
  expect(error).toContain("was replaced or removed while the server was running");
});

test("after kill -9 every account and every acknowledged message is there", async () => {
  const server = await ServerProcess.starts();
  const ann = await member(server, "ann");
  const echoes: string[] = [];
  for (let count = 0; count < 50; count += 1) ann.sends(`PRIVMSG #general :message ${count}`);
  for (let count = 0; count < 20; count += 1) echoes.push(await ann.until(/PRIVMSG #general/));
  server.signals("SIGKILL");
  await server.ended();
  const again = await ServerProcess.starts({ data: server.data });
  const client = await loggedIn(again, "ann");
  client.sends("CAP REQ :batch draft/chathistory server-time", "CHATHISTORY LATEST #general * 100");
  const kept: string[] = [];
  await client.until((line) => {
    if (line.includes(" PRIVMSG #general ")) kept.push(line);
    return line.includes(" BATCH -");
  });
  for (const echo of echoes) {
    const text = echo.slice(echo.lastIndexOf(":"));
    expect(kept.filter((line) => line.endsWith(text))).toHaveLength(1);
  }
});

test("a port in use is 69 with a hint", async () => {
  const blocker = createServer();
  const port = await new Promise<number>((resolve) => {
    blocker.listen(0, "127.0.0.1", () => {
      const address = blocker.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  onTestFinished(() => {
    blocker.close();
  });
  const data = join(freshFolder(), "data");
  const ended = await runs("serve", "--data", data, "--listen", `127.0.0.1:${port}`);
  expect(ended.code).toBe(69);
  expect(ended.error).toContain(
    `cannot listen on 127.0.0.1:${port}: another program has this port`,
  );
});

test("settings are refused with all their problems", async () => {
  const config = join(freshFolder(), "authchat.toml");
  writeFileSync(config, '[server]\nnam = "x"\n[limits]\nflood = 1\n');
  const ended = await runs("serve", "--config", config);
  expect(ended).toMatchObject({ code: 78, out: "" });
  expect(ended.error).toBe(
    [
      "authchat: the settings have 2 problems",
      `  ${config}:2: server.nam: there is no such setting; did you mean name?`,
      `  ${config}:4: limits.flood: must be true or false`,
      "",
    ].join("\n"),
  );
});

test("a web browser and garbage get an answer, and the server lives", async () => {
  const server = await ServerProcess.starts({
    words: ["--listen", "127.0.0.1:0", "--plain", "127.0.0.1:0"],
  });
  const browser = await RawClient.connect({ port: server.port(false), tls: false });
  browser.sends("GET / HTTP/1.1", "Host: chat", "");
  await browser.until(/^HTTP\/1\.1 |^ERROR |421|FAIL /);
  const noise = await RawClient.connect({ port: server.port(false), tls: false });
  noise.sendsRaw(Uint8Array.from([0xff, 0xfe, 0x80, 0x0d, 0x0a]));
  await noise.until(/INVALID_UTF8/);
  const noTls = await RawClient.connect({ port: server.port(), tls: false });
  noTls.sends("GET / HTTP/1.1", "");
  await noTls.closed;
  const client = await connected(server);
  client.sends("PING still-there");
  await client.until(/PONG .*still-there/);
});

test("what is said in rooms is in the log as text only where that was asked for", async () => {
  const quiet = await ServerProcess.starts();
  const open = await ServerProcess.starts({
    words: ["--listen", "127.0.0.1:0", "--log-messages"],
  });
  for (const server of [quiet, open]) {
    const ann = await member(server, "ann");
    ann.sends("PRIVMSG #general :my words", "PRIVMSG ann :my secret");
    await server.logs("message.private");
  }
  expect(JSON.stringify(quiet.log)).not.toContain("my words");
  expect(await open.logs("message.channel")).toMatchObject({ text: "my words" });
  expect(JSON.stringify(open.log)).not.toContain("my secret");
});

test("no log line and no file but the database's own holds a password", async () => {
  const server = await ServerProcess.starts({
    words: ["--listen", "127.0.0.1:0", "--log", "debug", "--log-messages"],
  });
  const ann = await member(server, "ann");
  ann.sends("PASS correct-horse-battery", `PRIVMSG NickServ :IDENTIFY ${password}`);
  await server.logs("line", ({ line }) => String(line).includes("NickServ"));
  const log = JSON.stringify(server.log);
  for (const secret of [
    password,
    "correct-horse",
    Buffer.from(`\0ann\0${password}`).toString("base64"),
  ]) {
    expect(log).not.toContain(secret);
  }
});

test("SIGHUP has the settings read again, and ends nothing", async () => {
  const server = await ServerProcess.starts();
  server.signals("SIGHUP");
  const detail = "the settings are as they were";
  expect(await server.logs("settings.read")).toMatchObject({ by: "SIGHUP", detail });
  const client = await connected(server);
  client.sends("PING still-there");
  await client.until(/PONG .*still-there/);
});

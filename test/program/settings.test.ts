/**
 * Settings of the built server that people notice: operators by OPER, a password of its own, and settings read again.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, setDefaultTimeout, test } from "bun:test";
import { freshFolder } from "../support/folder.ts";
import { RawClient } from "../support/raw-client.ts";
import { runs, ServerProcess } from "../support/server-process.ts";

setDefaultTimeout(60_000);

const guests = '[accounts]\nrequired = false\nnick = "free"\n';

async function guest(server: ServerProcess, ...before: readonly string[]): Promise<RawClient> {
  const client = await RawClient.connect({ port: server.port(), tls: true });
  client.sends(...before, "NICK gus", "USER gus 0 * :Gus");
  return client;
}

async function operatorSettings(password: string): Promise<string> {
  const hash = await Bun.password.hash(password, { algorithm: "argon2id", memoryCost: 64 });
  return `[[operator]]\nname = "root"\npassword = "${hash}"\n`;
}

test("OPER takes the settings' hash, REHASH and SIGHUP read them again, and wrong ones change nothing", async () => {
  const server = await ServerProcess.starts({
    settings: `${guests}${await operatorSettings("a password of mine")}`,
  });
  const gus = await guest(server);
  await gus.until(/ 001 /);
  gus.sends("OPER root :wrong", "OPER root :a password of mine", "REHASH");
  await gus.until(/ 464 gus /);
  await gus.until(/ 381 gus /);
  await gus.until(/ 382 gus settings /);
  await gus.until(/NOTICE gus :the settings are as they were/);
  expect(await server.logs("user.operator")).toMatchObject({ nick: "gus", name: "root" });
  server.writesSettings(`${guests}[server]\nicon = "https://example.org/i.svg"\nnam = "x"\n`);
  server.signals("SIGHUP");
  const refused = await server.logs("settings.refused");
  expect(refused["detail"]).toContain("server.nam: there is no such setting");
  server.writesSettings(`${guests}[server]\nicon = "https://example.org/i.svg"\nname = "other"\n`);
  server.signals("SIGHUP");
  await gus.until(/ 005 gus draft\/ICON=https:\/\/example.org\/i.svg /);
  // The client may hear of it before the line of the log is read.
  const changed = "changed: server.icon, operator; changes only with a restart: server.name";
  await server.logs("settings.read", ({ detail }) => detail === changed);
  gus.sends("OPER root :a password of mine");
  await gus.until(/ 491 gus /);
  expect(JSON.stringify(server.log)).not.toContain("a password of mine");
});

test("the server's password is asked for, and said at the start", async () => {
  const file = join(freshFolder(), "pass.txt");
  writeFileSync(file, "open sesame\n", { mode: 0o600 });
  const server = await ServerProcess.starts({
    settings: `${guests}[server]\npassword-file = ${JSON.stringify(file)}\n`,
  });
  const warnings = server.log.filter(({ event }) => event === "open-door");
  expect(warnings.map(({ level }) => level)).toEqual(["warn", "warn"]);
  const none = await guest(server);
  await none.until(/ 464 gus :Password incorrect/);
  await none.closed;
  const right = await guest(server, "PASS :open sesame");
  await right.until(/ 001 gus /);
});

test("sts with the self-signed certificate is refused at the start", async () => {
  const config = join(freshFolder(), "authchat.toml");
  writeFileSync(config, "[tls]\nsts-days = 30\n");
  const data = join(freshFolder(), "data");
  const ended = await runs(
    "serve",
    "--config",
    config,
    "--data",
    data,
    "--listen",
    "127.0.0.1:6697",
  );
  expect(ended.code).toBe(78);
  expect(ended.error).toContain("the server has only its self-signed one");
});

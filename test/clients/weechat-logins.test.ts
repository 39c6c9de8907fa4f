/**
 * WeeChat against the built server, by every way to log in that it has besides PLAIN: a certificate of its own
 * (EXTERNAL), SCRAM, and a server password.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, setDefaultTimeout, test } from "bun:test";
import { password } from "../support/client-process.ts";
import { freshFolder } from "../support/folder.ts";
import { approveMember, installed } from "../support/foreign-client.ts";
import { type LogLine, ServerProcess } from "../support/server-process.ts";
import { tlsWord, WeeChat } from "../support/weechat.ts";

setDefaultTimeout(60_000);

/** A certificate with its key, as people make theirs: with OpenSSL, in one file. */
function openSslCertificate(): string {
  const [key, certificate] = ["key.pem", "certificate.pem"].map((name) =>
    join(freshFolder(), name),
  );
  const files = ["-keyout", key ?? "", "-out", certificate ?? ""];
  const kind = ["-newkey", "rsa:2048", "-sha256", "-days", "30", "-subj", "/CN=wes"];
  const { exitCode } = Bun.spawnSync(["openssl", "req", "-x509", "-nodes", ...kind, ...files]);
  expect(exitCode).toBe(0);
  const both = join(freshFolder(), "wes.pem");
  const parts = [key, certificate].map((file) => Bun.spawnSync(["cat", file ?? ""]).stdout);
  writeFileSync(both, parts.map(String).join(""), { mode: 0o600 });
  return both;
}

async function loggedIn(server: ServerProcess, mechanism: string): Promise<void> {
  const isIt = (line: LogLine): boolean => line["mechanism"] === mechanism;
  expect(await server.logs("login.ok", isIt)).toMatchObject({ account: "wes" });
}

test("WeeChat adds its certificate by NickServ, and logs in with nothing else", async () => {
  const program = installed("weechat-headless");
  if (program === undefined || installed("openssl") === undefined) return;
  const server = await ServerProcess.starts();
  await approveMember(server, "wes");
  const certificate = { [`${tlsWord()}_cert`]: openSslCertificate() };
  const first = new WeeChat(program, server, {
    ...certificate,
    sasl_mechanism: "plain",
    sasl_username: "wes",
    sasl_password: password,
  });
  await first.status.shows(/Welcome to the authchat network, wes!wes@/);
  first.types("irc.server.authchat", "/msg NickServ cert add laptop");
  expect(await server.logs("account.certificate")).toMatchObject({ account: "wes" });
  first.types("core.weechat", "/quit");
  await first.ended();

  const second = new WeeChat(program, server, { ...certificate, sasl_mechanism: "external" });
  await second.status.shows(/You are now logged in as wes/);
  await second.status.shows(/Welcome to the authchat network, wes!wes@/);
  await loggedIn(server, "EXTERNAL");
});

test("WeeChat logs in by SCRAM-SHA-256", async () => {
  const program = installed("weechat-headless");
  if (program === undefined) return;
  const mechanisms = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN"];
  const settings = `mechanisms = ${JSON.stringify(mechanisms)}\n`;
  const server = await ServerProcess.starts({ settings });
  await approveMember(server, "wes");
  const weechat = new WeeChat(program, server, {
    sasl_mechanism: "scram-sha-256",
    sasl_username: "wes",
    sasl_password: password,
  });
  await weechat.status.shows(/You are now logged in as wes/);
  await weechat.status.shows(/Welcome to the authchat network, wes!wes@/);
  await loggedIn(server, "SCRAM-SHA-256");
});

test("WeeChat logs in by a server password", async () => {
  const program = installed("weechat-headless");
  if (program === undefined) return;
  const server = await ServerProcess.starts();
  await approveMember(server, "wes");
  const weechat = new WeeChat(program, server, { password: `wes:${password}` });
  await weechat.status.shows(/You are now logged in as wes/);
  await weechat.status.shows(/Welcome to the authchat network, wes!wes@/);
  await loggedIn(server, "PASS");
});

/**
 * The built client and server: a login by the client's own certificate, from the first `cert add` to the last
 * `cert del`, and by PASS and SCRAM with what has no OPAQUE.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, setDefaultTimeout, test } from "bun:test";
import { makeCertificate } from "../../src/auth/certificate.ts";
import { wallMs } from "../../src/base/time.ts";
import { connectWords, JsonClient, password } from "../support/client-process.ts";
import { freshFolder } from "../support/folder.ts";
import { RawClient } from "../support/raw-client.ts";
import { type Ended, type LogLine, runs, ServerProcess } from "../support/server-process.ts";

setDefaultTimeout(60_000);

/** A certificate with its key, in one file that only its owner reads. */
function ownCertificate(): string {
  const { certificate, key } = makeCertificate({ names: ["laptop"], now: wallMs(Date.now()) });
  const path = join(freshFolder(), "laptop.pem");
  writeFileSync(path, certificate + key, { mode: 0o600 });
  return path;
}

/** With the certificate alone: no password, and nobody to ask for one. */
function comes(server: ServerProcess, name: string, certificate: string): Promise<Ended> {
  const words = ["--no-input", "--home", freshFolder(), "--pin", server.pin];
  const place = `${name}@127.0.0.1:${server.port()}`;
  return runs("connect", place, ...words, "--client-cert", certificate);
}

function opened(settings = ""): Promise<ServerProcess> {
  const words = ["--listen", "127.0.0.1:0", "--registration", "open"];
  return ServerProcess.starts({ words, settings });
}

test("a certificate is added on the connection that shows it, and is a login until it is taken away", async () => {
  const server = await opened();
  const certificate = ownCertificate();
  const showing = ["--client-cert", certificate, "--keep"];
  const ann = await JsonClient.online(server, "ann", "--register", ...showing);
  expect(await comes(server, "ann", certificate)).toMatchObject({
    code: 4,
    error: expect.stringContaining("no login for ann by this certificate"),
  });
  ann.does({ op: "send", target: "NickServ", text: "cert add laptop" });
  await server.logs("account.certificate");
  expect((await comes(server, "ann", certificate)).code).toBe(0);
  const logins = server.log.filter(({ event }) => event === "login.ok");
  expect(logins.map(({ mechanism }) => mechanism)).toEqual(["OPAQUE-R255-EXPR", "EXTERNAL"]);
  expect((await comes(server, "bob", certificate)).code).toBe(4);
  expect((await comes(server, "ann", ownCertificate())).code).toBe(4);

  ann.does({ op: "send", target: "NickServ", text: "cert del 1" });
  await server.logs("account.certificate", ({ change }) => change === "removed");
  expect((await comes(server, "ann", certificate)).code).toBe(4);
});

test("a client without SASL logs in by PASS, and the password is in no log", async () => {
  const words = ["--listen", "127.0.0.1:0", "--registration", "open", "--log", "debug"];
  const server = await ServerProcess.starts({ words });
  const asking = await RawClient.connect({ port: server.port(), tls: true });
  await asking.registers("ann", password);
  asking.leaves();
  const client = await RawClient.connect({ port: server.port(), tls: true });
  client.sends(`PASS :ann:${password}`, "NICK whoever", "USER x 0 * :X");
  expect(await client.until(/ 900 /)).toContain("You are now logged in as ann");
  expect(await client.until(/ 001 /)).toContain(" 001 ann ");
  const isPass = ({ mechanism }: LogLine): boolean => mechanism === "PASS";
  expect(await server.logs("login.ok", isPass)).toMatchObject({ account: "ann" });
  client.leaves();
  const refused = await RawClient.connect({ port: server.port(), tls: true });
  refused.sends(`PASS :ann:${password}!`);
  expect(await refused.until(/ 464 /)).toContain("Password incorrect");
  refused.leaves();
  const log = server.log.map((line) => JSON.stringify(line)).join("\n");
  expect(log).toContain("PASS [secret]");
  expect(log).not.toContain(password);
});

test("our own client logs in by SCRAM where the settings list it", async () => {
  const mechanisms = ["OPAQUE-R255-EXPR", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"];
  const server = await opened(`mechanisms = ${JSON.stringify(mechanisms)}\n`);
  await JsonClient.online(server, "ann", "--register");
  for (const mechanism of mechanisms.slice(1)) {
    const words = connectWords(server, "ann", "--mechanism", mechanism);
    expect((await runs(...words)).code).toBe(0);
  }
  const logins = server.log.filter(({ event }) => event === "login.ok");
  expect(logins.map(({ mechanism }) => mechanism)).toEqual(mechanisms);
});

/**
 * Who guesses passwords at the built server has to wait, its operator reads of it, and no password is anywhere.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, setDefaultTimeout, test } from "bun:test";
import { connectWords, JsonClient, passwordFile, says } from "../support/client-process.ts";
import { freshFolder } from "../support/folder.ts";
import { RawClient } from "../support/raw-client.ts";
import { ServerProcess } from "../support/server-process.ts";

setDefaultTimeout(60_000);

const open = ["--listen", "127.0.0.1:0", "--registration", "open"];
const canary = "canary-Zf31 of this test";

async function guesses(server: ServerProcess, name: string, guess: string): Promise<string> {
  const client = await RawClient.connect({ port: server.port(), tls: true });
  client.sends("CAP LS 302", "NICK eve", "CAP REQ :sasl", "AUTHENTICATE PLAIN");
  const response = Buffer.from(`\0${name}\0${guess}`).toString("base64");
  client.sends(`AUTHENTICATE ${response}`);
  return client.until(/ 904 | 903 /);
}

function everythingIn(folder: string): string {
  const paths = readdirSync(folder, { recursive: true }).map((path) => join(folder, String(path)));
  const files = paths.filter((path) => statSync(path).isFile());
  return files.map((path) => readFileSync(path).toString("latin1")).join("\n");
}

test("three wrong passwords, and the next is not looked at; the log says who, and no password", async () => {
  const server = await ServerProcess.starts({ words: open, throttles: true });
  const ann = await JsonClient.online(
    server,
    "ann",
    "--register",
    "--password-file",
    passwordFile(canary),
  );
  for (const guess of ["one", "two", "three"]) {
    expect(await guesses(server, "ann", `${canary} ${guess}`)).toContain("authentication failed");
  }
  await guesses(server, `${canary} in the wrong field`, "x");
  expect(await guesses(server, "ann", canary)).toContain("Too many wrong passwords came from");
  await server.logs("login.throttled");

  const told = await server.account("log", "ann", "--count", "3", "--json");
  const entries = told.out
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  const refused = { event: "login.refused", account: "ann", address: "127.0.0.1" };
  expect(entries).toMatchObject([refused, refused, refused]);
  expect((await server.account("log")).out).toContain(" account.registered ann from 127.0.0.1\n");
  expect(await server.account("unlock", "ann")).toMatchObject({ out: "ann was not locked\n" });
  await ann.leaves();

  const all = [JSON.stringify(server.log), told.out, (await server.account("log")).out];
  server.signals("SIGTERM");
  const { error } = await server.ended();
  for (const text of [...all, error, everythingIn(server.data)]) expect(text).not.toContain(canary);
  // Without a server the log is read from the files.
  expect((await server.account("log", "ann", "--count", "1")).out).toMatch(/^\S+Z \S+ ann /);
});

test("--generate shows the passphrase it made up once, and it is the password", async () => {
  const server = await ServerProcess.starts({ words: open });
  const home = freshFolder();
  const words = connectWords(
    server,
    "ann",
    "--register",
    "--generate",
    "--ui",
    "text",
    "--home",
    home,
  );
  const given = [
    ...words.filter((word, index) => !isPasswordFile(words, word, index)),
    "--pin",
    server.pin,
  ];
  const { code, error } = await says("", ...given);
  expect(code).toBe(0);
  const passphrases = error.match(/^ {2}(?:[a-z]+-){5}[a-z]+$/gm) ?? [];
  expect(passphrases.length).toBe(1);
  const file = passwordFile(passphrases[0]?.trim() ?? "");
  const again = connectWords(server, "ann", "--ui", "text", "--password-file", file);
  expect((await says("", ...again)).code).toBe(0);
});

test("--generate is for a new account, and goes without a password", async () => {
  const at = "ann@127.0.0.1:1";
  const known = await says("", "connect", at, "--generate", "--no-input");
  expect([known.code, known.error]).toEqual([2, expect.stringContaining("--register") as string]);
  const both = ["--register", "--generate", "--password-stdin", "--no-input"];
  expect((await says("", "connect", at, ...both)).code).toBe(2);
});

/** `--password-file` or what follows it. */
function isPasswordFile(words: readonly string[], word: string, index: number): boolean {
  return word === "--password-file" || words[index - 1] === "--password-file";
}

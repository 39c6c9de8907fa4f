/**
 * Whom the built client trusts when nobody can be asked: a key that is known, pinned, new, or another than before.
 */
import { X509Certificate } from "node:crypto";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, setDefaultTimeout, test } from "bun:test";
import { connectWords, password, passwordFile, says } from "../support/client-process.ts";
import { freshFolder } from "../support/folder.ts";
import { type Ended, runs, ServerProcess } from "../support/server-process.ts";
import { stablePort } from "../support/stable-port.ts";

setDefaultTimeout(60_000);

const open = ["--listen", "127.0.0.1:0", "--registration", "open"];

/** Logs in and leaves, with these words about trust. */
function visits(server: ServerProcess, ...words: readonly string[]): Promise<Ended> {
  return says("", ...connectWords(server, "ann", "--ui", "text", ...words));
}

/** A server where `ann` has an account. */
async function serverOfAnn(words: readonly string[] = open): Promise<ServerProcess> {
  const server = await ServerProcess.starts({ words });
  expect(await visits(server, "--register")).toMatchObject({ code: 0, error: "" });
  return server;
}

function grouped(pin: string): string {
  return (pin.replace("sha256:", "").match(/.{1,4}/g) ?? []).join(" ");
}

test("an unknown key is 5, says how to trust it, and nothing was sent", async () => {
  const server = await serverOfAnn();
  const place = `127.0.0.1:${server.port()}`;
  const home = freshFolder();
  expect(await visits(server, "--home", home)).toEqual({
    code: 5,
    out: "",
    error:
      `authchat: ${place} is not known, and no authority vouches for it ` +
      "(unable to verify the first certificate).\n" +
      `  When its operator confirms this key:  --pin ${server.pin}\n` +
      `  or, once and for all:  authchat servers trust ${place} ${server.pin}\n`,
  });
  expect(readdirSync(home)).toEqual([]);
  // Lines of the log come a moment later; all of them, once it has ended.
  server.signals("SIGTERM");
  await server.ended();
  expect(server.log.filter(({ event }) => event === "login.ok")).toHaveLength(1); // when it registered
});

test("a key that was trusted by hand is known, and forgotten again", async () => {
  const server = await serverOfAnn();
  const place = `127.0.0.1:${server.port()}`;
  const home = ["--home", freshFolder()];
  expect((await runs("servers", "trust", place, server.pin, ...home)).code).toBe(0);
  expect(await visits(server, ...home)).toMatchObject({ code: 0, error: "" });
  expect((await runs("servers", "list", ...home)).out).toContain(place);
  expect((await runs("servers", "forget", place, ...home)).code).toBe(0);
  expect((await visits(server, ...home)).code).toBe(5);
});

test("a key that has changed is 5, and the way out is the operator's word", async () => {
  const words = ["--listen", `127.0.0.1:${await stablePort()}`, "--registration", "open"];
  const server = await serverOfAnn(words);
  const place = `127.0.0.1:${server.port()}`;
  const home = ["--home", freshFolder()];
  await runs("servers", "trust", place, server.pin, ...home);
  server.signals("SIGTERM");
  await server.ended();
  for (const name of ["certificate.pem", "key.pem"]) rmSync(join(server.data, name));
  const other = await ServerProcess.starts({ data: server.data, words });
  expect(other.pin).not.toBe(server.pin);
  const refused = await visits(other, ...home);
  expect(refused).toMatchObject({ code: 5, out: "" });
  expect(refused.error).toMatch(
    new RegExp(
      [
        `^authchat: The fingerprint of ${place} HAS CHANGED.`,
        String.raw`    known  SHA256 [^\n]+  since \d{4}-\d\d-\d\d`,
        String.raw`    now    SHA256 [^\n]+`,
        "  Not connecting. If the operator confirms the new one:",
        `    authchat servers forget ${place}\n$`,
      ].join("\n"),
    ),
  );
  for (const pin of [server.pin, other.pin]) expect(refused.error).toContain(grouped(pin));
  await runs("servers", "forget", place, ...home);
  await runs("servers", "trust", place, other.pin, ...home);
  expect(await visits(other, ...home)).toMatchObject({ code: 0, error: "" });
});

test("a certificate that is renewed with the same key is not even noticed", async () => {
  const words = ["--listen", `127.0.0.1:${await stablePort()}`, "--registration", "open"];
  const server = await serverOfAnn(words);
  const home = ["--home", freshFolder()];
  await runs("servers", "trust", `127.0.0.1:${server.port()}`, server.pin, ...home);
  server.signals("SIGTERM");
  await server.ended();
  rmSync(join(server.data, "certificate.pem"));
  const renewed = await ServerProcess.starts({ data: server.data, words });
  expect(await visits(renewed, ...home)).toMatchObject({ code: 0, error: "" });
});

test("--pin and --cert-fingerprint let in the right server alone", async () => {
  const server = await serverOfAnn();
  const { fingerprint256 } = new X509Certificate(
    readFileSync(join(server.data, "certificate.pem")),
  );
  const [key, certificate] = ["--pin", "--cert-fingerprint"];
  const wrongKey = `sha256:${Buffer.alloc(32, 7).toString("base64").replace("=", "")}`;
  const table: readonly (readonly [number, ...string[]])[] = [
    [0, key, server.pin],
    [0, certificate, fingerprint256],
    [0, certificate, fingerprint256.replaceAll(":", "").toLowerCase()],
    [0, key, server.pin, certificate, fingerprint256],
    [5, key, wrongKey],
    [5, certificate, "ab".repeat(32)],
    [5, key, server.pin, certificate, "ab".repeat(32)],
    [5, key, wrongKey, certificate, fingerprint256],
  ];
  for (const [code, ...words] of table) {
    const ended = await visits(server, "--home", freshFolder(), ...words);
    expect([words, ended.code, ended.out]).toEqual([words, code, ""]);
    if (code === 0) expect(ended.error).toBe("");
    else expect(ended.error).toContain("is not the server that was asked for");
  }
});

test("without TLS it goes to this machine alone, and says so to a server that speaks it", async () => {
  const server = await ServerProcess.starts({ words: [...open, "--plain", "127.0.0.1:0"] });
  const given = ["--no-input", "--home", freshFolder(), "--password-file", passwordFile(password)];
  const plain = `ann@127.0.0.1:${server.port(false)}`;
  const visit = (...words: readonly string[]): Promise<Ended> =>
    says("", "connect", ...words, ...given);
  expect(await visit(plain, "--no-tls", "--register")).toMatchObject({ code: 0, error: "" });
  const mistaken = await visit(plain);
  expect(mistaken.code).toBe(3);
  expect(mistaken.error).toContain("if it is a server without TLS on this machine, add --no-tls");
  const abroad = await visit("ann@192.0.2.1:6667", "--no-tls");
  expect(abroad.code).toBe(2);
  expect(abroad.error).toContain("without TLS only this machine is connected to, not 192.0.2.1");
});

/**
 * The built client: what it remembers of a server, and whom it believes when that has changed.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, setDefaultTimeout, test } from "bun:test";
import { freshFolder } from "../support/folder.ts";
import { RawClient } from "../support/raw-client.ts";
import { type Ended, runs, ServerProcess } from "../support/server-process.ts";

setDefaultTimeout(60_000);

const password = "correct horse battery";
const registering = ["--registration", "open"];

/** A client's folder and password, for one place. */
class Client {
  readonly home = join(freshFolder(), "client");
  readonly #passwordFile = join(freshFolder(), "password");
  readonly #place: string;

  constructor(port: number) {
    this.#place = `127.0.0.1:${port}`;
    writeFileSync(this.#passwordFile, `${password}\n`, { mode: 0o600 });
  }

  connects(...words: readonly string[]): Promise<Ended> {
    const given = ["--no-input", "--home", this.home, "--password-file", this.#passwordFile];
    return runs("connect", this.#place, "--account", "ann", ...given, ...words);
  }

  async trusts(server: ServerProcess): Promise<void> {
    const key = String((await server.logs("listening"))["fingerprint"]);
    const words = ["trust", this.#place, key, "--home", this.home];
    expect((await runs("servers", ...words)).code).toBe(0);
  }

  known(): string {
    return readFileSync(join(this.home, "known_servers.json"), "utf8");
  }
}

/** The same server with a new certificate and key, on the same port. */
async function renewed(before: ServerProcess, lost: readonly string[]): Promise<ServerProcess> {
  const port = before.port();
  before.signals("SIGTERM");
  await before.ended();
  for (const name of lost) rmSync(join(before.data, name));
  const words = ["--listen", `127.0.0.1:${port}`, ...registering];
  return ServerProcess.starts({ data: before.data, words });
}

test("a changed certificate is believed after a login by the pinned key, and not otherwise", async () => {
  const first = await ServerProcess.starts({ words: ["--listen", "127.0.0.1:0", ...registering] });
  const asking = await RawClient.connect({ port: first.port(), tls: true });
  await asking.registers("ann", password);
  asking.leaves();
  const client = new Client(first.port());
  await client.trusts(first);
  expect((await client.connects()).code).toBe(0);
  expect(client.known()).toContain("opaqueKeys");

  const second = await renewed(first, ["certificate.pem", "key.pem"]);
  const plain = await client.connects("--mechanism", "PLAIN");
  expect(plain.code).toBe(5);
  expect(plain.error).toContain("HAS CHANGED");
  const proven = await client.connects();
  expect(proven.code).toBe(0);
  expect(proven.error).toContain("the server proved itself by your login");
  const again = await client.connects();
  expect([again.code, again.error]).toEqual([0, ""]);

  second.signals("SIGTERM");
  await second.ended();
  const data = join(freshFolder(), "data");
  const words = ["--listen", `127.0.0.1:${first.port()}`, ...registering];
  const other = await ServerProcess.starts({ data, words });
  const known = client.known();
  const another = await client.connects();
  expect(another.code).toBe(5);
  expect(another.error).toMatch(/HAS CHANGED.*refused.*authchat servers forget 127/s);
  expect(client.known()).toBe(known);
  expect(other.log.some(({ event }) => event === "login.ok")).toBe(false);
});

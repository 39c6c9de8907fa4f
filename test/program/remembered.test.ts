/**
 * The built client and server: once with the password, and then without it; logged out, copied, killed.
 */
import { cpSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, setDefaultTimeout, test } from "bun:test";
import { JsonClient, password, passwordFile, says } from "../support/client-process.ts";
import { freshFolder } from "../support/folder.ts";
import { Terminal } from "../support/screen.ts";
import { type Ended, executable, runs, ServerProcess } from "../support/server-process.ts";
import { stablePort } from "../support/stable-port.ts";

setDefaultTimeout(60_000);

const open = ["--listen", "127.0.0.1:0", "--registration", "open"];
const forgotten = "authchat: the server does not remember this machine any more\n";

function isToldOf(
  { code, error }: Pick<Ended, "code" | "error">,
  wanted: number,
  text: string,
): void {
  expect(code).toBe(wanted);
  expect(error).toContain(text);
}

/** A machine of ann's: a folder, and the command line that leads to one server. */
class Machine {
  readonly home: string;
  readonly place: string;

  constructor(server: ServerProcess, home = join(freshFolder(), "client")) {
    this.home = home;
    this.place = `127.0.0.1:${server.port()}`;
  }

  words(...words: readonly string[]): string[] {
    return ["connect", `ann@${this.place}`, "--no-input", "--home", this.home, ...words];
  }

  visits(...words: readonly string[]): Promise<Ended> {
    return says("", ...this.words("--ui", "text", ...words));
  }

  stays(): JsonClient {
    return new JsonClient(this.words("--keep"));
  }

  get file(): string {
    return join(this.home, "sessions.json");
  }

  get tokens(): string {
    return readFileSync(this.file, "utf8");
  }
}

/** A server where ann has an account, and a machine that it remembers. */
async function remembered(
  words: readonly string[] = open,
): Promise<{ readonly server: ServerProcess; readonly machine: Machine }> {
  const server = await ServerProcess.starts({ words });
  const machine = new Machine(server);
  await runs("servers", "trust", machine.place, server.pin, "--home", machine.home);
  const given = ["--password-file", passwordFile(password), "--remember"];
  expect(await machine.visits("--register", ...given)).toMatchObject({ code: 0, error: "" });
  return { server, machine };
}

function mechanisms(server: ServerProcess): unknown[] {
  return server.log.filter(({ event }) => event === "login.ok").map((line) => line["mechanism"]);
}

test("once with the password, then without, each time by another token", async () => {
  const { server, machine } = await remembered();
  expect(statSync(machine.file).mode & 0o777).toBe(0o600);
  const seen = new Set([machine.tokens]);
  for (let time = 0; time < 3; time += 1) {
    expect(await machine.visits()).toEqual({ code: 0, out: "", error: "" });
    seen.add(machine.tokens);
  }
  expect(seen.size).toBe(4);
  const token = "HT-SHA-256-EXPR";
  expect(mechanisms(server)).toEqual(["OPAQUE-R255-EXPR", token, token, token]);
  const { out } = await server.account("sessions", "ann");
  expect(out).toMatch(/^1 \S+ since [^\n]* last used [^\n]*\n$/);
});

test("a script with a password is not remembered unless it asks for it", async () => {
  const server = await ServerProcess.starts({ words: open });
  const machine = new Machine(server);
  const given = ["--password-file", passwordFile(password), "--pin", server.pin];
  expect((await machine.visits("--register", ...given)).code).toBe(0);
  expect((await machine.visits(...given)).code).toBe(0);
  expect((await server.account("sessions", "ann")).out).toBe("no device is remembered\n");
  expect((await machine.visits("--pin", server.pin)).code).toBe(2);
  const both = await machine.visits(...given, "--remember", "--no-remember");
  expect(both).toMatchObject({ code: 2 });
});

test("--no-remember wants the password, though there is a token", async () => {
  const { machine, server } = await remembered();
  const without = await machine.visits("--no-remember");
  isToldOf(without, 2, "no terminal to ask for the password");
  const before = machine.tokens;
  const given = ["--no-remember", "--password-file", passwordFile(password)];
  expect((await machine.visits(...given)).code).toBe(0);
  expect([machine.tokens, mechanisms(server).at(-1)]).toEqual([before, "OPAQUE-R255-EXPR"]);
});

test("a client without the password comes back after kill -9 of the server, and after its own", async () => {
  const words = ["--listen", `127.0.0.1:${await stablePort()}`, "--registration", "open"];
  const { server, machine } = await remembered(words);
  const client = machine.stays();
  await client.sees({ type: "state", state: "online" });
  server.signals("SIGKILL");
  await client.sees({ type: "state", state: "offline" });
  const second = await ServerProcess.starts({ data: server.data, words });
  await client.sees({ type: "state", state: "online" });
  client.signals("SIGKILL");
  await client.ended();
  expect((await machine.visits()).code).toBe(0);
  expect(mechanisms(second)).toEqual(["HT-SHA-256-EXPR", "HT-SHA-256-EXPR"]);
});

test("killed at any moment of a login, client and server go on with each other", async () => {
  const words = ["--listen", `127.0.0.1:${await stablePort()}`, "--registration", "open"];
  const { server: first, machine } = await remembered(words);
  let server = first;
  for (const afterMs of [40, 60, 70, 80, 90, 100, 120, 150]) {
    const client = machine.stays();
    await Bun.sleep(afterMs);
    client.signals("SIGKILL");
    if (afterMs % 20 === 0) server.signals("SIGKILL");
    await client.ended();
    if (afterMs % 20 === 0) {
      await server.ended();
      server = await ServerProcess.starts({ data: server.data, words });
    }
  }
  expect(await machine.visits()).toMatchObject({ code: 0, error: "" });
});

test("a copied file is found out when the second of the two comes, and the first is put out", async () => {
  const { server, machine } = await remembered();
  const thief = new Machine(server, join(freshFolder(), "copy"));
  cpSync(machine.home, thief.home, { recursive: true });
  const there = thief.stays();
  await there.sees({ type: "state", state: "online" });
  const refused = await machine.visits();
  isToldOf(refused, 4, forgotten);
  expect(refused.error).toContain("--password-file FILE");
  isToldOf(await there.ended(), 4, "is logged out of");
  const told = await server.logs("login.refused");
  expect(told).toMatchObject({ account: "ann", reason: expect.stringContaining("copied") });
  expect(machine.tokens).not.toContain("token");
  const given = ["--password-file", passwordFile(password), "--remember"];
  expect((await machine.visits(...given)).code).toBe(0);
  expect((await machine.visits()).code).toBe(0);
});

test("an old copy is worth nothing, and costs the device one password", async () => {
  const { server, machine } = await remembered();
  const thief = new Machine(server, join(freshFolder(), "copy"));
  cpSync(machine.home, thief.home, { recursive: true });
  await machine.visits();
  expect((await thief.visits()).code).toBe(4);
  expect((await machine.visits()).code).toBe(4);
});

test("logout has the server forget the machine, and the client too", async () => {
  const { server, machine } = await remembered();
  const home = ["--home", machine.home];
  expect((await runs("servers", "list", ...home)).out).toContain("remembers this machine as ann");
  const out = await runs("logout", machine.place, ...home);
  expect(out).toEqual({ code: 0, out: `ann is logged out of ${machine.place}\n`, error: "" });
  expect((await server.account("sessions", "ann")).out).toBe("no device is remembered\n");
  expect((await runs("servers", "list", ...home)).out).not.toContain("remembers this machine");
  const again = await runs("logout", machine.place, ...home);
  isToldOf(again, 1, "does not remember");
});

test("logout from a server that cannot be reached says that the token is still good there", async () => {
  const { server, machine } = await remembered();
  server.signals("SIGTERM");
  await server.ended();
  const ended = await runs("logout", machine.place, "--home", machine.home);
  isToldOf(ended, 3, "still takes it");
  expect(machine.tokens).not.toContain("token");
  // Also while no server runs.
  expect((await server.account("sessions", "ann")).out).toMatch(/^1 /);
  expect(await server.account("logout", "ann", "1")).toMatchObject({
    code: 0,
    out: "logged out 1\n",
  });
  expect((await server.account("sessions", "ann")).out).toBe("no device is remembered\n");
});

test("an operator logs a device out, and its client does not come again", async () => {
  const { server, machine } = await remembered();
  const client = machine.stays();
  await client.sees({ type: "state", state: "online" });
  expect((await server.account("logout", "ann")).out).toBe("logged out 1\n");
  expect((await client.ended()).code).toBe(4);
  expect((await machine.visits()).code).toBe(2); // there is no token any more
});

test("forgetting a server forgets the token", async () => {
  const { machine } = await remembered();
  await runs("servers", "forget", machine.place, "--home", machine.home);
  expect(machine.tokens).not.toContain("token");
});

test("a changed key is not believed for a token, and is for the password", async () => {
  const words = ["--listen", `127.0.0.1:${await stablePort()}`, "--registration", "open"];
  const { server, machine } = await remembered(words);
  server.signals("SIGTERM");
  await server.ended();
  for (const name of ["certificate.pem", "key.pem"]) rmSync(join(server.data, name));
  await ServerProcess.starts({ data: server.data, words });
  const refused = await machine.visits();
  isToldOf(refused, 5, "HAS CHANGED");
  const proven = await machine.visits("--password-file", passwordFile(password), "--remember");
  isToldOf(proven, 0, "proved itself");
  expect(await machine.visits()).toMatchObject({ code: 0, error: "" });
});

test("at a terminal the password is typed once, and again when the device was logged out", async () => {
  const { server, machine } = await remembered();
  const connects = (): Terminal =>
    new Terminal([executable, "connect", machine.place, "--home", machine.home], {
      environment: { HOME: freshFolder(), TERM: "xterm", NO_COLOR: "1" },
      folder: freshFolder(),
    });
  const first = connects();
  await first.shows(/#general> /);
  expect(first.text).not.toContain("Password");
  first.types("/sessions\r");
  await first.shows(/1 \S+ since [^\r\n]+\(this one\)/);
  first.types("/logout\r");
  await first.shows(/this machine is logged out/);
  expect(await first.ended()).toBe(0);
  const second = connects();
  await second.shows(/Name \[ann\]: $/);
  second.types("\r");
  await second.shows(/Password: $/);
  second.types(`${password}\r`);
  await second.shows(/#general> /);
  second.types("/quit\r");
  expect(await second.ended()).toBe(0);
  const { out } = await server.account("sessions", "ann");
  await server.account("logout", "ann", out.split(" ")[0] ?? "");
  const third = connects();
  await third.shows(/does not remember this machine any more[\s\S]*Password: $/);
  third.types(`${password}\r`);
  await third.shows(/#general> /);
  third.types("/quit\r");
  expect(await third.ended()).toBe(0);
});

/**
 * The canary: a password that is used on every path there is, against the built program, and is afterwards found in no
 * log, no output, no database and no core dump.
 *
 * A new path is one more row of `paths`; a new kind of secret that people type (a token, a code) is sent in the same
 * rows. All that the programs write is under one folder, which is looked through whole.
 */
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, onTestFinished, setDefaultTimeout, test } from "bun:test";
import { canaryIn, searchFolder, tracesOf } from "../support/canary.ts";
import { passwordFile } from "../support/client-process.ts";
import { freshFolder } from "../support/folder.ts";
import { RawClient } from "../support/raw-client.ts";
import { Terminal } from "../support/screen.ts";
import { everyMechanism, type SecretThing, useEverything } from "./every-credential.ts";
import { assertBuilt, cheapSettings, executable } from "../support/server-process.ts";

setDefaultTimeout(120_000);

/** One word, so that it can stand wherever a word is wanted; letters alone, so that it can be a command. */
const canary = "CanarykzvqFliesOverTheWideWetMoor";

const started: Bun.Subprocess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

interface Place {
  /** Everything that is written is under here. */
  readonly root: string;
  readonly port: number;
  readonly pin: string;
  readonly server: Bun.Subprocess;
}

/** A server that logs all it can, and may leave core dumps where it runs. */
async function serves(form: "json" | "text", name = "server"): Promise<Place> {
  assertBuilt();
  const root = freshFolder();
  const folder = join(root, name);
  mkdirSync(folder);
  const settings = `${cheapSettings}${everyMechanism}[limits]\nflood = false\n`;
  writeFileSync(join(folder, "authchat.toml"), settings);
  const out = join(folder, "out.log");
  const words = ["serve", "--config", join(folder, "authchat.toml"), "--data", join(root, "data")];
  const how = ["--listen", "127.0.0.1:0", "--registration", "open"];
  const log = ["--log", "debug", "--log-format", form, "--log-messages"];
  const server = Bun.spawn(["sh", "-c", dumps, "sh", executable, ...words, ...how, ...log], {
    cwd: folder,
    env: { HOME: root, TMPDIR: folder },
    stdin: "ignore",
    stdout: Bun.file(out),
    stderr: Bun.file(join(folder, "error.log")),
  });
  started.push(server);
  for (;;) {
    const text = await logged(out);
    const port = /(?:"port":|127\.0\.0\.1:)(\d{2,5})/.exec(text)?.[1];
    const pin = /SHA256:?\s*([A-Za-z0-9+/= ]{43,})/.exec(text)?.[1]?.replaceAll(" ", "");
    if (port !== undefined && pin !== undefined) {
      return { root, port: Number(port), pin: `sha256:${pin.slice(0, 44)}`, server };
    }
    if (server.exitCode !== null) throw new Error(`it has ended: ${text}`);
    await Bun.sleep(20);
  }
}

/** As large as they like, and named so that they are found. */
const dumps = 'ulimit -c unlimited; exec "$@"';

async function logged(file: string): Promise<string> {
  return (await Bun.file(file).exists()) ? readFileSync(file, "utf8") : "";
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

interface Path {
  readonly title: string;
  readonly lines: readonly string[];
  /** On the connection of someone who is logged in. */
  readonly isMember?: boolean;
}

const plain = base64(`\0ann\0${canary}`);

const paths: readonly Path[] = [
  { title: "PLAIN", lines: ["AUTHENTICATE PLAIN", `AUTHENTICATE ${plain}`] },
  {
    title: "PLAIN, shifted",
    lines: ["AUTHENTICATE PLAIN", `AUTHENTICATE ${base64(`\0a\0${canary}`)}`],
  },
  {
    title: "PLAIN, of nobody",
    lines: ["AUTHENTICATE PLAIN", `AUTHENTICATE ${base64(`\0bo\0${canary}`)}`],
  },
  { title: "wrong base64", lines: ["AUTHENTICATE PLAIN", `AUTHENTICATE ${plain.slice(0, -1)}!`] },
  { title: "no base64 at all", lines: ["AUTHENTICATE PLAIN", `AUTHENTICATE ${canary}`] },
  {
    title: "in the place of the mechanism",
    lines: [`AUTHENTICATE ${canary}`, `AUTHENTICATE ${plain}`],
  },
  {
    title: "of another mechanism",
    lines: ["AUTHENTICATE OPAQUE-R255-EXPR", `AUTHENTICATE ${plain}`],
  },
  {
    title: "over-long",
    lines: ["AUTHENTICATE PLAIN", `AUTHENTICATE ${plain.repeat(6)}`, "AUTHENTICATE *"],
  },
  { title: "longer than a line", lines: [`REGISTER eve * :${canary.repeat(40)}`] },
  { title: "REGISTER of a name that is taken", lines: [`REGISTER ann * :${canary}`] },
  {
    title: "REGISTER in the wrong order",
    lines: [`REGISTER ${canary} * eve`, `REGISTER eve ${canary} x`],
  },
  { title: "REGISTER too weak", lines: [`REGISTER ${canary} * :${canary}`] },
  {
    title: "OPAQUE",
    lines: [`OPAQUE REG eve * * ${canary}`, `OPAQUE REG ${canary} * ${canary} ${plain}`],
  },
  { title: "OPAQUE REC", lines: [`OPAQUE REC eve ${plain}`, `OPAQUE ${canary} x y`] },
  { title: "PASS", lines: [`PASS ${canary}`, `PASS ann:${canary}`, `pass :ann:${canary}`] },
  { title: "as a nick", lines: [`NICK ${canary}`, `NICK :${canary} ${canary}`] },
  { title: "as a user name", lines: [`USER ${canary} 0 * :${canary}`] },
  {
    title: "as a command",
    lines: [canary, `${canary} ${canary}`, `/msg NickServ IDENTIFY ${canary}`],
  },
  {
    title: "to NickServ, of who is not logged in",
    lines: [
      `NS IDENTIFY ${canary}`,
      `NICKSERV IDENTIFY ann ${canary}`,
      `NS ${canary} IDENTIFY`,
      `PRIVMSG NickServ :REGISTER ${canary} act-invite-none`,
      `PRIVMSG NickServ :IDENTIFY nobody ${canary}`,
    ],
  },
  { title: "OPER", lines: [`OPER ann ${canary}`] },
  { title: "with tags", lines: [`@label=1 PASS ${canary}`, `@+x=y :me PASS ${canary}`] },
  {
    title: "to NickServ",
    isMember: true,
    lines: [
      `PRIVMSG NickServ :IDENTIFY ${canary}`,
      `PRIVMSG NickServ :IDENTIFY ann ${canary}`,
      `PRIVMSG nickserv :REGISTER ${canary}`,
      `PRIVMSG NickServ :SET PASSWORD ${canary}`,
      `PRIVMSG NickServ :${canary}`,
      `NOTICE NickServ :${canary}`,
      `NS IDENTIFY ${canary}`,
    ],
  },
  {
    title: "of who is logged in already",
    isMember: true,
    lines: [
      "AUTHENTICATE PLAIN",
      `AUTHENTICATE ${plain}`,
      `REGISTER eve * :${canary}`,
      `PASS ${canary}`,
    ],
  },
];

/** Nobody else sees anything of it. */
async function stands({ port }: Place): Promise<RawClient> {
  const client = await RawClient.connect({ port, tls: true });
  await client.registers("bystander", "the password of a bystander");
  client.sends("CAP END");
  await client.until(/ 001 /);
  return client;
}

/** Says the lines, and waits until the server has worked on them, or has closed. */
async function takes({ port }: Place, { lines, isMember }: Path): Promise<void> {
  const client = await RawClient.connect({ port, tls: true });
  client.sends("CAP LS 302");
  if (isMember === true) expect(await client.logsIn("ann", canary)).toContain(" 903 ");
  client.sends(...lines, "PING done");
  await Promise.race([client.until(/ PONG .*done/), client.closed]);
  client.leaves();
}

/** Makes an account and logs in with our client, in that form. */
async function connects({ root, port, pin }: Place, name: string, ui: string): Promise<void> {
  const home = join(root, `client-${ui}`);
  const given = ["--no-input", "--password-file", passwordFile(canary), "--ui", ui];
  const words = ["connect", `${name}@127.0.0.1:${port}`, "--home", home, "--pin", pin, ...given];
  const isJson = ui === "json";
  for (const flag of ["--register", "--no-remember"]) {
    const child = Bun.spawn([executable, ...words, flag, ...(isJson ? [] : ["-c", "#general"])], {
      cwd: root,
      env: { HOME: root },
      stdin: "pipe",
      stdout: "pipe",
      stderr: Bun.file(join(root, `client-${ui}-error.log`)),
    });
    started.push(child);
    if (!isJson) void child.stdin.write("hello\n");
    if (!isJson) void child.stdin.end();
    let out = "";
    for await (const bytes of child.stdout) {
      out += Buffer.from(bytes).toString();
      if (!isJson || !out.includes('"state":"online"')) continue;
      void child.stdin.write('{"op":"quit"}\n');
      void child.stdin.end();
    }
    appendFileSync(join(root, "client.log"), out);
    expect(await child.exited).toBe(0);
  }
}

/** The same on a terminal, where the password is typed. */
async function types({ root, port, pin }: Place, name: string): Promise<void> {
  const home = join(root, "client-line");
  const words = ["connect", `${name}@127.0.0.1:${port}`, "--home", home, "--pin", pin];
  for (const flag of ["--register", "--no-remember"]) {
    const environment = { HOME: root, TERM: "xterm", NO_COLOR: "1" };
    const terminal = new Terminal([executable, ...words, flag], { environment, folder: root });
    await terminal.shows(/Password[^:]*: $/);
    terminal.types(`${canary}\r`);
    if (flag === "--register") {
      await terminal.shows(/Password again: $/);
      terminal.types(`${canary}\r`);
    }
    await terminal.shows(/#general> /);
    terminal.types("/quit\r");
    expect(await terminal.ended()).toBe(0);
    appendFileSync(join(root, "client.log"), terminal.text);
  }
}

/** Answers what else was secret. */
async function everyPath(place: Place): Promise<SecretThing[]> {
  const ann = await RawClient.connect({ port: place.port, tls: true });
  ann.sends("CAP LS 302", `REGISTER ann * :${canary}`);
  await ann.until(/ REGISTER SUCCESS /);
  ann.leaves();
  for (const path of paths) await takes(place, path);
  await connects(place, "jay", "json");
  await connects(place, "tex", "text");
  await types(place, "lin");
  const host = { port: place.port, data: join(place.root, "data") };
  const secrets = await useEverything(host, { name: "ann", password: canary }, ["inv", "ned"]);
  return [{ what: "the password", secret: canary }, ...secrets];
}

/** `what file: form`. */
function search(root: string, secrets: readonly SecretThing[]): string[] {
  return secrets.flatMap(({ what, secret }) =>
    searchFolder(root, secret).found.map((found) => `${what} ${found}`),
  );
}

test.each(["json", "text"] as const)(
  "no secret is anywhere after every path there is, with all lines logged as %s",
  async (form) => {
    const place = await serves(form);
    const bystander = await stands(place);
    const secrets = await everyPath(place);
    const seen = Buffer.from(bystander.lines.join("\n"));
    expect(seen.toString()).toContain(" JOIN ");
    for (const { what, secret } of secrets)
      expect([what, canaryIn(seen, secret)]).toEqual([what, []]);
    bystander.leaves();
    const running = searchFolder(place.root, canary); // with the write-ahead log beside the database
    expect(search(place.root, secrets)).toEqual([]);
    expect(running.files.filter((file) => file.endsWith("authchat.db-wal"))).toHaveLength(1);
    place.server.kill("SIGTERM");
    expect(await place.server.exited).toBe(0);
    const { files } = searchFolder(place.root, canary);
    expect(search(place.root, secrets)).toEqual([]);
    // What was looked through is what was meant: the log has the lines in it, and the clients have their homes.
    const log = readFileSync(join(place.root, "server", "out.log"), "utf8");
    expect(log.split("AUTHENTICATE [secret]").length).toBeGreaterThan(15);
    expect(files.filter((file) => file.includes("known_servers")).length).toBe(3);
    const byHand = paths.flatMap(({ lines }) => lines).filter((line) => line.startsWith("OPAQUE "));
    const byClients = 3 * 2; // each has asked with a request and a record
    expect(log.split("OPAQUE [secret]")).toHaveLength(byHand.length + byClients + 1);
  },
);

test.each(["SIGSEGV", "SIGABRT", "SIGKILL"] as const)(
  "a server that ends by %s while passwords are in flight leaves none behind",
  async (signal) => {
    const place = await serves("json");
    const clients = await Promise.all(
      Array.from({ length: 20 }, () => RawClient.connect({ port: place.port, tls: true })),
    );
    for (const client of clients) {
      client.sends(`REGISTER ann * :${canary}`, "AUTHENTICATE PLAIN", `AUTHENTICATE ${plain}`);
    }
    await clients[0]?.until(/AUTHENTICATE \+| REGISTER /);
    place.server.kill(signal);
    await place.server.exited;
    expect(place.server.signalCode ?? place.server.exitCode).not.toBe(0);
    const { files, found } = searchFolder(place.root, canary);
    expect(found).toEqual([]);
    expect(files.filter((file) => /(?:^|\/)core[^/]*$/.test(file))).toEqual([]);
  },
);

test("it would be found: in each of its forms, in the midst of other bytes, and in a folder", () => {
  for (const { form, bytes } of tracesOf(canary)) {
    const noise = Buffer.from([0, 255, 10, 66, 0]);
    expect(canaryIn(Buffer.concat([noise, bytes, noise]), canary)).toContain(form);
  }
  for (const before of ["", "\0", "\0a", "\0an", "\0ann\0"]) {
    for (const behind of ["", "x", "xy"]) {
      const text = base64(`${before}${canary}${behind}`);
      expect(canaryIn(Buffer.from(text), canary)).toHaveLength(2); // as base64url too
    }
  }
  expect(canaryIn(Buffer.from(canary.toUpperCase()), canary)).toEqual(["as it is"]);
  expect(canaryIn(Buffer.from(canary.slice(1)), canary)).toEqual([]);
  const folder = freshFolder();
  mkdirSync(join(folder, "deep"));
  writeFileSync(join(folder, "deep", "file"), `{"line":"AUTHENTICATE ${plain}"}\n`);
  expect(searchFolder(folder, canary).found.length).toBeGreaterThan(0);
  expect(readdirSync(folder)).toEqual(["deep"]);
});

test("it is found in a database that has it, also where it was deleted", async () => {
  const { Database } = await import("bun:sqlite");
  const folder = freshFolder();
  const database = new Database(join(folder, "planted.db"));
  onTestFinished(() => database.close());
  database.run("PRAGMA journal_mode = WAL");
  database.run("CREATE TABLE planted (text TEXT)");
  database.run("INSERT INTO planted VALUES (?1)", [canary]);
  database.run("DELETE FROM planted");
  expect(searchFolder(folder, canary).found).not.toEqual([]);
});

/**
 * A stolen database: the real file of a real server, without its key file, is worth nothing to guess at; and who can
 * write to it, but has not the key, gets in nowhere.
 *
 * Accounts are made on every path that keeps something by which they are proven: a new path is one more row of
 * `kept`, a new kind of credential is made in `every-credential.ts`, whose secrets are looked for here.
 */
import { Database } from "bun:sqlite";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { BenchLine } from "../bench/bench-line.ts";
import { logIn, offeredOn } from "../bench/bench-login.ts";
import { canaryIn } from "../support/canary.ts";
import { connectWords, passwordFile, says } from "../support/client-process.ts";
import { freshFolder } from "../support/folder.ts";
import { RawClient } from "../support/raw-client.ts";
import { runs, ServerProcess } from "../support/server-process.ts";
import { sourceOf } from "../../src/auth/source.ts";
import { type CredentialKind } from "../../src/server/proofs.ts";
import { everyMechanism, type SecretThing, useEverything } from "./every-credential.ts";
import { fieldsOf, type Guess, guesses } from "./guesses.ts";

setDefaultTimeout(120_000);

const words = ["--listen", "127.0.0.1:0", "--registration", "open"];

interface Kept {
  readonly name: string;
  readonly password: string;
  /** What is kept in the account's row of which table. */
  readonly table: string;
  readonly makes: (server: ServerProcess, key: Key) => Promise<void>;
  /** By which it is proven. */
  readonly mechanism: string;
}

type Key = Pick<Kept, "name" | "password">;

async function registers(server: ServerProcess, { name, password }: Key): Promise<void> {
  const client = await RawClient.connect({ port: server.port(), tls: true });
  expect(await client.registers(name, password)).toContain(" SUCCESS ");
  client.leaves();
}

async function enrols(server: ServerProcess, { name, password }: Key): Promise<void> {
  const more = ["--register", "--ui", "text", "-c", "#general"];
  const given = connectWords(server, name, ...more, "--password-file", passwordFile(password));
  expect((await says("hello\n", ...given)).code).toBe(0);
}

const registered = { table: "verifier", makes: registers };
const enrolled = { table: "verifier", makes: enrols };
const kept: readonly Kept[] = [
  { name: "ann", password: "ann keeps seven geese", mechanism: "PLAIN", ...registered },
  { name: "bob", password: "bob sold his red boat", mechanism: "OPAQUE-R255-EXPR", ...registered },
  { name: "cid", password: "cid has lost the keys", mechanism: "OPAQUE-R255-EXPR", ...enrolled },
  { name: "dot", password: "dot never liked stew!", mechanism: "PLAIN", ...enrolled },
];

/** The data folder of a server on which they have all logged in, and which has ended. */
async function dataOfAll(): Promise<string> {
  const server = await ServerProcess.starts({ words });
  for (const each of kept) await each.makes(server, each);
  for (const each of kept) expect(await proves(server, each)).toBe(true);
  await ends(server);
  return server.data;
}

async function ends(server: ServerProcess): Promise<void> {
  server.signals("SIGTERM");
  expect((await server.ended()).code).toBe(0);
}

async function proves(
  server: ServerProcess,
  { name, password, mechanism }: Kept,
): Promise<boolean> {
  const line = await BenchLine.connect(server.port());
  try {
    await logIn(line, await offeredOn(line), { mechanism, name, password });
    return true;
  } catch (error) {
    expect(String(error)).toMatch(/ 904 |wrong name or password/);
    return false;
  } finally {
    line.ends();
  }
}

/** Who of them gets in, on a server on that data. */
async function gettingIn(data: string): Promise<string[]> {
  const server = await ServerProcess.starts({ data, words });
  const names: string[] = [];
  for (const each of kept) if (await proves(server, each)) names.push(each.name);
  await ends(server);
  return names;
}

const everyone = kept.map(({ name }) => name);

function databaseOf(data: string): Database {
  return new Database(join(data, "authchat.db"));
}

/** A copy of the data folder, to be changed. */
function copyOf(data: string): string {
  const copy = join(freshFolder(), "data");
  cpSync(data, copy, { recursive: true });
  return copy;
}

describe("of the database alone", () => {
  test("no field has a password, or what can be computed of one and of the other fields", async () => {
    const data = await dataOfAll();
    const bytes = readFileSync(join(data, "authchat.db"));
    const database = databaseOf(data);
    const fields = fieldsOf(database);
    database.close();
    const tables = new Set(fields.map(({ table }) => table));
    for (const { table } of kept) expect(tables).toContain(table);
    for (const { name, password } of kept) {
      expect(canaryIn(bytes, password)).toEqual([]);
      const salts = fields.map((field) => field.bytes).filter(({ length }) => length >= 4);
      expect(hits(await guesses({ name, password }, salts), bytes)).toEqual([]);
    }
  });

  test("and it would be found: hashed, keyed, or stretched, with a salt that is there", async () => {
    const salt = randomBytes(16);
    const made = await guesses({ name: "ann", password: "ann keeps seven geese" }, [salt]);
    const kinds = new Set(made.map(({ how }) => how));
    for (const kind of ["sha256", "HMAC sha1 by the salt", "scrypt", "OPAQUE's masking key"]) {
      expect(kinds).toContain(kind);
    }
    for (const { how, output } of made) {
      const file = Buffer.concat([Buffer.alloc(7), output, Buffer.alloc(9)]);
      expect(hits(made, file)).toContain(how);
    }
    expect(hits(made, randomBytes(4_096))).toEqual([]);
  });

  test("a server without the key file does not start, and with another one lets nobody in", async () => {
    const data = await dataOfAll();
    rmSync(join(data, "auth.key"));
    const { code, error } = await runs("serve", "--data", data, ...words);
    expect(code).toBe(74);
    expect(error).toContain("the key of the passwords");
    writeFileSync(join(data, "auth.key"), `v1 ${randomBytes(32).toString("base64")}\n`, {
      mode: 0o600,
    });
    expect(await gettingIn(data)).toEqual([]);
  });
});

/** Whose rows there have to be: all kinds but the lock, which is nothing to come in by. */
const kinds: readonly CredentialKind[] = [
  "session",
  "app-password",
  "certificate",
  "totp",
  "recovery",
  "scram",
  "known-source",
];

/** Each is tried as a salt and as a key. */
const saltsTried = 24;

/** Kept by its hash alone, since nobody guesses 130 bits (`auth/tokens.ts`); all others are sealed. */
const hashed = /^(?:app password|invitation that is good)$/;

/** The data folder of a server on which each kind of credential was made and used, and what was secret in it. */
async function dataOfEverything(): Promise<readonly [string, SecretThing[]]> {
  const server = await ServerProcess.starts({ words, settings: everyMechanism, throttles: true });
  const [ann] = kept;
  if (ann === undefined) throw new Error("nobody is kept");
  await registers(server, ann);
  const secrets = await useEverything({ port: server.port(), data: server.data }, ann, [
    "inv",
    "ned",
  ]);
  await ends(server);
  return [server.data, [{ what: "password", secret: ann.password }, ...secrets]];
}

describe("of everything else that proves an account", () => {
  test("no secret is in the database, nor what can be computed of it and of the other fields", async () => {
    const [data, secrets] = await dataOfEverything();
    const database = databaseOf(data);
    const select = "SELECT DISTINCT kind FROM credential";
    const there = database.query<{ kind: string }, []>(select).all();
    expect(there.map(({ kind }) => kind).toSorted()).toEqual(kinds.toSorted());
    const fields = fieldsOf(database);
    database.close();
    const bytes = readFileSync(join(data, "authchat.db"));
    const salts = fields
      .filter(({ table }) => table === "credential" || table === "verifier")
      .map((field) => field.bytes)
      .filter(({ length }) => length >= 16)
      .slice(0, saltsTried);
    for (const { what, secret } of secrets)
      expect([what, canaryIn(bytes, secret)]).toEqual([what, []]);
    // One of each: ten recovery codes are kept alike.
    const each = new Map(secrets.map(({ what, secret }) => [what, secret]));
    for (const [what, secret] of each) {
      const found = hits(await guesses({ name: "ann", password: secret }, salts), bytes);
      expect([what, found]).toEqual([what, hashed.test(what) ? ["sha256"] : []]);
    }
  });

  test("nor can it be checked from where someone has logged in", async () => {
    const [data] = await dataOfEverything();
    const database = databaseOf(data);
    const fields = fieldsOf(database).map((field) => field.bytes);
    const select = "SELECT id FROM account WHERE folded = 'ann'";
    const id = database.query<{ id: number }, []>(select).get()?.id;
    database.close();
    const bytes = readFileSync(join(data, "authchat.db"));
    // As `auth/known-sources.ts` writes it down, but for the key.
    const source = sourceOf("127.0.0.1").key;
    for (const guess of [`known source\0${id}\0${source}`, source, "127.0.0.1"]) {
      const salts = fields.filter(({ length }) => length >= 16).slice(0, saltsTried);
      expect(hits(await guesses({ name: "ann", password: guess }, salts), bytes)).toEqual([]);
    }
  });

  test("with another key file none of it is a login", async () => {
    const [data, secrets] = await dataOfEverything();
    const app = secrets.find(({ what }) => what === "app password")?.secret;
    const by = { name: "ann", password: String(app), mechanism: "PLAIN", ...registered };
    const before = await ServerProcess.starts({ data, words });
    expect(await proves(before, by)).toBe(true);
    await ends(before);
    writeFileSync(join(data, "auth.key"), `v1 ${randomBytes(32).toString("base64")}\n`);
    const after = await ServerProcess.starts({ data, words });
    expect(await proves(after, by)).toBe(false);
    await ends(after);
  });
});

describe("who writes to the database, without the key,", () => {
  test("changes no one's account: rows that are swapped do not open", async () => {
    const data = await dataOfAll();
    expect(await gettingIn(copyOf(data))).toEqual(everyone);
    const swapped = copyOf(data);
    const database = databaseOf(swapped);
    for (const table of new Set(kept.map((each) => each.table))) swapRows(database, table);
    database.close();
    expect(await gettingIn(swapped)).toEqual([]);
  });

  test("puts no earlier row in the place of a later one", async () => {
    const data = await dataOfAll();
    const before = rowsOf(data);
    // A new key, the old one kept: who logs in with a password gets a row of the next generation.
    const file = join(data, "auth.key");
    writeFileSync(file, `v1 ${randomBytes(32).toString("base64")}\n${readFileSync(file, "utf8")}`);
    const server = await ServerProcess.starts({ data, words });
    for (const each of kept)
      expect(await proves(server, { ...each, mechanism: "PLAIN" })).toBe(true);
    await ends(server);
    expect(rowsOf(data).filter((row, index) => row.data === before[index]?.data)).toEqual([]);
    expect(await gettingIn(copyOf(data))).toEqual(everyone);
    const database = databaseOf(data);
    for (const { account, data: old } of before) {
      database.run("UPDATE verifier SET data = unhex(?2) WHERE account = ?1", [account, old]);
    }
    database.close();
    expect(await gettingIn(data)).toEqual([]);
  });
});

/** Which of the guesses are anywhere in the file, as they are or in hexadecimal. */
function hits(made: readonly Guess[], file: Buffer): string[] {
  const isThere = (output: Uint8Array): boolean =>
    file.includes(output) || file.includes(Buffer.from(output).toString("hex"));
  return made.filter(({ output }) => isThere(output)).map(({ how }) => how);
}

interface Row {
  readonly account: number;
  /** In hexadecimal. */
  readonly data: string;
}

function rowsOf(data: string): Row[] {
  const database = databaseOf(data);
  const rows = database
    .query<Row, []>("SELECT account, hex(data) AS data FROM verifier ORDER BY account")
    .all();
  database.close();
  return rows;
}

/** Each account gets the data of the next one. */
function swapRows(database: Database, table: string): void {
  const select = `SELECT rowid AS account, hex(data) AS data FROM ${table} ORDER BY rowid`;
  const rows = database.query<Row, []>(select).all();
  expect(rows.length).toBeGreaterThan(1);
  for (const [index, { account }] of rows.entries()) {
    const next = rows[(index + 1) % rows.length];
    const change = `UPDATE ${table} SET data = unhex(?2) WHERE rowid = ?1`;
    database.run(change, [account, next?.data ?? ""]);
  }
}

/**
 * The database file: who may read it, which files are refused, and how SQLite runs our statements.
 */
import { expect, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Database as Sqlite } from "bun:sqlite";
import { fold } from "../../src/protocol/names.ts";
import { openDatabase, openToRead } from "../../src/storage/opening.ts";
import { StorageFault } from "../../src/storage/fault.ts";
import { integer } from "../../src/storage/rows.ts";
import { applicationId, migrations } from "../../src/storage/migrations.ts";
import { SqliteStore } from "../../src/storage/store.ts";
import { testimonyIn, Witness } from "../../src/storage/witness.ts";
import { Verifiers } from "../../src/storage/verifiers.ts";
import { freshFolder } from "../support/folder.ts";
import { keep, said } from "./records.ts";

function freshFile(): string {
  return join(freshFolder(), "authchat.db");
}

function faultOf(open: () => unknown): StorageFault {
  try {
    open();
  } catch (error) {
    if (error instanceof StorageFault) return error;
    throw error;
  }
  throw new Error("it opened");
}

test("all files are readable by their owner only, whatever the umask", () => {
  const file = freshFile();
  const umask = process.umask(0);
  try {
    const store = new SqliteStore(openDatabase(file), () => undefined);
    keep(store, [said("a")]);
  } finally {
    process.umask(umask);
  }
  const modes = ["", "-wal", "-shm"].map((end) => statSync(file + end).mode & 0o777);
  expect(modes).toEqual([0o600, 0o600, 0o600]);
});

test("a database that others may read is closed to them when it is opened", () => {
  const file = freshFile();
  openDatabase(file).close();
  chmodSync(file, 0o644);
  openDatabase(file).close();
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("a new database has all steps of the schema, and opening it again takes none twice", () => {
  const file = freshFile();
  openDatabase(file).close();
  openDatabase(file).close();
  expect(new Sqlite(file).query("PRAGMA user_version").get()).toEqual({
    user_version: migrations.length,
  });
});

/** A file as a program wrote it that knew so many steps, with those rows. */
function oldFile(steps: number, ...rows: readonly string[]): string {
  const file = freshFile();
  const sqlite = new Sqlite(file);
  for (const step of migrations.slice(0, steps)) sqlite.run(step);
  for (const row of rows) sqlite.run(row);
  sqlite.run(`PRAGMA application_id=${applicationId}`);
  sqlite.run(`PRAGMA user_version=${steps}`);
  sqlite.close();
  return file;
}

test.each([1, 2])("channels, bans and ranks of a database of %d steps are still there", (steps) => {
  const file = oldFile(
    steps,
    "INSERT INTO account VALUES (1, 'ann', 'ann', 'active', 'member', 5)",
    `INSERT INTO channel VALUES (1, '#Room', '#room', 6, 1, 'Plans', 'ann', 7, 'nt', 'key', 9,
       '[["evil!*@*","ann",8]]', '[["friend!*@*","ann",9]]')`,
    "INSERT INTO member VALUES (1, 1, 'qo', 10, 1)",
  );
  const store = new SqliteStore(openDatabase(file), () => undefined);
  const found = store.answer("channel", { by: fold("#ROOM") });
  expect(found).toMatchObject({
    outcome: "found",
    channel: {
      name: "#Room",
      founder: 1,
      topic: { text: "Plans", by: "ann", at: 7 },
      flags: "nt",
      key: "key",
      limit: 9,
      forward: undefined,
      keepDays: undefined,
      bans: [{ mask: "evil!*@*", by: "ann", at: 8 }],
      banExceptions: [],
      inviteExceptions: [{ mask: "friend!*@*", by: "ann", at: 9 }],
    },
    members: [{ prefixes: "qo", joinedAt: 10 }],
  });
});

test("a database newer than the program is refused, and not changed", () => {
  const file = freshFile();
  openDatabase(file).close();
  const sqlite = new Sqlite(file);
  sqlite.run("PRAGMA user_version=999");
  sqlite.run("PRAGMA journal_mode=DELETE");
  sqlite.close();
  const before = readFileSync(file);
  const fault = faultOf(() => openDatabase(file));
  expect(fault.message).toContain("schema 999");
  expect(fault.hint).toContain("newer authchat");
  expect(fault.exitCode).toBe(74);
  expect(readFileSync(file).equals(before)).toBe(true);
});

test("another program's database is refused, and not changed", () => {
  const file = freshFile();
  const sqlite = new Sqlite(file);
  sqlite.run("CREATE TABLE account (id)");
  sqlite.close();
  const before = readFileSync(file);
  expect(faultOf(() => openDatabase(file)).message).toContain("another program");
  expect(readFileSync(file).equals(before)).toBe(true);
});

test("a file that is no database is refused", () => {
  const file = freshFile();
  writeFileSync(file, "not a database at all, but long enough to be read as one".repeat(50));
  expect(faultOf(() => openDatabase(file)).message).toContain("SQLITE_NOTADB");
});

test("a folder that is not there is a fault with a hint", () => {
  const fault = faultOf(() => openDatabase(join(freshFolder(), "none", "authchat.db")));
  expect(fault.message).toContain("ENOENT");
  expect(fault.hint).toContain("data folder");
});

test("who only reads is refused a file that is none of ours, is not there, or has an older schema", () => {
  const file = freshFile();
  expect(faultOf(() => openToRead(file)).message).toContain("cannot read");
  expect(existsSync(file)).toBe(false);
  openDatabase(file).close();
  expect(
    openToRead(file)
      .query("SELECT 1 AS one", (row) => integer(row, "one"))
      .first(),
  ).toBe(1);
  const sqlite = new Sqlite(file);
  sqlite.run("PRAGMA user_version=1");
  expect(faultOf(() => openToRead(file)).message).toContain("older authchat");
  sqlite.run("PRAGMA application_id=7");
  expect(faultOf(() => openToRead(file)).message).toContain("another program");
});

test("every question is answered by index: nothing that grows is scanned or sorted", () => {
  const file = freshFile();
  const database = openDatabase(file);
  expect(new SqliteStore(database, () => undefined)).toBeDefined();
  expect(new Verifiers(database)).toBeDefined();
  const sqlite = new Sqlite(file, { readonly: true });
  const questions = database.prepared.filter((sql) => sql.trim().startsWith("SELECT"));
  expect(questions.length).toBeGreaterThan(20);
  const steps = questions.flatMap((sql) => {
    const plan = sqlite.query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql}`).all();
    return plan.map((step) => step.detail);
  });
  // Once at start, for the latest time; the commands a page is asked for; a row without a table.
  const allowed = new Set([
    "SCAN log",
    "SCAN removal", // of accounts that are gone just now, and only the first
    "SCAN invitation", // the server bounds their number
    "SCAN json_each VIRTUAL TABLE INDEX 1:",
    "SCAN CONSTANT ROW",
  ]);
  const growing = steps.filter((step) => /SCAN|TEMP B-TREE/.test(step) && !allowed.has(step));
  expect(growing).toEqual([]);
});

test("a page of several classes is the merge of their index ranges", () => {
  const file = freshFile();
  const database = openDatabase(file);
  expect(new SqliteStore(database, () => undefined)).toBeDefined();
  const pages = [...new Set(database.prepared)].filter(
    (sql) => sql.includes("UNION ALL") && sql.includes("LIMIT"),
  );
  expect(pages.length).toBe(8);
  for (const sql of pages) {
    const plan = new Sqlite(file).query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql}`).all();
    const ranges = plan.filter(({ detail }) => detail.includes("SEARCH e USING INDEX entry_place"));
    expect(plan.map(({ detail }) => detail)).toContain("MERGE (UNION ALL)");
    const bounds = ranges.map(({ detail }) => /\(.*?>\?/.exec(detail)?.[0]);
    expect(bounds.length).toBeGreaterThan(1);
    expect(new Set(bounds)).toEqual(new Set(["(log=? AND said=? AND sequence>?"]));
  }
});

test("what is deferred waits for no disk, and the witness is told of it when it is there", () => {
  const database = openDatabase(freshFile());
  const [mode, change] = [
    database.query("SELECT synchronous FROM pragma_synchronous", (row) =>
      integer(row, "synchronous"),
    ),
    database.change(
      "INSERT INTO counter (name, value) VALUES ('latest', 1) ON CONFLICT DO UPDATE SET value = value + 1",
    ),
  ];
  const witness = join(freshFolder(), "witness");
  database.isWitnessedBy(new Witness(witness));
  const before = database.kept;
  const written = database.deferred(() => [mode.first(), change.run()]);
  expect([written, mode.first()]).toEqual([[1, 1], 2]);
  expect([database.kept, testimonyIn(witness)]).toEqual([before + 1, before]);
  let failure: unknown = "not answered";
  database.sync("here", (reason) => {
    failure = reason;
  });
  expect([failure, testimonyIn(witness)]).toEqual([undefined, before + 1]);
  database.deferred(() => change.run());
  database.transaction(() => change.run());
  expect(testimonyIn(witness)).toBe(before + 3); // what is on the disk has everything before it
  database.close();
});

test("when someone reads at the end, the witness is not told of what may not be on the disk", () => {
  const file = freshFile();
  const database = openDatabase(file);
  const witness = join(freshFolder(), "witness");
  database.isWitnessedBy(new Witness(witness));
  const before = database.kept;
  const reader = new Sqlite(file);
  reader.run("BEGIN");
  reader.query("SELECT * FROM kept").all();
  database.deferred(() =>
    database.change("INSERT INTO counter (name, value) VALUES ('latest', 1)").run(),
  );
  database.close();
  expect(testimonyIn(witness)).toBe(before);
  reader.close();
});

test("what a loss of power may undo waits for no disk, and everything after it does again", () => {
  const database = openDatabase(freshFile());
  const sql = "SELECT synchronous FROM pragma_synchronous";
  const mode = database.query(sql, (row) => integer(row, "synchronous"));
  const [normal, full] = [1, 2];
  expect([database.relaxed(() => mode.first()), mode.first()]).toEqual([normal, full]);
  const fails = (): void =>
    database.relaxed(() => {
      throw new Error("the disk is full");
    });
  expect(fails).toThrow("full");
  expect(mode.first()).toBe(full);
  database.close();
});

/**
 * The disk fails at any call: the n-th flush, the n-th write, or every write from the n-th on because it is full. The
 * built server either goes on, and has exactly what it acknowledged, or has stopped with exit 74 or refused with
 * STORAGE_FULL; nothing that anyone was told is kept is missing, and nothing that was refused is there.
 */
import { cpSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { openDatabase } from "../../src/storage/opening.ts";
import { entryColumns, parseEntry } from "../../src/storage/entries.ts";
import { freshFolder } from "../support/folder.ts";
import { installed } from "../support/foreign-client.ts";
import { LoadClient } from "../support/load-client.ts";
import { isLongForm } from "../support/long-form.ts";
import { executable, ServerProcess } from "../support/server-process.ts";
import { stablePort } from "../support/stable-port.ts";

setDefaultTimeout(600_000);

const names = ["ann", "bob"];
const inFlight = 2;
const textsMax = 150;
const settings = "[limits]\nflood = false\n";

interface Failing {
  readonly what: string;
  /** As strace takes it: what fails, how, and when. */
  readonly injection: (n: number) => string;
}

const failing: readonly Failing[] = [
  { what: "the n-th flush fails", injection: (n) => `fsync,fdatasync:error=EIO:when=${n}` },
  // Of each thread, and that of the program flushes little by fdatasync while people talk.
  { what: "the n-th flush in a thread fails", injection: (n) => `fdatasync:error=EIO:when=${n}` },
  { what: "the n-th write fails", injection: (n) => `pwrite64:error=EIO:when=${n}` },
  {
    what: "the disk is full from the n-th write on",
    injection: (n) => `pwrite64:error=ENOSPC:when=${n}+`,
  },
];

/** Early ones meet the start, late ones a commit. */
const calls = isLongForm
  ? Array.from({ length: 60 }, (_none, index) => index + 1)
  : [1, 4, 9, 16, 30, 60];

function words(port: number): string[] {
  return ["--listen", "127.0.0.1:0", "--plain", `127.0.0.1:${port}`, "--registration", "open"];
}

/** A data folder with the members in it, closed well. */
async function prepared(): Promise<string> {
  const port = await stablePort();
  const server = await ServerProcess.starts({ words: words(port), settings });
  const clients = names.map((name) => new LoadClient({ port, name, inFlight }));
  for (const client of clients) expect(await client.until(({ isOnline }) => isOnline)).toBe(true);
  for (const client of clients) client.leaves();
  server.signals("SIGTERM");
  expect(await server.ended()).toMatchObject({ code: 0 });
  return server.data;
}

/** How it went: the exit code, or that the server went on. */
async function outcomeOf(base: string, injection: string): Promise<number | "went on"> {
  const data = join(freshFolder(), "data");
  cpSync(base, data, { recursive: true });
  const port = await stablePort();
  const server = ServerProcess.launches({
    data,
    words: words(port),
    settings,
    command: [
      ...["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync,pwrite64"],
      ...["-e", `inject=${injection}`, "--", executable],
    ],
  });
  const options = { port, inFlight, textsMax, hasAccount: true };
  const clients = names.map((name) => new LoadClient({ ...options, name }));
  for (const client of clients) {
    client.talks();
    expect(await client.until(({ isDone }) => isDone || server.isEnded)).toBe(true);
  }
  for (const client of clients) client.leaves();
  const isEnded = server.isEnded;
  server.signals("SIGKILL");
  const { code } = await server.ended();

  const kept = saidIn(data);
  expect(new Set(kept).size).toBe(kept.length);
  for (const { name, acknowledged, refused, sent } of clients) {
    const own = kept.filter((text) => text.startsWith(`${name} `));
    expect([...acknowledged.keys()].filter((text) => !own.includes(text))).toEqual([]);
    expect(own.filter((text) => refused.has(text))).toEqual([]);
    if (!isEnded) expect(own).toHaveLength(acknowledged.size);
    // What was under way may be kept: its sender says it again.
    expect(own.length).toBeLessThanOrEqual(Math.min(sent, acknowledged.size + inFlight));
  }
  return isEnded ? (code ?? 0) : "went on";
}

function saidIn(data: string): string[] {
  const database = openDatabase(join(data, "authchat.db"));
  const query = `SELECT ${entryColumns} FROM entry e WHERE e.command = 'PRIVMSG' ORDER BY e.sequence`;
  const said = database.query(query, parseEntry).all();
  database.close();
  return said.map(({ text }) => text);
}

describe.skipIf(installed("strace") === undefined)(
  "the server keeps what it acknowledged when",
  () => {
    for (const { what, injection } of failing) {
      test(what, async () => {
        const base = await prepared();
        const outcomes = new Map<string, number>();
        for (const n of calls) {
          const outcome = String(await outcomeOf(base, injection(n)));
          expect({ n, outcome }).toEqual({ n, outcome: expect.stringMatching(/^(?:74|went on)$/) });
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        }
        const counts = [...outcomes].map(([outcome, count]) => `${outcome}: ${count}`).join(", ");
        process.stderr.write(`${what}, n of ${calls.length}: ${counts}\n`);
        expect(outcomes.get("74")).toBeGreaterThan(0);
      });
    }
  },
);

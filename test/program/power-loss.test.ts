/**
 * Power is lost while people talk: the built server's system calls are written down under load, and the disk is
 * replayed as it may be at any moment of that. Whatever anyone had been shown by then is there, the storage layer
 * opens it, and SQLite finds nothing wrong; some of the images are served again, and read by a client.
 *
 * So that the replay is known to see a loss, the same is done to a server that syncs less than it has to.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { below, SeededRandom } from "../../src/base/random.ts";
import { writeMessageId } from "../../src/protocol/message-ids.ts";
import { openDatabase } from "../../src/storage/opening.ts";
import { entryColumns, parseEntry } from "../../src/storage/entries.ts";
import { text } from "../../src/storage/rows.ts";
import { freshFolder } from "../support/folder.ts";
import { installed } from "../support/foreign-client.ts";
import { LoadClient } from "../support/load-client.ts";
import { isLongForm } from "../support/long-form.ts";
import { everythingFor } from "../support/pages.ts";
import { Disk, type Image } from "../support/power-loss.ts";
import { executable, ServerProcess } from "../support/server-process.ts";
import { stablePort } from "../support/stable-port.ts";
import { finishedTrace, type SystemCall, systemCalls, tracing } from "../support/system-calls.ts";

setDefaultTimeout(600_000);

const images = isLongForm ? 500 : 60;
/** Of them, so many are served again. */
const servedImages = isLongForm ? 10 : 2;
const loadMs = isLongForm ? 2_000 : 700;
/** One in so many of the images is of the time before anyone was shown anything. */
const earlyEvery = 12;
const names = ["ann", "bob", "cid", "dan"];
const settings = "[limits]\nflood = false\n";

const source = join(import.meta.dir, "../../src/main.ts");
const relaxed = [
  ...[process.execPath, "--preload", join(import.meta.dir, "../support/without-sync.ts")],
  source,
];

interface Recording {
  readonly data: string;
  readonly calls: readonly SystemCall[];
}

/** A server's whole life, from its first start through the load to its end. */
async function recorded(command: readonly string[]): Promise<Recording> {
  const port = await stablePort();
  const trace = join(freshFolder(), "trace");
  const server = await ServerProcess.starts({
    words: ["--listen", "127.0.0.1:0", "--plain", `127.0.0.1:${port}`, "--registration", "open"],
    settings,
    command: [...tracing(trace), ...command],
  });
  const clients = names.map((name) => new LoadClient({ port, name, inFlight: 20 }));
  for (const client of clients) expect(await client.until(({ isOnline }) => isOnline)).toBe(true);
  for (const client of clients) client.talks();
  await Bun.sleep(loadMs);
  // Killed when nothing is under way: what is then on the disk is known to the byte.
  for (const client of clients) client.pauses();
  for (const client of clients) expect(await client.until(({ isDone }) => isDone)).toBe(true);
  server.signals("SIGKILL");
  for (const client of clients) client.leaves();
  const calls = systemCalls(await finishedTrace(trace));
  return { data: server.data, calls };
}

interface Loss {
  readonly image: Image;
  /** What people had been shown by then. */
  readonly shown: ReadonlyMap<string, string>;
}

/** Losses of power at so many moments of the recording, in order. */
function* losses({ data, calls }: Recording, count: number): Generator<Loss> {
  const random = new SeededRandom(calls.length);
  const disk = new Disk(data);
  const firstShown = calls.findIndex((call) => {
    disk.take(call);
    return disk.shown.size > 0;
  });
  expect(firstShown).toBeGreaterThan(0);
  const moments = Array.from({ length: count }, (_none, index) =>
    index % earlyEvery === 0
      ? below(random, firstShown)
      : firstShown + below(random, calls.length - firstShown),
  ).toSorted((left, right) => left - right);
  const replay = new Disk(data);
  let next = 0;
  for (const [index, call] of calls.entries()) {
    for (; moments[next] === index; next += 1) {
      yield { image: replay.image(random), shown: new Map(replay.shown) };
    }
    replay.take(call);
  }
}

function written(image: Image): string {
  const folder = join(freshFolder(), "data");
  mkdirSync(folder, { mode: 0o700 });
  for (const [name, content] of image) writeFileSync(join(folder, name), content, { mode: 0o600 });
  return folder;
}

/** Every message that is there, each as it was written. @throws when it cannot be opened, or is not whole. */
function keptIn(folder: string): ReadonlySet<string> {
  const database = openDatabase(join(folder, "authchat.db"));
  try {
    const check = database.query("PRAGMA integrity_check", (row) => text(row, "integrity_check"));
    expect(check.all()).toEqual(["ok"]);
    const entries = database.query(`SELECT ${entryColumns} FROM entry e`, parseEntry).all();
    return new Set(entries.map(writeMessageId));
  } finally {
    database.close();
  }
}

function missing(shown: readonly string[], kept: ReadonlySet<string>): string[] {
  return shown.filter((id) => !kept.has(id));
}

describe.skipIf(installed("strace") === undefined)("after a loss of power", () => {
  test(`nothing that anyone was shown is gone, in ${images} images`, async () => {
    const recording = await recorded([executable]);
    let shownMost = 0;
    let index = 0;
    for (const { image, shown } of losses(recording, images)) {
      index += 1;
      const folder = written(image);
      expect(missing([...shown.keys()], keptIn(folder))).toEqual([]);
      shownMost = Math.max(shownMost, shown.size);
      // The last ones, in which there is most.
      if (index > images - servedImages) await served(folder, shown);
    }
    // There was something to lose.
    expect(shownMost).toBeGreaterThan(100);
    const syncs = recording.calls.filter(({ kind }) => kind === "sync").length;
    process.stderr.write(
      `${images} images, up to ${shownMost} shown, ${syncs} fsyncs: none lost\n`,
    );

    // It was a replay of what really happened: with all that was written, it is what is there.
    const disk = new Disk(recording.data);
    for (const call of recording.calls) disk.take(call);
    const whole = disk.image(new SeededRandom(1), "kept");
    for (const name of ["authchat.db", "authchat.db-wal"]) {
      const really = readFileSync(join(recording.data, name));
      expect(Buffer.from(whole.get(name) ?? []).equals(really)).toBe(true);
    }
  });

  test("the replay sees what is lost by a server that does not wait for the disk", async () => {
    let lossy = 0;
    for (const { image, shown } of losses(await recorded(relaxed), images)) {
      let kept: ReadonlySet<string> = new Set();
      try {
        kept = keptIn(written(image));
      } catch {
        // There was nothing yet that could be opened.
      }
      if (missing([...shown.keys()], kept).length > 0) lossy += 1;
    }
    process.stderr.write(
      `without waiting for the disk: ${lossy} of ${images} images lost messages\n`,
    );
    expect(lossy).toBeGreaterThan(0);
  });
});

/** The image is served, and all that was said is read by a client. */
async function served(data: string, shown: ReadonlyMap<string, string>): Promise<void> {
  const server = await ServerProcess.starts({ data, settings });
  const kept = new Set((await everythingFor("ann", server)).map(({ id }) => id));
  const said = [...shown].filter(([, command]) => command === "PRIVMSG").map(([id]) => id);
  expect(said.length).toBeGreaterThan(0);
  expect(missing(said, kept)).toEqual([]);
  server.signals("SIGTERM");
  expect(await server.ended()).toMatchObject({ code: 0 });
}

/**
 * Out: writes in order, waits for nobody, drops whole lines beyond its limit and says so.
 */
import { closeSync, constants, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { Out } from "../../../src/cli/terminal/out.ts";
import { freshFolder } from "../../support/folder.ts";

test("what is written comes out whole and in order", async () => {
  const file = join(freshFolder(), "out");
  const descriptor = openSync(file, "w");
  const out = new Out(descriptor);
  const lines = Array.from({ length: 5_000 }, (_, index) => `line ${index} äöü 🙂`);
  for (const line of lines) out.line(line);
  await out.flushed();
  closeSync(descriptor);
  expect(readFileSync(file, "utf8")).toBe(lines.map((line) => `${line}\n`).join(""));
});

test("beyond its limit whole lines are dropped, counted, and said when there is room again", async () => {
  const pipe = new Fifo(freshFolder());
  const out = new Out(pipe.writer, { queueBytesMax: 200_000 });
  const line = "x".repeat(999);
  for (let index = 0; index < 400; index += 1) out.line(line);
  expect(out.queuedBytes).toBeLessThanOrEqual(200_000);
  const lines = (await pipe.readUntil((text) => text.endsWith("dropped\n"))).split("\n");
  await out.flushed();
  expect(lines.slice(0, 200)).toEqual(Array.from({ length: 200 }, () => line));
  expect(lines.slice(200)).toEqual(["… 200 lines dropped", ""]);
  pipe.close();
});

test("a reader that does not read holds nobody up", async () => {
  const pipe = new Fifo(freshFolder());
  const out = new Out(pipe.writer);
  out.write("x".repeat(500_000));
  await out.flushed(20); // ends although nothing is read: the event loop goes on
  expect(out.queuedBytes).toBeGreaterThan(0);
  await pipe.readUntil((text) => text.length === 500_000);
  await out.flushed();
  expect(out.queuedBytes).toBe(0);
  pipe.close();
});

test("a reader that is gone closes it silently", async () => {
  const pipe = new Fifo(freshFolder());
  const out = new Out(pipe.writer);
  closeSync(pipe.reader);
  out.line("nobody reads this");
  await out.flushed();
  expect(out.isClosed).toBe(true);
  out.line("nor this");
  expect(out.queuedBytes).toBe(0);
  closeSync(pipe.writer);
});

test("writes keep a distance: the first goes out at once, what comes soon after it together", async () => {
  const file = join(freshFolder(), "out");
  const descriptor = openSync(file, "w");
  const out = new Out(descriptor, { distanceMs: 60_000 });
  out.line("first");
  while (readFileSync(file, "utf8") === "") await new Promise((next) => setImmediate(next));
  out.line("second");
  out.line("third");
  for (let turn = 0; turn < 20; turn += 1) await new Promise((next) => setImmediate(next));
  expect(readFileSync(file, "utf8")).toBe("first\n");
  await out.flushed(); // who wants to end does not wait for it
  expect(readFileSync(file, "utf8")).toBe("first\nsecond\nthird\n");
  closeSync(descriptor);
});

test("what waits for its distance is written without being asked for", async () => {
  const file = join(freshFolder(), "out");
  const descriptor = openSync(file, "w");
  const out = new Out(descriptor, { distanceMs: 5 });
  const lines = Array.from({ length: 100 }, (_, index) => `line ${index}\n`);
  for (const line of lines) out.write(line);
  while (out.queuedBytes > 0) await new Promise((next) => setImmediate(next));
  expect(readFileSync(file, "utf8")).toBe(lines.join(""));
  closeSync(descriptor);
});

/** A pipe whose ends are both ours, the writing one non-blocking. */
class Fifo {
  readonly reader: number;
  readonly writer: number;

  constructor(folder: string) {
    const path = join(folder, "fifo");
    Bun.spawnSync(["mkfifo", path]);
    this.reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    this.writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  }

  async readUntil(isEnough: (text: string) => boolean): Promise<string> {
    const chunk = Buffer.alloc(65_536);
    let text = "";
    while (!isEnough(text)) {
      try {
        text += chunk.toString("utf8", 0, readSync(this.reader, chunk));
      } catch {
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    return text;
  }

  close(): void {
    closeSync(this.reader);
    closeSync(this.writer);
  }
}

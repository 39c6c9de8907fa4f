/**
 * The console: what is typed survives the feed, and what it is told goes to the server as it is.
 */
import { openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect, onTestFinished, test } from "bun:test";
import { Console } from "../../../src/cli/server/console.ts";
import { Out } from "../../../src/cli/terminal/out.ts";
import { freshFolder } from "../../support/folder.ts";

class Terminal {
  readonly entered: string[] = [];
  readonly console: Console;
  interruptions = 0;
  readonly #input = new PassThrough();
  readonly #file = join(freshFolder(), "terminal");
  readonly #out: Out;

  constructor(columns = 80) {
    this.#out = new Out(openSync(this.#file, "w"));
    this.console = new Console({
      input: this.#input,
      out: this.#out,
      columns: () => columns,
      entered: (words) => this.entered.push(words),
      interrupted: () => {
        this.interruptions += 1;
      },
    });
    // The descriptor stays open: a write may still be under way, and its number must not become another file's.
    onTestFinished(() => this.console.close());
  }

  /** Presses keys and waits until they have been heard. */
  async types(keys: string): Promise<void> {
    this.#input.write(keys);
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** What the terminal shows in the end: rows without what was erased. */
  async shows(): Promise<readonly string[]> {
    return screen(await this.received());
  }

  async received(): Promise<string> {
    await this.#out.flushed();
    return readFileSync(this.#file, "utf8");
  }
}

/** The rows of a terminal, of as much of its language as is used here; rows do not wrap. */
function screen(bytes: string): readonly string[] {
  const rows = [""];
  let row = 0;
  let column = 0;
  for (const [part] of bytes.matchAll(/\x1b\[\d*[A-Za-z]|[\s\S]/g)) {
    const control = /^\x1b\[(\d*)([A-Za-z])$/.exec(part);
    const count = Number(control?.[1] === "" ? 1 : control?.[1]);
    if (control?.[2] === "J") rows.splice(row, rows.length, (rows[row] ?? "").slice(0, column));
    else if (control?.[2] === "G") column = count - 1;
    else if (control?.[2] === "A") row -= count;
    else if (control !== null) throw new Error(`unknown sequence ${JSON.stringify(part)}`);
    else if (part === "\r") column = 0;
    else if (part === "\n") {
      column = 0; // the system's terminal driver adds the carriage return
      row += 1;
      rows[row] ??= "";
    } else {
      const text = rows[row] ?? "";
      rows[row] = text.slice(0, column).padEnd(column) + part + text.slice(column + 1);
      column += 1;
    }
  }
  return rows;
}

test("a line goes to the server as it is, without spaces around it, and an empty one does not", async () => {
  const terminal = new Terminal();
  await terminal.types("  approve ann \r\r");
  expect(terminal.entered).toEqual(["approve ann"]);
});

test("what is being typed survives the lines of the feed", async () => {
  const terminal = new Terminal();
  await terminal.types("approve an");
  terminal.console.print("12:00:00 info  bob joined #general");
  await terminal.types("n");
  terminal.console.print("12:00:01 info  bob left");
  expect(await terminal.shows()).toEqual([
    "12:00:00 info  bob joined #general",
    "12:00:01 info  bob left",
    "> approve ann",
  ]);
  await terminal.types("\r");
  expect(terminal.entered).toEqual(["approve ann"]);
});

test("Tab completes words of help, and names after them", async () => {
  const terminal = new Terminal();
  terminal.console.learnWords(["approve NAME  lets a waiting account in", "accounts  lists them"]);
  terminal.console.learnName("Annabel");
  for (const keys of ["appr", "\t", "ann", "\t", "\r"]) await terminal.types(keys);
  expect(terminal.entered).toEqual(["approve Annabel"]);
});

test("only help is known before the server has said what there is", async () => {
  const terminal = new Terminal();
  for (const keys of ["h", "\t", "\r", "app", "\t", "\r"]) await terminal.types(keys);
  expect(terminal.entered).toEqual(["help", "app"]);
});

test("names that were heard long ago are forgotten", async () => {
  const terminal = new Terminal();
  terminal.console.learnName("zoe");
  for (let index = 0; index < 1_000; index += 1) terminal.console.learnName(`ann${index}`);
  for (const keys of ["msg zo", "\t", "\r"]) await terminal.types(keys);
  expect(terminal.entered).toEqual(["msg zo"]);
});

test("the line before comes back with the arrow key", async () => {
  const terminal = new Terminal();
  await terminal.types("who\r");
  await terminal.types("\x1b[A\r");
  expect(terminal.entered).toEqual(["who", "who"]);
});

test("Ctrl-C is told and the prompt stays", async () => {
  const terminal = new Terminal();
  await terminal.types("\x03");
  await terminal.types("who\r");
  expect([terminal.interruptions, terminal.entered]).toEqual([1, ["who"]]);
});

test("Ctrl-Z halts nothing", async () => {
  const terminal = new Terminal();
  await terminal.types("\x1a");
  expect((await terminal.shows())[0]).toStartWith("Ctrl-Z would halt the chat for everyone");
});

test("after Ctrl-D the feed goes on without a prompt", async () => {
  const terminal = new Terminal();
  await terminal.types("\x04");
  terminal.console.print("12:00:00 info  bob joined #general");
  expect(await terminal.shows()).toEqual([
    "No more commands here. The server goes on; Ctrl-C stops it.",
    "12:00:00 info  bob joined #general",
    "",
  ]);
});

test("closing takes the prompt away", async () => {
  const terminal = new Terminal();
  await terminal.types("half a li");
  terminal.console.close();
  terminal.console.print("12:00:00 info  stopping");
  expect(await terminal.shows()).toEqual(["12:00:00 info  stopping", ""]);
});

test("a line over several rows is printed above, not over", async () => {
  const terminal = new Terminal(20);
  await terminal.types("say a text that takes more than two rows here");
  const before = (await terminal.received()).length;
  terminal.console.print("feed");
  const after = (await terminal.received()).slice(before);
  // Up to the first row of the prompt, print, and down again as far as readline goes up.
  expect(after).toStartWith("\x1b[2A\r\x1b[Jfeed\n\n\n");
  expect(after).toContain("\x1b[2A");
});

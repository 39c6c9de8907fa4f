/**
 * The server's console, on a real terminal: what the operator reads and types, and that a terminal which nobody reads
 * does not stop the chat.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, setDefaultTimeout, test } from "bun:test";
import { freshFolder } from "../support/folder.ts";
import { RawClient } from "../support/raw-client.ts";
import { Screen, Terminal } from "../support/screen.ts";
import { assertBuilt, cheapSettings, executable, runs } from "../support/server-process.ts";

setDefaultTimeout(60_000);

const password = "correct horse battery";

/** A server's console on a terminal of its own. */
function starts(...words: readonly string[]): Terminal {
  const environment = { HOME: freshFolder(), TERM: "xterm" };
  return new Terminal(command(join(freshFolder(), "data"), ...words), {
    environment,
    folder: freshFolder(),
  });
}

async function portOn(screen: Screen): Promise<number> {
  return Number((await screen.shows(/listening {3}127\.0\.0\.1:(\d+)/))[1]);
}

function command(data: string, ...words: readonly string[]): string[] {
  assertBuilt();
  const config = join(freshFolder(), "authchat.toml");
  writeFileSync(config, `${cheapSettings}\n[limits]\nflood = false\n`);
  const given = ["--config", config, "--data", data, "--listen", "127.0.0.1:0"];
  return [executable, "serve", ...given, ...words];
}

test("the operator reads who asks, approves at the prompt, and reads what is said", async () => {
  const terminal = starts();
  const port = await portOn(terminal);
  await terminal.shows(/fingerprint SHA256:[A-Za-z0-9+/]{43}\r\n/);
  await terminal.shows(/join with {3}authchat connect 127\.0\.0\.1:\d+\r\n/);
  await terminal.shows(/type help for commands, stop to end/);
  const ann = await RawClient.connect({ port, tls: true });
  await ann.registers("ann", password);
  await terminal.shows(/ann asks for an account, from 127\.0\.0\.1/);
  terminal.types("approve ann\r");
  await terminal.shows(/approved ann/);
  await ann.until(/APPROVED/);
  expect(await ann.logsIn("ann", password)).toContain(" 903 ");
  await terminal.shows(/ann logged in from 127\.0\.0\.1 \(PLAIN\)/);
  ann.sends("PRIVMSG #general :good \x1b[31mmorning", "PRIVMSG authchat.local :help me");
  await terminal.shows(/#general <ann> good ␛\[31mmorning/);
  await terminal.shows(/ann -> authchat\.local: help me/);
  terminal.types("msg ann what is it?\r");
  await ann.until(/:what is it\?/);
  terminal.types("stop\r");
  await ann.until(/^ERROR :/);
  expect(await terminal.ended()).toBe(0);
});

test("Ctrl-C asks once when someone is connected, and the second one stops", async () => {
  const terminal = starts();
  const client = await RawClient.connect({ port: await portOn(terminal), tls: true });
  client.sends("PING here");
  await client.until(/PONG/);
  terminal.types("\x03");
  await terminal.shows(/1 connection is open: press Ctrl-C again to stop/);
  terminal.types("\x03");
  expect(await terminal.ended()).toBe(0);
});

test("Ctrl-C stops at once when nobody is connected, also without a prompt", async () => {
  for (const words of [[], ["--no-console"]]) {
    const terminal = starts(...words);
    await terminal.shows(/stop to end|Ctrl-C to stop/);
    terminal.types("\x03");
    expect(await terminal.ended()).toBe(0);
  }
});

test("a terminal that nobody reads does not stop the chat, nor the end of it", async () => {
  const data = join(freshFolder(), "data");
  const screen = new Screen();
  const holder = Bun.spawn(
    [process.execPath, join(import.meta.dir, "../support/terminal-holder.ts"), ...command(data)],
    { stdout: "pipe", stdin: "ignore", stderr: "inherit", env: { HOME: freshFolder() } },
  );
  onTestFinished(() => {
    holder.kill("SIGKILL");
  });
  void readInto(screen, holder.stdout);
  const pid = Number((await screen.shows(/pid (\d+)/))[1]);
  onTestFinished(() => {
    if (isRunning(pid)) process.kill(pid, "SIGKILL");
  });
  const ann = await RawClient.connect({ port: await portOn(screen), tls: true });
  await ann.registers("ann", password);
  expect((await runs("account", "approve", "ann", "--data", data)).code).toBe(0);
  expect(await ann.logsIn("ann", password)).toContain(" 903 ");

  holder.kill("SIGSTOP");
  // More than any terminal takes in unread, and all of it is in the feed.
  const words = "x".repeat(300);
  for (let count = 0; count < 2_000; count += 1) ann.sends(`PRIVMSG #general :${words} ${count}`);
  await ann.until(/PRIVMSG #general :x+ 1999$/);
  ann.sends("PING still-there");
  await ann.until(/PONG .*still-there/);
  process.kill(pid, "SIGTERM");
  await ann.until(/^ERROR :/);
  while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
});

async function readInto(screen: Screen, stream: ReadableStream<Uint8Array>): Promise<void> {
  const decoder = new TextDecoder();
  for await (const bytes of stream) screen.add(decoder.decode(bytes, { stream: true }));
}

/** A process that has ended stays as a zombie while the one that started it is stopped. */
function isRunning(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}

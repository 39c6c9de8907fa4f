/**
 * What the command line of `serve` changes.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { Fault } from "../../../src/cli/command-line/exit.ts";
import { logSettings, serveOptions, serveSettings } from "../../../src/cli/server/serve-options.ts";
import {
  defaultServeSettings,
  listenerAt,
  type ServeSettings,
} from "../../../src/cli/server/serve-settings.ts";
import { type Arguments, parseArguments } from "../../../src/cli/command-line/strict.ts";
import { freshFolder } from "../../support/folder.ts";

const usage = { name: "serve", summary: "", options: serveOptions, positionals: [] };

function args(...words: string[]): Arguments {
  const parsed = parseArguments(usage, words);
  if (parsed.kind !== "run") throw new Error(`not run but ${parsed.kind}`);
  return parsed.args;
}

function settings(...words: string[]): ServeSettings {
  return serveSettings(args(...words));
}

function refusal(...words: string[]): Fault {
  try {
    settings(...words);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error("it was taken");
}

test("without options it is the defaults", () => {
  expect(settings()).toEqual(defaultServeSettings);
});

test("the command line goes before the file", () => {
  const file = join(freshFolder(), "authchat.toml");
  const text =
    '[server]\nname = "a.example"\nnetwork = "A"\ndata-dir = "x"\n[auth]\npassword-length = 9';
  writeFileSync(file, text);
  const read = settings("--config", file, "--name", "b.example", "--data", "/y");
  expect([read.server.name, read.server.network, read.dataFolder]).toEqual([
    "b.example",
    "A",
    "/y",
  ]);
  expect(read.passwords.lengthMin).toBe(9);
  expect(settings("--config", file, "--password-length", "0").passwords.lengthMin).toBe(0);
});

test("listeners on the command line are instead of all others", () => {
  const { listeners } = settings("--listen", "127.0.0.1:0", "--listen", ":1", "--plain", "[::1]:2");
  expect(listeners).toEqual([
    listenerAt({ host: "127.0.0.1", port: 0 }, true),
    listenerAt({ host: "::", port: 1 }, true),
    listenerAt({ host: "::1", port: 2 }, false),
  ]);
});

test("plain text is refused off loopback", () => {
  const { code, message } = refusal("--plain", "0.0.0.0:6667");
  expect([code, message]).toEqual([
    78,
    "--plain 0.0.0.0:6667: plain text is for loopback addresses only",
  ]);
});

test("values that make no sense are errors of usage", () => {
  for (const words of [
    ["--listen", "6697"],
    ["--name", "two words"],
    ["--registration", "maybe"],
  ]) {
    expect(refusal(...words).code).toBe(2);
  }
});

test("on a terminal there is text and a prompt; elsewhere JSON without messages", () => {
  const terminal = { isInput: true, isOutput: true };
  const service = { isInput: false, isOutput: false };
  const none = { level: "info", form: "json", showsText: false, hasConsole: false } as const;
  expect(logSettings(args(), terminal)).toEqual({
    level: "info",
    form: "text",
    showsText: true,
    hasConsole: true,
  });
  expect(logSettings(args(), service)).toEqual(none);
  expect(logSettings(args(), { isInput: true, isOutput: false })).toEqual(none);
  expect(logSettings(args("--log-messages", "--log=debug"), service)).toEqual({
    ...none,
    level: "debug",
    showsText: true,
  });
  expect(logSettings(args("--no-console"), terminal).hasConsole).toBe(false);
  expect(logSettings(args("--log-format", "json"), terminal)).toEqual(none);
  expect(logSettings(args("--log-format", "text"), service)).toEqual({ ...none, form: "text" });
});

/**
 * The engine: one on each folder, words in and answers out on real files.
 */
import { join } from "node:path";
import { expect, onTestFinished, test } from "bun:test";
import { type DataFolder, openDataFolder } from "../../../src/cli/server/data-folder.ts";
import { Engine } from "../../../src/cli/server/engine.ts";
import { Fault } from "../../../src/cli/command-line/exit.ts";
import { defaultServeSettings } from "../../../src/cli/server/serve-settings.ts";
import { type OperatorAnswer, type Transport } from "../../../src/server/outside.ts";
import { freshFolder } from "../../support/folder.ts";

const nobody: Transport = {
  write: () => undefined,
  pause: () => undefined,
  heldForMs: () => 0,
  resume: () => undefined,
  close: () => undefined,
};

function folder(): DataFolder {
  return openDataFolder(join(freshFolder(), "data"));
}

function opened(
  on: DataFolder,
  failures: unknown[] = [],
  reread?: () => typeof defaultServeSettings,
): Engine {
  const engine = new Engine({
    folder: on,
    settings: defaultServeSettings,
    ...(reread === undefined ? {} : { reread }),
    note: () => undefined,
    problem: (sentence) => failures.push(sentence),
    failed: (failure) => failures.push(failure),
  });
  onTestFinished(() => engine.close());
  return engine;
}

function told(engine: Engine, words: string): Promise<OperatorAnswer> {
  return new Promise((resolve) => {
    engine.instructions.give("console", words, resolve);
  });
}

test("a second one on the same folder is refused, and a later one is not", () => {
  const data = folder();
  const first = opened(data);
  let refusal: unknown;
  try {
    opened(data);
  } catch (error) {
    refusal = error;
  }
  expect(refusal instanceof Fault && [refusal.code, refusal.message]).toEqual([
    69,
    `another authchat server is running on ${data.path}`,
  ]);
  first.close();
  expect(opened(data).opening.pendingAccounts).toBe(0);
});

test("words are answered", async () => {
  const engine = opened(folder());
  engine.start(nobody);
  expect(await told(engine, "accounts")).toEqual({ isDone: true, lines: ["no accounts yet"] });
  expect((await told(engine, "approve ann")).isDone).toBe(false);
});

test("what was left of a login without account is removed at the start", () => {
  const data = folder();
  expect(opened(data).orphansRemoved).toBe(0);
});

test("settings are read again whole, or not at all", async () => {
  const { server } = defaultServeSettings;
  let file = { ...defaultServeSettings, server: { ...server, motd: ["Hi"], name: "other" } };
  const engine = opened(folder(), [], () => {
    if (file.server.network === "")
      throw new Fault(78, "the settings have a problem", "a.toml:1: no");
    return file;
  });
  engine.start(nobody);
  expect(await told(engine, "reload")).toEqual({
    isDone: true,
    lines: ["changed: server.motd-file", "changes only with a restart: server.name"],
  });
  expect((await told(engine, "reload")).lines).toEqual([
    "changes only with a restart: server.name",
  ]);
  file = { ...file, server: { ...file.server, network: "" } };
  expect(await told(engine, "reload")).toEqual({
    isDone: false,
    lines: ["nothing is changed: the settings have a problem", "a.toml:1: no"],
  });
});

test("where no server is running there are no settings to read again", async () => {
  const engine = opened(folder());
  engine.start(nobody);
  expect(await told(engine, "reload")).toEqual({ isDone: false, lines: ["no server is running"] });
});

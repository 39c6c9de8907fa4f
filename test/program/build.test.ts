/**
 * The executable obeys nobody but its command line: not the folder it is started in, not the environment of Bun. It
 * needs nothing beside it, and is the same wherever it is built. Needs `bun run build` first.
 */
import { expect, test } from "bun:test";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freshFolder } from "../support/folder.ts";
import { executable } from "../support/server-process.ts";

const root = join(import.meta.dir, "../..");
/** All that `version` says: one line. */
const versionLine = /^authchat 0\.1\.0(?: .*)?\n$/;

/** What a test wants to see never, printed by the files that lie in wait. */
const canary = "preload executed";

interface Outcome {
  readonly exitCode: number;
  readonly output: string;
}

/** Runs the executable with nothing in its environment but this. */
function run(folder: string, environment: Record<string, string>, ...words: string[]): Outcome {
  if (!existsSync(executable)) throw new Error("dist/authchat is missing: run `bun run build`");
  const child = Bun.spawnSync([executable, ...words], {
    cwd: folder,
    env: environment,
    stdin: "ignore",
    timeout: 20_000,
  });
  return {
    exitCode: child.exitCode,
    output: `${child.stdout.toString()}${child.stderr.toString()}`,
  };
}

/** A folder where everything that Bun loads by itself says that it was. */
function hostileFolder(): string {
  const folder = freshFolder();
  const files = {
    "preload.js": `console.log("${canary}");`,
    ".env": 'BUN_OPTIONS="--preload ./preload.js"\nAUTHCHAT_TEST=1\n',
    "bunfig.toml":
      'preload = ["./preload.js"]\n[run]\npreload = ["./preload.js"]\n[test]\npreload = ["./preload.js"]\n',
    "tsconfig.json": '{"compilerOptions":{"jsx":"react","paths":{"*":["./preload.js"]}}}',
    "package.json": '{"name":"hostile","main":"./preload.js","imports":{"#a":"./preload.js"}}',
    "index.js": `console.log("${canary}");`,
    "main.ts": `console.log("${canary}");`,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

test("version runs from an empty folder in an empty environment, and leaves nothing there", () => {
  const folder = freshFolder();
  expect(run(folder, {}, "version")).toEqual({
    exitCode: 0,
    output: expect.stringMatching(versionLine),
  });
  expect(readdirSync(folder)).toEqual([]);
});

test("files in a hostile folder change nothing", () => {
  expect(run(hostileFolder(), {}, "version")).toEqual({
    exitCode: 0,
    output: expect.stringMatching(versionLine),
  });
});

test.each([
  ["BUN_OPTIONS", "--preload ./preload.js"],
  ["BUN_OPTIONS", "--preload=./preload.js"],
  ["BUN_OPTIONS", "--require ./preload.js"],
  ["BUN_OPTIONS", "--import ./preload.js"],
  ["BUN_OPTIONS", "--config=./bunfig.toml"],
  ["BUN_OPTIONS", "--env-file=.env"],
  ["BUN_OPTIONS", `-e 'console.log("${canary}")'`],
  ["NODE_OPTIONS", "--require ./preload.js"],
  ["NODE_OPTIONS", "--import ./preload.js"],
  ["BUN_INSPECT_PRELOAD", "./preload.js"],
  ["BUN_CONFIG_PRELOAD", "./preload.js"],
  ["NODE_PATH", "."],
])("%s=%j runs nobody's code", (name, value) => {
  const { exitCode, output } = run(hostileFolder(), { [name]: value }, "version");
  expect(output).not.toContain(canary);
  // Deaf to it, or refusing to start: never started with something else inside.
  if (exitCode === 0) expect(output).toMatch(versionLine);
});

test("a debugger cannot be asked for from the environment", () => {
  const { exitCode, output } = run(freshFolder(), { BUN_INSPECT: "ws://127.0.0.1:0/x" }, "version");
  expect(exitCode).not.toBe(0);
  expect(output).toContain("BUN_INSPECT cannot be used");
});

test("two builds in two folders are the same to the byte", () => {
  const hashes = ["first", "second"].map((name) => {
    const outfile = join(freshFolder(), name, "authchat");
    const script = join(root, "test/support/build.ts");
    const child = Bun.spawnSync([process.execPath, script, `--outfile=${outfile}`], {
      cwd: root,
    });
    expect(child.stderr.toString()).toBe("");
    return new Bun.SHA256().update(readFileSync(outfile)).digest("hex");
  });
  expect(hashes[1]).toBe(hashes[0]);
}, 60_000);

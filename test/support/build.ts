/**
 * Builds the executable: `bun run build [--target=…] [--outfile=…]`, by default `dist/authchat` for this machine.
 *
 * A plain `bun build --compile` runs what it finds in the current directory (`bunfig.toml`, `.env`) and in the
 * environment (`BUN_OPTIONS`); the flags here stop that, and `test/program/build.test.ts` tries it. The result is the
 * same to the byte wherever it is built, as long as its name is the same.
 */
import { mkdirSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";

const root = join(import.meta.dir, "../..");
const sources = join(root, "src");

/** What makes the executable deaf to the folder and the environment it is started in. */
const hardening = [
  "--no-compile-autoload-dotenv",
  "--no-compile-autoload-bunfig",
  // No eval, and with it no `--preload`, `--import` or debugger from the environment.
  "--compile-exec-argv=--disallow-code-generation-from-strings=strict",
];

/** `--no-addons` would be stricter, but then argon2 could not be loaded. */
const shape = ["--compile", "--minify", "--bytecode", "--format=esm", "--sourcemap=none"];

/** The program, and every worker: each is an entry point of its own. */
function entryPoints(): string[] {
  const workers = [...new Bun.Glob("**/*-worker.ts").scanSync({ cwd: sources })];
  return ["main.ts", ...workers.toSorted()].map((path) => `./${path}`);
}

function build(): number {
  const { values } = parseArgs({
    options: { target: { type: "string" }, outfile: { type: "string" } },
  });
  const outfile = resolve(values.outfile ?? join(root, "dist/authchat"));
  mkdirSync(dirname(outfile), { recursive: true });
  const target = values.target === undefined ? [] : [`--target=${values.target}`];
  const { exitCode, stdout, stderr } = Bun.spawnSync(
    [
      process.execPath,
      "build",
      ...shape,
      ...hardening,
      ...target,
      ...entryPoints(),
      `--outfile=${outfile}`,
    ],
    { cwd: sources },
  );
  if (exitCode !== 0) {
    process.stderr.write(stdout);
    process.stderr.write(stderr);
    return 1;
  }
  const bytes = statSync(outfile, { throwIfNoEntry: false })?.size ?? sizeOnWindows(outfile);
  process.stdout.write(
    `${relative(process.cwd(), outfile)}: ${(bytes / 2 ** 20).toFixed(1)} MiB\n`,
  );
  return 0;
}

/** For a Windows target `.exe` is added. */
function sizeOnWindows(outfile: string): number {
  return statSync(`${outfile}.exe`).size;
}

process.exitCode = build();

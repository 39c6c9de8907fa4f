/**
 * `bun dead`: prints exports, files and packages that nobody uses, and exits with 1 when there are any. Exports that
 * only tests use are printed too; a few of them are there for good reason.
 */
import { join } from "node:path";
import packageFile from "../../package.json" with { type: "json" };
import { readSources } from "./source.ts";
import { unusedExports, unusedFiles, unusedPackages } from "./unused.ts";

const root = join(import.meta.dir, "../..");

function show(title: string, lines: readonly string[]): void {
  if (lines.length > 0)
    process.stdout.write(`${title}:\n${lines.map((line) => `  ${line}\n`).join("")}`);
}

const files = await readSources(root, ["src", "test"]);
const settings = await Promise.all(
  ["tsconfig.json", "test/support/ok.ts"].map(async (path) => Bun.file(join(root, path)).text()),
);
const packages = Object.keys({ ...packageFile.dependencies, ...packageFile.devDependencies });

const { anywhere, butInTests } = unusedExports(files);
const deadFiles = unusedFiles(files, JSON.stringify(packageFile.scripts));
const deadPackages = unusedPackages(packages, files, settings.join("\n"));

show("exports that only tests use", butInTests);
show("exports that nobody uses", anywhere);
show("files that nobody uses", deadFiles);
show("packages that nobody uses", deadPackages);
process.exitCode = anywhere.length + deadFiles.length + deadPackages.length === 0 ? 0 : 1;

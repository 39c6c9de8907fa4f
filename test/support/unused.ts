/**
 * What nobody uses: exports, files and packages, found in source text by name.
 *
 * An export is used where a file imports it by name, or imports all of the file and says the name. A type may also be
 * used by what its own file exports.
 */
import { exportsOf, importsOf, scan, targetOf, type SourceFile } from "./source.ts";

/** Who imports which names of a file, `*` for all. */
interface Use {
  readonly by: SourceFile;
  readonly names: readonly string[];
}

type Uses = ReadonlyMap<string, readonly Use[]>;

function usesOf(files: readonly SourceFile[]): Uses {
  const uses = new Map<string, Use[]>();
  for (const by of files) {
    for (const { from, names } of importsOf(by.text)) {
      const target = targetOf(by.path, from);
      if (target === undefined) continue;
      const known = uses.get(target) ?? [];
      known.push({ by, names });
      uses.set(target, known);
    }
  }
  return uses;
}

export interface UnusedExports {
  readonly anywhere: readonly string[];
  /** Used in tests, but not in the program. */
  readonly butInTests: readonly string[];
}

/** Exports of the files in src. */
export function unusedExports(files: readonly SourceFile[]): UnusedExports {
  const uses = usesOf(files);
  const anywhere: string[] = [];
  const butInTests: string[] = [];
  for (const file of files.filter(isSource)) {
    for (const name of exportsOf(file.text)) {
      const users = (uses.get(file.path) ?? []).filter((use) => isUse(use, name));
      if (users.some(({ by }) => isSource(by)) || isOwnType(file, name)) continue;
      (users.length === 0 ? anywhere : butInTests).push(`${file.path}: ${name}`);
    }
  }
  return { anywhere, butInTests };
}

function isUse(use: Use, name: string): boolean {
  return use.names.includes(name) || (use.names.includes("*") && says(use.by.text, name, 1));
}

function isSource({ path }: SourceFile): boolean {
  return path.startsWith("src/");
}

function isOwnType({ text }: SourceFile, name: string): boolean {
  const isType = new RegExp(`^export (?:interface|type|class) ${name}\\b`, "m").test(text);
  return isType && says(text, name, 2);
}

/** Whether the code says the name at least so many times. */
function says(text: string, name: string, times: number): boolean {
  return [...scan(text).code.matchAll(new RegExp(`\\b${name}\\b`, "g"))].length >= times;
}

/** Files that are started, not imported: the program, workers, tests, and the scripts of package.json. */
export function unusedFiles(files: readonly SourceFile[], scripts: string): string[] {
  const uses = usesOf(files);
  return files
    .map(({ path }) => path)
    .filter((path) => path !== "src/main.ts" && !/(?:-worker|\.test)\.ts$/.test(path))
    .filter((path) => !uses.has(path) && !scripts.includes(path))
    .filter((path) => !isStarted(path, files));
}

/** Whether another file names it by its folder and name, to start it as a program. */
function isStarted(path: string, files: readonly SourceFile[]): boolean {
  const name = `${path.split("/").slice(-2).join("/")}"`;
  return files.some((file) => file.path !== path && file.text.includes(name));
}

/** Packages that are imported nowhere, and named nowhere in the tools' settings. */
export function unusedPackages(
  names: readonly string[],
  files: readonly SourceFile[],
  settings: string,
): string[] {
  const imported = files.flatMap(({ text }) => importsOf(text).map(({ from }) => from));
  return names
    .filter((name) => !imported.some((from) => from === name || from.startsWith(`${name}/`)))
    .filter((name) => !settings.includes(name));
}

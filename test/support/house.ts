/**
 * The house's checks that the linter cannot make, as functions over source text: each gives what is wrong, a line a
 * problem. `house.test.ts` runs them over the repository, and over deliberate violations.
 */
import {
  exportsOf,
  importsOf,
  lineOf,
  scan,
  targetOf,
  type Import,
  type SourceFile,
} from "./source.ts";

interface Rights {
  readonly uses: readonly string[];
  readonly usesTypesOf: readonly string[];
  readonly packages: readonly string[];
  readonly isPure: boolean;
}

const pure = { usesTypesOf: [], packages: [], isPure: true } as const;
const folders = ["base", "protocol", "server", "client", "auth", "storage", "net", "cli"];

/** Who may use whom. A folder may use itself. */
const table: ReadonlyMap<string, Rights> = new Map<string, Rights>([
  ["base", { ...pure, uses: [] }],
  ["protocol", { ...pure, uses: ["base"] }],
  ["server", { ...pure, uses: ["base", "protocol"] }],
  ["client", { ...pure, uses: ["base", "protocol"] }],
  [
    "auth",
    {
      uses: ["base", "protocol"],
      usesTypesOf: ["server", "client", "storage"],
      packages: ["@node-rs/argon2", "libsodium-wrappers-sumo"],
      isPure: false,
    },
  ],
  [
    "storage",
    {
      uses: ["base", "protocol"],
      usesTypesOf: ["server"],
      packages: ["bun:sqlite"],
      isPure: false,
    },
  ],
  ["net", { uses: ["base"], usesTypesOf: ["server", "client"], packages: ["bun"], isPure: false }],
  [
    "cli",
    {
      uses: folders,
      usesTypesOf: [],
      packages: ["citty", "consola", "qr", "bun", "bun:ffi"],
      isPure: false,
    },
  ],
  ["main.ts", { uses: ["base", "cli"], usesTypesOf: [], packages: ["citty"], isPure: false }],
]);

/** `server` for `src/server/state/user.ts`. */
function folderOf(path: string): string {
  return path.split("/")[1] ?? "";
}

export function checkImports(file: SourceFile): string[] {
  const rights = table.get(folderOf(file.path));
  if (rights === undefined) return [`${file.path}: its folder is not in the table of the house`];
  return importsOf(file.text)
    .filter((one) => !mayImport(file.path, rights, one))
    .map((one) => `${file.path}:${one.line}: may not import ${one.from}`);
}

function mayImport(path: string, rights: Rights, { from, isTypeOnly }: Import): boolean {
  const target = targetOf(path, from);
  if (target === undefined) return mayImportPackage(path, rights, from);
  if (!target.startsWith("src/")) return target === "package.json" && folderOf(path) === "cli";
  const folder = folderOf(target);
  if (folder === folderOf(path) || rights.uses.includes(folder)) return true;
  return isTypeOnly && rights.usesTypesOf.includes(folder);
}

function mayImportPackage(path: string, rights: Rights, from: string): boolean {
  if (from.startsWith("node:")) {
    return !rights.isPure || (path === "src/protocol/text.ts" && from === "node:buffer");
  }
  return rights.packages.some((name) => isOf(name, from));
}

/** Whether the import is of the package, or of a part of it. */
function isOf(name: string, from: string): boolean {
  return from === name || from.startsWith(`${name}/`);
}

/** Packages that are to be met in one file only. */
const inOneFile = ["@node-rs/argon2", "libsodium-wrappers-sumo", "consola", "qr"];

export function checkPackagesInOneFile(files: readonly SourceFile[]): string[] {
  return inOneFile.flatMap((name) => {
    const users = files.filter((file) => importsOf(file.text).some(({ from }) => isOf(name, from)));
    return users.length <= 1 ? [] : [`${name} is imported in ${users.map(pathOf).join(" and ")}`];
  });
}

function pathOf(file: SourceFile): string {
  return file.path;
}

export function checkHeader({ path, text }: SourceFile): string[] {
  return /^(?:#!.*\n)?\/\*\*[^]*?\w[^]*?\*\//.test(text) ? [] : [`${path}: no header comment`];
}

/** What the linter does not look for in pure folders. */
export function checkPurity({ path, text }: SourceFile): string[] {
  if (table.get(folderOf(path))?.isPure !== true) return [];
  const { code } = scan(text);
  const forbidden = /\b(?:await|async|toLocale\w+|localeCompare|Intl|Promise)\b/g;
  return [...code.matchAll(forbidden)].map(
    (match) => `${path}:${lineOf(text, match.index)}: ${match[0]} in a pure folder`,
  );
}

/** A type assertion says in a comment, on its line or the one above, why it holds. */
export function checkAssertions({ path, text }: SourceFile): string[] {
  const { code, commentLines } = scan(text);
  const withoutRenames = code
    .replace(/\b(?:import|export)\s[\w*\s,{}]*?\bfrom\b/g, blank)
    .replace(/\bexport\s*\{[^}]*\}/g, blank);
  return [...withoutRenames.matchAll(/\bas\s+(?!const\b)[\w({["'`]/g)]
    .map((match) => lineOf(text, match.index))
    .filter((line) => !commentLines.has(line) && !commentLines.has(line - 1))
    .map((line) => `${path}:${line}: an assertion without a comment`);
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

/** Only one file in src/auth makes proven accounts. */
export function checkProven(files: readonly SourceFile[]): string[] {
  const makers = files.filter(({ text }) => /\bas\s+ProvenAccount\b/.test(scan(text).code));
  const outside = makers.filter(({ path }) => !path.startsWith("src/auth/"));
  const problems = outside.map(({ path }) => `${path}: makes a ProvenAccount outside of src/auth`);
  if (makers.length - outside.length <= 1) return problems;
  return [...problems, `more than one file makes ProvenAccounts: ${makers.map(pathOf).join(", ")}`];
}

const linesMax = 500;

export function checkLength({ path, text }: SourceFile): string[] {
  const count = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  return count <= linesMax ? [] : [`${path}: ${count} lines, over ${linesMax}`];
}

// With classes of one letter, or this file would break the rule itself.
const unfinished = /\b(?:TO[D]O|FIX[M]E)\b/;

export function checkFinished({ path, text }: SourceFile): string[] {
  return unfinished.test(text) ? [`${path}: something is left to be done`] : [];
}

export function checkName({ path }: SourceFile): string[] {
  const name = path.split("/").at(-1) ?? "";
  const isVague = /^(?:utils?|helpers?|common|types|misc)\b/.test(name);
  const isKebab = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:test|contract))?\.ts$/.test(name);
  return isKebab && !isVague ? [] : [`${path}: not a name that says what is in it`];
}

/** Tests of these folders mirror the sources file for file. */
const mirrored = ["base", "protocol", "storage", "auth", "net"];

export function checkMirror(files: readonly SourceFile[]): string[] {
  const paths = new Set(files.map(pathOf));
  const isMirrored = new RegExp(`^test/(?:${mirrored.join("|")})/.*\\.test\\.ts$`);
  return [...paths]
    .filter((path) => isMirrored.test(path))
    .filter((path) => !paths.has(path.replace(/^test/, "src").replace(/\.test\.ts$/, ".ts")))
    .map((path) => `${path}: tests no file of its name`);
}

const commandsIndex = "src/server/commands/index.ts";

/** Every family of commands is in the table. Nothing is said before there is one. */
export function checkFamilies(files: readonly SourceFile[]): string[] {
  const index = files.find(({ path }) => path === commandsIndex);
  if (index === undefined) return [];
  const imported = new Set(importsOf(index.text).flatMap(({ names }) => names));
  return files
    .filter(({ path }) => path.startsWith("src/server/commands/") && path !== commandsIndex)
    .flatMap(({ path, text }) =>
      exportsOf(text)
        .filter((name) => name.endsWith("Family") && !imported.has(name))
        .map((name) => `${path}: ${name} is not in ${commandsIndex}`),
    );
}

/** Every refusal has a test under test/server whose title begins with its name. */
export function checkRefusals(names: readonly string[], files: readonly SourceFile[]): string[] {
  if (!files.some(({ path }) => path === commandsIndex)) return [];
  const tests = files.filter(({ path }) => /^test\/server\/.*\.test\.ts$/.test(path));
  const titles = tests.flatMap(({ text }) => [...text.matchAll(/\(\s*["'`](\w+):/g)]);
  const tested = new Set(titles.map((match) => match[1]));
  return names.filter((name) => !tested.has(name)).map((name) => `${name} is refused in no test`);
}

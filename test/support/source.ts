/**
 * Source text as the house's checks see it: what is code, what is comment, what is imported and exported.
 *
 * Not a parser: a scanner that knows comments, strings, templates and regular expressions, and keeps every offset
 * and line where it was, so that simple patterns can be looked for in what is left.
 */

export interface SourceFile {
  /** From the repository's root, with `/`. */
  readonly path: string;
  readonly text: string;
}

export interface Scanned {
  /** The text with comments and the insides of literals made blank; as long as the text. */
  readonly code: string;
  /** Lines, from 1, on which there is some comment. */
  readonly commentLines: ReadonlySet<number>;
}

/** What may stand before a regular expression, and not before a division. */
const beforeRegExp =
  /(?:^|[(,=:[!&|?{};+\-*%~<>]|\b(?:return|typeof|case|in|of|do|else|void|await))\s*$/;

const literal =
  /\/\/[^\n]*|\/\*[^]*?\*\/|"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'|`(?:\\[^]|[^`\\$]|\$(?!\{))*(?:`|\$\{)|\/(?:\\[^\n]|\[(?:\\[^\n]|[^\]\\\n])*\]|[^/\\\n[*])(?:\\[^\n]|\[(?:\\[^\n]|[^\]\\\n])*\]|[^/\\\n[])*\/[a-z]*|[{}]/g;

const templateRest = /(?:\\[^]|[^`\\$]|\$(?!\{))*(?:`|\$\{)/y;

export function scan(text: string): Scanned {
  const commentLines = new Set<number>();
  let code = "";
  /** For each open brace, whether it is a template's. */
  const braces: boolean[] = [];
  let position = 0;
  literal.lastIndex = 0;
  for (let match = literal.exec(text); match !== null; match = literal.exec(text)) {
    let found = match[0];
    const start = match.index;
    code += text.slice(position, start);
    if (found === "{") braces.push(false);
    if (found === "}" && braces.pop() === true) {
      templateRest.lastIndex = start + 1;
      found += templateRest.exec(text)?.[0] ?? "";
    }
    const isTemplate = found.startsWith("`") || (found.startsWith("}") && found.length > 1);
    if (isTemplate && found.endsWith("${")) braces.push(true);
    const isSlash = found.startsWith("/") && !/^\/[/*]/.test(found);
    if (isSlash && !beforeRegExp.test(code.slice(-40).trimEnd())) found = "/";
    if (/^\/[/*]/.test(found)) noteLines(text, start, found, commentLines);
    code += blanked(found);
    position = start + found.length;
    literal.lastIndex = position;
  }
  return { code: code + text.slice(position), commentLines };
}

function noteLines(text: string, start: number, comment: string, lines: Set<number>): void {
  const first = lineOf(text, start);
  const last = first + comment.split("\n").length - 1;
  for (let line = first; line <= last; line += 1) lines.add(line);
}

/** Quotes and braces stay, what is between them goes; comments go whole. */
function blanked(found: string): string {
  if (found.length < 2) return found;
  if (/^\/[/*]/.test(found)) return found.replace(/[^\n]/g, " ");
  return found[0] + found.slice(1, -1).replace(/[^\n]/g, " ") + found.slice(-1);
}

/** The line, from 1, on which an offset is. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

export interface Import {
  readonly from: string;
  /** As written in the file it comes from; `*` for all of it, also for a dynamic import. */
  readonly names: readonly string[];
  readonly isTypeOnly: boolean;
  readonly line: number;
}

const statement =
  /\b(?:import|export)\s+(type\s+)?([\w*\s,{}]*?)\s*from\s*["']( *)["']|\bimport\s*(\()?\s*["']( *)["']/dg;

/** Everything that is imported or exported from elsewhere, dynamic imports with a literal included. */
export function importsOf(text: string): Import[] {
  const { code } = scan(text);
  return [...code.matchAll(statement)].map((match) => {
    const [start = 0, end = 0] = match.indices?.[3] ?? match.indices?.[5] ?? [];
    const clause = match[2] ?? "*";
    const isBare = match[5] !== undefined;
    const items = isBare ? [] : itemsOf(clause);
    const isTypeOnly =
      match[1] !== undefined || (items.length > 0 && items.every((item) => /^type\s/.test(item)));
    const names = isBare ? ["*"] : items.map(nameOf);
    return { from: text.slice(start, end), names, isTypeOnly, line: lineOf(text, match.index) };
  });
}

function itemsOf(clause: string): string[] {
  return clause
    .replace(/[{}]/g, ",")
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function nameOf(item: string): string {
  const name = item.replace(/^type\s+/, "").replace(/\s+as\s.*$/, "");
  return name.startsWith("*") ? "*" : name;
}

/** The names a file exports by declaring them. */
export function exportsOf(text: string): string[] {
  const { code } = scan(text);
  const declared =
    /^export\s+(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:const|let|class|function\*?|interface|type)\s+([\w$]+)/gm;
  return [...code.matchAll(declared)].map((match) => match[1] ?? "");
}

/** Where a relative import leads, from the repository's root; undefined for a package. */
export function targetOf(path: string, from: string): string | undefined {
  if (!from.startsWith(".")) return undefined;
  const steps = path.split("/").slice(0, -1);
  for (const step of from.split("/")) {
    if (step === "..") steps.pop();
    else if (step !== ".") steps.push(step);
  }
  return steps.join("/");
}

/** All TypeScript files in these folders of the repository. */
export async function readSources(root: string, folders: readonly string[]): Promise<SourceFile[]> {
  const paths = folders.flatMap((folder) => [
    ...new Bun.Glob(`${folder}/**/*.ts`).scanSync({ cwd: root }),
  ]);
  return Promise.all(
    paths.toSorted().map(async (path) => ({
      path: path.replaceAll("\\", "/"),
      text: await Bun.file(`${root}/${path}`).text(),
    })),
  );
}

/**
 * Reading a settings file: a value at a time, checked, with every problem collected and none fatal by itself.
 *
 * TOML gives values without their places; `lineOf` finds the line of a key again by reading the text for tables and
 * keys only. It need not understand values: the text has already been parsed as TOML when it is asked.
 */
import { failed, ok, type Result } from "../../base/result.ts";
import { suggestion } from "../command-line/suggest.ts";

/** Where a value stands: `["listen", 0, "address"]`. */
export type KeyPath = readonly (string | number)[];

export interface Problem {
  readonly path: KeyPath;
  readonly message: string;
}

/** `listen[1].address`: arrays are counted from one, as people do. */
export function writePath(path: KeyPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part + 1}]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");
}

/** One table of the file. What is read is checked; what nobody asked for is unknown (`finish`). */
export class TableReader {
  readonly #path: KeyPath;
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #problems: Problem[];
  readonly #asked = new Set<string>();

  constructor(value: unknown, path: KeyPath, problems: Problem[]) {
    this.#path = path;
    this.#problems = problems;
    this.#values = new Map(isTable(value) ? Object.entries(value) : []);
    if (value !== undefined && !isTable(value)) this.#problem(undefined, "must be a table");
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  table(key: string): TableReader {
    return new TableReader(this.#take(key), [...this.#path, key], this.#problems);
  }

  /** An array of tables: `[[key]]`. */
  tables(key: string): readonly TableReader[] {
    const value = this.#take(key);
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      this.#problem(key, `must be an array of tables: [[${key}]]`);
      return [];
    }
    const path = [...this.#path, key];
    return value.map((item, index) => new TableReader(item, [...path, index], this.#problems));
  }

  boolean(key: string): boolean | undefined {
    const value = this.#take(key);
    if (value === undefined || typeof value === "boolean") return value;
    this.#problem(key, "must be true or false");
    return undefined;
  }

  integer(key: string, min: number, max: number): number | undefined {
    const value = this.#take(key);
    if (value === undefined) return undefined;
    const number = typeof value === "bigint" ? Number(value) : value;
    if (typeof number === "number" && Number.isInteger(number) && number >= min && number <= max) {
      return number;
    }
    this.#problem(key, `must be a whole number from ${min} to ${max}`);
    return undefined;
  }

  /** A text that `check` makes a value of, or says what is wrong with. */
  parsed<T>(key: string, check: (text: string) => Result<T>): T | undefined {
    const value = this.#take(key);
    if (value === undefined) return undefined;
    return this.#checked(key, value, check);
  }

  /** An array of texts. */
  list<T>(key: string, check: (text: string) => Result<T>): readonly T[] | undefined {
    const value = this.#take(key);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) {
      this.#problem(key, "must be an array of texts");
      return undefined;
    }
    return value
      .map((item) => this.#checked(key, item, check))
      .filter((item) => item !== undefined);
  }

  problem(key: string, message: string): void {
    this.#problem(key, message);
  }

  /** Every key that was not asked for is a problem. */
  finish(): void {
    for (const key of this.#values.keys()) {
      if (!this.#asked.has(key)) {
        this.#problem(key, `there is no such setting${suggestion(key, this.#asked)}`);
      }
    }
  }

  #take(key: string): unknown {
    this.#asked.add(key);
    return this.#values.get(key);
  }

  #checked<T>(key: string, value: unknown, check: (text: string) => Result<T>): T | undefined {
    const result = typeof value === "string" ? check(value) : failed("must be a text");
    if (result.ok) return result.value;
    this.#problem(key, result.error);
    return undefined;
  }

  #problem(key: string | undefined, message: string): void {
    this.#problems.push({
      path: key === undefined ? this.#path : [...this.#path, key],
      message,
    });
  }
}

/** One of the given words. */
export function oneOf<T extends string>(words: readonly T[]): (text: string) => Result<T> {
  return (text) => {
    const word = words.find((known) => known === text);
    if (word !== undefined) return ok(word);
    const known = words.map((each) => JSON.stringify(each)).join(", ");
    return failed(`must be one of ${known}${suggestion(text, words)}`);
  };
}

/** The line, from 1, on which the key stands, or the nearest table around it. */
export function lineOf(text: string, path: KeyPath): number {
  let best = { length: 0, line: 1 };
  let table: KeyPath = [];
  let isInText = false;
  const counts = new Map<string, number>();
  for (const [index, line] of text.split("\n").entries()) {
    const isKeyLine = !isInText;
    const quotes = line.match(/"""|'''/g)?.length ?? 0;
    if (quotes % 2 === 1) isInText = !isInText;
    if (!isKeyLine) continue;
    const header = /^\s*(\[\[?)\s*(.+?)\s*\]/.exec(line);
    if (header !== null) table = tableOf(header, counts);
    const key = header === null ? /^\s*([^=#[\]]+?)\s*=/.exec(line)?.[1] : undefined;
    if (header === null && key === undefined) continue;
    const here = key === undefined ? table : [...table, ...keyParts(key)];
    if (here.length > best.length && isBeginning(here, path)) {
      best = { length: here.length, line: index + 1 };
    }
  }
  return best.line;
}

function tableOf(header: RegExpExecArray, counts: Map<string, number>): KeyPath {
  const parts = keyParts(header[2] ?? "");
  if (header[1] !== "[[") return parts;
  const name = parts.join(".");
  const count = counts.get(name) ?? 0;
  counts.set(name, count + 1);
  return [...parts, count];
}

/** `a."b c".d` in its parts. */
function keyParts(key: string): string[] {
  const parts = key.match(/"[^"]*"|'[^']*'|[^.\s]+/g) ?? [];
  return parts.map((part) => part.replace(/^(["'])(.*)\1$/, "$2"));
}

function isBeginning(beginning: KeyPath, path: KeyPath): boolean {
  return beginning.every((part, index) => part === path[index]);
}

function isTable(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

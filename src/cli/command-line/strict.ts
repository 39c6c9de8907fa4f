/**
 * The command line, read strictly: what is not known, is too much or is missing is an error, never a guess.
 *
 * A subcommand says what it takes (`Subcommand`); `parseArguments` reads a command line by it, or throws the fault
 * of usage (exit 2) with a suggestion. citty is used for what it does well, the text of `--help` (`help.ts`).
 *
 *   --name VALUE, --name=VALUE, -n VALUE, -nVALUE    an option with a value; it may begin with `-` only after `=`
 *   --flag, -f                                       a flag; it takes no value
 *   --                                               what follows is not an option
 *   --help, -h, --version                            anywhere before `--`: nothing else is looked at
 */
import { assert } from "../../base/assert.ts";
import { exitCodes, Fault } from "./exit.ts";
import { suggestion } from "./suggest.ts";

interface Named {
  /** Without the dashes: `password-file`. */
  readonly name: string;
  /** One letter, without the dash. */
  readonly short?: string;
  readonly summary: string;
}

interface Valued extends Named {
  /** May be given several times: `texts`. */
  readonly isRepeatable?: boolean;
}

export type Option =
  | (Named & { readonly kind: "flag" })
  /** `value` names the value in the help: `HOST:PORT`. */
  | (Valued & { readonly kind: "text"; readonly value: string })
  | (Valued & { readonly kind: "choice"; readonly choices: readonly string[] })
  /** A whole number. */
  | (Named & {
      readonly kind: "number";
      readonly value: string;
      readonly min: number;
      readonly max: number;
    });

export interface Positional {
  readonly name: string;
  readonly summary: string;
  readonly isRequired: boolean;
  /** Takes all that follows; only the last one may. */
  readonly isRepeatable?: boolean;
  readonly choices?: readonly string[];
}

export interface Subcommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly Option[];
  readonly positionals: readonly Positional[];
  /** Does it; the number is the exit code. */
  run(args: Arguments): Promise<number>;
}

/** What a subcommand takes, without what it does. */
export type Usage = Omit<Subcommand, "run">;

export type Parsed =
  | { readonly kind: "run"; readonly args: Arguments }
  | { readonly kind: "help" }
  | { readonly kind: "version" };

/** @throws Fault when the command line is not as the subcommand says. */
export function parseArguments(usage: Usage, words: readonly string[]): Parsed {
  const end = words.indexOf("--");
  const beforeEnd = end < 0 ? words : words.slice(0, end);
  const takes = (name: string): boolean => usage.options.some((option) => option.name === name);
  if (!takes("help") && beforeEnd.some((word) => word === "--help" || word === "-h")) {
    return { kind: "help" };
  }
  if (!takes("version") && beforeEnd.includes("--version")) return { kind: "version" };
  return { kind: "run", args: new Reader(usage, words).read() };
}

/** What was given on the command line, checked. Asking for a name the subcommand does not declare is a bug. */
export class Arguments {
  readonly #usage: Usage;
  readonly #values: ReadonlyMap<string, readonly string[]>;
  readonly #positionals: readonly string[];

  constructor(
    usage: Usage,
    values: ReadonlyMap<string, readonly string[]>,
    positionals: readonly string[],
  ) {
    this.#usage = usage;
    this.#values = values;
    this.#positionals = positionals;
  }

  flag(name: string): boolean {
    this.#assertKind(name, "flag");
    return this.#values.has(name);
  }

  /** The value of a text or choice option. */
  text(name: string): string | undefined {
    this.#assertKind(name, "text", "choice");
    return this.#values.get(name)?.[0];
  }

  /** All values of a repeatable option, in order. */
  texts(name: string): readonly string[] {
    this.#assertKind(name, "text", "choice");
    return this.#values.get(name) ?? [];
  }

  number(name: string): number | undefined {
    this.#assertKind(name, "number");
    const value = this.#values.get(name)?.[0];
    return value === undefined ? undefined : Number(value);
  }

  positional(name: string): string | undefined {
    return this.#positionals[this.#positionIndex(name)];
  }

  /** All words of a repeatable positional. */
  rest(name: string): readonly string[] {
    return this.#positionals.slice(this.#positionIndex(name));
  }

  #positionIndex(name: string): number {
    const index = this.#usage.positionals.findIndex((positional) => positional.name === name);
    assert(index >= 0, `${this.#usage.name} declares the argument ${name}`);
    return index;
  }

  #assertKind(name: string, ...kinds: readonly Option["kind"][]): void {
    const option = this.#usage.options.find((declared) => declared.name === name);
    assert(
      option !== undefined && kinds.includes(option.kind),
      `${this.#usage.name} declares the ${kinds[0]} option ${name}`,
    );
  }
}

class Reader {
  readonly #usage: Usage;
  readonly #words: readonly string[];
  readonly #values = new Map<string, string[]>();
  readonly #positionals: string[] = [];
  #index = 0;

  constructor(usage: Usage, words: readonly string[]) {
    this.#usage = usage;
    this.#words = words;
  }

  read(): Arguments {
    let isOptionsOver = false;
    for (;;) {
      const word = this.#next();
      if (word === undefined) break;
      if (isOptionsOver || word === "-" || !word.startsWith("-")) this.#takePositional(word);
      else if (word === "--") isOptionsOver = true;
      else if (word.startsWith("--")) this.#takeLong(word);
      else this.#takeShort(word);
    }
    const missing = this.#usage.positionals[this.#positionals.length];
    if (missing?.isRequired === true) throw this.#fault(`${missing.name.toUpperCase()} is missing`);
    return new Arguments(this.#usage, this.#values, this.#positionals);
  }

  #next(): string | undefined {
    const word = this.#words[this.#index];
    this.#index += 1;
    return word;
  }

  #takeLong(word: string): void {
    const equals = word.indexOf("=");
    const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
    const option = this.#usage.options.find((declared) => declared.name === name);
    if (option === undefined) {
      const names = ["help", "version", ...this.#usage.options.map((declared) => declared.name)];
      throw this.#fault(`unknown option --${name}${suggestion(name, names, "--")}`);
    }
    this.#takeValue(option, `--${name}`, equals < 0 ? undefined : word.slice(equals + 1));
  }

  #takeShort(word: string): void {
    const option = this.#usage.options.find((declared) => declared.short === word[1]);
    if (option === undefined) throw this.#fault(`unknown option ${word}`);
    const attached = word.slice(2).replace(/^=/, "");
    this.#takeValue(option, word.slice(0, 2), word.length > 2 ? attached : undefined);
  }

  #takeValue(option: Option, shown: string, attached: string | undefined): void {
    if (option.kind === "flag") {
      if (attached !== undefined) throw this.#fault(`${shown} takes no value`);
      this.#keep(option, shown, "");
      return;
    }
    const value = attached ?? this.#separateValue(shown);
    if (value === "") throw this.#fault(`${shown} needs a value`);
    if (option.kind === "choice") this.#checkChoice(shown, value, option.choices);
    if (option.kind === "number") this.#checkNumber(shown, value, option);
    this.#keep(option, shown, value);
  }

  #separateValue(shown: string): string {
    const next = this.#words[this.#index];
    if (next === undefined || (next.startsWith("-") && next !== "-")) {
      const hint =
        next === undefined ? "" : ` (one that begins with - is written ${shown}=${next})`;
      throw this.#fault(`${shown} needs a value${hint}`);
    }
    this.#index += 1;
    return next;
  }

  #keep(option: Option, shown: string, value: string): void {
    const before = this.#values.get(option.name);
    if (before === undefined) {
      this.#values.set(option.name, [value]);
      return;
    }
    const isRepeatable =
      (option.kind === "text" || option.kind === "choice") && option.isRepeatable === true;
    if (!isRepeatable) throw this.#fault(`${shown} is given twice`);
    before.push(value);
  }

  #takePositional(word: string): void {
    const { positionals } = this.#usage;
    const last = positionals.at(-1);
    const positional =
      positionals[this.#positionals.length] ?? (last?.isRepeatable === true ? last : undefined);
    if (positional === undefined) throw this.#fault(`unexpected argument ${quoted(word)}`);
    if (positional.choices !== undefined) {
      this.#checkChoice(positional.name.toUpperCase(), word, positional.choices);
    }
    this.#positionals.push(word);
  }

  #checkChoice(shown: string, value: string, choices: readonly string[]): void {
    if (choices.includes(value)) return;
    const known = `it is one of ${choices.join(", ")}`;
    throw this.#fault(`${shown} cannot be ${quoted(value)}: ${known}${suggestion(value, choices)}`);
  }

  #checkNumber(shown: string, value: string, { min, max }: { min: number; max: number }): void {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return;
    throw this.#fault(`${shown} needs a whole number from ${min} to ${max}, not ${quoted(value)}`);
  }

  #fault(message: string): Fault {
    return usageFault(message, this.#usage.name);
  }
}

/** The fault of a wrong command line; its hint says where the right one is described. */
export function usageFault(message: string, subcommand?: string): Fault {
  const command = subcommand === undefined ? "authchat" : `authchat ${subcommand}`;
  return new Fault(exitCodes.usage, message, `See ${command} --help`);
}

/** A word as it is shown in an error: whole, cut when it is very long. */
export function quoted(word: string): string {
  return JSON.stringify(word.length > 80 ? `${word.slice(0, 80)}…` : word);
}

/**
 * Features: what this server is like, from its ISUPPORT lines, with what holds where it says nothing.
 *
 * Only tokens that the client uses are kept, so a server cannot fill memory with others. Servers that nobody here
 * wrote have other modes and prefixes than ours: reading MODE and NAMES goes by what the server says.
 */
import { readIsupport } from "../protocol/isupport.ts";

const used = ["PREFIX", "CHANMODES", "CHANTYPES", "STATUSMSG", "CHATHISTORY", "NETWORK"] as const;

export interface PrefixMode {
  readonly letter: string;
  readonly sign: string;
}

export interface MemberMode {
  readonly isSet: boolean;
  readonly letter: string;
  readonly nick: string;
}

export class Features {
  readonly #tokens = new Map<string, string>();
  #prefixes: readonly PrefixMode[] = parsePrefix("(ov)@+");

  take(params: readonly string[]): void {
    const told = new Map(this.#tokens);
    readIsupport(params, told);
    for (const name of used) {
      const value = told.get(name);
      if (value === undefined) this.#tokens.delete(name);
      else this.#tokens.set(name, value);
    }
    const prefix = this.#tokens.get("PREFIX");
    if (prefix !== undefined) this.#prefixes = parsePrefix(prefix);
  }

  get network(): string | undefined {
    return this.#tokens.get("NETWORK");
  }

  /** The most messages the server gives in one answer, or undefined when it does not say. */
  get historyPageMax(): number | undefined {
    const value = Math.trunc(Number(this.#tokens.get("CHATHISTORY") ?? ""));
    return Number.isSafeInteger(value) && value > 0 ? value : undefined;
  }

  isChannel(name: string): boolean {
    const types = this.#tokens.get("CHANTYPES") ?? "#&";
    return name !== "" && types.includes(name.charAt(0));
  }

  /** The channel that `@#room` speaks to; any other target as it is. */
  withoutStatus(target: string): string {
    let start = 0;
    while (this.#letterOf(target.charAt(start)) !== undefined) start += 1;
    const rest = target.slice(start);
    return start > 0 && this.isChannel(rest) ? rest : target;
  }

  /** Splits `~@nick` as in NAMES: the letters of the signs in front, highest first, and the rest. */
  splitSigns(text: string): { readonly prefixes: string; readonly name: string } {
    let prefixes = "";
    let start = 0;
    for (; start < text.length; start += 1) {
      const letter = this.#letterOf(text.charAt(start));
      if (letter === undefined) break;
      prefixes += letter;
    }
    return { prefixes: this.ordered(prefixes), name: text.slice(start) };
  }

  /** The letters, each once, highest first. */
  ordered(letters: string): string {
    return this.#prefixes
      .filter(({ letter }) => letters.includes(letter))
      .map(({ letter }) => letter)
      .join("");
  }

  /** The sign of the highest prefix held; empty for none. */
  signOf(prefixes: string): string {
    return this.#prefixes.find(({ letter }) => prefixes.includes(letter))?.sign ?? "";
  }

  /** The changes of members' prefixes in a MODE line. */
  memberModes(modes: string, params: readonly string[]): MemberMode[] {
    const [lists = "b", always = "k", whenSet = "l"] =
      this.#tokens.get("CHANMODES")?.split(",") ?? [];
    const changes: MemberMode[] = [];
    let isSet = true;
    let next = 0;
    for (const letter of modes) {
      if (letter === "+" || letter === "-") {
        isSet = letter === "+";
        continue;
      }
      const isPrefix = this.#prefixes.some((mode) => mode.letter === letter);
      const takesParam =
        isPrefix ||
        lists.includes(letter) ||
        always.includes(letter) ||
        (isSet && whenSet.includes(letter));
      if (!takesParam) continue;
      const nick = params[next];
      next += 1;
      if (isPrefix && nick !== undefined) changes.push({ isSet, letter, nick });
    }
    return changes;
  }

  #letterOf(sign: string): string | undefined {
    return this.#prefixes.find((mode) => mode.sign === sign)?.letter;
  }
}

function parsePrefix(token: string): readonly PrefixMode[] {
  const match = /^\(([A-Za-z]*)\)(.*)$/.exec(token);
  const letters = match?.[1] ?? "";
  const signs = match?.[2] ?? "";
  return letters
    .split("")
    .slice(0, signs.length)
    .map((letter, index) => ({
      letter,
      sign: signs.charAt(index),
    }));
}

/**
 * Channel modes as one table, from which 004, ISUPPORT and the parsing of MODE are made.
 *
 * CHANMODES kinds (Modern IRC): A lists, B always with a parameter, C with a parameter when set, D flags; prefix
 * modes are the members' ranks.
 */

export type ChannelModeKind = "list" | "setting" | "limit" | "flag" | "prefix";

export interface ChannelMode {
  readonly letter: string;
  readonly kind: ChannelModeKind;
  readonly meaning: string;
}

export const channelModes: readonly ChannelMode[] = [
  { letter: "b", kind: "list", meaning: "banned: may not join or speak" },
  { letter: "I", kind: "list", meaning: "may join without an invitation" },
  { letter: "k", kind: "setting", meaning: "a key is needed to join" },
  { letter: "l", kind: "limit", meaning: "at most so many members" },
  { letter: "i", kind: "flag", meaning: "only who is invited may join" },
  { letter: "m", kind: "flag", meaning: "only operators and voiced members may speak" },
  { letter: "n", kind: "flag", meaning: "only members may speak" },
  { letter: "s", kind: "flag", meaning: "not shown to who is no member" },
  { letter: "t", kind: "flag", meaning: "only operators may change the topic" },
  { letter: "q", kind: "prefix", meaning: "founder" },
  { letter: "o", kind: "prefix", meaning: "operator" },
  { letter: "v", kind: "prefix", meaning: "voice" },
];

/** Prefix modes with their signs, highest first: ISUPPORT PREFIX=(qov)~@+. */
export const prefixModes = [
  { letter: "q", sign: "~" },
  { letter: "o", sign: "@" },
  { letter: "v", sign: "+" },
] as const;

export type PrefixLetter = (typeof prefixModes)[number]["letter"];

const byLetter: ReadonlyMap<string, ChannelMode> = new Map(
  channelModes.map((mode) => [mode.letter, mode]),
);

export function channelMode(letter: string): ChannelMode | undefined {
  return byLetter.get(letter);
}

export function isPrefixLetter(letter: string): letter is PrefixLetter {
  return prefixModes.some((mode) => mode.letter === letter);
}

function letters(kind: ChannelModeKind): string {
  return channelModes
    .filter((mode) => mode.kind === kind)
    .map((mode) => mode.letter)
    .join("");
}

/** ISUPPORT CHANMODES=A,B,C,D */
export const chanmodesToken = [
  letters("list"),
  letters("setting"),
  letters("limit"),
  letters("flag"),
].join(",");

/** ISUPPORT PREFIX */
export const prefixToken = `(${letters("prefix")})${prefixModes.map((mode) => mode.sign).join("")}`;

/** 004: every channel mode, and those that take a parameter. */
export const channelModeLetters = channelModes.map((mode) => mode.letter).join("");
export const channelModeLettersWithParam = channelModes
  .filter((mode) => mode.kind !== "flag")
  .map((mode) => mode.letter)
  .join("");

/** The signs of the prefix modes held (`qo` → `~@`), or the highest one alone without `multi-prefix`. */
export function prefixSigns(prefixes: string, isMulti: boolean): string {
  let signs = "";
  for (const { letter, sign } of prefixModes) {
    if (!prefixes.includes(letter)) continue;
    signs += sign;
    if (!isMulti) break;
  }
  return signs;
}

/** Adds or removes one prefix letter, keeping the order of rank. */
export function withPrefix(prefixes: string, letter: PrefixLetter, isSet: boolean): string {
  return prefixModes
    .filter((mode) => (mode.letter === letter ? isSet : prefixes.includes(mode.letter)))
    .map((mode) => mode.letter)
    .join("");
}

/** One asked-for change of a MODE command. `param` is undefined where the mode takes none or none was given. */
export interface ModeChange {
  readonly isSet: boolean;
  readonly letter: string;
  readonly param: string | undefined;
}

/**
 * Reads `+o-k+l ann key 5`. A list mode without a parameter asks for the list; a mode that wants one and has none is
 * left out, as servers do. Unknown letters come through with their letter, for 472.
 */
export function parseModeChanges(text: string, params: readonly string[]): ModeChange[] {
  const changes: ModeChange[] = [];
  const left = [...params];
  let isSet = true;
  for (const letter of text) {
    if (letter === "+" || letter === "-") {
      isSet = letter === "+";
      continue;
    }
    const mode = channelMode(letter);
    const kind = mode?.kind ?? "flag";
    const takesParam = kind !== "flag" && (kind !== "limit" || isSet);
    const param = takesParam ? left.shift() : undefined;
    if (takesParam && param === undefined && kind !== "list" && !(kind === "setting" && !isSet)) {
      continue;
    }
    changes.push({ isSet, letter, param });
  }
  return changes;
}

/**
 * Writes changes as `+ov-t` and its parameters. A setting taken away without its parameter is written with `*`:
 * CHANMODES kind B "always has a parameter", and a client that counts them would take the next one for it.
 */
export function writeModeChanges(changes: readonly ModeChange[]): string[] {
  let text = "";
  let sign: boolean | undefined;
  const params: string[] = [];
  for (const { isSet, letter, param } of changes) {
    if (sign !== isSet) {
      text += isSet ? "+" : "-";
      sign = isSet;
    }
    text += letter;
    const isKeyless = channelMode(letter)?.kind === "setting" && !isSet;
    const written = param ?? (isKeyless ? "*" : undefined);
    if (written !== undefined) params.push(written);
  }
  return [text, ...params];
}

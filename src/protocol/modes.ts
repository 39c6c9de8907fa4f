/**
 * The modes of channels and of users as tables, from which 004, ISUPPORT and the parsing of MODE are made.
 *
 * CHANMODES kinds (Modern IRC, "Channel mode"): A lists, B settings "MUST always have a parameter", C options "MUST have a
 * parameter when being set, and MUST NOT have a parameter when being unset", D flags; prefix modes are the members'
 * ranks.
 */
import { isChannelName } from "./names.ts";

export type ChannelModeKind = "list" | "setting" | "option" | "flag" | "prefix";

export interface ChannelMode {
  readonly letter: string;
  readonly kind: ChannelModeKind;
  readonly meaning: string;
}

export const channelModes: readonly ChannelMode[] = [
  { letter: "b", kind: "list", meaning: "banned: may not join or speak" },
  { letter: "e", kind: "list", meaning: "not kept out or muted by any ban" },
  { letter: "I", kind: "list", meaning: "may join without an invitation" },
  { letter: "k", kind: "setting", meaning: "a key is needed to join" },
  { letter: "f", kind: "option", meaning: "who may not join is brought into another channel" },
  { letter: "l", kind: "option", meaning: "at most so many members" },
  { letter: "H", kind: "option", meaning: "what is said is kept for so many days" },
  { letter: "C", kind: "flag", meaning: "no CTCP but ACTION" },
  { letter: "M", kind: "flag", meaning: "only who has an account or a rank may speak" },
  { letter: "R", kind: "flag", meaning: "only who has an account may join" },
  { letter: "U", kind: "flag", meaning: "who has no rank is heard by operators only" },
  { letter: "i", kind: "flag", meaning: "only who is invited may join" },
  { letter: "m", kind: "flag", meaning: "only operators and voiced members may speak" },
  { letter: "n", kind: "flag", meaning: "only members may speak" },
  { letter: "s", kind: "flag", meaning: "not shown to who is no member" },
  { letter: "t", kind: "flag", meaning: "only operators may change the topic" },
  { letter: "u", kind: "flag", meaning: "members without a rank do not see each other" },
  { letter: "q", kind: "prefix", meaning: "founder" },
  { letter: "a", kind: "prefix", meaning: "admin" },
  { letter: "o", kind: "prefix", meaning: "operator" },
  { letter: "h", kind: "prefix", meaning: "half-operator" },
  { letter: "v", kind: "prefix", meaning: "voice" },
];

export interface UserMode {
  readonly letter: string;
  /** By MODE; the others say what is so. */
  readonly isSettable: boolean;
  readonly meaning: string;
}

export const userModes: readonly UserMode[] = [
  { letter: "B", isSettable: true, meaning: "a bot" },
  { letter: "R", isSettable: true, meaning: "takes private messages only from who has an account" },
  { letter: "T", isSettable: true, meaning: "takes no CTCP but ACTION" },
  { letter: "Z", isSettable: false, meaning: "connected by TLS" },
  { letter: "i", isSettable: true, meaning: "invisible to who shares no channel" },
  { letter: "o", isSettable: false, meaning: "operator of the server" },
  { letter: "w", isSettable: true, meaning: "reads WALLOPS" },
];

/** ISUPPORT BOT: the letter in MODE and in the flags of WHO. */
export const botMode = "B";

/** Prefix modes with their signs, highest first: ISUPPORT PREFIX=(qaohv)~&@%+. */
export const prefixModes = [
  { letter: "q", sign: "~" },
  { letter: "a", sign: "&" },
  { letter: "o", sign: "@" },
  { letter: "h", sign: "%" },
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
  letters("option"),
  letters("flag"),
].join(",");

/** ISUPPORT STATUSMSG: messages to every rank and above. */
export const statusSigns = prefixModes.map((mode) => mode.sign).join("");

/** ISUPPORT PREFIX */
export const prefixToken = `(${letters("prefix")})${statusSigns}`;

/** ISUPPORT MAXLIST and who else speaks of all lists. */
export const listLetters = letters("list");

/** 004: every channel mode, and those that take a parameter. */
export const channelModeLetters = channelModes.map((mode) => mode.letter).join("");
export const channelModeLettersWithParam = channelModes
  .filter((mode) => mode.kind !== "flag")
  .map((mode) => mode.letter)
  .join("");

/** 004: every user mode. */
export const userModeLetters = userModes.map((mode) => mode.letter).join("");

/**
 * A target of a message as it may be written: the channel, and the lowest rank that is to see it. Modern IRC, PRIVMSG:
 * "it may be prefixed with one or more channel membership prefix character … and the message will be delivered only
 * to the members of that channel with the given or higher status"; of several the lowest therefore decides.
 */
export function parseStatusTarget(text: string): {
  readonly rank: PrefixLetter | undefined;
  readonly name: string;
} {
  let index = 0;
  let lowest = -1;
  for (;;) {
    const found = prefixModes.findIndex(({ sign }) => sign === text[index]);
    if (found < 0) break;
    lowest = Math.max(lowest, found);
    index += 1;
  }
  if (!isChannelName(text.slice(index))) return { rank: undefined, name: text };
  return { rank: prefixModes[lowest]?.letter, name: text.slice(index) };
}

export function signOf(rank: PrefixLetter): string {
  return prefixModes.find(({ letter }) => letter === rank)?.sign ?? "";
}

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

/** Adds or removes flag letters of a user or channel, in alphabetical order. */
export function withFlag(flags: string, letter: string, isSet: boolean): string {
  if (flags.includes(letter) === isSet) return flags;
  return isSet ? [...flags, letter].sort().join("") : flags.replace(letter, "");
}

/** Modern IRC: "User mode letters are always Type D modes". */
export function parseUserModeChanges(text: string): ModeChange[] {
  const changes: ModeChange[] = [];
  let isSet = true;
  for (const letter of text) {
    if (letter === "+" || letter === "-") isSet = letter === "+";
    else changes.push({ isSet, letter, param: undefined });
  }
  return changes;
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
    const takesParam = kind !== "flag" && (kind !== "option" || isSet);
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

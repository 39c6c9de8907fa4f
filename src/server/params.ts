/**
 * Parameters: how a command says what it wants, so that it is parsed, looked up and refused for it.
 *
 * A parameter may name what is not in memory. It then asks for a lookup: dispatch holds the session until the answer
 * is there and parses the line again; what the answer did not find is in `absent`.
 */
import { type AccountId, type ChannelId } from "../base/ids.ts";
import { type Folded, fold, isChannelName } from "../protocol/names.ts";
import { type Refusal, refusals } from "../protocol/replies.ts";
import { isHiddenFrom } from "./policy.ts";
import { type ServerSettings } from "./settings.ts";
import { type Channel } from "./state/channel.ts";
import { type Network } from "./state/network.ts";
import { type User } from "./state/user.ts";

/** What is to be brought into memory. */
export type Lookup =
  | { readonly kind: "account"; readonly by: Folded | AccountId }
  | { readonly kind: "channel"; readonly by: Folded | ChannelId };

export function lookupKey({ kind, by }: Lookup): string {
  return `${kind} ${by}`;
}

export interface ParamScope {
  readonly command: string;
  readonly network: Pick<Network, "user" | "channel">;
  readonly settings: ServerSettings;
  /** Who asks; a channel hidden from them is to them as one that does not exist. */
  readonly asker: User | undefined;
  /** Keys of lookups that found nothing. */
  readonly absent: ReadonlySet<string>;
}

export type ParamResult<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  | { readonly kind: "lookup"; readonly lookups: readonly Lookup[] };

export interface Param<T> {
  parse(raw: string | undefined, scope: ParamScope): ParamResult<T>;
}

function value<T>(of: T): ParamResult<T> {
  return { kind: "value", value: of };
}

function refused<T>(refusal: Refusal): ParamResult<T> {
  return { kind: "refused", refusal };
}

/** Any text that is not empty; without it 461, or the refusal given. */
export function word(missing?: () => Refusal): Param<string> {
  return {
    parse: (raw, { command }) =>
      raw === undefined || raw === ""
        ? refused(missing?.() ?? refusals.needMoreParams(command))
        : value(raw),
  };
}

/** Any text, also an empty one. */
export const text: Param<string> = {
  parse: (raw, { command }) =>
    raw === undefined ? refused(refusals.needMoreParams(command)) : value(raw),
};

/** Undefined when it is left out. */
export function optional<T>(param: Param<T>): Param<T | undefined> {
  return {
    parse: (raw, scope) => (raw === undefined ? value(undefined) : param.parse(raw, scope)),
  };
}

/** Words between commas, empty ones left out. More than TARGMAX: 407. */
export const words: Param<readonly string[]> = {
  parse(raw, { command, settings }) {
    const names = (raw ?? "").split(",").filter((name) => name !== "");
    if (names.length === 0) return refused(refusals.needMoreParams(command));
    const surplus = names[settings.limits.targetsMax];
    return surplus === undefined
      ? value(names)
      : refused(refusals.tooManyTargets(shownName(surplus)));
  },
};

/** A channel that exists and is not hidden from who asks; otherwise 403. */
export const channel: Param<Channel> = {
  parse(raw, scope) {
    if (raw === undefined || raw === "") return refused(refusals.needMoreParams(scope.command));
    const found = findChannel(raw, scope);
    if (found === "lookup") return { kind: "lookup", lookups: [channelLookup(raw)] };
    return found === undefined ? refused(refusals.noSuchChannel(shownName(raw))) : value(found);
  },
};

/** A member of the server (an approved account), connected or not; otherwise 401, without a name 461. */
export const user: Param<User> = {
  parse(raw, scope) {
    if (raw === undefined || raw === "") return refused(refusals.needMoreParams(scope.command));
    const found = findUser(raw, scope);
    if (found === "lookup") return { kind: "lookup", lookups: [accountLookup(raw)] };
    return found === undefined ? refused(refusals.noSuchNick(shownName(raw))) : value(found);
  },
};

/** A channel that exists, otherwise 403, or a member of the server, otherwise 401. */
export const channelOrUser: Param<Channel | User> = {
  parse: (raw, scope) =>
    raw === undefined || isChannelName(raw) ? channel.parse(raw, scope) : user.parse(raw, scope),
};

/** What a target names: a channel, a user, or nothing that exists. */
export interface Target {
  /** As it was written. */
  readonly name: string;
  readonly channel: Channel | undefined;
  readonly user: User | undefined;
}

/** Channels and users between commas, all looked up; those that do not exist are told by their emptiness. */
export const targets: Param<readonly Target[]> = {
  parse(raw, scope) {
    const names = words.parse(raw, scope);
    if (names.kind !== "value") return names;
    const found: Target[] = [];
    const lookups: Lookup[] = [];
    for (const name of names.value) {
      const isChannel = isChannelName(name);
      const item = isChannel ? findChannel(name, scope) : findUser(name, scope);
      if (item === "lookup") lookups.push(isChannel ? channelLookup(name) : accountLookup(name));
      else found.push(targetOf(name, item));
    }
    return lookups.length > 0 ? { kind: "lookup", lookups } : value(found);
  },
};

/** The first of them, where one can be named. */
export const target: Param<Target> = {
  parse(raw, scope) {
    const found = targets.parse(raw?.split(",")[0], scope);
    if (found.kind !== "value") return found;
    const [first] = found.value;
    return first === undefined ? refused(refusals.needMoreParams(scope.command)) : value(first);
  },
};

function targetOf(name: string, item: Channel | User | undefined): Target {
  return {
    name,
    channel: item !== undefined && "members" in item ? item : undefined,
    user: item !== undefined && "sessions" in item ? item : undefined,
  };
}

export function channelLookup(name: string): Lookup {
  return { kind: "channel", by: fold(name) };
}

export function accountLookup(name: string): Lookup {
  return { kind: "account", by: fold(name) };
}

/** No name that there can be is longer; two of what is shown fit a line, whatever it is. */
const shownLengthMax = 64;

/** Not with half of a character at its end. */
function beginningOf(text: string): string {
  return text.slice(0, shownLengthMax).replace(/[\ud800-\udbff]$/, "");
}

/** A name from a client as it may stand in a numeric: one word, never empty, of bounded length. */
export function shownName(name: string): string {
  const cleaned = name.replace(/[\s:]+/g, "");
  return cleaned === "" ? "*" : beginningOf(cleaned);
}

/** What a client wrote as one parameter, as it may stand in a numeric before others: its colons are no harm there. */
export function shownWord(text: string): string {
  const cleaned = text.replace(/\s+/g, "").replace(/^:+/, "");
  return cleaned === "" ? "*" : beginningOf(cleaned);
}

function findChannel(name: string, scope: ParamScope): Channel | "lookup" | undefined {
  const found = scope.network.channel(name);
  if (found !== undefined) return isHidden(found, scope) ? undefined : found;
  if (!isChannelName(name)) return undefined;
  return scope.absent.has(lookupKey(channelLookup(name))) ? undefined : "lookup";
}

function isHidden(channel: Channel, { asker }: ParamScope): boolean {
  return asker !== undefined && isHiddenFrom(asker, channel);
}

function findUser(name: string, scope: ParamScope): User | "lookup" | undefined {
  const found = scope.network.user(name);
  if (found !== undefined) return found.isActive ? found : undefined;
  if (!/^[A-Za-z][A-Za-z0-9_-]*$/.test(name)) return undefined;
  return scope.absent.has(lookupKey(accountLookup(name))) ? undefined : "lookup";
}

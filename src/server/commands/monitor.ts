/**
 * MONITOR: being told when someone comes and goes (IRCv3 monitor), and, with `extended-monitor`, what others see who
 * share a channel with them.
 *
 * A target is there while any session goes by that nick, or is of the account of that name. Lists are the session's.
 */
import { fold, parseNick } from "../../protocol/names.ts";
import { lineBytesMax } from "../../protocol/limits.ts";
import { type Refusal, refusals, replies } from "../../protocol/replies.ts";
import { hasCapability } from "../../protocol/capabilities.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { type Event, event, serverActor } from "../event.ts";
import { type ConnectionId } from "../../base/ids.ts";
import { optional, text, word } from "../params.ts";
import { type Session } from "../session.ts";
import { tellUnasked, tellWatchersOf } from "./metadata-sync.ts";
import { type User } from "../state/user.ts";
import { type Network } from "../state/network.ts";
import { type Watchers } from "../state/watchers.ts";

interface WatchChanged {
  readonly connection: ConnectionId;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

const watchChanged = event<WatchChanged>("watch", {
  apply(network, { connection, added, removed }) {
    const session = network.sessions.get(connection);
    if (session === undefined) return;
    for (const nick of removed) network.watchers.remove(session, nick);
    for (const nick of added) network.watchers.add(session, nick);
  },
});

interface CameOrWent {
  readonly nick: string;
  /** `nick!user@host` of who has come; undefined: they went. */
  readonly source: string | undefined;
}

const cameOrWent = event<CameOrWent>("presence", {
  audience: (network, { nick }) => ({
    kind: "users",
    users: [],
    watchers: network.watchers.of(nick),
  }),
  // monitor: 'the server may send "*" instead of the nick'.
  line: ({ nick, source }) =>
    source === undefined
      ? { command: "731", params: ["*", nick] }
      : { command: "730", params: ["*", source] },
});

/** To be emitted, as the server, when someone comes to go by the nick or ceases to. */
export function presenceOf(
  network: { readonly watchers: Pick<Watchers, "of"> } & Pick<Network, "user">,
  nick: string,
  isThere: boolean,
): Event | undefined {
  if (network.watchers.of(nick).length === 0) return undefined;
  return cameOrWent({ nick, source: isThere ? network.user(nick)?.source : undefined });
}

/** Who watches the nick is told that someone has come to go by it, and what they have noted of themselves; or that nobody does. */
export function announce(ctx: Context, nick: string, isThere: boolean): void {
  const told = presenceOf(ctx.network, nick, isThere);
  if (told === undefined) return;
  ctx.emit(told, serverActor(ctx.settings.name));
  const user = isThere ? ctx.network.user(nick) : undefined;
  if (user !== undefined) tellWatchersOf(ctx, user);
}

/** Who watches that nick and wants to know what neighbours are told, but is none. */
export function extendedWatchers(
  network: Network,
  nick: string,
  neighbours: ReadonlySet<unknown>,
): Session[] {
  return network.watchers
    .of(nick)
    .filter(
      ({ user, capabilities: has }) =>
        user !== undefined && !neighbours.has(user) && hasCapability(has, "extended-monitor"),
    );
}

const monitor = command({
  name: "MONITOR",
  when: "registered",
  params: { modifier: word(), targets: optional(text) },
  run(ctx, { modifier, targets = "" }) {
    const nicks = targets.split(",").filter((nick) => nick !== "");
    switch (modifier.toUpperCase()) {
      case "+":
        return add(ctx, nicks);
      case "-":
        change(ctx, [], nicks);
        return undefined;
      case "C":
        change(ctx, [], ctx.network.watchers.watchedBy(ctx.session));
        return undefined;
      case "L":
        for (const line of inLines(ctx.network.watchers.watchedBy(ctx.session))) {
          ctx.reply(replies.monitorList(line));
        }
        ctx.reply(replies.endOfMonitorList());
        return undefined;
      case "S":
        tellPresence(ctx, ctx.network.watchers.watchedBy(ctx.session));
        return undefined;
      default:
        return refusals.needMoreParams("MONITOR");
    }
  },
});

/** "Targets already in the list MUST NOT be added again." What does not fit is refused by name; the rest is added. */
function add(ctx: Context, nicks: readonly string[]): Refusal | undefined {
  if (nicks.length === 0) return refusals.needMoreParams("MONITOR");
  const { watchers } = ctx.network;
  const { monitoredMax } = ctx.settings.limits;
  const valid = new Map(
    nicks.filter((nick) => parseNick(nick).ok).map((nick) => [fold(nick), nick]),
  );
  const fresh = [...valid.values()].filter((nick) => !watchers.isWatching(ctx.session, nick));
  const room = Math.max(0, monitoredMax - watchers.countOf(ctx.session));
  const added = fresh.slice(0, room);
  const surplus = fresh.slice(room);
  change(ctx, added, []);
  tellPresence(
    ctx,
    [...valid.values()].filter((nick) => !surplus.includes(nick)),
  );
  return surplus.length === 0
    ? undefined
    : refusals.monitorListFull(String(monitoredMax), surplus.join(","));
}

function change(ctx: Context, added: readonly string[], removed: readonly string[]): void {
  if (added.length === 0 && removed.length === 0) return;
  ctx.emit(watchChanged({ connection: ctx.session.id, added, removed }));
}

function tellPresence(ctx: Context, nicks: readonly string[]): void {
  const there: User[] = [];
  const gone: string[] = [];
  for (const nick of nicks) {
    const user = ctx.network.user(nick);
    if (user?.isPresent === true) there.push(user);
    else gone.push(nick);
  }
  for (const line of inLines(there.map(({ source }) => source))) {
    ctx.reply(replies.monitorOnline(line));
  }
  for (const line of inLines(gone)) ctx.reply(replies.monitorOffline(line));
  for (const user of there) tellUnasked(ctx, ctx.session, user);
}

/** Names with commas, in as many lines as it takes. */
function inLines(names: readonly string[]): string[] {
  const lines: string[] = [];
  for (const name of names) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + name.length < namesBytesMax) {
      lines[lines.length - 1] = `${last},${name}`;
    } else lines.push(name);
  }
  return lines;
}

/** Room for names in one line, the rest of it counted out. */
const namesBytesMax = lineBytesMax - 150;

export const monitorFamily = family({
  commands: [monitor],
  capabilities: { "extended-monitor": "" },
  isupport: ({ limits }) => ({ MONITOR: String(limits.monitoredMax) }),
});

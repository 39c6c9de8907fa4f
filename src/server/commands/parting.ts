/**
 * Parting: what others see when a session of someone has come to its end.
 *
 * Who stays while they are away has become away; everyone else has quit, from every channel, with their last session.
 */
import {
  type Actor,
  actorOf,
  comingsEntries,
  type Event,
  event,
  neighboursOf,
  serverActor,
} from "../event.ts";
import { type Context } from "../context.ts";
import { type KeptRecord } from "../outside.ts";
import { type Session } from "../session.ts";
import { type ServerSettings } from "../settings.ts";
import { type Network } from "../state/network.ts";
import { type User } from "../state/user.ts";
import { awayChange } from "./away.ts";
import { seenAtTheEnd } from "./catching-up.ts";
import { presenceOf } from "./monitor.ts";
import { operatorEnded } from "./oper.ts";

interface HasQuit {
  readonly nick: string;
  readonly reason: string;
  /** That they were in. */
  readonly channels: readonly string[];
}

/** Who does not stay while they are away has gone from every channel. */
const hasQuit = event<HasQuit>("quit", {
  audience: (network, { nick }) => neighboursOf(network, nick),
  apply(network, { nick, channels }, at) {
    const gone = network.user(nick);
    if (gone !== undefined) network.depart(gone, at.wall);
    for (const channel of channels) network.leave(channel, nick);
    const user = network.user(nick);
    if (user?.isGuest === true) network.removeGuest(user);
  },
  keep: ({ channels, reason }, network, actor) =>
    channels.flatMap((name): KeptRecord[] => {
      const channel = network.channel(name);
      if (channel === undefined) return [];
      return [
        ...comingsEntries(channel, actor, { command: "QUIT", text: reason }),
        { kind: "member-removed", channel: channel.id, account: actor.account },
      ];
    }),
  line: ({ reason }) => ({ command: "QUIT", params: [reason] }),
  hasPassingId: true, // of who was in no channel whose comings and goings are kept
});

interface Parting {
  /** That has gone. */
  readonly session: Session;
  readonly reason: string;
  readonly awayBefore: string | undefined;
  readonly wasOperator: boolean;
}

/** What happens when the session has gone. */
export function parting(
  leaving: Parting,
  server: {
    readonly network: Network;
    readonly settings: ServerSettings;
    readonly lastEntry: number;
  },
): readonly Happened[] {
  const { user } = leaving.session;
  if (user === undefined) return [];
  const seen = seenAtTheEnd(leaving.session, server.lastEntry);
  const actor = actorOf(user);
  const shown = shownOf(user, leaving, server);
  return seen === undefined ? shown : [{ event: seen, actor }, ...shown];
}

interface Happened {
  readonly event: Event;
  readonly actor: Actor;
}

function shownOf(
  user: User,
  { reason, awayBefore, wasOperator }: Parting,
  { network, settings }: { readonly network: Network; readonly settings: ServerSettings },
): readonly Happened[] {
  const actor = actorOf(user);
  if (user.isPresent || stays(user, settings)) {
    const change = awayChange(user, awayBefore);
    const away = change === undefined ? [] : [{ event: change, actor }];
    if (!user.isPresent) return [...away, ...goneFrom(user.nick)];
    const isLess = wasOperator && !user.isOperator;
    return isLess ? [...away, { event: operatorEnded(user), actor }] : away;
  }
  const channels = network.channelsOf(user).map(({ name }) => name);
  const quit = { event: hasQuit({ nick: user.nick, reason, channels }), actor };
  return [quit, ...goneFrom(user.nick)];

  function goneFrom(nick: string): Happened[] {
    const gone = presenceOf(network, nick, false);
    return gone === undefined ? [] : [{ event: gone, actor: serverActor(settings.name) }];
  }
}

/**
 * Whether the user is in their channels also when no session of theirs is there: as the settings have it, and where
 * they leave a choice, as the account's owner (or an operator) has chosen.
 */
export function stays(
  { isGuest, account: { isAlwaysOn } }: User,
  { alwaysOn }: ServerSettings,
): boolean {
  if (isGuest || alwaysOn === "never") return false;
  return alwaysOn === "opt-out" ? isAlwaysOn !== false : isAlwaysOn === true;
}

/** Someone who is not connected, and does not stay any more, leaves the channels that they are still in. */
export function leaveBehind(ctx: Context, user: User, reason: string): void {
  const channels = ctx.network.channelsOf(user).map(({ name }) => name);
  if (user.isPresent || channels.length === 0) return;
  ctx.emit(hasQuit({ nick: user.nick, reason, channels }), actorOf(user));
}

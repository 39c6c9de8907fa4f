/** PING, PONG and QUIT: that the connection lives, and how it ends. */
import { type ConnectionId } from "../../base/ids.ts";
import { pingTokenBytesMax, reasonBytesMax } from "../../protocol/limits.ts";
import { fold } from "../../protocol/names.ts";
import { replies } from "../../protocol/replies.ts";
import { cutToBytes } from "../../protocol/text.ts";
import { command, family } from "../command.ts";
import { comingsEntries, type Event, event, neighboursOf } from "../event.ts";
import { type KeptRecord } from "../outside.ts";
import { optional, text, word } from "../params.ts";
import { type ServerSettings } from "../settings.ts";
import { type Network } from "../state/network.ts";
import { type User } from "../state/user.ts";

interface SessionClosed {
  readonly connection: ConnectionId;
  readonly address: string;
  readonly nick: string | undefined;
  readonly reason: string;
}

/** A connection has ended. Its user stays in its channels: membership belongs to the account. */
export const sessionClosed = event<SessionClosed>("closed", {
  apply(network, { connection }) {
    const session = network.sessions.get(connection);
    if (session === undefined) return;
    if (session.claim !== undefined) network.reserved.delete(fold(session.claim.name));
    network.detach(session);
  },
  note: (closed) => ({ event: "connection.closed", ...closed }),
});

interface HasQuit {
  readonly nick: string;
  readonly reason: string;
  /** That they were in. */
  readonly channels: readonly string[];
}

/** Who does not stay while they are away has gone from every channel. */
const hasQuit = event<HasQuit>("quit", {
  audience: (network, { nick }) => neighboursOf(network, nick),
  apply(network, { nick, channels }) {
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
});

/** What happens when the last session of a user has gone, if anything is to be seen of it. */
export function quitOf(
  user: User | undefined,
  reason: string,
  { network, settings }: { readonly network: Network; readonly settings: ServerSettings },
): Event | undefined {
  if (user === undefined || user.isPresent || stays(user, settings)) return undefined;
  const channels = network.channelsOf(user).map(({ name }) => name);
  return hasQuit({ nick: user.nick, reason, channels });
}

/** Whether the user is in their channels also when no session of theirs is there. */
export function stays(user: User, { alwaysOn }: ServerSettings): boolean {
  return !user.isGuest && alwaysOn !== "never";
}

const ping = command({
  name: "PING",
  when: "always",
  params: { token: word() },
  run(ctx, { token }) {
    ctx.reply(replies.pong(ctx.settings.name, cutToBytes(token, pingTokenBytesMax)));
    return undefined;
  },
});

/** That it came is all it says: the watch has noted it. */
const pong = command({ name: "PONG", when: "always", params: {}, run: () => undefined });

const quit = command({
  name: "QUIT",
  when: "always",
  params: { reason: optional(text) },
  run(ctx, { reason }) {
    const shortened = cutToBytes(reason ?? "", reasonBytesMax);
    ctx.close(shortened === "" ? "Client quit" : `Quit: ${shortened}`);
    return undefined;
  },
});

export const connectionFamily = family({ commands: [ping, pong, quit] });

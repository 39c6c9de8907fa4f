/**
 * AWAY and SETNAME: what people say about themselves, and who is told.
 *
 * Being away is the session's; the user is away when all their devices are. A user without any session is away for those
 * who share a channel with them: members stay in their rooms.
 */
import { awayBytesMax, realNameBytesMax } from "../../protocol/limits.ts";
import { hasCapability } from "../../protocol/capabilities.ts";
import { refusals, replies } from "../../protocol/replies.ts";
import { cutToBytes, printable } from "../../protocol/text.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { type Audience, type Event, event, neighboursOf, witnessesOf } from "../event.ts";
import { optional, text } from "../params.ts";
import { changeSession } from "../session-changed.ts";
import { type Away } from "../session.ts";
import { type Network } from "../state/network.ts";
import { type User } from "../state/user.ts";
import { extendedWatchers } from "./monitor.ts";

interface AwayTold {
  readonly nick: string;
  /** Undefined: back. */
  readonly text: string | undefined;
  /** Only members of that one are told; undefined: all who see the user. */
  readonly channel: string | undefined;
}

const awayTold = event<AwayTold>("away", {
  audience: (network, { nick, channel }) =>
    channel === undefined ? othersAbout(network, nick) : othersIn(network, nick, channel),
  line: ({ text: why }) => ({ command: "AWAY", params: why === undefined ? [] : [why] }),
  onlyFor: "away-notify",
});

/** What others are told when the user's being away has changed; undefined: it has not. */
export function awayChange(user: User, before: string | undefined): Event | undefined {
  const { nick, awayText } = user;
  return awayText === before ? undefined : awayTold({ nick, text: awayText, channel: undefined });
}

/** away-notify: "…when a user joins and has an away message set", the members of that channel are told. */
export function awayAt(user: User, channel: string): Event | undefined {
  const { nick, awayText } = user;
  return awayText === undefined ? undefined : awayTold({ nick, text: awayText, channel });
}

interface RealNameSet {
  readonly nick: string;
  readonly realName: string;
}

const realNameSet = event<RealNameSet>("setname", {
  audience: (network, { nick }) => withWatchers(network, nick, neighboursOf(network, nick)),
  apply(network, { nick, realName }) {
    const user = network.user(nick);
    if (user !== undefined) user.namedAs = realName;
  },
  line: ({ realName }) => ({ command: "SETNAME", params: [realName] }),
  onlyFor: "setname",
});

/** Everyone who sees them but themselves. */
function othersAbout(network: Network, nick: string): Audience {
  const audience = neighboursOf(network, nick);
  const users = audience.users.filter((user) => user !== network.user(nick));
  return withWatchers(network, nick, { kind: "users", users });
}

function othersIn(network: Network, nick: string, channel: string): Audience {
  const audience = witnessesOf(network, channel, nick);
  if (audience.kind !== "members") return audience;
  const self = network.user(nick);
  return { kind: "members", members: audience.members.filter(({ user }) => user !== self) };
}

export function withWatchers(network: Network, nick: string, audience: Audience): Audience {
  if (audience.kind !== "users") return audience;
  const { users } = audience;
  return { kind: "users", users, watchers: extendedWatchers(network, nick, new Set(users)) };
}

const away = command({
  name: "AWAY",
  when: "always",
  params: { text: optional(text) },
  run(ctx, { text: said }) {
    const { session } = ctx;
    // pre-away: "If the capability has been negotiated, servers MUST accept the AWAY command before" the welcome.
    const mayBeEarly = hasCapability(session.capabilities, "draft/pre-away");
    if (session.user === undefined && !mayBeEarly) return refusals.notRegistered();
    const before = session.user?.awayText;
    const state = awayOf(said, mayBeEarly);
    changeSession(ctx, { away: state });
    ctx.reply(state === undefined ? replies.unaway() : replies.nowAway());
    const change = session.user === undefined ? undefined : awayChange(session.user, before);
    if (change !== undefined) ctx.emit(change);
    return undefined;
  },
});

function awayOf(said: string | undefined, isStarMeant: boolean): Away | undefined {
  if (said === undefined || said === "") return undefined;
  if (said === "*" && isStarMeant) return { kind: "unattended" };
  return { kind: "text", text: cutToBytes(said, awayBytesMax) };
}

const setname = command({
  name: "SETNAME",
  when: "registered",
  params: { realName: text },
  run(ctx, { realName }) {
    const isFine = realName.trim() !== "" && Buffer.byteLength(realName) <= realNameBytesMax;
    if (!isFine) return refusals.invalidRealName();
    ctx.emit(realNameSet({ nick: ctx.user.nick, realName: printable(realName) }));
    return undefined;
  },
});

/** To who writes to someone who is away: why. */
export function tellAway(ctx: Context, user: User): void {
  const { awayText, nick, isPresent } = user;
  if (awayText === undefined) return;
  ctx.reply(replies.away(nick, isPresent ? awayText : `${awayText}; your message is kept`));
}

export const awayFamily = family({
  commands: [away, setname],
  capabilities: { "away-notify": "", "draft/pre-away": "", setname: "", chghost: "" },
  isupport: () => ({ AWAYLEN: String(awayBytesMax), NAMELEN: String(realNameBytesMax) }),
});

/**
 * Metadata that sessions are told of by themselves: when it changes, and when someone or a channel comes into sight.
 *
 * A session is told of the keys that it has subscribed to, and at its welcome of all that is its own. Where there is
 * too much to tell unasked, the client is told to ask later (774).
 */
import { type Reply, replies } from "../../protocol/replies.ts";
import { type Context } from "../context.ts";
import { neighboursOf } from "../event.ts";
import { type Session } from "../session.ts";
import { isMetadataVisible, maySeeMember, maySeeMetadataOf, maySeeUser } from "../policy.ts";
import { type Channel } from "../state/channel.ts";
import { type User } from "../state/user.ts";
import {
  type Holder,
  holderOf,
  inBatch,
  isAware,
  tell,
  toldLine,
  versionOf,
  visibleTo,
} from "./metadata-lines.ts";

/** A client that was told to ask later, and for which it is still too much, may ask again after so long. */
const retryAfterSeconds = 60;

/** Everyone whom the session sees, itself included, and the channels it is in. */
export const everything = "*ALL";

/** A key of it has changed, or is set no more: who has subscribed is told, but for the session that did it. */
export function tellOfChange(ctx: Context, of: User | Channel, key: string): void {
  const { name, metadata } = holderOf(of);
  for (const session of sessionsThatSee(ctx, of)) {
    const isOwn = session === ctx.task.session;
    if (isOwn || !isAware(session) || !session.subscriptions.has(key)) continue;
    if (!isMetadataVisible(session, key)) continue;
    tell(ctx, session, [toldLine(session, name, key, metadata.get(key))]);
  }
}

/**
 * "Servers MUST send notifications … for changes made: to that subscriber …, to channels that subscriber is joined to,
 * to other clients in the channels that subscriber is joined to, and to users that subscriber is currently monitoring."
 */
function sessionsThatSee({ network }: Context, of: User | Channel): ReadonlySet<Session> {
  if ("members" in of) return new Set(of.members.flatMap(({ user }) => user.sessions));
  const neighbours = neighboursOf(network, of.nick).users.flatMap(({ sessions }) => sessions);
  const watchers = network.watchers.of(of.nick).filter((session) => maySeeUser(session, of));
  return new Set([...neighbours, ...watchers]);
}

/** Its own metadata, whole: "as part of the registration burst, i.e. before `RPL_ENDOFMOTD` or `ERR_NOMOTD`". */
export function tellOwn(ctx: Context, user: User): void {
  const { session } = ctx;
  if (!isAware(session)) return;
  const own = holderOf(user);
  const lines = visibleTo(session, own).map(([key, value]) =>
    toldLine(session, own.name, key, value),
  );
  tell(ctx, session, inBatch(ctx, session, ["metadata", own.name], lines));
}

/** The session has come into the channel, or someone whom it watches is there. */
export function tellUnasked(ctx: Context, session: Session, of: User | Channel): void {
  // Who is invisible is not shown by what they have noted either, to who only watches for their nick.
  if (!isAware(session) || (!("members" in of) && !maySeeUser(session, of))) return;
  const { name } = holderOf(of);
  const lines = syncLines(session, "members" in of ? inChannel(session, of) : [of]);
  // The older draft: "clients SHOULD receive the current values of keys they are subscribed to".
  if (versionOf(session) === 2 && lines.length === 0) return;
  const isMuch = lines.length > ctx.settings.limits.metadataUnaskedMax;
  tell(
    ctx,
    session,
    isMuch
      ? [replies.metadataSyncLater(name, 0)]
      : inBatch(ctx, session, ["metadata", name], lines),
  );
}

/** Someone has come: who watches them is told of their metadata. */
export function tellWatchersOf(ctx: Context, user: User): void {
  for (const session of ctx.network.watchers.of(user.nick)) tellUnasked(ctx, session, user);
}

/**
 * The session has subscribed to more keys. The newer draft: "the server MUST then either send a `metadata` batch … or
 * a `774`"; the older one: "clients SHOULD receive the current value of that key".
 */
export function tellSubscribed(ctx: Context, keys: ReadonlySet<string>): void {
  const { session } = ctx;
  if (keys.size === 0 || session.user === undefined || !isAware(session)) return;
  if (versionOf(session) === 3) {
    ctx.reply(replies.metadataSyncLater(everything, 0));
    return;
  }
  const lines = syncLines(session, allInSight(ctx, session.user), keys);
  if (lines.length === 0) return;
  const isMuch = lines.length > ctx.settings.limits.metadataUnaskedMax;
  const told = isMuch
    ? [replies.metadataSyncLater("*", 0)]
    : inBatch(ctx, session, ["metadata", "*"], lines);
  tell(ctx, session, told);
}

/** METADATA SYNC: "receive all subscribed metadata from the given target". */
export function synchronise(ctx: Context, of: User | Channel | typeof everything): void {
  const { session, user } = ctx;
  const name = of === everything ? of : holderOf(of).name;
  const holders =
    of === everything ? allInSight(ctx, user) : "members" in of ? inChannel(session, of) : [of];
  const lines = syncLines(session, holders);
  const isMuch = lines.length > ctx.settings.limits.metadataSyncedMax;
  if (isMuch) ctx.reply(replies.metadataSyncLater(name, retryAfterSeconds));
  else tell(ctx, session, inBatch(ctx, session, ["metadata", name], lines));
}

function syncLines(
  session: Session,
  holders: readonly (User | Channel)[],
  keys: ReadonlySet<string> = session.subscriptions,
): Reply[] {
  if (keys.size === 0) return [];
  return holders.flatMap((of) => {
    const holder: Holder = holderOf(of);
    return visibleTo(session, holder, keys).map(([key, value]) =>
      toldLine(session, holder.name, key, value),
    );
  });
}

function inChannel(session: Session, channel: Channel): readonly (User | Channel)[] {
  if (!maySeeMetadataOf(session, channel)) return [];
  const seen = channel.members.filter((member) => maySeeMember(session, channel, member));
  return [channel, ...seen.map((member) => member.user)];
}

function allInSight(ctx: Context, user: User): readonly (User | Channel)[] {
  const { network, session } = ctx;
  const watched = network.watchers.watchedBy(session).flatMap((nick) => {
    const found = network.user(nick);
    return found?.isPresent === true && maySeeUser(session, found) ? [found] : [];
  });
  const neighbours = neighboursOf(network, user.nick).users;
  return [...network.channelsOf(user), ...new Set([...neighbours, ...watched])];
}

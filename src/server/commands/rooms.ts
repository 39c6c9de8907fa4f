/**
 * Rooms: the channels that new members are in by the settings, made by the server when they do not exist.
 */
import { type Context, type LoadOutcome } from "../context.ts";
import { channelLookup } from "../params.ts";
import { type User } from "../state/user.ts";
import { channelCreated, emitJoin, tellKeepDays, tellOfChannel } from "./join.ts";

/** At the start of the server: the rooms exist. */
export function ensureRooms(ctx: Context): void {
  withRooms(ctx, () => undefined);
}

/** Brings the rooms into memory, and those besides, making those that do not exist, and goes on. */
export function withRooms(
  ctx: Context,
  then: (ctx: Context, outcome: LoadOutcome) => void,
  besides: readonly string[] = [],
): void {
  const rooms = [...ctx.settings.rooms, ...besides];
  ctx.load(rooms.map(channelLookup), (next, outcome) => {
    if (outcome === "loaded") {
      for (const name of rooms) {
        if (next.network.channel(name) === undefined) makeRoom(next, name);
      }
    }
    then(next, outcome);
  });
}

function makeRoom(ctx: Context, name: string): void {
  const id = ctx.network.takeChannelNumber();
  ctx.emit(channelCreated({ id, name, founder: undefined }));
}

/** A session that has just come in, and whose user does not stay while away, is brought into the rooms. */
export function enterRooms(ctx: Context, user: User, then: (ctx: Context) => void): void {
  withRooms(ctx, (next) => {
    const { session } = next;
    if (session.phase === "closed") return;
    const before = user.channels;
    joinRooms(next, user);
    for (const channel of next.network.channelsOf(user)) {
      if (before.has(channel.id)) continue;
      tellOfChannel(next, channel, session);
      tellKeepDays(next, channel, session);
    }
    then(next);
  });
}

/**
 * The new member is in the rooms that are in memory, and in those besides. An operator of the server is an operator
 * of its rooms; of one besides only where nobody was before.
 */
export function joinRooms(ctx: Context, user: User, besides: readonly string[] = []): void {
  const { rooms } = ctx.settings;
  for (const name of [...rooms, ...besides]) {
    const channel = ctx.network.channel(name);
    if (channel === undefined || channel.hasMember(user)) continue;
    const isOurs = rooms.includes(name) || channel.members.length === 0;
    emitJoin(ctx, channel.name, user, user.hasOperatorRole && isOurs ? "o" : "");
  }
}

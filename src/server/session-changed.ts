/**
 * The event that changes a session: nothing else writes to one.
 */
import { type ConnectionId } from "../base/ids.ts";
import { type Context } from "./context.ts";
import { event } from "./event.ts";
import { type Session } from "./session.ts";

export type SessionChange = Partial<
  Pick<
    Session,
    | "askedNick"
    | "askedUser"
    | "away"
    | "batch"
    | "capabilities"
    | "changing"
    | "claim"
    | "facts"
    | "following"
    | "hasEntered"
    | "hasNews"
    | "hasWaited"
    | "invited"
    | "isModern"
    | "isNegotiating"
    | "isQuitting"
    | "isTold"
    | "lastSpokeAt"
    | "loginFailures"
    | "metadataAhead"
    | "personAskedAt"
    | "proven"
    | "realName"
    | "registeringSince"
    | "sasl"
    | "saslOffered"
    | "subscriptions"
    | "waitingFor"
  >
>;

interface SessionChanged {
  readonly connection: ConnectionId;
  readonly change: SessionChange;
}

export const sessionChanged = event<SessionChanged>("session", {
  apply(network, { connection, change }) {
    const session = network.sessions.get(connection);
    if (session === undefined) return;
    Object.assign(session, change);
    if (session.waitingFor === undefined) network.waiting.delete(connection);
    else network.waiting.set(connection, session);
  },
});

/** Changes the session whose command it is. */
export function changeSession(ctx: Context, change: SessionChange): void {
  ctx.emit(sessionChanged({ connection: ctx.session.id, change }));
}

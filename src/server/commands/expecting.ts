/**
 * Who is about to come: an account that was made, or approved, for a connection on which its owner waits for it.
 *
 * They are in the rooms at once, and present in a moment; others would be told that they are away and back in one
 * breath. So they count as there from then on. If the connection ends before they have come, others are told that they
 * are away (`parting.ts`).
 */
import { type AccountId, type ConnectionId } from "../../base/ids.ts";
import { type Context } from "../context.ts";
import { event } from "../event.ts";
import { type Session } from "../session.ts";
import { type User } from "../state/user.ts";

interface Expected {
  readonly connection: ConnectionId;
  readonly account: AccountId;
}

const expected = event<Expected>("expected", {
  apply(network, { connection, account }) {
    const session = network.sessions.get(connection);
    const user = network.userById(account);
    if (session === undefined || user === undefined) return;
    session.expectedAs = account;
    user.expectedOn = connection;
  },
});

/** Nothing where they are there already, or where the connection has become a guest's or nobody's. */
export function expect(ctx: Context, session: Session, user: User): void {
  const isComing = session.phase === "registering" && !session.isClosing;
  if (!isComing || user.isPresent || user.expectedOn !== undefined) return;
  ctx.emit(expected({ connection: session.id, account: user.id }));
}

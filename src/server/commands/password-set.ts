/**
 * A new password: what follows when an account has got one, whoever set it and whatever the way.
 *
 * Whoever logged in with the one before is parted from the account: `auth` has dropped what is remembered of its
 * devices, and here its connections end.
 */
import { type AccountId } from "../../base/ids.ts";
import { type Context } from "../context.ts";
import { event } from "../event.ts";
import { type User } from "../state/user.ts";

interface PasswordSet {
  readonly account: AccountId;
  readonly name: string;
  readonly by: string;
}

const passwordChanged = event<PasswordSet>("password", {
  note: ({ name, by }) => ({ event: "account.password", account: name, by }),
});

/** All connections of the account end but the one on which it was set. */
export function passwordSet(ctx: Context, set: PasswordSet): void {
  ctx.emit(passwordChanged(set));
  const user = ctx.network.userById(set.account);
  if (user !== undefined) closeSessions(ctx, user, "The password was changed; log in again");
}

/** Ends all connections of the account, those that are about to be its own too, but not the one whose command it is. */
export function closeSessions(ctx: Context, { id }: User, reason: string): void {
  for (const session of [...ctx.network.sessions.values()]) {
    const isTheirs = session.user?.id === id || session.proven?.id === id;
    if (isTheirs && session !== ctx.task.session) ctx.close(reason, session);
  }
}

/**
 * Guests: people without an account, where the settings let them in (`accounts.required = false`).
 *
 * A guest is there by a nick that no account reserves, for as long as their one connection lasts, and in the rooms that
 * the settings name. Their host is their address: there is nothing else by which a channel could keep them out.
 */
import { type AccountId, type ConnectionId } from "../../base/ids.ts";
import { type Context } from "../context.ts";
import { event } from "../event.ts";
import { type AccountRow } from "../outside.ts";
import { changeSession } from "../session-changed.ts";
import { whenFree } from "./nick.ts";

interface GuestEntered {
  readonly connection: ConnectionId;
  readonly id: AccountId;
  readonly nick: string;
  readonly user: string;
  readonly host: string;
}

const guestEntered = event<GuestEntered>("guest", {
  apply(network, { connection, id, nick, user, host }, at) {
    const born = { state: "active", role: "member", createdAt: at.wall } as const;
    const account: AccountRow = { id, name: nick, ...born, isStrict: false, expiresAt: undefined };
    network.putGuest(account, { user, host });
    const session = network.sessions.get(connection);
    if (session !== undefined) network.attach(session, nick, at);
  },
  note: ({ connection, nick, host: address }) => ({
    event: "guest.entered",
    connection,
    nick,
    address,
  }),
});

/** Lets the session in under its nick, or asks for another; goes on when it is in. */
export function enterAsGuest(ctx: Context, then: (ctx: Context) => void): void {
  const { askedNick } = ctx.session;
  if (askedNick === undefined) return;
  whenFree(ctx, askedNick, (next, refusal) => {
    if (refusal !== undefined) {
      next.reply(refusal);
      changeSession(next, { askedNick: undefined });
      return;
    }
    const { session, network } = next;
    const id = network.takeGuestNumber();
    const user = guestUser(session.askedUser ?? "guest");
    const host = guestHost(session.facts.address);
    next.emit(guestEntered({ connection: session.id, id, nick: askedNick, user, host }));
    then(next);
  });
}

/** What they say they are, with a sign that nobody has checked it. */
function guestUser(asked: string): string {
  return `~${asked.replace(/[^A-Za-z0-9._-]/g, "").slice(0, 9) || "guest"}`;
}

/** An IPv6 address that begins with a colon would begin the last parameter. */
function guestHost(address: string): string {
  return address.startsWith(":") ? `0${address}` : address;
}

/** INVITE: letting someone into a channel once, and which channels one is let into. */
import { refusals, replies } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { event, usersNamed } from "../event.ts";
import { channel, optional, user } from "../params.ts";
import { mayInvite, mayLetIn } from "../policy.ts";
import { hasRank } from "../ranks.ts";

interface Invited {
  readonly channel: string;
  readonly nick: string;
  /** The guest may come in, whatever keeps others out. */
  readonly letsIn: boolean;
}

const invited = event<Invited>("invite", {
  audience: (network, { nick }) => usersNamed(network, nick),
  apply(network, { channel: name, nick, letsIn }) {
    const to = network.channel(name);
    const guest = network.user(nick);
    if (!letsIn || to === undefined || guest === undefined) return;
    to.invited = new Set(to.invited).add(guest.id);
  },
  line: ({ channel: name, nick }) => ({ command: "INVITE", params: [nick, name] }),
});

/**
 * invite-notify: "a server may choose to only send the message … to clients that have the privilege to do an /INVITE on
 * the channel themselves"; who invites is told by 341, who is invited by the INVITE.
 */
const invitationNoted = event<Invited>("invite-noted", {
  audience(network, { channel: name, nick }, actor) {
    const channel = network.channel(name);
    const users = (channel?.members ?? [])
      .filter(
        ({ user, prefixes }) =>
          user.nick !== nick && hasRank(prefixes, "h") && user.id !== actor.account,
      )
      .map(({ user }) => user);
    return { kind: "users", users };
  },
  line: ({ channel: name, nick }) => ({ command: "INVITE", params: [nick, name] }),
  onlyFor: "invite-notify",
});

const invite = command({
  name: "INVITE",
  when: "registered",
  params: { guest: optional(user), channel: optional(channel) },
  run(ctx, { guest, channel: to }, message) {
    if (guest === undefined) {
      replyInvitations(ctx);
      return undefined;
    }
    if (to === undefined) return refusals.needMoreParams(message.command);
    const refusal = mayInvite(ctx.user, to);
    if (refusal !== undefined) return refusal;
    if (to.hasMember(guest)) return refusals.userOnChannel(guest.nick, to.name);
    const letsIn = mayLetIn(ctx.user, to);
    if (letsIn && to.invited.size >= ctx.settings.limits.invitationsPerChannelMax) {
      return refusals.listFull(to.name, guest.nick);
    }
    const asked = { channel: to.name, nick: guest.nick, letsIn };
    ctx.emit(invited(asked));
    ctx.emit(invitationNoted(asked));
    ctx.reply(replies.inviting(guest.nick, to.name));
    const { awayText } = guest;
    if (awayText !== undefined) ctx.reply(replies.away(guest.nick, awayText));
    return undefined;
  },
});

/** Modern IRC, "Invite list": "a list of channels the sender is invited to". */
function replyInvitations(ctx: Context): void {
  for (const channel of ctx.network.channels()) {
    if (channel.invited.has(ctx.user.id)) ctx.reply(replies.invitedTo(channel.name));
  }
  ctx.reply(replies.endOfInvitations());
}

export const inviteFamily = family({ commands: [invite], capabilities: { "invite-notify": "" } });

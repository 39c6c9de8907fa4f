/** INVITE: letting someone into a channel once. */
import { refusals, replies } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { event, usersNamed } from "../event.ts";
import { channel, user } from "../params.ts";
import { mayInvite, mayLetIn } from "../policy.ts";

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

const invite = command({
  name: "INVITE",
  when: "registered",
  params: { user, channel },
  run(ctx, { user: guest, channel: to }) {
    const refusal = mayInvite(ctx.user, to);
    if (refusal !== undefined) return refusal;
    if (to.hasMember(guest)) return refusals.userOnChannel(guest.nick, to.name);
    const letsIn = mayLetIn(ctx.user, to);
    if (letsIn && to.invited.size >= ctx.settings.limits.invitationsPerChannelMax) {
      return refusals.listFull(to.name, guest.nick);
    }
    ctx.emit(invited({ channel: to.name, nick: guest.nick, letsIn }));
    ctx.reply(replies.inviting(guest.nick, to.name));
    const { awayText } = guest;
    if (awayText !== undefined) ctx.reply(replies.away(guest.nick, awayText));
    return undefined;
  },
});

export const inviteFamily = family({ commands: [invite] });

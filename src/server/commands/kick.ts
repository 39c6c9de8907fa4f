/** KICK: putting members out of a channel. */
import { reasonBytesMax } from "../../protocol/limits.ts";
import { cutToLine } from "../../protocol/message.ts";
import { refusals } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { channelEntry, event, membersOf } from "../event.ts";
import { channel, optional, shownName, text, words } from "../params.ts";
import { mayKick, mayOperate } from "../policy.ts";

interface Kicked {
  readonly channel: string;
  readonly nick: string;
  readonly reason: string;
}

const kicked = event<Kicked>("kick", {
  audience: (network, { channel: name }) => membersOf(network, name),
  apply: (network, { channel: name, nick }) => network.leave(name, nick),
  keep({ channel: name, nick, reason }, network, actor) {
    const from = network.channel(name);
    const user = network.user(nick);
    if (from === undefined || user === undefined) return undefined;
    return [
      channelEntry(from, actor, { command: "KICK", middle: nick, text: reason }),
      { kind: "member-removed", channel: from.id, account: user.id },
    ];
  },
  line: ({ channel: name, nick, reason }) => ({ command: "KICK", params: [name, nick, reason] }),
  note: (data, { nick: by }) => ({ event: "channel.kicked", ...data, by }),
});

const kick = command({
  name: "KICK",
  when: "registered",
  params: { channel, nicks: words, reason: optional(text) },
  run(ctx, { channel: from, nicks, reason }) {
    const refusal = mayOperate(ctx.user, from);
    if (refusal !== undefined) return refusal;
    for (const nick of nicks) {
      const user = ctx.network.user(nick);
      const member = user === undefined ? undefined : from.member(user);
      if (member === undefined) {
        ctx.reply(refusals.userNotInChannel(shownName(nick), from.name));
        continue;
      }
      const why = mayKick(ctx.user, from, member);
      if (why !== undefined) {
        ctx.reply(why);
        continue;
      }
      const params = [from.name, member.user.nick];
      const before = { source: ctx.user.source, command: "KICK", params };
      const shortened = cutToLine(reason ?? ctx.user.nick, reasonBytesMax, before);
      ctx.emit(kicked({ channel: from.name, nick: member.user.nick, reason: shortened }));
    }
    return undefined;
  },
});

export const kickFamily = family({
  commands: [kick],
  isupport: () => ({ KICKLEN: String(reasonBytesMax) }),
});

/** KICK: putting members out of a channel. */
import { reasonBytesMax } from "../../protocol/limits.ts";
import { cutToLine } from "../../protocol/message.ts";
import { refusals } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { comingsEntries, event, witnessesOf } from "../event.ts";
import { optional, shownName, type Target, targets, text, words } from "../params.ts";
import { mayKick, mayOperate } from "../policy.ts";

interface Kicked {
  readonly channel: string;
  readonly nick: string;
  readonly reason: string;
}

const kicked = event<Kicked>("kick", {
  audience: (network, { channel: name, nick }) => witnessesOf(network, name, nick),
  apply: (network, { channel: name, nick }) => network.leave(name, nick),
  keep({ channel: name, nick, reason }, network, actor) {
    const from = network.channel(name);
    const user = network.user(nick);
    if (from === undefined || user === undefined) return undefined;
    return [
      ...comingsEntries(from, actor, { command: "KICK", middle: nick, text: reason }),
      { kind: "member-removed", channel: from.id, account: user.id },
    ];
  },
  line: ({ channel: name, nick, reason }) => ({ command: "KICK", params: [name, nick, reason] }),
  note: (data, { nick: by }) => ({ event: "channel.kicked", ...data, by }),
});

/**
 * Modern IRC: `KICK <channel> <user> *( "," <user> )`; RFC 2812 §3.2.8: "there MUST be either one channel parameter and
 * multiple user parameter, or as many channel parameters as there are user parameters".
 */
const kick = command({
  name: "KICK",
  when: "registered",
  keeps: () => true,
  params: { channels: targets, nicks: words, reason: optional(text) },
  run(ctx, { channels, nicks, reason }) {
    const [only] = channels;
    if (channels.length === 1 && only !== undefined) {
      kickFrom(ctx, only, { nicks, reason });
      return undefined;
    }
    if (channels.length !== nicks.length) return refusals.needMoreParams("KICK");
    for (const [index, target] of channels.entries()) {
      kickFrom(ctx, target, { nicks: nicks.slice(index, index + 1), reason });
    }
    return undefined;
  },
});

interface Asked {
  readonly nicks: readonly string[];
  readonly reason: string | undefined;
}

function kickFrom(ctx: Context, { name, channel: from }: Target, { nicks, reason }: Asked): void {
  const refusal =
    from === undefined ? refusals.noSuchChannel(shownName(name)) : mayOperate(ctx.user, from, "h");
  if (from === undefined || refusal !== undefined) {
    if (refusal !== undefined) ctx.reply(refusal);
    return;
  }
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
    // Who puts themselves out is a member no more.
    if (member.user === ctx.user) return;
  }
}

export const kickFamily = family({
  commands: [kick],
  isupport: () => ({ KICKLEN: String(reasonBytesMax) }),
});

/**
 * NAMES: who is in a channel, or in each of several.
 *
 * RFC 1459, RPL_ENDOFNAMES: "To reply to a NAMES message, a reply pair consisting of RPL_NAMREPLY and RPL_ENDOFNAMES is
 * sent": what was asked with one command has one end, which names all that was asked for.
 */
import { hasCapability } from "../../protocol/capabilities.ts";
import { prefixSigns } from "../../protocol/modes.ts";
import { replies, type Reply } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { optional, shownName, type Target, targets } from "../params.ts";
import { maySeeMember } from "../policy.ts";
import { type Session } from "../session.ts";
import { type Channel } from "../state/channel.ts";

/** Room for names in one 353, the rest of the line counted out. */
const namesBytesMax = 300;

const names = command({
  name: "NAMES",
  when: "registered",
  params: { channels: optional(targets) },
  run(ctx, { channels }) {
    if (channels === undefined) {
      // Modern IRC, NAMES: "If no parameter is given for this command, servers SHOULD return one RPL_ENDOFNAMES numeric with
      // the <channel> parameter set to an asterix character".
      ctx.reply(replies.endOfNames("*"));
      return undefined;
    }
    for (const { channel } of channels) {
      if (channel === undefined) continue;
      for (const reply of linesOf(channel, ctx.session)) ctx.reply(reply);
    }
    for (const ended of endsOf(channels)) ctx.reply(replies.endOfNames(ended));
    return undefined;
  },
});

/** Names between commas, in as many lines as it takes: mostly one. */
function endsOf(channels: readonly Target[]): readonly string[] {
  const ends: string[] = [];
  for (const { name, channel } of channels) {
    const shown = channel?.name ?? shownName(name);
    const last = ends.at(-1);
    if (last === undefined || Buffer.byteLength(last + shown) >= namesBytesMax) ends.push(shown);
    else ends[ends.length - 1] = `${last},${shown}`;
  }
  return ends;
}

/** 353 in as many lines as it takes, and 366. */
export function namesReplies(channel: Channel, session: Session): readonly Reply[] {
  return [...linesOf(channel, session), replies.endOfNames(channel.name)];
}

/** Of the members those whom the session's user may see. */
function linesOf(channel: Channel, session: Session): readonly Reply[] {
  const { capabilities } = session;
  const isMulti = hasCapability(capabilities, "multi-prefix");
  const withHost = hasCapability(capabilities, "userhost-in-names");
  const symbol = channel.hasFlag("s") ? "@" : "=";
  const lines: Reply[] = [];
  let line = "";
  for (const member of channel.members) {
    if (!maySeeMember(session, channel, member)) continue;
    const name = withHost ? member.user.source : member.user.nick;
    const shown = `${prefixSigns(member.prefixes, isMulti)}${name}`;
    if (line !== "" && line.length + shown.length >= namesBytesMax) {
      lines.push(replies.names(symbol, channel.name, line));
      line = "";
    }
    line = line === "" ? shown : `${line} ${shown}`;
  }
  if (line !== "") lines.push(replies.names(symbol, channel.name, line));
  return lines;
}

export const namesFamily = family({
  commands: [names],
  capabilities: { "multi-prefix": "", "userhost-in-names": "" },
});

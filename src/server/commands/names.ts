/** NAMES: who is in a channel. */
import { hasCapability } from "../../protocol/capabilities.ts";
import { prefixSigns } from "../../protocol/modes.ts";
import { replies, type Reply } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { optional, shownName, targets } from "../params.ts";
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
    if (channels === undefined) ctx.reply(replies.endOfNames("*"));
    for (const { name, channel } of channels ?? []) {
      if (channel === undefined) ctx.reply(replies.endOfNames(shownName(name)));
      else for (const reply of namesReplies(channel, ctx.session)) ctx.reply(reply);
    }
    return undefined;
  },
});

/** 353 in as many lines as it takes, and 366: of the members those whom the session's user may see. */
export function namesReplies(channel: Channel, session: Session): readonly Reply[] {
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
  lines.push(replies.endOfNames(channel.name));
  return lines;
}

export const namesFamily = family({
  commands: [names],
  capabilities: { "multi-prefix": "", "userhost-in-names": "" },
});

/** NAMES and LIST: who is in a channel, and which channels there are. */
import { type Capabilities, hasCapability } from "../../protocol/capabilities.ts";
import { matchesMask } from "../../protocol/masks.ts";
import { prefixSigns } from "../../protocol/modes.ts";
import { fold, type Folded } from "../../protocol/names.ts";
import { refusals, replies, type Reply } from "../../protocol/replies.ts";
import { cutToBytes } from "../../protocol/text.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { type ListedChannel } from "../outside.ts";
import { optional, shownName, targets, word } from "../params.ts";
import { maySeeMember } from "../policy.ts";
import { type Channel } from "../state/channel.ts";
import { type User } from "../state/user.ts";

/** Room for names in one 353, the rest of the line counted out. */
const namesBytesMax = 300;
const listedTopicBytesMax = 300;

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
export function namesReplies(
  channel: Channel,
  { capabilities, user }: { readonly capabilities: Capabilities; readonly user: User | undefined },
): readonly Reply[] {
  const isMulti = hasCapability(capabilities, "multi-prefix");
  const withHost = hasCapability(capabilities, "userhost-in-names");
  const symbol = channel.hasFlag("s") ? "@" : "=";
  const lines: Reply[] = [];
  let line = "";
  for (const member of channel.members) {
    if (user === undefined || !maySeeMember(user, channel, member)) continue;
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

const list = command({
  name: "LIST",
  when: "registered",
  params: { masks: optional(word()) },
  run(ctx, { masks }) {
    const wanted = masks?.split(",").filter((mask) => mask !== "");
    askListed(ctx, { wanted, after: undefined, lines: [] });
    return undefined;
  },
});

interface Listing {
  /** Undefined: all channels. */
  readonly wanted: readonly string[] | undefined;
  readonly after: Folded | undefined;
  /** What is answered so far. */
  readonly lines: readonly Reply[];
}

/** Page after page of all channels, until as many are found as one answer may have. */
function askListed(ctx: Context, { wanted, after, lines }: Listing): void {
  const limit = ctx.settings.limits.listedMax;
  ctx.ask("channels", { after, limit }, (answer, next) => {
    if (answer.outcome === "unavailable") {
      next.reply(refusals.temporarilyUnavailable("LIST"));
      return;
    }
    const found = answer.channels
      .filter((listed) => isShown(next.user, listed, wanted))
      .map(({ name, memberCount, topic }) =>
        replies.listed(name, String(memberCount), cutToBytes(topic, listedTopicBytesMax)),
      );
    const known = [...lines, ...found].slice(0, limit);
    const last = answer.channels.at(-1);
    if (answer.hasMore && last !== undefined && known.length < limit) {
      askListed(next, { wanted, after: fold(last.name), lines: known });
      return;
    }
    for (const reply of [replies.listStart(), ...known, replies.listEnd()]) next.reply(reply);
  });
}

function isShown(
  user: User,
  { id, name, flags }: ListedChannel,
  wanted: readonly string[] | undefined,
): boolean {
  if (flags.includes("s") && !user.channels.has(id)) return false;
  return wanted === undefined || wanted.some((mask) => matchesMask(mask, name));
}

export const namesFamily = family({
  commands: [names, list],
  capabilities: { "multi-prefix": "", "userhost-in-names": "" },
  isupport: () => ({ SAFELIST: "" }),
});

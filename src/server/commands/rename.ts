/**
 * RENAME: another name for a channel, which keeps its members, modes, topic and history (draft/channel-rename).
 *
 * Who does not know the command sees a PART and a JOIN, "followed by the usual messages".
 */
import { hasCapability } from "../../protocol/capabilities.ts";
import { reasonBytesMax } from "../../protocol/limits.ts";
import { cutToLine } from "../../protocol/message.ts";
import { isSameName, parseChannelName } from "../../protocol/names.ts";
import { type Refusal, refusals, replies } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { channelEntry, event, membersOf, serverActor } from "../event.ts";
import { type KeptRecord } from "../outside.ts";
import { channel, channelLookup, lookupKey, optional, shownName, text, word } from "../params.ts";
import { mayRename } from "../policy.ts";
import { type Session } from "../session.ts";
import { type Channel } from "../state/channel.ts";
import { tellOfChannel } from "./join.ts";
import { changeModes } from "./modes-changed.ts";

interface Renamed {
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

const renamed = event<Renamed>("rename", {
  audience: (network, { from }) => membersOf(network, from),
  apply: (network, { from, to }) => network.renameChannel(from, to),
  keep({ from, to, reason }, network, actor): KeptRecord[] {
    const found = network.channel(to);
    if (found === undefined) return [];
    return [
      { kind: "channel", channel: found.row },
      { kind: "forwards-moved", from, to },
      channelEntry(found, actor, { command: "RENAME", middle: `${from} ${to}`, text: reason }),
    ];
  },
  line: ({ from, to, reason }) => ({ command: "RENAME", params: [from, to, reason] }),
  onlyFor: "draft/channel-rename",
  note: ({ from, to }, { nick: by }) => ({ event: "channel.renamed", channel: from, to, by }),
});

const rename = command({
  name: "RENAME",
  when: "registered",
  keeps: () => true,
  params: { channel, to: word(), reason: optional(text) },
  run(ctx, { channel: found, to, reason = "" }) {
    const refusal = mayRename(ctx.user, found, ctx.settings);
    if (refusal !== undefined) return refusal;
    const valid = parseChannelName(to);
    if (!valid.ok) return refusals.cannotRename(found.name, shownName(to), valid.error);
    if (to === found.name) return undefined;
    const { name: from } = found;
    ctx.load([channelLookup(to)], (next, outcome) => {
      if (next.session.phase === "closed") return;
      const why =
        outcome === "loaded"
          ? whyNotNow(next, from, to)
          : refusals.temporarilyUnavailable("RENAME");
      if (why === undefined) change(next, from, to, reason);
      else next.reply(why);
    });
    return undefined;
  },
});

/** Meanwhile they may have lost their rank, or someone else may have taken the name. */
function whyNotNow(ctx: Context, from: string, to: string): Refusal | undefined {
  const found = ctx.network.channel(from);
  if (found === undefined) return refusals.noSuchChannel(from);
  return mayRename(ctx.user, found, ctx.settings) ?? isTaken(ctx, from, to);
}

function isTaken(ctx: Context, from: string, to: string): Refusal | undefined {
  if (isSameName(from, to)) return undefined; // "while only changing the casing"
  const isFree = ctx.network.channel(to) === undefined;
  const isAbsent = ctx.task.absent.has(lookupKey(channelLookup(to)));
  return isFree && isAbsent ? undefined : refusals.channelNameInUse(from, to);
}

function change(ctx: Context, from: string, to: string, reason: string): void {
  const found = ctx.network.channel(from);
  if (found === undefined) return;
  const before = { source: ctx.user.source, command: "RENAME", params: [from, to] };
  const shortened = cutToLine(reason, reasonBytesMax, before);
  ctx.emit(renamed({ from, to, reason: shortened }));
  moveForwards(ctx, from, to);
  if (isSameName(from, to)) return;
  for (const { user } of found.members) {
    for (const session of user.sessions) fallBack(ctx, session, { from, channel: found, reason });
  }
}

/** Channels that send people there (+f) say so by its new name. Those not in memory the store changes. */
function moveForwards(ctx: Context, from: string, to: string): void {
  const by = ctx.settings.name;
  for (const { name, row } of ctx.network.channels()) {
    if (row.forward !== from) continue;
    const changes = [{ isSet: true, letter: "f", param: to }];
    changeModes(ctx, { channel: name, by, changes }, serverActor(by));
  }
}

interface Fallback {
  readonly from: string;
  readonly channel: Channel;
  readonly reason: string;
}

/** "Send the client a PART message for the old channel name, …" */
function fallBack(ctx: Context, session: Session, { from, channel: to, reason }: Fallback): void {
  const { user, capabilities } = session;
  if (user === undefined || hasCapability(capabilities, "draft/channel-rename")) return;
  const parted = reason === "" ? [from] : [from, reason];
  const joined = hasCapability(capabilities, "extended-join")
    ? [to.name, user.accountName ?? "*", user.realName]
    : [to.name];
  for (const reply of [
    replies.ownLine(user.source, "PART", ...parted),
    replies.ownLine(user.source, "JOIN", ...joined),
  ]) {
    if (session === ctx.session) ctx.reply(reply);
    else ctx.say(session, reply);
  }
  tellOfChannel(ctx, to, session);
}

export const renameFamily = family({
  commands: [rename],
  capabilities: { "draft/channel-rename": "" },
});

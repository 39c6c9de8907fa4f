/** MOTD, LUSERS and VERSION: about the server. */
import { refusals, replies } from "../../protocol/replies.ts";
import { noticeBytesMax } from "../../protocol/limits.ts";
import { splitToBytes } from "../../protocol/text.ts";
import { isupportLines } from "../../protocol/isupport.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";

const motd = command({
  name: "MOTD",
  when: "registered",
  params: {},
  run(ctx) {
    replyMotd(ctx);
    return undefined;
  },
});

export function replyMotd(ctx: Context): void {
  const { motd: lines, name } = ctx.settings;
  if (lines.length === 0) {
    ctx.reply(refusals.noMotd());
    return;
  }
  ctx.reply(replies.motdStart(name));
  for (const line of lines) {
    for (const piece of splitToBytes(line, noticeBytesMax)) ctx.reply(replies.motd(piece));
  }
  ctx.reply(replies.endOfMotd());
}

const lusers = command({
  name: "LUSERS",
  when: "registered",
  params: {},
  run(ctx) {
    replyLusers(ctx);
    return undefined;
  },
});

export function replyLusers(ctx: Context): void {
  const { presentUsers, presentUsersMost, sessions } = ctx.network;
  let operators = 0;
  for (const user of ctx.network.users()) if (user.isPresent && user.isOperator) operators += 1;
  let unknown = 0;
  for (const { phase } of sessions.values()) if (phase === "registering") unknown += 1;
  let channels = 0;
  for (const channel of ctx.network.channels()) if (!channel.hasFlag("s")) channels += 1;
  ctx.reply(replies.lusersClient(presentUsers));
  if (operators > 0) ctx.reply(replies.lusersOperators(operators));
  if (unknown > 0) ctx.reply(replies.lusersUnknown(unknown));
  if (channels > 0) ctx.reply(replies.lusersChannels(channels));
  ctx.reply(replies.lusersMe(sessions.size));
  ctx.reply(replies.localUsers(presentUsers, presentUsersMost));
  ctx.reply(replies.globalUsers(presentUsers, presentUsersMost));
}

const version = command({
  name: "VERSION",
  when: "registered",
  params: {},
  run(ctx) {
    const { version: is, name, description } = ctx.settings;
    ctx.reply(replies.version(is, name, description));
    for (const tokens of isupportLines(ctx.catalog.isupport(ctx.settings))) {
      ctx.reply(replies.isupport(tokens));
    }
    return undefined;
  },
});

export const infoFamily = family({
  commands: [motd, lusers, version],
  isupport: ({ network }) => ({ NETWORK: network }),
});

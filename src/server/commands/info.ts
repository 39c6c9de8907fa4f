/** MOTD, LUSERS, VERSION, ISUPPORT, TIME, LINKS, ADMIN, INFO and STATS: about the server. */
import { isoTime, secondMs } from "../../base/time.ts";
import { type Capability, hasCapability } from "../../protocol/capabilities.ts";
import { refusals, replies } from "../../protocol/replies.ts";
import { noticeBytesMax } from "../../protocol/limits.ts";
import { splitToBytes } from "../../protocol/text.ts";
import { isupportLines } from "../../protocol/isupport.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { optional, shownWord, word } from "../params.ts";
import { mayOperateServer } from "../policy.ts";

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
  const { presentUsers, presentUsersMost } = ctx.network;
  const { operators, invisible, unknown, channels } = ctx.network.counts(ctx.now.elapsed);
  ctx.reply(replies.lusersClient(Math.max(0, presentUsers - invisible), invisible));
  ctx.reply(replies.lusersOperators(operators));
  ctx.reply(replies.lusersUnknown(unknown));
  ctx.reply(replies.lusersChannels(channels));
  ctx.reply(replies.lusersMe(presentUsers));
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
    replyIsupport(ctx);
    return undefined;
  },
});

const isupport = command({
  name: "ISUPPORT",
  when: "always",
  params: {},
  run(ctx) {
    const { session } = ctx;
    // extended-isupport: with the capability the server MUST accept it before the welcome.
    const mayBeEarly = hasCapability(session.capabilities, "draft/extended-isupport");
    if (session.user === undefined && !mayBeEarly) return refusals.notRegistered();
    replyIsupport(ctx);
    return undefined;
  },
});

/** "The server MUST group all RPL_ISUPPORT messages inside a draft/isupport batch" for who has both capabilities. */
export function replyIsupport(ctx: Context): void {
  const lines = isupportLines(ctx.catalog.isupport(ctx.settings));
  const has = (name: Capability): boolean => hasCapability(ctx.session.capabilities, name);
  if (!has("batch") || !has("draft/extended-isupport")) {
    for (const tokens of lines) ctx.reply(replies.isupport(tokens));
    return;
  }
  const reference = ctx.nextBatch();
  ctx.reply(replies.batchStart(reference, "draft/isupport"));
  const tags = new Map([["batch", reference]]);
  for (const tokens of lines) ctx.reply({ ...replies.isupport(tokens), tags });
  ctx.reply(replies.batchEnd(reference));
}

/** 391: the time, and what it is as seconds since 1970. */
const time = command({
  name: "TIME",
  when: "registered",
  params: {},
  run(ctx) {
    const { wall } = ctx.now;
    const seconds = String(Math.floor(wall / secondMs));
    ctx.reply(replies.time(ctx.settings.name, seconds, isoTime(wall)));
    return undefined;
  },
});

/** There is one server, and it is not linked to any. */
const links = command({
  name: "LINKS",
  when: "registered",
  params: {},
  run(ctx) {
    const { name, description } = ctx.settings;
    ctx.reply(replies.link(name, description));
    ctx.reply(replies.endOfLinks());
    return undefined;
  },
});

const admin = command({
  name: "ADMIN",
  when: "registered",
  params: {},
  run(ctx) {
    const { name, network, description } = ctx.settings;
    ctx.reply(replies.adminMe(name));
    ctx.reply(replies.adminPlace(network));
    ctx.reply(replies.adminMore(description));
    ctx.reply(replies.adminMail(`Write to its operators: /msg ${name}`));
    return undefined;
  },
});

const info = command({
  name: "INFO",
  when: "registered",
  params: {},
  run(ctx) {
    const { version: is, description } = ctx.settings;
    ctx.reply(replies.info(is));
    ctx.reply(replies.info(description));
    ctx.reply(replies.endOfInfo());
    return undefined;
  },
});

const stats = command({
  name: "STATS",
  when: "registered",
  params: { query: optional(word()) },
  run(ctx, { query = "" }) {
    const [letter = ""] = query;
    switch (letter) {
      case "u":
        ctx.reply(replies.statsUptime(uptime(ctx.now.elapsed - ctx.startedAt)));
        break;
      case "o":
        if (!mayOperateServer(ctx.session)) return refusals.noPrivileges();
        for (const user of ctx.network.users()) {
          if (user.isOperator) ctx.reply(replies.statsOperator(user.source, user.nick));
        }
        break;
      default:
    }
    ctx.reply(replies.endOfStats(shownWord(letter)));
    return undefined;
  },
});

/** `3 days 4:05:06` */
function uptime(elapsedMs: number): string {
  const seconds = Math.floor(elapsedMs / secondMs);
  const two = (value: number): string => String(value).padStart(2, "0");
  const [days, hours] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3_600) % 24];
  return `${days} days ${hours}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

export const infoFamily = family({
  commands: [motd, lusers, version, isupport, time, links, admin, info, stats],
  capabilities: {
    "draft/extended-isupport": "",
    // sts: "servers MUST send this key to insecurely connected clients", "… `duration` to securely connected clients".
    sts: ({ isSecure }, { sts }) => {
      if (sts === undefined) return undefined;
      if (isSecure) return `duration=${sts.durationSeconds}`;
      return sts.durationSeconds === 0 ? undefined : `port=${sts.port}`;
    },
  },
  isupport: ({ network, icon }) => ({
    NETWORK: network,
    ...(icon === undefined ? {} : { "draft/ICON": icon }),
  }),
});

/** WHOIS, WHOWAS, USERHOST and ISON: who someone is or was, as far as one may know. */
import { isoTime, secondMs } from "../../base/time.ts";
import { visibilityOf } from "../../protocol/metadata.ts";
import { botMode, prefixSigns } from "../../protocol/modes.ts";
import { isSameName, parseNick } from "../../protocol/names.ts";
import { refusals, replies } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { accountLookup, optional, shownName, word } from "../params.ts";
import { holderOf, isAware, visibleTo } from "./metadata-lines.ts";
import { isHiddenFrom, mayOperateServer, maySeeMember } from "../policy.ts";
import { type User } from "../state/user.ts";

/** `WHOIS [server] nick`: the nick is the last of them; of several nicks only the first is answered. */
const whois = command({
  name: "WHOIS",
  when: "registered",
  params: { first: word(refusals.noNicknameGiven), second: optional(word()) },
  run(ctx, { first, second }) {
    const [name = ""] = (second ?? first).split(",");
    const lookups = parseNick(name).ok ? [accountLookup(name)] : [];
    ctx.load(lookups, (next, outcome) => {
      const found = next.network.user(name);
      // Who waits for a decision is as unknown as who does not exist.
      const isKnown = found?.isActive === true;
      const person = isKnown ? found : undefined;
      if (person !== undefined) replyWhoIs(next, person);
      else if (outcome === "unavailable") next.reply(refusals.temporarilyUnavailable("WHOIS"));
      else next.reply(refusals.noSuchNick(shownName(name)));
      next.reply(replies.endOfWhoIs(person?.nick ?? shownName(name)));
    });
    return undefined;
  },
});

function replyWhoIs(ctx: Context, person: User): void {
  const { nick } = person;
  ctx.reply(replies.whoIsUser(nick, person.origin.user, person.host, person.realName));
  ctx.reply(replies.whoIsServer(nick, ctx.settings.name, ctx.settings.description));
  if (person.isOperator) ctx.reply(replies.whoIsOperator(nick));
  if (person.hasMode(botMode)) ctx.reply(replies.whoIsBot(nick));
  replyChannels(ctx, person);
  if (person.accountName !== undefined) {
    ctx.reply(replies.whoIsAccount(nick, person.accountName));
  }
  replyPresence(ctx, person);
  replyMetadata(ctx, person);
}

/** metadata: "When a user with the capability enabled runs `WHOIS` …, a subset of that metadata MAY be sent". */
function replyMetadata(ctx: Context, person: User): void {
  if (!isAware(ctx.session)) return;
  for (const [key, value] of visibleTo(ctx.session, holderOf(person))) {
    ctx.reply(replies.whoIsKeyValue(person.nick, key, visibilityOf(key), value));
  }
}

/** Only channels that both are in or that are not secret; those not in memory nobody connected is in. */
function replyChannels(ctx: Context, person: User): void {
  const shown: string[] = [];
  for (const channel of ctx.network.channelsOf(person)) {
    if (isHiddenFrom(ctx.user, channel)) continue;
    const member = channel.member(person);
    if (member === undefined || !maySeeMember(ctx.session, channel, member)) continue;
    shown.push(`${prefixSigns(member.prefixes, true)}${channel.name}`);
  }
  for (let start = 0; start < shown.length; start += 5) {
    ctx.reply(replies.whoIsChannels(person.nick, shown.slice(start, start + 5).join(" ")));
  }
}

/** Where someone connects from is shown to themselves and to operators. */
function replyPresence(ctx: Context, person: User): void {
  const { nick } = person;
  const { awayText } = person;
  if (awayText !== undefined) ctx.reply(replies.away(nick, awayText));
  const [session] = person.sessions;
  if (session === undefined) return;
  if (person === ctx.user || mayOperateServer(ctx.session)) {
    for (const { facts } of person.sessions) ctx.reply(replies.whoIsHost(nick, facts.address));
  }
  if (person.sessions.every(({ isSecure }) => isSecure)) ctx.reply(replies.whoIsSecure(nick));
  const signedOn = session.signedOnAt ?? ctx.now.wall;
  const idleSeconds = Math.floor((ctx.now.wall - (session.lastSpokeAt ?? signedOn)) / secondMs);
  const signedOnSeconds = Math.floor(signedOn / secondMs);
  ctx.reply(replies.whoIsIdle(nick, String(Math.max(0, idleSeconds)), String(signedOnSeconds)));
}

/** `WHOWAS nick [count]`: the newest first. */
const whowas = command({
  name: "WHOWAS",
  when: "registered",
  params: { nick: word(refusals.noNicknameGiven), count: optional(word()) },
  run(ctx, { nick, count = "" }) {
    const asked = Number.parseInt(count, 10);
    const { listedMax } = ctx.settings.limits;
    // RFC 2812 §3.6.3: "If a non-positive number is passed … a full search is done."
    const limit = asked > 0 ? Math.min(asked, listedMax) : listedMax;
    const found = ctx.network.departed.filter((one) => isSameName(one.nick, nick));
    if (found.length === 0) ctx.reply(refusals.wasNoSuchNick(shownName(nick)));
    for (const { nick: was, user, host, realName, at } of found.toReversed().slice(0, limit)) {
      ctx.reply(replies.whoWas(was, user, host, realName));
      ctx.reply(replies.whoIsServer(was, ctx.settings.name, isoTime(at)));
    }
    ctx.reply(replies.endOfWhoWas(shownName(nick)));
    return undefined;
  },
});

/** Nicks in one USERHOST, as Modern IRC has it. */
const userHostsMax = 5;

const userhost = command({
  name: "USERHOST",
  when: "registered",
  params: { nick: word() },
  run(ctx, _args, { params }) {
    const shown = params.slice(0, userHostsMax).flatMap((name) => {
      const user = ctx.network.user(name);
      if (user?.isPresent !== true) return [];
      const operator = user.isOperator ? "*" : "";
      const presence = user.awayText === undefined ? "+" : "-";
      return [`${user.nick}${operator}=${presence}${user.origin.user}@${user.host}`];
    });
    ctx.reply(replies.userHosts(shown.join(" ")));
    return undefined;
  },
});

const ison = command({
  name: "ISON",
  when: "registered",
  params: { nick: word() },
  run(ctx, _args, { params }) {
    const asked = params.flatMap((param) => param.split(" ")).filter((name) => name !== "");
    const there = asked.flatMap((name) => {
      const user = ctx.network.user(name);
      return user?.isPresent === true ? [user.nick] : [];
    });
    ctx.reply(replies.isOn(there.join(" ")));
    return undefined;
  },
});

export const whoisFamily = family({ commands: [whois, whowas, userhost, ison] });

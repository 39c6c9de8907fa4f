/** WHO and WHOIS: who someone is, as far as one may know. */
import { secondMs } from "../../base/time.ts";
import { botMode, prefixSigns } from "../../protocol/modes.ts";
import { hasCapability } from "../../protocol/capabilities.ts";
import { parseAccountName } from "../../protocol/names.ts";
import { refusals, replies } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { accountLookup, optional, shownName, targets, word } from "../params.ts";
import { isHiddenFrom, maySeeMember, maySeeUser } from "../policy.ts";
import { type Channel, type Member } from "../state/channel.ts";
import { type User } from "../state/user.ts";

const who = command({
  name: "WHO",
  when: "registered",
  params: { targets: optional(targets) },
  run(ctx, { targets: wanted = [] }) {
    for (const { name, channel, user: person } of wanted) {
      if (channel !== undefined) replyMembers(ctx, channel);
      if (person !== undefined && maySeeUser(ctx.user, person))
        replyWho(ctx, person, undefined, undefined);
      ctx.reply(replies.endOfWho(shownName(name)));
    }
    if (wanted.length === 0) ctx.reply(replies.endOfWho("*"));
    return undefined;
  },
});

function replyMembers(ctx: Context, channel: Channel): void {
  const seen = channel.members.filter((member) => maySeeMember(ctx.user, channel, member));
  for (const member of seen.slice(0, ctx.settings.limits.listedMax)) {
    replyWho(ctx, member.user, channel, member);
  }
}

/** 352: channel, user, host, server, nick, flags (H here or G gone, * operator, prefixes), hops and real name. */
function replyWho(
  ctx: Context,
  person: User,
  channel: Channel | undefined,
  member: Member | undefined,
): void {
  const isMulti = hasCapability(ctx.session.capabilities, "multi-prefix");
  const presence = person.isPresent ? "H" : "G";
  const rank = prefixSigns(member?.prefixes ?? "", isMulti);
  const bot = person.hasMode(botMode) ? botMode : "";
  const flags = `${presence}${person.isOperator ? "*" : ""}${bot}${rank}`;
  const { nick, host, realName } = person;
  const { name: server } = ctx.settings;
  ctx.reply(replies.who([channel?.name ?? "*", nick, host, server, nick, flags, `0 ${realName}`]));
}

/** `WHOIS [server] nick`: the nick is the last of them; of several nicks only the first is answered. */
const whois = command({
  name: "WHOIS",
  when: "registered",
  params: { first: word(refusals.noNicknameGiven), second: optional(word()) },
  run(ctx, { first, second }) {
    const [name = ""] = (second ?? first).split(",");
    const lookups = parseAccountName(name).ok ? [accountLookup(name)] : [];
    ctx.load(lookups, (next, outcome) => {
      const found = next.network.user(name);
      // Who waits for a decision is as unknown as who does not exist.
      const person = found?.isActive === true ? found : undefined;
      if (person !== undefined && maySeeUser(ctx.user, person)) replyWhoIs(next, person);
      else if (outcome === "unavailable") next.reply(refusals.temporarilyUnavailable("WHOIS"));
      else next.reply(refusals.noSuchNick(shownName(name)));
      next.reply(replies.endOfWhoIs(person?.nick ?? shownName(name)));
    });
    return undefined;
  },
});

function replyWhoIs(ctx: Context, person: User): void {
  const { nick } = person;
  ctx.reply(replies.whoIsUser(nick, nick, person.host, person.realName));
  ctx.reply(replies.whoIsServer(nick, ctx.settings.name, ctx.settings.description));
  if (person.isOperator) ctx.reply(replies.whoIsOperator(nick));
  if (person.hasMode(botMode)) ctx.reply(replies.whoIsBot(nick));
  replyChannels(ctx, person);
  ctx.reply(replies.whoIsAccount(nick, nick));
  replyPresence(ctx, person);
}

/** Only channels that both are in or that are not secret; those not in memory nobody connected is in. */
function replyChannels(ctx: Context, person: User): void {
  const shown: string[] = [];
  for (const channel of ctx.network.channelsOf(person)) {
    if (isHiddenFrom(ctx.user, channel)) continue;
    const member = channel.member(person);
    if (member === undefined || !maySeeMember(ctx.user, channel, member)) continue;
    const { prefixes } = member;
    shown.push(`${prefixSigns(prefixes, true)}${channel.name}`);
  }
  for (let start = 0; start < shown.length; start += 5) {
    ctx.reply(replies.whoIsChannels(person.nick, shown.slice(start, start + 5).join(" ")));
  }
}

/** Where someone connects from is shown to themselves and to operators. */
function replyPresence(ctx: Context, person: User): void {
  const { nick } = person;
  const [session] = person.sessions;
  if (session === undefined) {
    ctx.reply(replies.away(nick, "is not connected"));
    return;
  }
  if (person === ctx.user || ctx.user.isOperator) {
    for (const { facts } of person.sessions) ctx.reply(replies.whoIsHost(nick, facts.address));
  }
  if (person.sessions.every(({ isSecure }) => isSecure)) ctx.reply(replies.whoIsSecure(nick));
  const signedOn = session.signedOnAt ?? ctx.now.wall;
  const idleSeconds = Math.floor((ctx.now.wall - (session.lastSpokeAt ?? signedOn)) / secondMs);
  const signedOnSeconds = Math.floor(signedOn / secondMs);
  ctx.reply(replies.whoIsIdle(nick, String(Math.max(0, idleSeconds)), String(signedOnSeconds)));
}

export const whoFamily = family({ commands: [who, whois] });

/**
 * WHO: who is in a channel, or goes by a nick or mask; with WHOX, only the fields that were asked for.
 *
 * Where someone connects from is shown to themselves and to operators.
 */
import { secondMs } from "../../base/time.ts";
import { hasCapability } from "../../protocol/capabilities.ts";
import { isBoundedMask, matchesMask } from "../../protocol/masks.ts";
import { botMode, prefixSigns } from "../../protocol/modes.ts";
import { isChannelName, parseNick } from "../../protocol/names.ts";
import { refusals, replies } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { accountLookup, channelLookup, type Lookup, optional, shownName, word } from "../params.ts";
import { isHiddenFrom, mayOperateServer, maySeeMember, maySeeUser } from "../policy.ts";
import { type Channel, type Member } from "../state/channel.ts";
import { type User } from "../state/user.ts";

interface Asked {
  /** WHOX fields; undefined: an ordinary WHO. */
  readonly fields: string | undefined;
  readonly token: string;
}

interface Shown {
  readonly person: User;
  readonly channel: Channel | undefined;
  readonly member: Member | undefined;
}

const who = command({
  name: "WHO",
  when: "registered",
  params: { mask: optional(word()), options: optional(word()) },
  run(ctx, { mask = "*", options = "" }) {
    const asked = parseOptions(options);
    const onlyOperators = options.startsWith("o");
    ctx.load(lookupsOf(mask), (next, outcome) => {
      if (outcome === "unavailable") {
        next.reply(refusals.temporarilyUnavailable("WHO"));
        return;
      }
      const shown = find(next, mask).filter(({ person }) => !onlyOperators || person.isOperator);
      for (const one of shown.slice(0, next.settings.limits.listedMax)) show(next, one, asked);
      next.reply(replies.endOfWho(shownName(mask)));
    });
    return undefined;
  },
});

/** whox: "WHO <mask> [%<fields>[,<token>]]"; the token "MUST contain at most 3" digits. */
function parseOptions(options: string): Asked {
  const match = /%([A-Za-z]*)(?:,(\d{1,3}))?$/.exec(options);
  return { fields: match?.[1], token: match?.[2] ?? "0" };
}

function lookupsOf(mask: string): Lookup[] {
  if (isChannelName(mask)) return [channelLookup(mask)];
  return parseNick(mask).ok ? [accountLookup(mask)] : [];
}

function find(ctx: Context, mask: string): Shown[] {
  if (isChannelName(mask)) {
    const channel = ctx.network.channel(mask);
    if (channel === undefined || isHiddenFrom(ctx.user, channel)) return [];
    return channel.members
      .filter((member) => maySeeMember(ctx.session, channel, member))
      .map((member) => ({ person: member.user, channel, member }));
  }
  const exact = ctx.network.user(mask);
  if (exact !== undefined) {
    // RFC 1459 §4.5.1: who is asked for by name is shown, invisible or not.
    return exact.isActive ? [{ person: exact, channel: undefined, member: undefined }] : [];
  }
  // RFC 2812 §3.6.1: "In the absence of the <mask> parameter, all visible (users who aren't invisible …) are listed".
  const wanted = mask === "0" ? "*" : mask;
  if (!isBoundedMask(wanted)) return [];
  const shown: Shown[] = [];
  for (const person of ctx.network.users()) {
    if (person.isPresent && maySeeUser(ctx.session, person) && isFound(person, wanted)) {
      shown.push({ person, channel: undefined, member: undefined });
    }
  }
  return shown;
}

function isFound({ nick, origin, realName }: User, mask: string): boolean {
  return [nick, origin.user, origin.host, realName].some((text) => matchesMask(mask, text));
}

function show(ctx: Context, shown: Shown, { fields, token }: Asked): void {
  const { person, channel } = shown;
  const { nick, origin, realName } = person;
  const flags = flagsOf(ctx, shown);
  const { name: server } = ctx.settings;
  if (fields === undefined) {
    const { user, host } = origin;
    const where = channel?.name ?? "*";
    ctx.reply(replies.who([where, user, host, server, nick, flags, `0 ${realName}`]));
    return;
  }
  // "Servers MUST send the fields in the order specified".
  const values: Readonly<Record<string, string>> = {
    t: token,
    c: channel?.name ?? "*",
    u: origin.user,
    i: addressShown(ctx, person),
    h: origin.host,
    s: server,
    n: nick,
    f: flags,
    d: "0",
    l: idleSeconds(ctx, person),
    a: person.accountName ?? "0",
    o: "n/a",
    r: realName,
  };
  const asked = Object.entries(values).filter(([field]) => fields.includes(field));
  ctx.reply(replies.whox(asked.map(([, value]) => value)));
}

/** H here or G gone, * operator, B bot, the rank in the channel. */
function flagsOf(ctx: Context, { person, member }: Shown): string {
  const isMulti = hasCapability(ctx.session.capabilities, "multi-prefix");
  const presence = person.awayText === undefined ? "H" : "G";
  const rank = prefixSigns(member?.prefixes ?? "", isMulti);
  const bot = person.hasMode(botMode) ? botMode : "";
  return `${presence}${person.isOperator ? "*" : ""}${bot}${rank}`;
}

function addressShown(ctx: Context, person: User): string {
  const [session] = person.sessions;
  const mayKnow = person === ctx.user || mayOperateServer(ctx.session);
  const address = mayKnow ? session?.facts.address : undefined;
  if (address === undefined) return "255.255.255.255";
  return address.startsWith(":") ? `0${address}` : address;
}

function idleSeconds(ctx: Context, { sessions }: User): string {
  const [session] = sessions;
  const since = session?.lastSpokeAt ?? session?.signedOnAt ?? ctx.now.wall;
  return String(Math.max(0, Math.floor((ctx.now.wall - since) / secondMs)));
}

export const whoFamily = family({ commands: [who], isupport: () => ({ WHOX: "" }) });

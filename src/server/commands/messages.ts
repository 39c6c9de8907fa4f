/**
 * PRIVMSG, NOTICE and TAGMSG: saying something, in a channel, to someone, or to the server itself.
 *
 * A message is kept before anyone sees it. With the client's nonce it is kept once: sent again after a drop, it is
 * answered with the first one's place and shown to nobody else. A line that would not fit with its sender's name
 * before it is refused whole, never cut.
 */
import { isoTime } from "../../base/time.ts";
import { hasCapability, nonceTag, repeatTag } from "../../protocol/capabilities.ts";
import { nonceBytesMax } from "../../protocol/limits.ts";
import { fitsLine, type Message, type Tags, writeTags } from "../../protocol/message.ts";
import { writeMessageId } from "../../protocol/message-ids.ts";
import { parseStatusTarget, type PrefixLetter, signOf } from "../../protocol/modes.ts";
import { isChannelName, isSameName } from "../../protocol/names.ts";
import { type Refusal, refusals, replies } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { actorOf, event, membersOf, ranked, usersNamed } from "../event.ts";
import { type Place } from "../outside.ts";
import { type Target, shownName, targets, text, type Param } from "../params.ts";
import { type Hearing, hearing, mayBeSaid, mayWriteTo } from "../policy.ts";
import { sessionChanged } from "../session-changed.ts";
import { type Channel } from "../state/channel.ts";
import { type User } from "../state/user.ts";
import { tellAway } from "./away.ts";
import {
  type Said,
  saidInChannel,
  saidToRank,
  saidToServer,
  saidToUser,
  type Verb,
} from "./said.ts";
import { askService, serviceName } from "./service.ts";

interface Tagged {
  /** As the receivers are shown it. */
  readonly target: string;
  readonly tags: string;
  /** Who is to see it of the channel, and with which rank; undefined: it goes to a user. */
  readonly channel: string | undefined;
  readonly rank: PrefixLetter | undefined;
}

const tagged = event<Tagged>("tags", {
  audience(network, { target, channel, rank }, { nick }) {
    if (channel === undefined) return usersNamed(network, target, nick);
    return rank === undefined
      ? membersOf(network, channel)
      : ranked(network, { channel, rank, nick });
  },
  line: ({ target }) => ({ command: "TAGMSG", params: [target] }),
  clientTags: ({ tags }) => tags,
  onlyFor: "message-tags",
  isEcho: ({ target }, { nick }) => !isSameName(target, nick),
});

/** A target, and of a channel the lowest rank that is to see the message; undefined: everyone. */
interface Recipient extends Target {
  readonly rank: PrefixLetter | undefined;
}

/** The targets of a message, with the prefixes of STATUSMSG; without one 411. */
function recipients(verb: string): Param<readonly Recipient[]> {
  return {
    parse(raw, scope) {
      if (raw === undefined || raw === "") {
        return { kind: "refused", refusal: refusals.noRecipient(verb) };
      }
      const asked = raw
        .split(",")
        .filter((name) => name !== "")
        .map(parseStatusTarget);
      const found = targets.parse(asked.map(({ name }) => name).join(","), scope);
      if (found.kind !== "value") return found;
      const value = found.value.map((target, index) => ({ ...target, rank: asked[index]?.rank }));
      return { kind: "value", value };
    },
  };
}

/** The words of a message; without any 412. */
const words: Param<string> = {
  parse(raw, scope) {
    if (raw === undefined || raw === "") {
      return { kind: "refused", refusal: refusals.noTextToSend() };
    }
    return text.parse(raw, scope);
  },
};

function messageCommand(verb: Verb) {
  return command({
    name: verb,
    when: "registered",
    params: { targets: recipients(verb), text: words },
    run(ctx, { targets: to, text: said }, message) {
      ctx.emit(
        sessionChanged({ connection: ctx.session.id, change: { lastSpokeAt: ctx.now.wall } }),
      );
      for (const [index, target] of to.entries()) {
        const asked: Said = {
          verb,
          target: shownTarget(target),
          text: said,
          tags: clientTagsOf(message.tags),
          nonce: nonceOf(message, index),
        };
        const refusal = say(ctx, target, asked);
        if (refusal !== undefined) refuse(ctx, asked, refusal);
      }
      return undefined;
    },
  });
}

/** As the receivers are shown it: names as they are, a channel behind the sign of the rank. */
function shownTarget({ name, channel, user, rank }: Recipient): string {
  if (channel === undefined) return user?.nick ?? name;
  return `${rank === undefined ? "" : signOf(rank)}${channel.name}`;
}

/**
 * What may not be said now may have been kept when it might: sent again after a drop, it is answered as kept, so
 * that nothing which is refused is ever seen.
 */
function refuse(ctx: Context, said: Said, refusal: Refusal): void {
  // RFC 1459 §4.4.2: no automatic reply to a NOTICE; a label asks for one.
  const isAnswered = said.verb === "PRIVMSG" || ctx.task.response?.label !== undefined;
  if (!isAnswered) return;
  if (said.nonce === undefined) {
    ctx.reply(refusal);
    return;
  }
  const ask = { account: ctx.user.id, nonce: said.nonce };
  ctx.ask("said", ask, (answer, next) => {
    if (next.session.phase === "closed") return;
    if (answer.outcome === "none") next.reply(refusal);
    else if (answer.outcome === "found") echoKept(next, said, answer.place);
    else next.reply(refusals.temporarilyUnavailable(said.verb));
  });
}

function echoKept(ctx: Context, { verb, target, text: words }: Said, place: Place): void {
  const { capabilities } = ctx.session;
  if (!hasCapability(capabilities, "echo-message")) return;
  const tags = new Map<string, string>();
  if (hasCapability(capabilities, "server-time")) tags.set("time", isoTime(place.time));
  if (hasCapability(capabilities, "message-tags")) {
    tags.set("msgid", writeMessageId(place));
    tags.set(repeatTag, "");
  }
  const { source } = ctx.user;
  ctx.reply(replies.historyLine({ source, command: verb, params: [target, words] }, tags));
}

/** As the user, also where words to the service were among the targets: what those do, the server does. */
function say(ctx: Context, recipient: Recipient, said: Said): Refusal | undefined {
  const { name, channel, user, rank } = recipient;
  if (channel !== undefined) return sayInChannel(ctx, { channel, rank }, said);
  if (user !== undefined) return sayToUser(ctx, user, said);
  if (isSameName(name, serviceName)) {
    if (!fits(ctx, { ...said, target: serviceName })) return refusals.inputTooLong();
    askService(ctx, said.text);
    return undefined;
  }
  if (isSameName(name, ctx.settings.name)) {
    const toServer = { ...said, target: ctx.settings.name };
    if (!fits(ctx, toServer)) return refusals.inputTooLong();
    ctx.emit(saidToServer(toServer), actorOf(ctx.user));
    return undefined;
  }
  return notFound(name);
}

function notFound(name: string): Refusal {
  return isChannelName(name)
    ? refusals.noSuchChannel(shownName(name))
    : refusals.noSuchNick(shownName(name));
}

function sayInChannel(
  ctx: Context,
  { channel, rank }: { readonly channel: Channel; readonly rank: PrefixLetter | undefined },
  said: Said,
): Refusal | undefined {
  const heard = hearing(ctx.user, channel);
  if (heard.kind === "nobody") return heard.refusal;
  const refusal = mayBeSaid(channel, said.text);
  if (refusal !== undefined) return refusal;
  if (!fits(ctx, said)) return refusals.inputTooLong();
  const by = actorOf(ctx.user);
  const lowest = lowestRank(heard, rank);
  if (lowest === undefined) ctx.emit(saidInChannel(said), by);
  else ctx.emit(saidToRank({ ...said, channel: channel.name, rank: lowest }), by);
  return undefined;
}

/** Who hears it by the channel's modes and by the target's prefix: who does by both. */
function lowestRank(heard: Hearing, rank: PrefixLetter | undefined): PrefixLetter | undefined {
  const isForOperators = heard.kind === "operators" && (rank === undefined || rank === "v");
  return isForOperators ? "h" : rank;
}

function sayToUser(ctx: Context, user: User, said: Said): Refusal | undefined {
  const refusal = mayWriteTo(ctx.user, user, said.text);
  if (refusal !== undefined) return refusal;
  if (!fits(ctx, said)) return refusals.inputTooLong();
  ctx.emit(saidToUser(said), actorOf(ctx.user));
  if (said.verb === "PRIVMSG") tellAway(ctx, user);
  return undefined;
}

/** Whether the line fits as others get it, with the sender before it. */
function fits(ctx: Context, { verb, target, text: said }: Said): boolean {
  return fitsLine({ source: ctx.user.source, command: verb, params: [target, said] });
}

/** Client-only tags are passed on; our own nonce is for the server. */
function clientTagsOf(tags: Tags): string {
  if (tags.size === 0) return "";
  const passedOn = [...tags].filter(([key]) => key.startsWith("+") && key !== nonceTag);
  return writeTags(new Map(passedOn));
}

/** One word of printing ASCII: so what is put behind it for further targets is no other nonce. */
function nonceOf({ tags }: Message, index: number): string | undefined {
  const nonce = tags.get(nonceTag);
  if (nonce === undefined || nonce.length > nonceBytesMax || !/^[\x21-\x7e]+$/.test(nonce)) {
    return undefined;
  }
  return index === 0 ? nonce : `${nonce} ${index}`;
}

const tagmsg = command({
  name: "TAGMSG",
  when: "registered",
  params: { targets: recipients("TAGMSG") },
  run(ctx, { targets: to }, message) {
    const tags = clientTagsOf(message.tags);
    if (tags === "") return undefined;
    for (const recipient of to) {
      const refusal = tag(ctx, recipient, tags);
      if (refusal !== undefined) ctx.reply(refusal);
    }
    return undefined;
  },
});

function tag(ctx: Context, recipient: Recipient, tags: string): Refusal | undefined {
  const { name, channel, user, rank } = recipient;
  const target = shownTarget(recipient);
  if (channel !== undefined) {
    const heard = hearing(ctx.user, channel);
    if (heard.kind === "nobody") return heard.refusal;
    const lowest = lowestRank(heard, rank);
    ctx.emit(tagged({ target, tags, channel: channel.name, rank: lowest }));
    return undefined;
  }
  if (user === undefined) return notFound(name);
  const refusal = mayWriteTo(ctx.user, user, undefined);
  if (refusal === undefined) {
    ctx.emit(tagged({ target, tags, channel: undefined, rank: undefined }));
  }
  return refusal;
}

export const messagesFamily = family({
  commands: [messageCommand("PRIVMSG"), messageCommand("NOTICE"), tagmsg],
  capabilities: { "echo-message": "", "account-tag": "" },
  isupport: ({ limits: { targetsMax } }) => ({
    // Of several nicks WHOIS answers the first, and KILL knows none.
    TARGMAX: ["PRIVMSG", "NOTICE", "TAGMSG", "JOIN", "PART", "KICK", "NAMES"]
      .map((name) => `${name}:${targetsMax}`)
      .concat("WHOIS:1", "KILL:1")
      .join(","),
  }),
});

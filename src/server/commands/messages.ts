/**
 * PRIVMSG, NOTICE and TAGMSG: saying something, in a channel, to someone, or to the server itself.
 *
 * A message is kept before anyone sees it. With the client's nonce it is kept once: sent again after a drop, it is
 * answered with the first one's place and shown to nobody else.
 *
 * A line that would not fit with its sender's name before it is refused whole (417), never cut as other servers do it:
 * what is answered as said is said, to the last word, in the log and to everyone. Clients that people use (irssi, WeeChat,
 * HexChat, ours) count the name in and split before they send, so it is met by those who write lines by hand, and told them.
 */
import { isoTime } from "../../base/time.ts";
import { hasCapability, nonceTag, repeatTag } from "../../protocol/capabilities.ts";
import { nonceBytesMax } from "../../protocol/limits.ts";
import { fitsLine, noTags, type Tags, writeTags } from "../../protocol/message.ts";
import { writeMessageId } from "../../protocol/message-ids.ts";
import { isLong, linesOf } from "../../protocol/multiline.ts";
import { parseStatusTarget, type PrefixLetter, signOf } from "../../protocol/modes.ts";
import { isChannelName, isSameName } from "../../protocol/names.ts";
import { type Refusal, refusals } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { actorOf } from "../event.ts";
import { type Answer, type Place } from "../outside.ts";
import { type Target, shownName, targets, text, type Param } from "../params.ts";
import { type Hearing, hearing, mayBeSaid, mayKeep, mayWriteTo } from "../policy.ts";
import { longReplies } from "../long-lines.ts";
import { changeSession } from "../session-changed.ts";
import { type Channel } from "../state/channel.ts";
import { type User } from "../state/user.ts";
import { tellAway } from "./away.ts";
import { askPlayback, playbackName } from "./playback.ts";
import {
  isReaction,
  type Said,
  saidInChannel,
  saidToRank,
  saidToServer,
  saidToUser,
  type Tagged,
  tagged,
  type Verb,
} from "./said.ts";
import { askService, isForService, serviceName } from "./service.ts";

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
    isForStrangers: (message) => verb === "PRIVMSG" && isForService(message),
    params: { targets: recipients(verb), text: words },
    run(ctx, { targets: to, text: said }, { tags, params: [target = ""] }) {
      if (ctx.session.user === undefined) askService(ctx, said);
      else sayTo(ctx, to, { target, saying: { verb, text: said, seams: [], tags }, known: none });
      return undefined;
    },
  });
}

/** What someone wants to say, before it is known to whom. */
export interface Saying {
  readonly verb: Verb;
  readonly text: string;
  readonly seams: readonly number[];
  /** As the client sent them. */
  readonly tags: Tags;
}

/** How far it is with saying something. */
interface Attempt {
  /** As the client named them all. */
  readonly target: string;
  readonly saying: Saying;
  /** By a target's index, where it may not be said: whether it was kept when it might. */
  readonly known: ReadonlyMap<number, Answer<"said">>;
}

const none: Attempt["known"] = new Map();

/**
 * What has to be asked is asked before anything is said: an own echo waits for the end of its command, and is not to
 * come after what others say meanwhile.
 */
function sayTo(ctx: Context, to: readonly Recipient[], attempt: Attempt): void {
  changeSession(ctx, { lastSpokeAt: ctx.now.wall });
  const tries = to.map((recipient, index) => {
    const said = saidTo(recipient, attempt.saying, index);
    return { said, outcome: say(ctx, recipient, said, to.length === 1) };
  });
  for (const [index, { said, outcome }] of tries.entries()) {
    if (typeof outcome === "function" || said.nonce === undefined || !isAnswered(ctx, said))
      continue;
    if (attempt.known.has(index)) continue;
    const ask = { account: ctx.user.id, nonce: said.nonce };
    ctx.ask("said", ask, (answer, next) => {
      sayToNamed(next, { ...attempt, known: new Map([...attempt.known, [index, answer]]) });
    });
    return;
  }
  for (const [index, { said, outcome }] of tries.entries()) {
    if (typeof outcome === "function") outcome();
    else if (isAnswered(ctx, said))
      refuse(ctx, { said, refusal: outcome }, attempt.known.get(index));
  }
}

function saidTo(
  recipient: Recipient,
  { verb, text: words, seams, tags }: Saying,
  index: number,
): Said {
  const target = shownTarget(recipient);
  return {
    verb,
    target,
    text: words,
    seams,
    tags: clientTagsOf(tags),
    nonce: nonceOf(tags, index),
  };
}

/** RFC 1459 §4.4.2: no automatic reply to a NOTICE; a label asks for one. */
function isAnswered({ task }: Context, { verb }: Said): boolean {
  return verb === "PRIVMSG" || task.response?.label !== undefined;
}

/** Says it to whom the target names, once they are found. */
export function sayToTarget(ctx: Context, target: string, saying: Saying): void {
  sayToNamed(ctx, { target, saying, known: none });
}

function sayToNamed(ctx: Context, attempt: Attempt): void {
  if (ctx.session.phase === "closed") return;
  const { target } = attempt;
  const { verb } = attempt.saying;
  const { network, settings, user: asker, task } = ctx;
  const scope = { command: verb, network, settings, asker, absent: task.absent };
  const result = recipients(verb).parse(target, scope);
  switch (result.kind) {
    case "refused":
      ctx.reply(result.refusal);
      return;
    case "lookup":
      ctx.load(result.lookups, (next, outcome) => {
        if (outcome === "loaded") sayToNamed(next, attempt);
        else next.reply(refusals.temporarilyUnavailable(verb));
      });
      return;
    case "value":
      sayTo(ctx, result.value, attempt);
  }
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
function refuse(
  ctx: Context,
  { said, refusal }: { readonly said: Said; readonly refusal: Refusal },
  kept: Answer<"said"> | undefined,
): void {
  if (kept === undefined || kept.outcome === "none") ctx.reply(refusal);
  else if (kept.outcome === "found") echoKept(ctx, said, kept.place);
  else ctx.reply(refusals.temporarilyUnavailable(said.verb));
}

function echoKept(ctx: Context, { verb, target, text: words, seams }: Said, place: Place): void {
  const { capabilities } = ctx.session;
  if (!hasCapability(capabilities, "echo-message")) return;
  const tags = new Map<string, string>();
  if (hasCapability(capabilities, "server-time")) tags.set("time", isoTime(place.time));
  if (hasCapability(capabilities, "message-tags")) {
    tags.set("msgid", writeMessageId(place));
    tags.set(repeatTag, "");
  }
  const { source } = ctx.user;
  const spoken = { source, command: verb, params: [target, words], seams };
  const receiver = { capabilities, nextBatch: () => ctx.nextBatch() };
  for (const reply of longReplies(spoken, { own: tags, frame: noTags }, receiver)) ctx.reply(reply);
}

/** Says it when it is called. */
type Sayer = () => void;

function say(ctx: Context, recipient: Recipient, said: Said, isAlone: boolean): Refusal | Sayer {
  const { name, channel, user, rank } = recipient;
  if (channel !== undefined) return sayInChannel(ctx, { channel, rank }, said);
  if (user !== undefined) return sayToUser(ctx, user, said);
  if (isSameName(name, serviceName)) {
    // What it is told may be a password, and its answer may take its time: an own echo would wait for it, and come after
    // what others say meanwhile.
    if (!isAlone) return refusals.spokenToAlone(serviceName);
    if (isLong(said)) return refusals.multilineInvalid("NickServ is told one line at a time");
    if (!fits(ctx, { ...said, target: serviceName })) return refusals.inputTooLong();
    return () => askService(ctx, said.text);
  }
  if (isSameName(name, playbackName)) return () => askPlayback(ctx, said.text);
  if (isSameName(name, ctx.settings.name)) {
    const toServer = { ...said, target: ctx.settings.name };
    if (!fits(ctx, toServer)) return refusals.inputTooLong();
    const full = ctx.user.isGuest ? undefined : mayKeep(ctx, said.verb);
    return full ?? (() => ctx.emit(saidToServer(toServer), actorOf(ctx.user)));
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
): Refusal | Sayer {
  const heard = hearing(ctx.user, channel);
  if (heard.kind === "nobody") return heard.refusal;
  const refusal = mayBeSaid(channel, said);
  if (refusal !== undefined) return refusal;
  if (!fits(ctx, said)) return refusals.inputTooLong();
  const by = actorOf(ctx.user);
  const lowest = lowestRank(heard, rank);
  if (lowest === undefined) {
    return mayKeep(ctx, said.verb) ?? (() => ctx.emit(saidInChannel(said), by));
  }
  return () => ctx.emit(saidToRank({ ...said, channel: channel.name, rank: lowest }), by);
}

/** Who hears it by the channel's modes and by the target's prefix: who does by both. */
function lowestRank(heard: Hearing, rank: PrefixLetter | undefined): PrefixLetter | undefined {
  const isForOperators = heard.kind === "operators" && (rank === undefined || rank === "v");
  return isForOperators ? "h" : rank;
}

function sayToUser(ctx: Context, user: User, said: Said): Refusal | Sayer {
  const refusal = mayWriteTo(ctx.user, user, said);
  if (refusal !== undefined) return refusal;
  if (!fits(ctx, said)) return refusals.inputTooLong();
  // What guests say, and are told, is not kept.
  const isKept = !user.isGuest && !ctx.user.isGuest;
  const full = isKept ? mayKeep(ctx, said.verb) : undefined;
  if (full !== undefined) return full;
  return () => {
    ctx.emit(saidToUser(said), actorOf(ctx.user));
    if (said.verb === "PRIVMSG") tellAway(ctx, user);
  };
}

/** Whether each line of it fits as others get it, with the sender before it. */
function fits(ctx: Context, said: Said): boolean {
  const { verb, target } = said;
  const { source } = ctx.user;
  return linesOf(said).every(({ text: line }) =>
    fitsLine({ source, command: verb, params: [target, line] }),
  );
}

/** Client-only tags are passed on; our own nonce is for the server. */
function clientTagsOf(tags: Tags): string {
  if (tags.size === 0) return "";
  const passedOn = [...tags].filter(([key]) => key.startsWith("+") && key !== nonceTag);
  return writeTags(new Map(passedOn));
}

/** One word of printing ASCII: so what is put behind it for further targets is no other nonce. */
function nonceOf(tags: Tags, index: number): string | undefined {
  const nonce = tags.get(nonceTag);
  if (nonce === undefined || nonce.length > nonceBytesMax || !/^[\x21-\x7e]+$/.test(nonce)) {
    return undefined;
  }
  return index === 0 ? nonce : `${nonce} ${index}`;
}

const tagmsg = command({
  name: "TAGMSG",
  when: "registered",
  keeps: ({ tags }) => isReaction(writeTags(tags)),
  params: { targets: recipients("TAGMSG") },
  run(ctx, { targets: to }, message) {
    for (const [index, recipient] of to.entries()) {
      const refusal = tag(ctx, recipient, {
        tags: clientTagsOf(message.tags),
        nonce: nonceOf(message.tags, index),
      });
      if (refusal !== undefined) ctx.reply(refusal);
    }
    return undefined;
  },
});

function tag(
  ctx: Context,
  recipient: Recipient,
  said: Pick<Tagged, "nonce" | "tags">,
): Refusal | undefined {
  const { name, channel, user, rank } = recipient;
  const target = shownTarget(recipient);
  if (channel !== undefined) {
    const heard = hearing(ctx.user, channel);
    if (heard.kind === "nobody") return heard.refusal;
    const lowest = lowestRank(heard, rank);
    ctx.emit(tagged({ ...said, target, channel: channel.name, rank: lowest }));
    return undefined;
  }
  if (user === undefined) return notFound(name);
  const refusal = mayWriteTo(ctx.user, user, undefined);
  if (refusal === undefined) {
    ctx.emit(tagged({ ...said, target, channel: undefined, rank: undefined }));
  }
  return refusal;
}

export const messagesFamily = family({
  commands: [messageCommand("PRIVMSG"), messageCommand("NOTICE"), tagmsg],
  capabilities: { "echo-message": "", "account-tag": "" },
  isupport: ({ limits: { targetsMax } }) => ({
    // Of several nicks WHOIS answers the first, and KILL knows none.
    TARGMAX: ["PRIVMSG", "NOTICE", "TAGMSG", "JOIN", "PART", "KICK", "NAMES", "LIST"]
      .map((name) => `${name}:${targetsMax}`)
      .concat("WHOIS:1", "KILL:1")
      .join(","),
  }),
});

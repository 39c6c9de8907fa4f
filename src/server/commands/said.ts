/**
 * What is said, as events: in a channel, between two members, to the server; and what tags alone say.
 */
import { serverAccount } from "../../base/ids.ts";
import { type PrefixLetter } from "../../protocol/modes.ts";
import { noCapabilities } from "../../protocol/capabilities.ts";
import { noTags, parseTags, writeTags } from "../../protocol/message.ts";
import { isLong } from "../../protocol/multiline.ts";
import { isSameName } from "../../protocol/names.ts";
import {
  channelEntry,
  conversationEntry,
  type EntryParts,
  event,
  type EventDefinition,
  membersOf,
  ranked,
  usersNamed,
} from "../event.ts";
import { longLook } from "../long-lines.ts";

export type Verb = "PRIVMSG" | "NOTICE";

export interface Said {
  readonly verb: Verb;
  /** A channel's name, a nick, or the server's name. */
  readonly target: string;
  /** Of several lines where there are line feeds in it. */
  readonly text: string;
  /** Where the sender cut a line of it (`protocol/multiline.ts`). */
  readonly seams: readonly number[];
  /** Client-only tags as on the wire. */
  readonly tags: string;
  readonly nonce: string | undefined;
}

type Look = Pick<EventDefinition<Said>, "clientTags" | "isSaid" | "line" | "variants">;

/** How all that is said looks. */
const look: Look = {
  line: ({ verb, target, text: words, seams }) => ({
    command: verb,
    params: [target, words],
    seams,
  }),
  variants: (said) => (isLong(said) ? longLook : noCapabilities),
  clientTags: ({ tags }) => tags,
  isSaid: true,
};

/** What of it is written down. */
function kept({ verb, text: words, seams, tags, nonce }: Said): EntryParts {
  return { command: verb, text: words, seams, tags: keptTags(tags), nonce };
}

/** typing is about now: whoever reads the log later has nothing of it. All other client-only tags are kept. */
function keptTags(tags: string): string {
  if (!tags.includes("typing")) return tags;
  const all = [...(parseTags(tags) ?? noTags)];
  return writeTags(new Map(all.filter(([key]) => key !== "+typing" && key !== "+draft/typing")));
}

/** To part of a channel: who has at least that rank. */
export interface SaidToRank extends Said {
  readonly channel: string;
  readonly rank: PrefixLetter;
}

/**
 * To those of a channel with a rank (STATUSMSG), or what who has no rank says, to those who look after it (+U). Not kept: the
 * channel's log is read by all of its members. So it has no place there, and no `msgid`, which is one.
 */
export const saidToRank = event<SaidToRank>("message-to-rank", {
  audience: (network, { channel, rank }, { nick }) => ranked(network, { channel, rank, nick }),
  ...look,
  isEcho: () => true,
  note: ({ target, text: words }, { nick: from }) => ({
    event: "message.private",
    from,
    to: target,
    bytes: Buffer.byteLength(words),
  }),
});

export const saidInChannel = event<Said>("message", {
  audience: (network, { target }) => membersOf(network, target),
  keep(said, network, actor) {
    const channel = network.channel(said.target);
    return channel === undefined ? undefined : channelEntry(channel, actor, kept(said));
  },
  ...look,
  isEcho: () => true,
  note: ({ verb, target, text: words }, { nick: from }) => ({
    event: "message.channel",
    channel: target,
    from,
    text: words,
    isNotice: verb === "NOTICE",
  }),
});

/** Between two members: seen by both, on all their devices. */
export const saidToUser = event<Said>("private-message", {
  audience: (network, { target }, actor) => usersNamed(network, target, actor.nick),
  keep(said, network, actor) {
    const to = network.user(said.target);
    if (to === undefined) return undefined;
    return conversationEntry({ account: to.id, name: to.nick }, actor, kept(said));
  },
  ...look,
  hasPassingId: true, // of guests, whose conversations are not kept
  isEcho: ({ target }, { nick }) => !isSameName(target, nick),
  isToSelf: ({ target }, { nick }) => isSameName(target, nick),
  note: ({ target, text: words }, { nick: from, account }) =>
    account === serverAccount
      ? { event: "message.from-server", to: target, text: words }
      : { event: "message.private", from, to: target, bytes: Buffer.byteLength(words) },
});

/** To the server itself: its operator reads it on the console. */
export const saidToServer = event<Said>("message-to-server", {
  audience: (network, _said, actor) => usersNamed(network, actor.nick),
  keep: (said, _network, actor) =>
    conversationEntry({ account: serverAccount, name: said.target }, actor, kept(said)),
  ...look,
  isEcho: () => true,
  note: ({ text: words }, { nick: from }) => ({ event: "message.server", from, text: words }),
});

/** Tags without words. */
export interface Tagged {
  /** As the receivers are shown it. */
  readonly target: string;
  readonly tags: string;
  /** Who is to see it of the channel, and with which rank; undefined: it goes to a user. */
  readonly channel: string | undefined;
  readonly rank: PrefixLetter | undefined;
  readonly nonce: string | undefined;
}

/**
 * A reaction is kept, in the log of the message that it means, and what its client asks to keep; other tags without words
 * are about now.
 */
export const tagged = event<Tagged>("tags", {
  audience(network, { target, channel, rank }, { nick }) {
    if (channel === undefined) return usersNamed(network, target, nick);
    return rank === undefined
      ? membersOf(network, channel)
      : ranked(network, { channel, rank, nick });
  },
  keep({ target, tags, channel: name, rank, nonce }, network, actor) {
    if (rank !== undefined || !(isReaction(tags) || isToLast(tags))) return undefined;
    const parts = { command: "TAGMSG", tags: keptTags(tags), nonce };
    if (name !== undefined) {
      const channel = network.channel(name);
      return channel === undefined ? undefined : channelEntry(channel, actor, parts);
    }
    const to = network.user(target);
    if (to === undefined) return undefined;
    return conversationEntry({ account: to.id, name: to.nick }, actor, parts);
  },
  line: ({ target }) => ({ command: "TAGMSG", params: [target] }),
  clientTags: ({ tags }) => tags,
  onlyFor: "message-tags",
  hasPassingId: true,
  isEcho: ({ target }, { nick }) => !isSameName(target, nick),
  isToSelf: ({ target }, { nick }) => isSameName(target, nick),
});

/**
 * react: "this tag MUST be used in conjunction with the +reply client tag", which older clients send as +draft/reply;
 * "+draft/react and +draft/unreact tags MUST NOT both be attached to a single message".
 */
export function isReaction(written: string): boolean {
  const tags = parseTags(written) ?? noTags;
  const isReply = tags.has("+reply") || tags.has("+draft/reply");
  return isReply && tags.has("+draft/react") !== tags.has("+draft/unreact");
}

/** `+draft/persist`, as clients and other servers have it: whoever reads the log later is to see these tags too. */
function isToLast(written: string): boolean {
  return (parseTags(written) ?? noTags).has("+draft/persist");
}

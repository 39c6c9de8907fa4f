/**
 * What is said, as events: in a channel, between two members, to the server.
 */
import { serverAccount } from "../../base/ids.ts";
import { type PrefixLetter } from "../../protocol/modes.ts";
import { isSameName } from "../../protocol/names.ts";
import { channelEntry, conversationEntry, event, membersOf, ranked, usersNamed } from "../event.ts";

export type Verb = "PRIVMSG" | "NOTICE";

export interface Said {
  readonly verb: Verb;
  /** A channel's name, a nick, or the server's name. */
  readonly target: string;
  readonly text: string;
  /** Client-only tags as on the wire. */
  readonly tags: string;
  readonly nonce: string | undefined;
}

/** To part of a channel: who has at least that rank. */
export interface SaidToRank extends Said {
  readonly channel: string;
  readonly rank: PrefixLetter;
}

/**
 * To those of a channel with a rank (STATUSMSG), or what may not be said, to those who look after it (+U). Not kept: the
 * channel's log is read by all of its members. So it has no place there, and no `msgid`, which is one.
 */
export const saidToRank = event<SaidToRank>("message-to-rank", {
  audience: (network, { channel, rank }, { nick }) => ranked(network, { channel, rank, nick }),
  line: ({ verb, target, text: words }) => ({ command: verb, params: [target, words] }),
  clientTags: ({ tags }) => tags,
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
  keep({ verb, target, text: words, tags, nonce }, network, actor) {
    const channel = network.channel(target);
    if (channel === undefined) return undefined;
    return channelEntry(channel, actor, { command: verb, text: words, tags, nonce });
  },
  line: ({ verb, target, text: words }) => ({ command: verb, params: [target, words] }),
  clientTags: ({ tags }) => tags,
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
  keep({ verb, target, text: words, tags, nonce }, network, actor) {
    const to = network.user(target);
    if (to === undefined) return undefined;
    const other = { account: to.id, name: to.nick };
    return conversationEntry(other, actor, { command: verb, text: words, tags, nonce });
  },
  line: ({ verb, target, text: words }) => ({ command: verb, params: [target, words] }),
  clientTags: ({ tags }) => tags,
  isEcho: ({ target }, { nick }) => !isSameName(target, nick),
  note: ({ target, text: words }, { nick: from, account }) =>
    account === serverAccount
      ? { event: "message.from-server", to: target, text: words }
      : { event: "message.private", from, to: target, bytes: Buffer.byteLength(words) },
});

/** To the server itself: its operator reads it on the console. */
export const saidToServer = event<Said>("message-to-server", {
  audience: (network, _said, actor) => usersNamed(network, actor.nick),
  keep: ({ verb, target, text: words, tags, nonce }, _network, actor) =>
    conversationEntry({ account: serverAccount, name: target }, actor, {
      command: verb,
      text: words,
      tags,
      nonce,
    }),
  line: ({ verb, target, text: words }) => ({ command: verb, params: [target, words] }),
  clientTags: ({ tags }) => tags,
  isEcho: () => true,
  note: ({ text: words }, { nick: from }) => ({ event: "message.server", from, text: words }),
});

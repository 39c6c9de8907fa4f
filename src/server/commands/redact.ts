/**
 * REDACT: taking back what was said (draft/message-redaction), by who said it, by the channel's operators, and in a channel
 * by operators of the server.
 *
 * What is redacted is erased where it is kept, whole, with the reactions to it; that it was, by whom and why, is kept in its
 * place in the log. There is no time after which it is too late. Who does not know the command is told nothing: "if this
 * behaviour is considered too noisy".
 */
import { type AccountId } from "../../base/ids.ts";
import { reasonBytesMax } from "../../protocol/limits.ts";
import { cutToLine } from "../../protocol/message.ts";
import { type MessagePlace, parseMessageId, writeMessageId } from "../../protocol/message-ids.ts";
import { isSameName } from "../../protocol/names.ts";
import { type Refusal, refusals } from "../../protocol/replies.ts";
import { serverAccount } from "../../base/ids.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import {
  channelEntry,
  conversationEntry,
  event,
  type EntryParts,
  membersOf,
  usersNamed,
} from "../event.ts";
import { type EntryRecord, type KeptRecord, type LogRef } from "../outside.ts";
import { optional, shownName, shownWord, target, text, word } from "../params.ts";
import { guestSinceOf, mayOperateServer, mayRedact } from "../policy.ts";
import { type Channel } from "../state/channel.ts";

/** Where the message is: in a channel, with another member, or with the server. */
type Where =
  | { readonly kind: "channel"; readonly name: string }
  | { readonly kind: "conversation"; readonly name: string; readonly other: AccountId };

interface Redacted {
  readonly where: Where;
  readonly place: MessagePlace;
  readonly reason: string;
}

const redacted = event<Redacted>("redact", {
  audience: (network, { where: { kind, name } }, actor) =>
    kind === "channel" ? membersOf(network, name) : usersNamed(network, name, actor.nick),
  keep({ where, place, reason }, network, actor): KeptRecord[] {
    const id = writeMessageId(place);
    // Of nobody's client: those are one word, or one and a number.
    const nonce = `redact ${id}`;
    const parts: EntryParts = { command: "REDACT", middle: id, text: reason, nonce };
    const entries: EntryRecord[] = [];
    if (where.kind === "conversation") {
      entries.push(conversationEntry({ account: where.other, name: where.name }, actor, parts));
    } else {
      const channel = network.channel(where.name);
      if (channel !== undefined) entries.push(channelEntry(channel, actor, parts));
    }
    return [...entries, { kind: "erased", place }];
  },
  line: ({ where: { name }, place, reason }) => ({
    command: "REDACT",
    params: [name, writeMessageId(place), ...(reason === "" ? [] : [reason])],
  }),
  // "MUST not forward this REDACT to target recipients that have not negotiated this capability"; to the others "in the
  // same way as PRIVMSG messages".
  onlyFor: "draft/message-redaction",
  isEcho: ({ where: { name } }, { nick }) => !isSameName(name, nick),
  isToSelf: ({ where: { name } }, { nick }) => isSameName(name, nick),
  note: ({ where: { name }, place }, { nick: by }) => ({
    event: "message.redacted",
    target: name,
    id: writeMessageId(place),
    by,
  }),
});

const redact = command({
  name: "REDACT",
  when: "registered",
  params: { target, id: word(), reason: optional(text) },
  run(ctx, { target: found, id, reason = "" }) {
    const { name, channel, user } = found;
    const asked = { name, id, reason };
    if (channel !== undefined) return askFor(ctx, { kind: "channel", name: channel.name }, asked);
    if (user !== undefined) {
      return askFor(ctx, { kind: "conversation", name: user.nick, other: user.id }, asked);
    }
    const { name: server } = ctx.settings;
    return isSameName(name, server)
      ? askFor(ctx, { kind: "conversation", name: server, other: serverAccount }, asked)
      : refusals.redactInvalidTarget(shownName(name));
  },
});

interface Asked {
  /** The target and the id as the client wrote them. */
  readonly name: string;
  readonly id: string;
  readonly reason: string;
}

function askFor(ctx: Context, where: Where, asked: Asked): Refusal | undefined {
  const place = parseMessageId(asked.id);
  const channel = where.kind === "channel" ? ctx.network.channel(where.name) : undefined;
  const log = logOf(ctx, where, channel);
  const isMember = channel?.hasMember(ctx.user) ?? where.kind === "conversation";
  const seesAll = channel !== undefined && mayOperateServer(ctx.session);
  if (log === undefined || (!isMember && !seesAll)) {
    return refusals.redactInvalidTarget(shownName(asked.name));
  }
  if (place === undefined) return unknown(asked);
  // An operator of the server takes out of a channel whatever they are told of; they read nothing by it.
  const reader = seesAll ? undefined : ctx.user.id;
  const guestSince = guestSinceOf(ctx.user, channel);
  ctx.ask("message", { reader, guestSince, log, place }, (answer, next) => {
    if (next.session.phase === "closed") return;
    if (answer.outcome === "found") take(next, where, { ...asked, place, author: answer.author });
    else if (answer.outcome === "none") next.reply(unknown(asked));
    else next.reply(refusals.temporarilyUnavailable("REDACT"));
  });
  return undefined;
}

function logOf(ctx: Context, where: Where, channel: Channel | undefined): LogRef | undefined {
  if (where.kind === "conversation") {
    return { kind: "conversation", between: [ctx.user.id, where.other] };
  }
  return channel === undefined ? undefined : { kind: "channel", channel: channel.id };
}

function unknown({ name, id }: Asked): Refusal {
  return refusals.redactUnknownMessage(shownName(name), shownWord(id));
}

function take(
  ctx: Context,
  where: Where,
  {
    name,
    id,
    reason,
    place,
    author,
  }: Asked & { readonly place: MessagePlace; readonly author: AccountId },
): void {
  // Meanwhile they may have lost their rank, or gone.
  const channel = where.kind === "channel" ? ctx.network.channel(where.name) : undefined;
  if (where.kind === "channel" && channel === undefined) {
    ctx.reply(refusals.redactInvalidTarget(shownName(name)));
    return;
  }
  if (!mayRedact(ctx.session, author, channel)) {
    ctx.reply(refusals.redactForbidden(shownName(name), shownWord(id)));
    return;
  }
  const params = [where.name, writeMessageId(place)];
  const before = { source: ctx.user.source, command: "REDACT", params };
  ctx.emit(redacted({ where, place, reason: cutToLine(reason, reasonBytesMax, before) }));
}

export const redactFamily = family({
  commands: [redact],
  capabilities: { "draft/message-redaction": "" },
});

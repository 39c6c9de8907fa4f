/**
 * Speech: PRIVMSG and NOTICE as they arrive: whose they are, in which room, and which of ours they acknowledge.
 *
 * An own message comes back as its echo: with its label, or (without labels) with its nonce or its text. An own
 * message without either was said on another device of the same account, and is shown like that.
 */
import { type WallMs } from "../base/time.ts";
import { nonceTag, repeatTag } from "../protocol/capabilities.ts";
import { type Message, parseSource } from "../protocol/message.ts";
import { type CollectedBatch } from "./batches.ts";
import { type Context, serverTimeOf } from "./context.ts";
import { type ChatMessage, type MessageKind } from "./events.ts";
import { type Gap } from "./gap.ts";
import { mentions, type Room } from "./model.ts";
import { type Acknowledged, type Pending } from "./outbox.ts";
import { reactIn, reactInOlder } from "./reactions.ts";
import { redactIn } from "./redactions.ts";
import { type Asked } from "./requests.ts";

interface Spoken {
  readonly from: string;
  readonly isSelf: boolean;
  readonly room: string;
  readonly isPrivate: boolean;
  readonly kind: MessageKind;
  readonly text: string;
}

export class Speech {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  /** A live PRIVMSG or NOTICE. */
  take(message: Message, label: string | undefined, gap: Gap): void {
    const { model, output } = this.#context;
    const spoken = this.#read(message);
    if (spoken === undefined) return;
    const pending = spoken.isSelf ? this.#pendingOf(message, label, spoken) : undefined;
    if (pending !== undefined) {
      this.#tellAcknowledged(this.#context.outbox.acknowledge(pending), this.#idOf(message));
    }
    // Its place is an earlier one: it is among what was seen or is being fetched, or before all of that.
    if (message.tags.has(repeatTag)) return;
    if (isOtherCtcp(spoken.text)) return;
    if (isServerNotice(message)) {
      output.event({ kind: "notice", from: spoken.from, text: spoken.text });
      return;
    }
    const isNew = model.room(spoken.room) === undefined;
    const room = model.ensureRoom(spoken.room, spoken.isPrivate);
    if (room !== undefined) gap.arrived(room, message, isNew);
  }

  /** Puts the message into its room, unless it is there already, and tells of it. */
  deliver(room: Room, message: Message, isHistory: boolean, gap: Gap): void {
    if (message.command === "REDACT") {
      redactIn(this.#context, room, message);
      gap.seen(serverTimeOf(message));
      return;
    }
    if (message.command === "TAGMSG") {
      reactIn(this.#context, room, message, isHistory);
      gap.seen(serverTimeOf(message));
      return;
    }
    const chat = this.#chatOf(message, isHistory);
    if (chat === undefined) {
      // event-playback: comings, goings and the like, which are over; history goes on after them.
      this.#context.passes(room, message);
      gap.seen(serverTimeOf(message));
      return;
    }
    if (chat.id !== undefined && room.hasSeen(chat.id)) return;
    this.#show(room, { ...chat, room: room.name });
    gap.seen(serverTimeOf(message));
  }

  /**
   * History that was asked for: the newest `historyLimit` messages are shown, but not put among the room's, and with
   * them who reacted to them. Whether there was any.
   */
  showOlder(batch: CollectedBatch, { historyOf = "", historyLimit }: Asked): boolean {
    const { model, output } = this.#context;
    const room = model.room(historyOf);
    const chats = batch.messages.map((message) => this.#chatOf(message, true));
    const count = chats.filter((chat) => chat !== undefined).length;
    let skipped = Math.max(0, count - (historyLimit ?? count));
    for (const [index, message] of batch.messages.entries()) {
      const chat = chats[index];
      if (chat !== undefined && skipped > 0) skipped -= 1;
      else if (chat !== undefined) {
        output.event({ kind: "older", message: chat });
        room?.addOlder(chat);
      } else if (room !== undefined) reactInOlder(this.#context, room, message);
    }
    return count > 0;
  }

  /** What a search found; whether there was any. */
  showFound({ messages }: CollectedBatch): boolean {
    const said = messages.flatMap((message) => this.#chatOf(message, true) ?? []);
    for (const message of said) this.#context.output.event({ kind: "found", message });
    return said.length > 0;
  }

  /** Sent, on a server that gives no echo: what was said is shown as it was written. */
  showSent({ pending, isWhole }: Acknowledged): void {
    const { model, features, now } = this.#context;
    this.#tellAcknowledged({ pending, isWhole }, undefined);
    const room = model.ensureRoom(pending.target, !features.isChannel(pending.target));
    if (room === undefined) return;
    this.#show(room, {
      id: undefined,
      time: now,
      room: room.name,
      from: model.nick,
      account: model.account,
      kind: pending.kind,
      text: pending.text,
      isSelf: true,
      isMention: false,
      isHistory: false,
    });
  }

  #show(room: Room, chat: ChatMessage): void {
    const { model, output } = this.#context;
    room.add(chat);
    const isUnread = !chat.isSelf && !chat.isHistory && !model.isCurrent(room.name);
    if (isUnread) room.unreadCount += 1;
    if (isUnread && chat.isMention) room.mentionCount += 1;
    output.event({ kind: "message", message: chat });
  }

  #tellAcknowledged({ pending, isWhole }: Acknowledged, id: string | undefined): void {
    if (isWhole) this.#context.output.event({ kind: "ack", ref: pending.group.ref, id });
  }

  #pendingOf(message: Message, label: string | undefined, spoken: Spoken): Pending | undefined {
    const { outbox, hasLabels, hasEcho } = this.#context;
    if (hasLabels) return label === undefined ? undefined : outbox.byLabel(label);
    if (!hasEcho) return undefined;
    return outbox.byEcho(message.tags.get(nonceTag), spoken.room, message.params[1] ?? "");
  }

  #idOf(message: Message): string | undefined {
    const id = message.tags.get("msgid");
    const isUsable = id !== undefined && id !== "" && !/\s/.test(id);
    return isUsable && id.length <= this.#context.limits.messageIdLengthMax ? id : undefined;
  }

  #read(message: Message): Spoken | undefined {
    const { model, features } = this.#context;
    const [rawTarget = "", rawText = ""] = message.params;
    if (rawTarget === "") return undefined;
    const from = parseSource(message.source ?? model.server).nick;
    const isSelf = model.isOwnNick(from);
    const target = features.withoutStatus(rawTarget);
    const isPrivate = !features.isChannel(target);
    const action = actionOf(rawText);
    const plainKind = message.command === "NOTICE" ? "notice" : "message";
    return {
      from,
      isSelf,
      isPrivate,
      room: isPrivate && !isSelf ? from : target,
      kind: action === undefined ? plainKind : "action",
      text: action ?? rawText,
    };
  }

  #chatOf(message: Message, isHistory: boolean): ChatMessage | undefined {
    if (message.command !== "PRIVMSG" && message.command !== "NOTICE") return undefined;
    const spoken = this.#read(message);
    if (spoken === undefined || spoken.room === "" || isOtherCtcp(spoken.text)) return undefined;
    const { from, isSelf, room, isPrivate, kind, text } = spoken;
    const isMention = !isSelf && (isPrivate || mentions(text, this.#context.model.nick));
    const time: WallMs = this.#context.timeOf(message);
    const account = message.tags.get("account");
    const id = this.#idOf(message);
    return { id, time, room, from, account, kind, text, isSelf, isMention, isHistory };
  }
}

/** What is done, in a CTCP ACTION (`/me`). */
function actionOf(text: string): string | undefined {
  const start = "\x01ACTION ";
  if (!text.startsWith(start)) return undefined;
  return text.slice(start.length, text.endsWith("\x01") ? -1 : undefined);
}

/** A CTCP request or answer other than ACTION: for programs, and we tell strangers nothing. */
function isOtherCtcp(text: string): boolean {
  return text.startsWith("\x01");
}

/** What a server says on its own, to nobody in particular; what it keeps has an id, and is a message. */
function isServerNotice(message: Message): boolean {
  if (message.command !== "NOTICE" || message.tags.has("msgid")) return false;
  return message.source === undefined || !message.source.includes("!") || message.params[0] === "*";
}

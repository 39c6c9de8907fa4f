/**
 * Lines: what happened as bytes, as each shape of receiver gets it.
 *
 * Receivers who see an event alike share one line: the cache of an event is keyed by the *shape*, the receiver's
 * capabilities cut down to those that change this event's line. A line is bytes, made once, never changed. The lines of
 * a run, several events that the same members see, are made in one piece.
 */
import { present } from "../base/assert.ts";
import { isoTime, type WallMs } from "../base/time.ts";
import {
  type Capabilities,
  capabilities,
  hasCapability,
  lookOf,
  repeatTag,
} from "../protocol/capabilities.ts";
import { escapeTagValue, writeMessage } from "../protocol/message.ts";
import { writeMessageId } from "../protocol/message-ids.ts";
import { botMode } from "../protocol/modes.ts";
import { type Reply } from "../protocol/replies.ts";
import { type Emission } from "./event.ts";
import { type Part, partsOf } from "./long-lines.ts";
import { type EntryOutcome, type Line } from "./outside.ts";
import { type ResponseItem } from "./response.ts";
import { type Session } from "./session.ts";

export interface Delivery {
  readonly serverName: string;
  readonly now: WallMs;
  /** A reference for the next batch. */
  nextBatch(): string;
  /** The session has to be looked at: something was shown to it that it is to be asked about, or too much is held. */
  lookAt(session: Session): void;
}

const botTag = "bot";

/** Capabilities that change the tags of a line. */
const tagCapabilities = capabilities("server-time", "message-tags", "account-tag");

/** How an event looks to receivers of one shape. */
interface Look {
  readonly shape: Capabilities;
  readonly texts: readonly string[];
  /** Made when they are asked for. */
  lines: readonly Line[] | undefined;
  /** To those of another shape: there are one or two. */
  readonly next: Look | undefined;
}

export class LineMaker {
  readonly #delivery: Delivery;
  readonly #looks = new Map<Emission, Look>();

  constructor(delivery: Delivery) {
    this.#delivery = delivery;
  }

  nextBatch(): string {
    return this.#delivery.nextBatch();
  }

  /** Something was shown to a session that is followed. */
  newsFor(session: Session): void {
    if (session.hasNews) return;
    session.hasNews = true;
    this.lookAt(session);
  }

  lookAt(session: Session): void {
    this.#delivery.lookAt(session);
  }

  outcomeOf({ entryIndex, turn }: Emission): EntryOutcome | undefined {
    if (entryIndex === undefined) return undefined;
    return present(turn.outcomes[entryIndex], "every entry has an outcome");
  }

  /** It was kept before: who sent it again is told so, and nobody else. */
  isRepeated(emission: Emission): boolean {
    return this.outcomeOf(emission)?.isFirst === false;
  }

  /**
   * The lines of all of them, as each receiver gets them: the same list for all of a shape. `guard` runs what makes
   * each event's; `variants` are those of every one.
   */
  ofRun(
    emissions: readonly Emission[],
    variants: Capabilities,
    guard: (emission: Emission, make: () => void) => void,
  ): (receiver: Capabilities) => Line[] {
    const look = tagCapabilities | variants;
    const shapes = new Map<Capabilities, Line[]>();
    return (receiver) => {
      const shape = lookOf(receiver, look);
      const known = shapes.get(shape);
      if (known !== undefined) return known;
      let text = "";
      for (const emission of emissions) {
        if (this.isRepeated(emission)) continue;
        guard(emission, () => {
          for (const line of this.#look(emission, shape).texts) text += line;
        });
      }
      const lines = text === "" ? [] : [Buffer.from(text)];
      shapes.set(shape, lines);
      return lines;
    };
  }

  /** Whether the session is shown this item of its own command's answer. */
  isSeen(item: ResponseItem, session: Session): boolean {
    if (item.kind === "reply") return true;
    const { event, actor } = item.emission;
    if (event.onlyFor !== undefined && !hasCapability(session.capabilities, event.onlyFor))
      return false;
    if (event.isEcho(actor) && !hasCapability(session.capabilities, "echo-message")) return false;
    return event.line({ capabilities: session.capabilities, actor }) !== undefined;
  }

  /** The line, or the lines, as every receiver of this shape gets them; none for whom it is not. */
  shared(emission: Emission, receiver: Capabilities): readonly Line[] {
    const look = this.#look(emission, receiver);
    look.lines ??= look.texts.map((text) => Buffer.from(text));
    return look.lines;
  }

  #look(emission: Emission, receiver: Capabilities): Look {
    const shape = lookOf(receiver, tagCapabilities | emission.event.variants);
    const first = this.#looks.get(emission);
    for (let look = first; look !== undefined; look = look.next) {
      if (look.shape === shape) return look;
    }
    const texts = this.#texts(emission, shape, "");
    const look: Look = { shape, texts, lines: undefined, next: first };
    this.#looks.set(emission, look);
    return look;
  }

  /** Its line, or its lines. */
  answer(item: ResponseItem, session: Session, extraTag: string): string {
    if (item.kind === "reply") {
      const isBot = session.user?.hasMode(botMode) === true;
      const isToBot = isBot && hasCapability(session.capabilities, "message-tags");
      return this.reply(item.reply, item.nick, extraTag, isToBot);
    }
    const { emission } = item;
    const texts =
      extraTag === ""
        ? this.#look(emission, session.capabilities).texts
        : this.#texts(emission, session.capabilities, extraTag);
    return texts.join("");
  }

  /** bot-mode: "The tag SHOULD also be added by the ircd to all numerics directly caused by the bot". */
  reply(reply: Reply, nick: string, extraTag: string, isToBot = false): string {
    const tags: string[] = isToBot && reply.isNumeric ? [botTag] : [];
    // What is in a batch of its own is in the answer's batch by that batch's start.
    if (extraTag !== "" && reply.tags?.has("batch") !== true) tags.push(extraTag);
    for (const [key, value] of reply.tags ?? []) {
      tags.push(value === "" ? key : `${key}=${escapeTagValue(value)}`);
    }
    const source = reply.source ?? this.#delivery.serverName;
    const text = writeMessage({
      source: source === "" ? undefined : source,
      command: reply.command,
      params: reply.isNumeric ? [nick, ...reply.params] : reply.params,
    });
    return withTags(tags, text);
  }

  #texts(emission: Emission, receiver: Capabilities, extraTag: string): readonly string[] {
    const { event, actor } = emission;
    const spoken = event.line({ capabilities: receiver, actor });
    if (spoken === undefined) return [];
    const source = spoken.source ?? actor.source;
    return partsOf(spoken, receiver, () => this.nextBatch()).map((part) => {
      const { command, params, isEnd } = part;
      const tags = this.#tagsOf(part, emission, receiver);
      // Both ends of a batch that is in another say so; its lines are in it by theirs.
      const hasExtra = isEnd ? extraTag.startsWith("batch=") : !part.tags.has("batch");
      if (extraTag !== "" && hasExtra) tags.unshift(extraTag);
      const { serverName } = this.#delivery;
      return withTags(tags, writeMessage({ source: isEnd ? serverName : source, command, params }));
    });
  }

  /** Of what is not kept: nobody can look it up, but all who see it see the same. */
  #passingId({ event, number }: Emission): string | undefined {
    if (!event.hasPassingId) return undefined;
    return `t${this.#delivery.now.toString(36)}-${number.toString(36)}`;
  }

  #tagsOf({ carries, tags: own }: Part, emission: Emission, receiver: Capabilities): string[] {
    const tags: string[] = [];
    for (const [key, value] of own) tags.push(value === "" ? key : `${key}=${value}`);
    if (carries === "none") return tags;
    const { event, actor } = emission;
    const outcome = this.outcomeOf(emission);
    const place = outcome?.place;
    if (hasCapability(receiver, "server-time")) {
      tags.push(`time=${isoTime(place?.time ?? this.#delivery.now)}`);
    }
    if (hasCapability(receiver, "message-tags")) {
      const isWhole = carries === "all";
      const id = place === undefined ? this.#passingId(emission) : writeMessageId(place);
      if (isWhole && id !== undefined) tags.push(`msgid=${id}`);
      if (isWhole && outcome?.isFirst === false) tags.push(repeatTag);
      // bot-mode: "This tag MUST only be sent to users who have requested the message-tags capability".
      if (actor.isBot) tags.push(botTag);
      if (event.clientTags !== "") tags.push(event.clientTags);
    }
    if (actor.accountName !== undefined && hasCapability(receiver, "account-tag")) {
      tags.push(`account=${escapeTagValue(actor.accountName)}`);
    }
    return tags;
  }
}

function withTags(tags: readonly string[], text: string): string {
  return tags.length === 0 ? `${text}\r\n` : `@${tags.join(";")} ${text}\r\n`;
}

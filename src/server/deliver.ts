/**
 * Delivery: from what was kept to lines for each connection, in the order in which things happened.
 *
 * Receivers who see an event alike share one line: the cache of an event is keyed by the *shape*, the receiver's
 * capabilities cut down to those that change this event's line. A line is bytes, made once, never changed.
 */
import { present } from "../base/assert.ts";
import { type ConnectionId } from "../base/ids.ts";
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
import { replies, type Reply } from "../protocol/replies.ts";
import { type Emission } from "./event.ts";
import { type HeldBack } from "./held-back.ts";
import { type Part, partsOf } from "./long-lines.ts";
import { type EntryOutcome, type Line } from "./outside.ts";
import { type Response, type ResponseItem } from "./response.ts";
import { type Session } from "./session.ts";
import { type User } from "./state/user.ts";

/** What is to be shown, in order. */
export type Shown =
  | { readonly kind: "emission"; readonly emission: Emission }
  | { readonly kind: "response"; readonly response: Response }
  /** The session was told what it had missed: what was held back is shown now. */
  | { readonly kind: "release"; readonly session: Session };

const botTag = "bot";

/** Capabilities that change the tags of a line. */
const tagCapabilities = capabilities("server-time", "message-tags", "account-tag");

export interface Delivery {
  readonly serverName: string;
  readonly now: WallMs;
  /** A reference for the next batch. */
  nextBatch(): string;
  /** The session has to be looked at: something was shown to it that it is to be asked about, or too much is held. */
  lookAt(session: Session): void;
}

/** Where lines go. */
interface Sink {
  add(session: Session, line: Line): void;
}

/** Lines per connection, collected over a turn. */
export class Outbox implements Sink {
  readonly #lines = new Map<ConnectionId, Line[]>();

  add(session: Session, line: Line): void {
    const lines = this.#lines.get(session.id);
    if (lines === undefined) this.#lines.set(session.id, [line]);
    else lines.push(line);
  }

  entries(): IterableIterator<[ConnectionId, Line[]]> {
    return this.#lines.entries();
  }
}

/** What is added to `shown` meanwhile is shown too. `guard` runs each: a bug in one costs its session, not the rest. */
export function deliver(
  shown: readonly Shown[],
  delivery: Delivery,
  outbox: Outbox,
  guard: (session: Session | undefined, run: () => void) => void,
): void {
  const lines = new LineMaker(delivery);
  for (const item of shown) {
    if (item.kind === "emission") {
      guard(item.emission.origin, () => deliverEmission(item.emission, lines, outbox));
    } else if (item.kind === "response") {
      guard(item.response.session, () => deliverResponse(item.response, lines, outbox));
    } else {
      release(item.session, lines, outbox);
    }
  }
}

function deliverEmission(emission: Emission, lines: LineMaker, outbox: Outbox): void {
  const { audience, event } = emission;
  if (audience === undefined || lines.outcomeOf(emission)?.isFirst === false) return;
  // What has no place in a log and is not said either has no place among what was missed.
  const isOrdered = event.isSaid || emission.entryIndex !== undefined;
  const showSession = (session: Session): void => {
    if (session === emission.origin || session.attachedAfter >= emission.number) return;
    if (event.onlyFor !== undefined && !hasCapability(session.capabilities, event.onlyFor)) return;
    const shown = lines.shared(emission, session.capabilities);
    if (isOrdered && session.following !== undefined && isHeld(session, shown, lines)) return;
    for (const line of shown) outbox.add(session, line);
  };
  const show = (user: User): void => {
    for (const session of user.sessions) showSession(session);
  };
  if (audience.kind === "users") {
    for (const user of audience.users) show(user);
    for (const session of audience.watchers ?? []) showSession(session);
    return;
  }
  for (const member of audience.members) show(member.user);
  if (audience.also !== undefined) show(audience.also);
}

/** Holds it back where the session is still told what it has missed. */
function isHeld(session: Session, shown: readonly Line[], lines: LineMaker): boolean {
  const { heldBack } = session;
  heldBack?.hold(shown);
  if (heldBack === undefined) lines.newsFor(session);
  else if (heldBack.isOver) lines.lookAt(session);
  return heldBack !== undefined;
}

/** As if it had happened only now. */
function release(session: Session, lines: LineMaker, outbox: Outbox): void {
  const { heldBack } = session;
  if (heldBack === undefined || heldBack.isOver) return;
  session.heldBack = undefined;
  const held = heldBack.take();
  for (const line of held) outbox.add(session, line);
  if (held.length > 0) lines.newsFor(session);
}

function deliverResponse(response: Response, lines: LineMaker, shown: Outbox): void {
  const { session } = response;
  const items = response.items.filter((item) => lines.isSeen(item, session));
  const { heldBack } = session;
  if (heldBack !== undefined && isHeldAnswer(response, items, heldBack)) {
    const held: Line[] = [];
    showResponse(response, items, { lines, outbox: { add: (_, line) => held.push(line) } });
    heldBack.hasAnswer = true;
    heldBack.hold(held);
    if (heldBack.isOver) lines.lookAt(session);
  } else {
    showResponse(response, items, { lines, outbox: shown });
  }
}

/** What one does oneself meanwhile keeps its place among what others do. */
function isHeldAnswer(
  { isAside }: Response,
  items: readonly ResponseItem[],
  { hasAnswer }: HeldBack,
): boolean {
  if (isAside) return false;
  if (hasAnswer) return true;
  return items.some((item) => {
    if (item.kind === "reply") return false;
    return item.emission.event.isSaid || item.emission.entryIndex !== undefined;
  });
}

function showResponse(
  response: Response,
  items: readonly ResponseItem[],
  { lines, outbox }: { readonly lines: LineMaker; readonly outbox: Sink },
): void {
  const { session } = response;
  deliverAnswer(response, items, { lines, outbox });
  // labeled-response: who sends a message to themselves is to see the label on the echo, and "MUST NOT" on what comes.
  if (!hasCapability(session.capabilities, "echo-message")) return;
  for (const item of items) {
    if (item.kind === "reply" || !item.emission.event.isToSelf(item.emission.actor)) continue;
    if (lines.outcomeOf(item.emission)?.isFirst === false) continue;
    for (const line of lines.answer(item, session, "")) outbox.add(session, line);
  }
}

function deliverAnswer(
  { session, label }: Response,
  items: readonly ResponseItem[],
  { lines, outbox }: { readonly lines: LineMaker; readonly outbox: Sink },
): void {
  // labeled-response: "depends on the batch capability which MUST be negotiated to use labeled responses".
  const mayLabel =
    hasCapability(session.capabilities, "labeled-response") &&
    hasCapability(session.capabilities, "batch");
  const isLabelled = label !== undefined && mayLabel;
  const add = (item: ResponseItem, extraTag: string): void => {
    for (const line of lines.answer(item, session, extraTag)) outbox.add(session, line);
  };
  if (!isLabelled) {
    for (const item of items) add(item, "");
    return;
  }
  const labelTag = `label=${escapeTagValue(label)}`;
  const [first] = items;
  if (first === undefined) {
    outbox.add(session, lines.reply(replies.ack(), "*", labelTag));
    return;
  }
  // multiline: "Servers MUST only include the label tag on the opening BATCH command". Who sends several lines in a
  // batch takes them in one: a message is never loose lines here.
  if (items.length === 1) {
    add(first, labelTag);
    return;
  }
  const reference = lines.nextBatch();
  const start = replies.batchStart(reference, "labeled-response");
  outbox.add(session, lines.reply(start, "*", labelTag));
  for (const item of items) add(item, `batch=${reference}`);
  outbox.add(session, lines.reply(replies.batchEnd(reference), "*", ""));
}

class LineMaker {
  readonly #delivery: Delivery;
  readonly #cache = new Map<Emission, Map<Capabilities, readonly Line[]>>();

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
    const shape = lookOf(receiver, tagCapabilities | emission.event.variants);
    let shapes = this.#cache.get(emission);
    if (shapes === undefined) {
      shapes = new Map();
      this.#cache.set(emission, shapes);
    }
    const known = shapes.get(shape);
    if (known !== undefined) return known;
    const lines = this.#emission(emission, shape, "");
    shapes.set(shape, lines);
    return lines;
  }

  answer(item: ResponseItem, session: Session, extraTag: string): readonly Line[] {
    if (item.kind === "reply") {
      const isBot = session.user?.hasMode(botMode) === true;
      const isToBot = isBot && hasCapability(session.capabilities, "message-tags");
      return [this.reply(item.reply, item.nick, extraTag, isToBot)];
    }
    return extraTag === ""
      ? this.shared(item.emission, session.capabilities)
      : this.#emission(item.emission, session.capabilities, extraTag);
  }

  /** bot-mode: "The tag SHOULD also be added by the ircd to all numerics directly caused by the bot". */
  reply(reply: Reply, nick: string, extraTag: string, isToBot = false): Line {
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
    return encoded(tags, text);
  }

  #emission(emission: Emission, receiver: Capabilities, extraTag: string): readonly Line[] {
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
      return encoded(tags, writeMessage({ source: isEnd ? serverName : source, command, params }));
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

function encoded(tags: readonly string[], text: string): Line {
  return Buffer.from(tags.length === 0 ? `${text}\r\n` : `@${tags.join(";")} ${text}\r\n`);
}

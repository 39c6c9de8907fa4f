/**
 * Gap: fetches what was said while this client was not there, so that each room is whole and in order.
 *
 *     login → every known room is stale; CHATHISTORY TARGETS tells which conversations have something new
 *     stale room: live messages are held back → AFTER the last id seen (or LATEST), page by page
 *               → fewer than a page came, and nothing long: what was held follows, what came twice is dropped by its id → fresh
 *
 * Rooms are filled when the server says that one is in them, conversations when TARGETS lists them, either also when
 * someone speaks there. Too much held: it is dropped, and asked for as history. A fill that the server cannot
 * answer now is tried again; one it refuses ends, and says so (`gap`). The point in time from which TARGETS is asked
 * moves on only while nothing is missing. Without `draft/chathistory` every room is fresh at once.
 */
import { type ElapsedMs, isoTime, later, parseIsoTime, type WallMs, wallMs } from "../base/time.ts";
import { isSameName, NameMap } from "../protocol/names.ts";
import { type Message } from "../protocol/message.ts";
import { type CollectedBatch } from "./batches.ts";
import { type ClientLimits } from "./limits.ts";
import { type Model, type Room } from "./model.ts";
import { type OutputQueue } from "./output.ts";

/** What the gap needs of the session. */
export interface GapHost {
  readonly model: Model;
  readonly output: OutputQueue;
  /** Puts a message into its room (unless it was seen) and tells of it. */
  deliver(room: Room, message: Message, isHistory: boolean): void;
  lost(room: string, reason: string): void;
  /** Messages that the server gives in one answer. */
  pageMax(): number;
}

export interface HistoryAbilities {
  readonly hasHistory: boolean;
  /** Pages have events among the messages (draft/event-playback). */
  readonly hasEvents: boolean;
  readonly hasLabels: boolean;
  /** Messages wanted of a room nothing was seen of; 0: none. */
  readonly firstPage: number;
}

interface Fill {
  /** A room's name, or undefined for the list of conversations. */
  readonly room: string | undefined;
  label: string | undefined;
  /** How many were asked for; fewer than that is the end. */
  asked: number;
  isAsked: boolean;
  /** The newest page was asked for: there is nothing after it. */
  isLatest: boolean;
  pages: number;
  tries: number;
  /** Before it nothing is asked (a retry); after it, when asked, the answer is late. */
  dueAt: ElapsedMs | undefined;
  /** Held messages were dropped: there is more to fetch. */
  isOverfull: boolean;
  held: Message[];
  /** TARGETS: where the next page begins. */
  from: WallMs;
}

/** Later than any message: TARGETS wants an end, and clocks may be wrong, the server's too. */
const endOfTime = wallMs(Date.UTC(9999, 0, 1));
const start = wallMs(0);

export class Gap {
  #fills = new NameMap<Fill>();
  #targets: Fill | undefined;
  #abilities: HistoryAbilities | undefined;
  /** The server's time up to which nothing is missing; undefined before the first login is whole. */
  #syncedUntil: WallMs | undefined;
  #newestSeen: WallMs | undefined;
  #nextLabel = 0;
  readonly #host: GapHost;
  readonly #limits: ClientLimits;

  constructor(host: GapHost, limits: ClientLimits) {
    this.#host = host;
    this.#limits = limits;
  }

  /** Nothing is being fetched. */
  get isWhole(): boolean {
    return this.#abilities !== undefined && this.#fills.size === 0 && this.#targets === undefined;
  }

  get heldCount(): number {
    let count = 0;
    for (const fill of this.#fills.values()) count += fill.held.length;
    return count;
  }

  /** The welcome has come, with the server's time if it told it. */
  online(abilities: HistoryAbilities, serverTime: WallMs | undefined): void {
    this.#abilities = abilities;
    if (!abilities.hasHistory) return;
    for (const room of this.#host.model.rooms) room.isStale = true;
    if (this.#syncedUntil === undefined && abilities.firstPage === 0) {
      this.#syncedUntil = serverTime;
      this.#newestSeen = serverTime;
      if (serverTime !== undefined) return;
    }
    this.#targets = newFill(undefined);
    if (this.#syncedUntil !== undefined) this.#targets.from = wallMs(this.#syncedUntil - 1);
  }

  /** The connection is gone: what was held comes again as history. */
  offline(): void {
    this.#abilities = undefined;
    this.#targets = undefined;
    this.#fills = new NameMap<Fill>();
  }

  /** One is in the room now (again). */
  entered(room: Room, isNew: boolean): void {
    if (this.#abilities?.hasHistory !== true) return;
    if (isNew) room.isStale = true;
    if (this.#abilities.firstPage === 0) room.since ??= room.enteredAt;
    if (room.isStale) this.#fill(room.name);
  }

  left(room: Room): void {
    this.#fills.delete(room.name);
    room.isStale = true;
  }

  /** It is the same room: what is held stays held, and what was asked under the old name is asked again. */
  renamed(from: string, to: string): void {
    const fill = this.#fills.find(from);
    if (fill === undefined) return;
    this.#fills.delete(from);
    const next = this.#fill(to);
    next.held = fill.held;
    next.isOverfull = fill.isOverfull;
  }

  /** A live message of that room: delivered now, or held until its turn. */
  arrived(room: Room, message: Message, isNew: boolean): void {
    const isUnknown = isNew && room.isPrivate && this.#targets !== undefined;
    if (isUnknown) room.isStale = true;
    if (this.#abilities?.hasHistory !== true || !room.isStale) {
      this.#host.deliver(room, message, false);
      return;
    }
    const fill = this.#fill(room.name);
    if (fill.held.length >= this.#limits.heldPerRoomMax) {
      fill.held = [];
      fill.isOverfull = true;
    }
    // The pages to come do not have it any more, so it would come after what they have.
    if (message.command === "REDACT") fill.held = withoutId(fill.held, message.params[1]);
    if (!fill.isOverfull) fill.held.push(message);
  }

  /** A message of that server time was put into a room. */
  seen(time: WallMs | undefined): void {
    if (time === undefined) return;
    this.#newestSeen = wallMs(Math.max(this.#newestSeen ?? 0, time));
    if (this.isWhole) this.#syncedUntil = this.#newestSeen;
  }

  /** The moment to `pump` again. */
  get wakeAt(): ElapsedMs | undefined {
    let soonest = this.#targets?.dueAt;
    for (const { dueAt } of this.#fills.values()) {
      if (dueAt !== undefined && (soonest === undefined || dueAt < soonest)) soonest = dueAt;
    }
    return soonest;
  }

  /** Asks for what can be asked now. */
  pump(elapsed: ElapsedMs): void {
    const abilities = this.#abilities;
    if (abilities?.hasHistory !== true) return;
    const fills = [...this.#fills.values()];
    if (this.#targets !== undefined) fills.push(this.#targets);
    for (const fill of fills) {
      const isDue = fill.dueAt !== undefined && fill.dueAt <= elapsed;
      if (!isDue) continue;
      if (fill.isAsked) this.#retry(fill, elapsed, "no answer");
      else fill.dueAt = undefined; // it waits for its turn now, not for a moment
    }
    let asked = fills.filter(({ isAsked }) => isAsked).length;
    const most = abilities.hasLabels ? this.#limits.fillsAtOnce : 1;
    for (const fill of fills) {
      if (asked >= most) return;
      if (fill.isAsked || (fill.dueAt !== undefined && fill.dueAt > elapsed)) continue;
      if (this.#ask(fill, abilities, elapsed)) asked += 1;
    }
  }

  /** A batch of history; true when it was one asked for here. */
  page(batch: CollectedBatch): boolean {
    const isList = batch.type.endsWith("targets");
    const fill = this.#answered(batch.label, isList ? undefined : batch.params[0]);
    if (fill === undefined || isList !== (fill.room === undefined)) return false;
    fill.isAsked = false;
    fill.dueAt = undefined;
    fill.label = undefined;
    fill.tries = 0;
    fill.pages += 1;
    if (fill.room === undefined) this.#listed(fill, batch);
    else this.#filled(fill, batch);
    return true;
  }

  /** The answer to this label is complete: without a page it means that there is nothing. */
  completed(label: string): boolean {
    const fill = this.#answered(label, undefined);
    if (fill?.label !== label) return false;
    const type = fill.room === undefined ? "targets" : "chathistory";
    const params = fill.room === undefined ? [] : [fill.room];
    return this.page({ type, params, label, messages: [], isSpoilt: false });
  }

  /** FAIL CHATHISTORY: true when it was about something asked for here. */
  failed(params: readonly string[], label: string | undefined, elapsed: ElapsedMs): boolean {
    const [, code = "", , target] = params;
    const fill = this.#answered(label, params.length > 4 ? target : undefined);
    if (fill === undefined) return false;
    const reason = params.at(-1) ?? code;
    if (code === "TEMPORARILY_UNAVAILABLE" || code === "MESSAGE_ERROR") {
      this.#retry(fill, elapsed, reason);
    } else {
      this.#end(fill, code === "INVALID_TARGET" ? undefined : reason);
    }
    return true;
  }

  // --- Asking ------------------------------------------------------------------------------------------------

  #fill(name: string): Fill {
    const known = this.#fills.find(name);
    if (known !== undefined) return known;
    if (this.#fills.size >= this.#limits.roomsMax) this.#forgetGoneRooms();
    const fill = newFill(name);
    this.#fills.set(name, fill);
    return fill;
  }

  #forgetGoneRooms(): void {
    for (const { room } of this.#fills.values()) {
      if (room !== undefined && this.#host.model.room(room) === undefined) this.#fills.delete(room);
    }
  }

  /** False when there was nothing to ask. */
  #ask(fill: Fill, abilities: HistoryAbilities, elapsed: ElapsedMs): boolean {
    const params = this.#question(fill, abilities);
    if (params === undefined) {
      this.#end(fill, undefined);
      return false;
    }
    fill.asked = Number(params.at(-1));
    fill.isLatest = params[0] === "LATEST";
    fill.isAsked = true;
    fill.dueAt = later(elapsed, this.#limits.fillAnswerMsMax);
    const tags = new Map<string, string>();
    if (abilities.hasLabels) {
      this.#nextLabel += 1;
      fill.label = `h${this.#nextLabel.toString(36)}`;
      tags.set("label", fill.label);
    }
    this.#host.output.line("CHATHISTORY", params, tags);
    return true;
  }

  #question(fill: Fill, { firstPage, hasEvents }: HistoryAbilities): string[] | undefined {
    const pageMax = this.#host.pageMax();
    const page = String(pageMax);
    if (fill.room === undefined) {
      const [from, to] = [fill.from, endOfTime].map((time) => `timestamp=${isoTime(time)}`);
      return ["TARGETS", from ?? "", to ?? "", page];
    }
    const room = this.#host.model.room(fill.room);
    if (room === undefined) return undefined;
    if (room.lastId !== undefined) return ["AFTER", room.name, `msgid=${room.lastId}`, page];
    const since = room.since ?? (room.isPrivate ? this.#syncedUntil : undefined);
    if (since !== undefined) {
      return ["AFTER", room.name, `timestamp=${isoTime(wallMs(since - 1))}`, page];
    }
    if (firstPage <= 0) return undefined;
    // With events between them, so many messages are in a longer page.
    return ["LATEST", room.name, "*", String(hasEvents ? pageMax : Math.min(firstPage, pageMax))];
  }

  /** The fill that an answer is for: by its label, or (without labels) by its target. */
  #answered(label: string | undefined, target: string | undefined): Fill | undefined {
    const asked = [...this.#fills.values()].filter(({ isAsked }) => isAsked);
    if (this.#targets?.isAsked === true) asked.push(this.#targets);
    if (this.#abilities?.hasLabels === true) {
      return label === undefined ? undefined : asked.find((fill) => fill.label === label);
    }
    if (target === undefined) return asked[0];
    return asked.find(({ room }) => room !== undefined && isSameName(room, target));
  }

  // --- Answers -----------------------------------------------------------------------------------------------

  #listed(fill: Fill, { messages, isSpoilt }: CollectedBatch): void {
    const { model } = this.#host;
    let latest = fill.from;
    for (const { command, params } of messages) {
      const [word = "", name = "", timestamp = ""] = params;
      if (command !== "CHATHISTORY" || word.toUpperCase() !== "TARGETS" || name === "") continue;
      latest = wallMs(Math.max(latest, parseIsoTime(timestamp) ?? 0));
      if (this.#isChannel(name)) continue; // filled when one is in it
      const room = model.ensureRoom(name, true);
      if (room === undefined) continue;
      room.isStale = true;
      this.#fill(room.name);
    }
    const isFull = messages.length >= fill.asked && !isSpoilt;
    const next = wallMs(latest - 1); // bounds are exclusive, and two conversations may share a moment
    const hasMore = isFull && next > fill.from && fill.pages < this.#limits.pagesPerFillMax;
    if (hasMore) fill.from = next;
    else this.#end(fill, undefined);
  }

  #filled(fill: Fill, { messages, isSpoilt }: CollectedBatch): void {
    const room = fill.room === undefined ? undefined : this.#host.model.room(fill.room);
    if (room === undefined || isSpoilt) {
      this.#end(fill, isSpoilt ? "the server sent too much at once" : undefined);
      return;
    }
    const before = room.lastId;
    if (fill.isLatest) this.#deliverEarlier(fill, room, messages);
    const shown = fill.isLatest ? messages.slice(this.#firstOf(fill, messages)) : messages;
    for (const message of shown) this.#host.deliver(room, message, true);
    // A page with long messages may be cut where it is too big.
    const isCut = messages.some(({ params }) => params[1]?.includes("\n"));
    const isFull =
      !fill.isLatest && (messages.length >= fill.asked || isCut) && room.lastId !== before;
    const hasMore = isFull || (fill.isOverfull && room.lastId !== undefined);
    if (!isFull) fill.isOverfull = false; // what was dropped is on the server, and asked for next
    if (!hasMore) this.#end(fill, undefined);
    else if (fill.pages >= this.#limits.pagesPerFillMax) this.#end(fill, "too much was said since");
  }

  /**
   * The newest page may begin after something that was said since one came in, and is held. All of the page that was
   * said since then is held as well, so what is held before the first of these comes before the page.
   */
  #deliverEarlier(fill: Fill, room: Room, page: readonly Message[]): void {
    const ids = new Set(page.map(({ tags }) => tags.get("msgid")));
    const first = fill.held.findIndex(
      ({ tags }) => tags.has("msgid") && ids.has(tags.get("msgid")),
    );
    if (first <= 0) return;
    for (const message of fill.held.splice(0, first)) this.#host.deliver(room, message, false);
  }

  /**
   * Where in the newest page as many messages begin as are wanted; not behind one that is held, because what is held
   * follows the page.
   */
  #firstOf({ held }: Fill, page: readonly Message[]): number {
    const heldIds = new Set(held.map(({ tags }) => tags.get("msgid")));
    let missing = this.#abilities?.firstPage ?? 0;
    const from = page.findLastIndex(({ command }) => {
      if (command === "PRIVMSG" || command === "NOTICE") missing -= 1;
      return missing <= 0;
    });
    const firstHeld = page.findIndex(
      ({ tags }) => tags.has("msgid") && heldIds.has(tags.get("msgid")),
    );
    return Math.max(0, firstHeld < 0 ? from : Math.min(from, firstHeld));
  }

  #retry(fill: Fill, elapsed: ElapsedMs, reason: string): void {
    fill.isAsked = false;
    fill.label = undefined;
    fill.tries += 1;
    fill.dueAt = later(elapsed, this.#limits.fillRetryMs * 2 ** (fill.tries - 1));
    if (fill.tries >= this.#limits.fillTriesMax) this.#end(fill, reason);
  }

  /** The fill is over: what was held follows. `reason` says what is missing, if something is. */
  #end(fill: Fill, reason: string | undefined): void {
    if (fill.room === undefined) {
      this.#targets = undefined;
      this.#freshenConversations();
    } else {
      this.#fills.delete(fill.room);
      if (reason !== undefined) this.#host.lost(fill.room, reason);
      const room = this.#host.model.room(fill.room);
      if (room !== undefined) {
        room.isStale = false;
        if (room.lastId === undefined) room.since ??= room.enteredAt;
        for (const message of fill.held) this.#host.deliver(room, message, false);
      }
    }
    if (this.isWhole) this.#syncedUntil = this.#newestSeen ?? this.#syncedUntil ?? start;
  }

  /** Conversations that were not listed have nothing new. */
  #freshenConversations(): void {
    for (const room of this.#host.model.rooms) {
      if (room.isPrivate && !this.#fills.has(room.name)) room.isStale = false;
    }
  }

  #isChannel(name: string): boolean {
    return name.startsWith("#") || name.startsWith("&");
  }
}

function newFill(room: string | undefined): Fill {
  return {
    room,
    label: undefined,
    asked: 0,
    isAsked: false,
    isLatest: false,
    pages: 0,
    tries: 0,
    dueAt: undefined,
    isOverfull: false,
    held: [],
    from: start,
  };
}

function withoutId(held: readonly Message[], id: string | undefined): Message[] {
  return held.filter(({ tags }) => id === undefined || tags.get("msgid") !== id);
}

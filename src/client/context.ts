/**
 * Context: what the parts of the machine share, for the life of a session.
 *
 * The moment is set at the start of every input; what is true of the present connection is set at its welcome.
 */
import { elapsedMs, type ElapsedMs, parseIsoTime, wallMs, type WallMs } from "../base/time.ts";
import { type Random } from "../base/random.ts";
import { NameMap } from "../protocol/names.ts";
import { type Message } from "../protocol/message.ts";
import { Features } from "./features.ts";
import { type ClientLimits } from "./limits.ts";
import { Model } from "./model.ts";
import { Outbox } from "./outbox.ts";
import { OutputQueue } from "./output.ts";
import { Requests } from "./requests.ts";
import { type LastSearch } from "./search.ts";

/** A channel one wants to be in, and was not seen in yet. */
export interface Wish {
  readonly channel: string;
  readonly key: string | undefined;
}

export class Context {
  now: WallMs = wallMs(0);
  elapsed: ElapsedMs = elapsedMs(0);
  features = new Features();
  hasTags = false;
  hasLabels = false;
  hasEcho = false;
  /** The server keeps up to when one has read. */
  hasMarkers = false;
  hasSearch = false;
  search: LastSearch | undefined;
  /** Between the welcome and the end of the message of the day (or the first room), but not for ever. */
  isGreeting = false;
  greetingUntil: ElapsedMs = elapsedMs(0);
  /** `nick!user@host` as others see it; its length counts in what a line can hold. */
  ownSource: string | undefined;
  /** The server puts the account in its rooms by itself: to join them again is not the client's business. */
  keepsMembership = false;
  readonly wishes = new NameMap<Wish>();
  /** Channels whose members the user wants to be told. */
  namesAsked = new NameMap<true>();
  /** A line of a list of bans has come, and its end not yet. */
  isListingBans = false;
  readonly limits: ClientLimits;
  readonly random: Random;
  readonly model: Model;
  readonly output = new OutputQueue();
  readonly outbox: Outbox;
  readonly requests: Requests;

  constructor(random: Random, limits: ClientLimits) {
    this.random = random;
    this.limits = limits;
    this.model = new Model(limits);
    this.outbox = new Outbox(random, limits);
    this.requests = new Requests(limits);
  }

  /** When the server says it happened, or now. */
  timeOf(message: Message): WallMs {
    return serverTimeOf(message) ?? this.now;
  }

  askNames(channel: string): void {
    if (this.namesAsked.size < this.limits.requestsMax) this.namesAsked.set(channel, true);
  }

  addWish(wish: Wish): boolean {
    if (this.wishes.size >= this.limits.channelWishesMax) return false;
    this.wishes.set(wish.channel, wish);
    return true;
  }

  /** Bytes of `:nick!user@host ` before a message at its receivers; the most it can be, while it is not known. */
  get sourceBytes(): number {
    const source = this.ownSource ?? `${this.model.nick}!${"u".repeat(20)}@${"h".repeat(63)}`;
    return Buffer.byteLength(source) + 2;
  }
}

export function serverTimeOf(message: Message): WallMs | undefined {
  return parseIsoTime(message.tags.get("time") ?? "");
}

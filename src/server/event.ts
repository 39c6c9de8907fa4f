/**
 * Events: what happened, the only thing that changes the network.
 *
 * An event is declared once, with what it does and how it looks, and then made from plain data:
 *
 *     audience  who sees it, asked before `apply`
 *     apply     the change itself
 *     keep      what is written down, asked after `apply`
 *     line      how it looks to a receiver, asked only after it is kept
 *     note      what the operator reads of it, likewise
 *
 * Data is names and text, never objects: it is written down and may one day travel.
 */
import { type AccountId, serverAccount } from "../base/ids.ts";
import { type Capabilities, type Capability, noCapabilities } from "../protocol/capabilities.ts";
import { botMode, type PrefixLetter } from "../protocol/modes.ts";
import { type EntryOutcome, type EntryRecord, type KeptRecord } from "./outside.ts";
import { type Note } from "./notes.ts";
import { isOnStage, maySeeFellow } from "./policy.ts";
import { hasRank } from "./ranks.ts";
import { type Session } from "./session.ts";
import { type Channel, type Member } from "./state/channel.ts";
import { type Happening, type Network } from "./state/network.ts";
import { type User } from "./state/user.ts";

/** Who did it, as data. */
export interface Actor {
  readonly account: AccountId;
  /** Undefined for the server. */
  readonly accountName: string | undefined;
  readonly nick: string;
  /** `nick!user@host`, or the server's name. */
  readonly source: string;
  /** bot-mode: what they do carries the tag `bot`. */
  readonly isBot: boolean;
}

/** References to lists as they were; sessions are counted when lines are made. */
export type Audience =
  | {
      readonly kind: "members";
      readonly members: readonly Member[];
      /** Not (yet) a member, and to be shown it too. */
      readonly also?: User;
    }
  | {
      readonly kind: "users";
      readonly users: readonly User[];
      /** Of others, who watch them (`commands/monitor.ts`). */
      readonly watchers?: readonly Session[];
    };

/** How a line is asked for: by whom it is read. */
export interface LineView {
  readonly capabilities: Capabilities;
  readonly actor: Actor;
}

export interface LineParts {
  readonly command: string;
  readonly params: readonly string[];
  /** Other than the actor. */
  readonly source?: string;
  /** The last parameter may be a text of several lines, cut here (`protocol/multiline.ts`). */
  readonly seams?: readonly number[];
}

export interface EventDefinition<D> {
  audience?(network: Network, data: D, actor: Actor): Audience;
  apply?(network: Network, data: D, at: Happening): void;
  keep?(data: D, network: Network, actor: Actor): KeptRecord | readonly KeptRecord[] | undefined;
  line?(data: D, view: LineView): LineParts | undefined;
  note?(data: D, actor: Actor): Note;
  /** Capabilities by which `line` differs. */
  readonly variants?: Capabilities | ((data: D) => Capabilities);
  /** Only sessions with this capability are shown it. */
  readonly onlyFor?: Capability;
  /** Whether it is an echo to the session it came from, which is shown it only with `echo-message`. */
  isEcho?(data: D, actor: Actor): boolean;
  /** Whether it is to the one who says it: with `echo-message` they see it come, besides the echo. */
  isToSelf?(data: D, actor: Actor): boolean;
  /** Words of people: who is being told what they have missed is shown it after that. */
  readonly isSaid?: boolean;
  /** It has an id also where it is not kept, which nobody can look up. */
  readonly hasPassingId?: boolean;
  /** Client-only tags as on the wire, for receivers with `message-tags`. */
  clientTags?(data: D): string;
}

/** An event that happened, its data bound in. */
export interface Event {
  readonly name: string;
  readonly variants: Capabilities;
  readonly onlyFor: Capability | undefined;
  readonly clientTags: string;
  readonly hasPassingId: boolean;
  readonly isSaid: boolean;
  audience(network: Network, actor: Actor): Audience | undefined;
  apply(network: Network, at: Happening): void;
  keep(network: Network, actor: Actor): readonly KeptRecord[];
  isEcho(actor: Actor): boolean;
  isToSelf(actor: Actor): boolean;
  line(view: LineView): LineParts | undefined;
  note(actor: Actor): Note | undefined;
}

/** Declares an event; the result makes one from its data. */
export function event<D>(name: string, definition: EventDefinition<D>): (data: D) => Event {
  return (data) => new BoundEvent(name, definition, data);
}

class BoundEvent<D> implements Event {
  readonly name: string;
  readonly #definition: EventDefinition<D>;
  readonly #data: D;

  constructor(name: string, definition: EventDefinition<D>, data: D) {
    this.name = name;
    this.#definition = definition;
    this.#data = data;
  }

  get variants(): Capabilities {
    const { variants } = this.#definition;
    return typeof variants === "function" ? variants(this.#data) : (variants ?? noCapabilities);
  }

  get onlyFor(): Capability | undefined {
    return this.#definition.onlyFor;
  }

  get clientTags(): string {
    return this.#definition.clientTags?.(this.#data) ?? "";
  }

  get hasPassingId(): boolean {
    return this.#definition.hasPassingId ?? false;
  }

  get isSaid(): boolean {
    return this.#definition.isSaid ?? false;
  }

  audience(network: Network, actor: Actor): Audience | undefined {
    return this.#definition.audience?.(network, this.#data, actor);
  }

  apply(network: Network, at: Happening): void {
    this.#definition.apply?.(network, this.#data, at);
  }

  keep(network: Network, actor: Actor): readonly KeptRecord[] {
    const records = this.#definition.keep?.(this.#data, network, actor);
    if (records === undefined) return [];
    return isRecordList(records) ? records : [records];
  }

  isEcho(actor: Actor): boolean {
    return this.#definition.isEcho?.(this.#data, actor) ?? false;
  }

  isToSelf(actor: Actor): boolean {
    return this.#definition.isToSelf?.(this.#data, actor) ?? false;
  }

  line(view: LineView): LineParts | undefined {
    return this.#definition.line?.(this.#data, view);
  }

  note(actor: Actor): Note | undefined {
    return this.#definition.note?.(this.#data, actor);
  }
}

function isRecordList(
  records: KeptRecord | readonly KeptRecord[],
): records is readonly KeptRecord[] {
  return Array.isArray(records);
}

// --- Actors, audiences and records that many events share ---------------------------------------------------

export function actorOf(user: User): Actor {
  const { id: account, accountName, nick, source } = user;
  return { account, accountName, nick, source, isBot: user.hasMode(botMode) };
}

export function serverActor(name: string): Actor {
  return { account: serverAccount, accountName: undefined, nick: name, source: name, isBot: false };
}

/** Whether the user is among those who see it. */
export function isInAudience(user: User, audience: Audience): boolean {
  if (audience.kind === "users") return audience.users.includes(user);
  return audience.also === user || audience.members.some((member) => member.user === user);
}

/** Of the channel as it is now, who may know that the user is in it. */
function whoSee(channel: Channel, user: User): readonly Member[] {
  const member = channel.member(user);
  if (member === undefined || isOnStage(channel, member)) return channel.members;
  return channel.members.filter((other) => maySeeFellow(other.user, channel, member));
}

/** Who sees the user come into the channel or leave it. */
export function witnessesOf(network: Network, channelName: string, nick: string): Audience {
  const channel = network.channel(channelName);
  const user = network.user(nick);
  if (channel === undefined || user === undefined) return { kind: "members", members: [] };
  return { kind: "members", members: whoSee(channel, user) };
}

/** Those of the channel who have at least that rank, and the user. */
export function ranked(
  network: Network,
  { channel, rank, nick }: { channel: string; rank: PrefixLetter; nick: string },
): Audience {
  const members = network.channel(channel)?.members ?? [];
  const also = network.user(nick);
  const heard = members.filter(({ user, prefixes }) => user !== also && hasRank(prefixes, rank));
  return { kind: "members", members: heard, ...(also === undefined ? {} : { also }) };
}

/** Everyone in the channel as it is now. */
export function membersOf(network: Network, channelName: string): Audience {
  return { kind: "members", members: network.channel(channelName)?.members ?? [] };
}

export function usersNamed(network: Network, ...nicks: readonly string[]): Audience {
  const users = new Set<User>();
  for (const nick of nicks) {
    const user = network.user(nick);
    if (user !== undefined) users.add(user);
  }
  return { kind: "users", users: [...users] };
}

/** The user, and everyone who sees them in a channel. */
export function neighboursOf(
  network: Pick<Network, "user" | "channelsOf">,
  nick: string,
): { readonly kind: "users"; readonly users: readonly User[] } {
  const user = network.user(nick);
  if (user === undefined) return { kind: "users", users: [] };
  const users = new Set([user]);
  for (const channel of network.channelsOf(user)) {
    for (const member of whoSee(channel, user)) users.add(member.user);
  }
  return { kind: "users", users: [...users] };
}

export interface EntryParts {
  readonly command: string;
  readonly middle?: string;
  readonly text?: string;
  readonly seams?: readonly number[];
  readonly tags?: string;
  readonly nonce?: string | undefined;
}

/** What happened, as an entry of the channel's log. */
export function channelEntry(channel: Channel, actor: Actor, parts: EntryParts): EntryRecord {
  return {
    kind: "entry",
    log: { kind: "channel", channel: channel.id },
    ...entryFields(channel.name, actor, parts),
  };
}

/**
 * Someone came, went or changed their name, as an entry of the channel's log: none where that is not for all of the
 * channel's readers to know (+u).
 */
export function comingsEntries(
  channel: Channel,
  actor: Actor,
  parts: EntryParts,
): readonly EntryRecord[] {
  return channel.hasFlag("u") ? [] : [channelEntry(channel, actor, parts)];
}

/** What happened, as an entry of the log of two accounts. */
export function conversationEntry(
  other: { readonly account: AccountId; readonly name: string },
  actor: Actor,
  parts: EntryParts,
): EntryRecord {
  return {
    kind: "entry",
    log: { kind: "conversation", between: [actor.account, other.account] },
    ...entryFields(other.name, actor, parts),
  };
}

function entryFields(
  target: string,
  actor: Actor,
  parts: EntryParts,
): Omit<EntryRecord, "log" | "kind"> {
  return {
    account: actor.account,
    source: actor.source,
    command: parts.command,
    target,
    middle: parts.middle ?? "",
    text: parts.text ?? "",
    seams: parts.seams ?? [],
    tags: parts.tags ?? "",
    nonce: parts.nonce,
  };
}

/** An event as it happened in this turn, on its way to be kept and shown. */
export interface Emission {
  readonly event: Event;
  readonly actor: Actor;
  readonly audience: Audience | undefined;
  /** The session whose command it was: its own copy is part of the command's answer. */
  readonly origin: Session | undefined;
  /** Counted over the server's life. */
  readonly number: number;
  /** Index of its first entry among its turn's entries; undefined when it keeps none. */
  readonly entryIndex: number | undefined;
  /** Where its turn's entries were kept, once they are: its own copy may be shown in a later turn. */
  readonly turn: { readonly outcomes: readonly EntryOutcome[] };
}

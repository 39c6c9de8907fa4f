/**
 * Model: what the client knows: its rooms, who is in them, what was said.
 *
 * Changed by the session as events arrive, read by whoever shows it. Everything in it is bounded
 * (`limits.ts`): of messages the newest are kept, of private conversations the longest silent gives way.
 */
import { type WallMs } from "../base/time.ts";
import { isMiddle } from "../protocol/message.ts";
import { isSameName, NameMap } from "../protocol/names.ts";
import { type ChatMessage, type ConnectionState, type Member } from "./events.ts";
import { type ClientLimits } from "./limits.ts";
import { OlderMessages } from "./older.ts";
import { ReactionBook } from "./reactions.ts";

export class Room {
  readonly isPrivate: boolean;
  readonly members = new NameMap<Member>();
  /** A channel that one is a member of; a private conversation always is. */
  isJoined: boolean;
  topic = "";
  unreadCount = 0;
  mentionCount = 0;
  /** Up to then it was read, on whichever device. */
  readAt: WallMs | undefined;
  /** The id of the newest message that was shown: history is asked for after it. */
  lastId: string | undefined;
  /** The server's time from which on everything was seen, where there is no id yet. */
  since: WallMs | undefined;
  /** The server's time when one came in, and whether it may have messages that were not fetched (`gap.ts`). */
  enteredAt: WallMs | undefined;
  isStale = false;
  /** A list of members is coming in (353 … 366). */
  isListing = false;
  name: string;
  #messages: ChatMessage[] = [];
  readonly reactions: ReactionBook;
  readonly #older: OlderMessages;
  readonly #seenIds = new Set<string>();
  readonly #limits: ClientLimits;

  constructor(name: string, isPrivate: boolean, limits: ClientLimits) {
    this.name = name;
    this.isPrivate = isPrivate;
    this.isJoined = isPrivate;
    this.#limits = limits;
    this.reactions = new ReactionBook(limits);
    this.#older = new OlderMessages(limits);
  }

  /** The newest messages, oldest first. */
  get messages(): readonly ChatMessage[] {
    return this.#messages;
  }

  get lastTime(): WallMs | undefined {
    return this.#messages.at(-1)?.time;
  }

  /** What is newer is unread still. */
  readUpTo(time: WallMs): void {
    if (time <= (this.readAt ?? 0)) return;
    this.readAt = time;
    const newer = this.#messages.filter((message) => message.time > time && !message.isSelf);
    const mentioning = newer.filter(({ isMention }) => isMention);
    this.unreadCount = Math.min(this.unreadCount, newer.length);
    this.mentionCount = Math.min(this.mentionCount, mentioning.length);
  }

  hasSeen(id: string): boolean {
    return this.#seenIds.has(id);
  }

  add(message: ChatMessage): void {
    this.#messages.push(message);
    // Trimmed by the quarter, so that keeping the newest stays cheap.
    const max = this.#limits.messagesPerRoomMax;
    if (this.#messages.length > max + max / 4) {
      this.#messages = this.#messages.slice(-max);
      const ids = this.#messages.map(({ id }) => id);
      this.reactions.keepOnly(new Set([...ids, ...this.#older.ids]));
    }
    if (message.id !== undefined) this.passed(message.id);
  }

  /** A message that was shown, of its own or of older history. */
  find(id: string): ChatMessage | undefined {
    return this.#messageOf(id) ?? this.#older.find(id);
  }

  #messageOf(id: string): ChatMessage | undefined {
    return this.#messages.find((message) => message.id === id);
  }

  /** History that was asked for is shown: it is not among the room's messages, but can be reacted to. */
  addOlder(message: ChatMessage): void {
    const { id } = message;
    if (id === undefined || this.#messageOf(id) !== undefined) return;
    for (const gone of this.#older.add(id, message)) {
      if (this.#messageOf(gone) === undefined) this.reactions.forget(gone);
    }
  }

  /** Whether a reaction that comes with older history is to a message of it, and was not counted yet. */
  countsOlder(id: string, reactionId: string | undefined): boolean {
    if (reactionId !== undefined && this.hasSeen(reactionId)) return false;
    return this.#older.counts(id, reactionId);
  }

  /** Takes the message out again; undefined when it is not here. */
  remove(id: string): ChatMessage | undefined {
    const older = this.#older.remove(id);
    const found = this.#messageOf(id);
    if (found !== undefined) this.#messages = this.#messages.filter((other) => other !== found);
    this.reactions.forget(id);
    return found ?? older;
  }

  /** Something with that id was seen: history goes on after it. */
  passed(id: string): void {
    this.lastId = id;
    this.#seenIds.add(id);
    if (this.#seenIds.size > this.#limits.seenIdsPerRoomMax) {
      for (const oldest of this.#seenIds) {
        this.#seenIds.delete(oldest);
        break;
      }
    }
  }

  /** What was said is in it, under its new name too. */
  rename(to: string): void {
    this.name = to;
    this.#messages = this.#messages.map((message) => ({ ...message, room: to }));
  }

  setMember(member: Member): void {
    if (this.members.size >= this.#limits.membersPerRoomMax && !this.members.has(member.nick)) {
      return;
    }
    this.members.set(member.nick, member);
  }
}

export class Model {
  nick = "";
  account: string | undefined;
  server = "";
  state: ConnectionState = { state: "connecting", attempt: 0 };
  /** The room in front: what is said there is read at once. */
  currentRoom: string | undefined;
  readonly #rooms = new NameMap<Room>();
  readonly #limits: ClientLimits;

  constructor(limits: ClientLimits) {
    this.#limits = limits;
  }

  get rooms(): IterableIterator<Room> {
    return this.#rooms.values();
  }

  get roomCount(): number {
    return this.#rooms.size;
  }

  room(name: string): Room | undefined {
    return this.#rooms.find(name);
  }

  isOwnNick(nick: string): boolean {
    return isSameName(nick, this.nick);
  }

  /** The room, made when it is new; undefined when its name is none, or there are too many channels. */
  ensureRoom(name: string, isPrivate: boolean): Room | undefined {
    const known = this.#rooms.find(name);
    if (known !== undefined) return known;
    if (!isRoomName(name)) return undefined;
    if (this.#rooms.size >= this.#limits.roomsMax && !this.#dropOne()) return undefined;
    const room = new Room(name, isPrivate, this.#limits);
    this.#rooms.set(name, room);
    return room;
  }

  /** The person is called otherwise now; a conversation with who had that name before stays theirs. */
  renameConversation(from: string, to: string): void {
    const room = this.#rooms.find(from);
    if (room === undefined || !room.isPrivate) return;
    if (!isSameName(from, to) && this.#rooms.has(to)) return;
    this.renameRoom(room, to);
  }

  /** False: it cannot be called that. A channel that one is not in gives way to one that takes its name. */
  renameRoom(room: Room, to: string): boolean {
    if (!isRoomName(to)) return false;
    const other = this.#rooms.find(to);
    if (other !== undefined && other !== room && other.isJoined) return false;
    const from = room.name;
    this.#rooms.delete(from);
    room.rename(to);
    this.#rooms.set(to, room);
    if (this.isCurrent(from)) this.currentRoom = to;
    return true;
  }

  roomsWith(nick: string): Room[] {
    return [...this.#rooms.values()].filter((room) => room.members.has(nick));
  }

  read(name: string): void {
    const room = this.#rooms.find(name);
    if (room === undefined) return;
    room.unreadCount = 0;
    room.mentionCount = 0;
  }

  isCurrent(name: string): boolean {
    return this.currentRoom !== undefined && isSameName(this.currentRoom, name);
  }

  /** Makes place: a channel left goes first, then the conversation that was silent longest. */
  #dropOne(): boolean {
    let oldest: Room | undefined;
    for (const room of this.#rooms.values()) {
      if (!room.isPrivate && room.isJoined) continue;
      if (oldest === undefined || (room.lastTime ?? 0) < (oldest.lastTime ?? 0)) oldest = room;
    }
    return oldest !== undefined && this.#rooms.delete(oldest.name);
  }
}

/** A room has to be named in commands: one word. */
function isRoomName(name: string): boolean {
  return isMiddle(name) && !name.includes(",");
}

/** Whether `text` has the nick as a word of its own. */
export function mentions(text: string, nick: string): boolean {
  if (nick === "") return false;
  const subject = text.toLowerCase();
  const wanted = nick.toLowerCase();
  for (let at = subject.indexOf(wanted); at >= 0; at = subject.indexOf(wanted, at + 1)) {
    const before = subject.slice(Math.max(0, at - 2), at);
    const after = subject.slice(at + wanted.length, at + wanted.length + 2);
    if (!/[\p{L}\p{N}_-]$/u.test(before) && !/^[\p{L}\p{N}_-]/u.test(after)) return true;
  }
  return false;
}

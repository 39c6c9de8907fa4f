/**
 * Reactions: what people think of a message (draft/react): told as they come, live and from history, and counted for
 * as long as the message is among the room's, or among those of older history that were shown last (`older.ts`).
 *
 *     @+reply=<msgid>;+draft/react=👍 TAGMSG #room       and with +draft/unreact taken back
 *
 * A reaction to a message that is not known here is nothing to tell. Someone has each reaction once: what comes twice
 * changes nothing, and is not told. How much of all that is kept is limited (`limits.ts`).
 */
import { type Message, parseSource } from "../protocol/message.ts";
import { fold } from "../protocol/names.ts";
import { type Context } from "./context.ts";
import { type ChatMessage } from "./events.ts";
import { type Gap } from "./gap.ts";
import { type ClientLimits } from "./limits.ts";
import { type Room } from "./model.ts";

interface Reaction {
  /** The message's id. */
  readonly id: string;
  readonly reaction: string;
  readonly isRemoved: boolean;
}

/** Who has reacted how to which of a room's messages. */
export class ReactionBook {
  readonly #byMessage = new Map<string, Map<string, Set<string>>>();
  readonly #limits: ClientLimits;

  constructor(limits: ClientLimits) {
    this.#limits = limits;
  }

  count(id: string, reaction: string): number {
    return this.#byMessage.get(id)?.get(reaction)?.size ?? 0;
  }

  /** False: it is so already, or there are too many. */
  change({ id, reaction, isRemoved }: Reaction, who: string): boolean {
    const person = fold(who);
    if (isRemoved) return this.#remove(id, reaction, person);
    const reactions = this.#byMessage.get(id) ?? new Map<string, Set<string>>();
    const people = reactions.get(reaction) ?? new Set<string>();
    const { reactionsPerMessageMax, peoplePerReactionMax } = this.#limits;
    if (people.has(person) || people.size >= peoplePerReactionMax) return false;
    if (people.size === 0 && reactions.size >= reactionsPerMessageMax) return false;
    this.#byMessage.set(id, reactions.set(reaction, people.add(person)));
    return true;
  }

  #remove(id: string, reaction: string, person: string): boolean {
    const reactions = this.#byMessage.get(id);
    const people = reactions?.get(reaction);
    if (people?.delete(person) !== true) return false;
    if (people.size === 0) reactions?.delete(reaction);
    if (reactions?.size === 0) this.#byMessage.delete(id);
    return true;
  }

  /** The message is gone. */
  forget(id: string): void {
    this.#byMessage.delete(id);
  }

  /** Only the messages with these ids are left. */
  keepOnly(ids: ReadonlySet<string | undefined>): void {
    for (const id of [...this.#byMessage.keys()]) if (!ids.has(id)) this.#byMessage.delete(id);
  }
}

/** A live TAGMSG: with a reaction it waits its turn in a room that is being fetched, as messages do. */
export function takeReaction(context: Context, message: Message, gap: Gap): boolean {
  if (message.command !== "TAGMSG") return false;
  const { model, features } = context;
  if (reactionOf(context, message) === undefined) return true;
  const target = features.withoutStatus(message.params[0] ?? "");
  const who = parseSource(message.source ?? model.server).nick;
  const isOthers = !features.isChannel(target) && !model.isOwnNick(who);
  const room = model.room(isOthers ? who : target);
  if (room !== undefined) gap.arrived(room, message, false);
  return true;
}

/** In its turn, live or from history. */
export function reactIn(context: Context, room: Room, message: Message, isHistory: boolean): void {
  const found = reactionOf(context, message);
  if (context.passes(room, message) && found !== undefined) {
    tell(context, { room, message, found, isHistory });
  }
}

/** Among history that the user asked for: to a message that was shown before it. */
export function reactInOlder(context: Context, room: Room, message: Message): void {
  const found = reactionOf(context, message);
  if (found === undefined || !room.countsOlder(found.id, message.tags.get("msgid"))) return;
  tell(context, { room, message, found, isHistory: true });
}

function tell(
  context: Context,
  given: {
    readonly room: Room;
    readonly message: Message;
    readonly found: Reaction;
    readonly isHistory: boolean;
  },
): void {
  const { room, message, found, isHistory } = given;
  const said = room.find(found.id);
  if (said === undefined) return;
  const who = parseSource(message.source ?? context.model.server).nick;
  if (!room.reactions.change(found, message.tags.get("account") ?? who)) return;
  context.output.event({
    kind: "react",
    ...found,
    room: room.name,
    who,
    author: said.from,
    text: said.text,
    count: room.reactions.count(found.id, found.reaction),
    isSelf: context.model.isOwnNick(who),
    isHistory,
    time: context.timeOf(message),
  });
}

/** react: "+draft/react and +draft/unreact tags MUST NOT both be attached"; older clients write `+draft/reply`. */
function reactionOf({ limits }: Context, { tags }: Message): Reaction | undefined {
  const [react, unreact] = [tags.get("+draft/react"), tags.get("+draft/unreact")];
  const id = tags.get("+reply") ?? tags.get("+draft/reply") ?? "";
  const reaction = react ?? unreact ?? "";
  const isOne = (react === undefined) !== (unreact === undefined);
  if (!isOne || id === "" || id.length > limits.messageIdLengthMax) return undefined;
  if (!isReaction(reaction, limits)) return undefined;
  return { id, reaction, isRemoved: react === undefined };
}

/** Any text may be one; what is too long for a line about it is none. */
export function isReaction(text: string, { reactionLengthMax }: ClientLimits): boolean {
  return text.trim() !== "" && text.length <= reactionLengthMax && !/[\r\n\0]/.test(text);
}

/** The message that is meant where none is named: the newest of that person, or of anyone else. */
export function newestOf(
  room: Room | undefined,
  nick: string | undefined,
): ChatMessage | undefined {
  return room?.messages.findLast(({ id, from, isSelf }) => {
    if (id === undefined) return false;
    return nick === undefined ? !isSelf : fold(from) === fold(nick);
  });
}

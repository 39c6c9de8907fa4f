/**
 * Older messages: what was shown of a room's history because the user asked for it.
 *
 * They are not among the room's messages, which go without a gap up to now; but who reacts to one of them, then or now,
 * reacts to something the user has seen. The ones shown last are kept, and which reactions to them were counted: the same
 * page may be shown again.
 */
import { type ChatMessage } from "./events.ts";
import { type ClientLimits } from "./limits.ts";

interface Shown {
  readonly message: ChatMessage;
  readonly reactionIds: Set<string>;
}

export class OlderMessages {
  readonly #shown = new Map<string, Shown>();
  readonly #limits: ClientLimits;

  constructor(limits: ClientLimits) {
    this.#limits = limits;
  }

  get ids(): IterableIterator<string> {
    return this.#shown.keys();
  }

  find(id: string): ChatMessage | undefined {
    return this.#shown.get(id)?.message;
  }

  /** Answers the ids of those that give way. */
  add(id: string, message: ChatMessage): readonly string[] {
    const reactionIds = this.#shown.get(id)?.reactionIds ?? new Set();
    this.#shown.delete(id);
    this.#shown.set(id, { message, reactionIds });
    const tooMany = Math.max(0, this.#shown.size - this.#limits.olderMessagesPerRoomMax);
    const gone = [...this.#shown.keys()].slice(0, tooMany);
    for (const each of gone) this.#shown.delete(each);
    return gone;
  }

  remove(id: string): ChatMessage | undefined {
    const message = this.find(id);
    this.#shown.delete(id);
    return message;
  }

  /** Whether a reaction of history is to one of these, and counts for the first time. */
  counts(id: string, reactionId: string | undefined): boolean {
    const shown = this.#shown.get(id);
    if (shown === undefined) return false;
    if (reactionId === undefined) return true;
    const isFull = shown.reactionIds.size >= this.#limits.peoplePerReactionMax;
    if (isFull || shown.reactionIds.has(reactionId)) return false;
    shown.reactionIds.add(reactionId);
    return true;
  }
}

/**
 * Redactions: what was said is taken back (draft/message-redaction): it leaves the room's messages, and that it was is told,
 * with who did it and why. It stays on the screen of a terminal that scrolls, where nothing can be unprinted.
 */
import { type Message, parseSource } from "../protocol/message.ts";
import { isSameName } from "../protocol/names.ts";
import { type Context } from "./context.ts";
import { type ChatMessage } from "./events.ts";
import { type Gap } from "./gap.ts";
import { type Room } from "./model.ts";

/** A live REDACT waits its turn in a room that is being fetched, as messages do. */
export function takeRedaction(context: Context, message: Message, gap: Gap): boolean {
  if (message.command !== "REDACT") return false;
  const { model, features } = context;
  const [rawTarget = ""] = message.params;
  const by = parseSource(message.source ?? model.server).nick;
  const target = features.withoutStatus(rawTarget);
  const isOthers = !features.isChannel(target) && !model.isOwnNick(by);
  const room = model.room(isOthers ? by : target);
  if (room !== undefined) gap.arrived(room, message, false);
  return true;
}

/** In its turn, live or from history. message-redaction: what is not known here "clients MUST ignore". */
export function redactIn(context: Context, room: Room, message: Message): void {
  const { model, output } = context;
  const [, id = "", reason = ""] = message.params;
  if (!context.passes(room, message)) return;
  const gone = room.remove(id);
  if (gone === undefined) return;
  const by = parseSource(message.source ?? model.server).nick;
  output.event({
    kind: "redact",
    room: room.name,
    id,
    by,
    author: gone.from,
    reason,
    isSelf: model.isOwnNick(by),
    time: context.timeOf(message),
  });
}

/** The message that is meant where its id is not said: one's own, or someone's, counted from the newest. */
export function nthLast(
  room: Room | undefined,
  { nth = 1, of }: { readonly nth?: number | undefined; readonly of?: string | undefined },
): ChatMessage | undefined {
  const theirs = room?.messages.filter(({ id, isSelf, from }) => {
    if (id === undefined) return false;
    return of === undefined ? isSelf : isSameName(from, of);
  });
  return theirs?.at(-nth);
}

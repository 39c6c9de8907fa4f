/**
 * Read markers (draft/read-marker): what was read on one device of the account counts as read on the others.
 *
 * A server that tells of markers takes them: what the user has in front is marked when it comes there, or by `/read`.
 * Markers say something of what is kept only, so rooms without a message that has an id are not marked.
 */
import { isoTime, parseIsoTime } from "../base/time.ts";
import { type Message } from "../protocol/message.ts";
import { type Context } from "./context.ts";

/** MARKREAD: up to then the room was read, here or elsewhere. */
export function takeMarker(context: Context, { params }: Message): void {
  const [target = "", stamp = ""] = params;
  context.hasMarkers = true;
  const time = stamp.startsWith("timestamp=") ? parseIsoTime(stamp.slice(10)) : undefined;
  if (time !== undefined) context.model.room(target)?.readUpTo(time);
}

/** The user has read the room. */
export function markRead(context: Context, name: string): void {
  const { model, output, hasMarkers } = context;
  model.read(name);
  const room = model.room(name);
  const time = room?.lastTime;
  if (room?.lastId === undefined || time === undefined || time <= (room.readAt ?? 0)) return;
  room.readAt = time;
  if (!hasMarkers || model.state.state !== "online") return;
  output.line("MARKREAD", [room.name, `timestamp=${isoTime(time)}`]);
}

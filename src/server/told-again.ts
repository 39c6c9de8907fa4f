/**
 * Told again: what was said, as lines for clients that do not ask for history as such.
 *
 * With `server-time` a line says by its tag when it was said. Without, its text begins with that, in UTC as everywhere
 * in the server's words: `[14:05] hello`, and where it was not today `[2026-11-25 14:05] hello`. What only asks
 * something of a client (CTCP) is not told again: nobody waits for the answer any more.
 */
import { isoTime, type WallMs } from "../base/time.ts";
import { hasCapability } from "../protocol/capabilities.ts";
import { lineBytesMax } from "../protocol/limits.ts";
import { noTags, type Tags, writeMessage } from "../protocol/message.ts";
import { isLong, type LongText } from "../protocol/multiline.ts";
import { type Reply } from "../protocol/replies.ts";
import { splitToBytes } from "../protocol/text.ts";
import { type Context } from "./context.ts";
import { longReplies } from "./long-lines.ts";
import { type KeptEntry } from "./outside.ts";
import { playedTags } from "./played.ts";

/** The lines of an entry for the session; none where there is nothing to tell. `frame` has the batch they are in. */
export function toldAgain(ctx: Context, entry: KeptEntry, frame: Tags = noTags): readonly Reply[] {
  const { capabilities } = ctx.session;
  const { command, source } = entry;
  const target = targetOf(ctx, entry);
  // What was taken back has its place in the log and no text.
  if (entry.text === "" || isAsked(entry.text) || target === undefined) return [];
  const hasTime = hasCapability(capabilities, "server-time");
  const told = hasTime ? entry : withTime(entry, timeOf(entry.place.time, ctx.now.wall));
  const receiver = { capabilities, nextBatch: () => ctx.nextBatch() };
  const { text, seams } = isLong(told) ? told : fitted(told, { source, command, target });
  const spoken = { source, command, params: [target, text], seams };
  return longReplies(spoken, { own: playedTags(entry, capabilities), frame }, receiver);
}

/** CTCP, but for ACTION, which is for people. */
function isAsked(text: string): boolean {
  return text.startsWith("\x01") && !text.startsWith(actionStart);
}

const actionStart = "\x01ACTION ";

/**
 * As the session is to see it: a channel by the name it has now, and what was said to its user by the name that they
 * have now. Undefined: a channel that the user has left meanwhile.
 */
function targetOf({ network, user }: Context, { log, account, target }: KeptEntry) {
  if (log.kind === "channel") return network.channelById(log.channel)?.name;
  const isOwn = account === user.id;
  return isOwn ? target : user.nick;
}

/** `[14:05] `, with the day unless it is today. */
function timeOf(time: WallMs, now: WallMs): string {
  const [day = "", clock = ""] = isoTime(time).split("T");
  const isToday = isoTime(now).startsWith(day);
  return `[${isToday ? "" : `${day} `}${clock.slice(0, 5)}] `;
}

function withTime({ text, seams }: LongText, prefix: string): LongText {
  const start = text.startsWith(actionStart) ? actionStart.length : 0;
  return {
    text: text.slice(0, start) + prefix + text.slice(start),
    seams: seams.map((seam) => seam + prefix.length),
  };
}

/** With the time before it, a line may have grown too long for the wire: then it is two. */
function fitted(
  { text, seams }: LongText,
  line: { readonly source: string; readonly command: string; readonly target: string },
): LongText {
  const { source, command, target } = line;
  const before = writeMessage({ source, command, params: [target, ""] });
  const room = lineBytesMax - 2 - Buffer.byteLength(before);
  const isFine = Buffer.byteLength(text) <= room || text.startsWith(actionStart);
  return isFine
    ? { text: text.slice(0), seams }
    : { text: splitToBytes(text, room).join("\n"), seams };
}

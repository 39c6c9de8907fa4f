/**
 * Search: asking the server what was said, and what it has found (soju.im/search, draft/search).
 *
 *     search with a text      asks anew; what is found is told as `found`, oldest first, and not put among the rooms'
 *     search without one      goes on where the last answer ended, towards what is older
 *
 * What a text matches is the server's affair. An answer that was not whole is followed by `more`.
 */
import { isoTime, parseIsoTime } from "../base/time.ts";
import { lineBytesMax } from "../protocol/limits.ts";
import { type Message, writeTags } from "../protocol/message.ts";
import { type CollectedBatch } from "./batches.ts";
import { type Context } from "./context.ts";
import { type Action } from "./events.ts";
import { refuse, tagsFor } from "./asking.ts";

export type SearchAction = Extract<Action, { readonly kind: "search" }>;

/** What the user has searched for last, and where that goes on: an attribute of the command. */
export interface LastSearch {
  readonly text: string;
  readonly room: string | undefined;
  next: string | undefined;
}

/** Found by people: what they see at once. */
const resultsDefault = 20;

export function isSearchBatch({ type }: CollectedBatch): boolean {
  return type === "draft/search" || type === "soju.im/search";
}

/** Always true: it is sent or refused. */
export function askSearch(context: Context, action: SearchAction): true {
  const { ref, limit = resultsDefault } = action;
  const wanted = action.text === undefined ? goOn(context) : begin(action);
  if (typeof wanted === "string") return refused(context, ref, wanted);
  if (!context.hasSearch) return refused(context, ref, "this server cannot be searched");
  const { text, room, next } = wanted;
  const attributes = new Map([["text", text]]);
  if (room !== undefined) attributes.set("in", room);
  if (next !== undefined) attributes.set("before", next);
  attributes.set("limit", String(Math.max(1, Math.trunc(limit) || 1)));
  const line = writeTags(attributes);
  if (Buffer.byteLength(line) > lineBytesMax - "SEARCH \r\n".length) {
    return refused(context, ref, "this is too long to be searched for");
  }
  context.search = { text, room, next: undefined };
  context.output.line("SEARCH", [line], tagsFor(context, { ref }));
  return true;
}

/** NOTE SEARCH code attribute text: the answer was not whole. True when it was that. */
export function takeSearchNote(context: Context, { params }: Message): boolean {
  const [command = "", , attribute = "", text = ""] = params;
  if (command.toUpperCase() !== "SEARCH") return false;
  const next = /^before=(.+)$/.exec(attribute)?.[1];
  if (context.search !== undefined) context.search.next = next;
  const before = next?.replace(/^msgid=/, "");
  context.output.event({ kind: "more", before, text });
  return true;
}

function begin({ text = "", room, before }: SearchAction): LastSearch | string {
  if (text.trim() === "") return "there is nothing to search for";
  if (/[\r\n\0]/.test(text) || !text.isWellFormed()) return "a text of one line is searched for";
  return { text, room, next: before === undefined ? undefined : boundText(before) };
}

function goOn({ search }: Context): LastSearch | string {
  return search?.next === undefined ? "nothing more is known to be found" : search;
}

/** A message's id, or a time. */
function boundText(bound: string): string {
  const time = parseIsoTime(bound);
  return time === undefined ? `msgid=${bound}` : isoTime(time);
}

function refused(context: Context, ref: string | undefined, text: string): true {
  refuse(context, ref, { code: "NO_SEARCH", text, target: undefined });
  return true;
}

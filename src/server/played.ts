/**
 * Played: what of a log a session is shown when it is read again, and how it looks then.
 *
 * It looks as it did when it happened, to a session of these capabilities: its time, its `msgid`, its sender's name as it
 * was, client-only tags, a message of several lines as one. The channel has its name of today. Only the account is who
 * that is today.
 */
import { isoTime } from "../base/time.ts";
import { type Capabilities, type Capability, hasCapability } from "../protocol/capabilities.ts";
import { parseTags } from "../protocol/message.ts";
import { writeMessageId } from "../protocol/message-ids.ts";
import { linesOf } from "../protocol/multiline.ts";
import { type Reply } from "../protocol/replies.ts";
import { longReplies } from "./long-lines.ts";
import { type KeptEntry } from "./outside.ts";

const messages = ["PRIVMSG", "NOTICE"];
const events = ["JOIN", "PART", "QUIT", "KICK", "NICK", "MODE", "TOPIC"];

/** Those that are a session's own affair, with the capability by which it says that it knows them. */
const eventsBy: readonly (readonly [command: string, knownBy: Capability])[] = [
  ["TAGMSG", "message-tags"],
  ["RENAME", "draft/channel-rename"],
  ["REDACT", "draft/message-redaction"],
];

/**
 * The commands that may be in its history; undefined: all.
 *
 * chathistory: without `draft/event-playback` "the server MUST NOT send any lines other than PRIVMSG and NOTICE in the
 * reply batch, unless allowed by a capability"; message-redaction: "The draft/event-playback capability is not required in
 * order to include REDACT messages".
 */
export function playedCommands(capabilities: Capabilities): readonly string[] | undefined {
  const known = eventsBy.filter(([, knownBy]) => hasCapability(capabilities, knownBy));
  const names = known.map(([name]) => name);
  if (!hasCapability(capabilities, "draft/event-playback")) {
    return [...messages, ...names.filter((name) => name === "REDACT")];
  }
  return known.length === eventsBy.length ? undefined : [...messages, ...events, ...names];
}

/** The bytes of its lines, about: with what each has around it, source, target, and the tags of a batch. */
export function playedBytes({ source, target, text, seams, tags }: KeptEntry): number {
  const lineCount = linesOf({ text, seams }).length;
  const around = source.length + target.length + 100;
  return Buffer.byteLength(text) + Buffer.byteLength(tags) + lineCount * around;
}

export interface Player {
  readonly capabilities: Capabilities;
  readonly nextBatch: () => string;
}

/** The entry's lines; `frame` has the batch that they are in, if any. */
export function played(
  entry: KeptEntry,
  frame: ReadonlyMap<string, string>,
  player: Player,
): readonly Reply[] {
  const { source, command, seams } = entry;
  const params = paramsOf(entry, player.capabilities);
  const own = playedTags(entry, player.capabilities);
  return longReplies({ source, command, params, seams }, { own, frame }, player);
}

/** Its own: time, id, its sender's account as it is called today, and what its client said with it. */
export function playedTags(
  entry: KeptEntry,
  capabilities: Capabilities,
): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  if (hasCapability(capabilities, "server-time")) tags.set("time", isoTime(entry.place.time));
  if (hasCapability(capabilities, "message-tags")) {
    tags.set("msgid", writeMessageId(entry.place));
    for (const [key, value] of parseTags(entry.tags) ?? []) tags.set(key, value);
  }
  if (entry.accountName !== undefined && hasCapability(capabilities, "account-tag")) {
    tags.set("account", entry.accountName);
  }
  return tags;
}

/** Each as the line of its event has them (`event.ts`). */
function paramsOf(
  { command, target, middle, text, accountName }: KeptEntry,
  capabilities: Capabilities,
): readonly string[] {
  const between = middle === "" ? [] : middle.split(" ");
  const last = text === "" ? [] : [text];
  switch (command) {
    case "JOIN":
      return hasCapability(capabilities, "extended-join")
        ? [target, accountName ?? "*", text]
        : [target];
    case "QUIT":
    case "NICK":
      return [text];
    case "RENAME":
      return [...between, text];
    case "MODE":
    case "TAGMSG":
      return [target, ...between];
    case "PART":
    case "REDACT":
      return [target, ...between, ...last];
    default:
      return [target, ...between, text];
  }
}

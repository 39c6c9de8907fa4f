/**
 * CHATHISTORY (draft/chathistory): reading again what was said, a page at a time.
 *
 * LATEST, BEFORE, AFTER and TARGETS. Only members of a channel and the two of a conversation may read it; to
 * everyone else it is as if it did not exist.
 */
import { parseIsoTime, isoTime, wallMs } from "../../base/time.ts";
import { hasCapability } from "../../protocol/capabilities.ts";
import { parseTags } from "../../protocol/message.ts";
import { linesOf } from "../../protocol/multiline.ts";
import { parseMessageId, writeMessageId } from "../../protocol/message-ids.ts";
import { isChannelName, isSameName } from "../../protocol/names.ts";
import { type Refusal, refusals, replies } from "../../protocol/replies.ts";
import { serverAccount } from "../../base/ids.ts";
import { longReplies } from "../long-lines.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import {
  type Answer,
  type HistoryBound,
  type HistoryPage,
  type KeptEntry,
  type LogRef,
} from "../outside.ts";
import { shownName, targets, type Param } from "../params.ts";
import { mayReadHistory } from "../policy.ts";

interface Request {
  readonly subcommand: string;
  /** As the client wrote it. */
  readonly target: string;
  readonly page: HistoryPage;
  readonly limit: number;
}

const chathistory = command({
  name: "CHATHISTORY",
  when: "registered",
  params: {},
  run(ctx, _args, message) {
    const [word = "", ...rest] = message.params;
    const subcommand = shownName(word.toUpperCase());
    switch (subcommand) {
      case "TARGETS":
        return askTargets(ctx, rest);
      case "LATEST":
      case "BEFORE":
      case "AFTER":
        return askPage(ctx, subcommand, rest);
      default:
        return refusals.historyUnknownCommand(subcommand);
    }
  },
});

// --- A page ------------------------------------------------------------------------------------------------------

function askPage(
  ctx: Context,
  subcommand: "LATEST" | "BEFORE" | "AFTER",
  params: readonly string[],
): Refusal | undefined {
  const [target, bound, limitText] = params;
  if (target === undefined || bound === undefined || limitText === undefined) {
    return refusals.historyNeedMoreParams(subcommand);
  }
  const limit = parseLimit(ctx, limitText);
  const page = parsePage(subcommand, bound);
  if (limit === undefined) return refusals.historyInvalidParams(subcommand, "Invalid limit");
  if (page === undefined) {
    return refusals.historyInvalidParams(subcommand, "Invalid message reference");
  }
  const request = { subcommand, target, page, limit };
  withTarget(ctx, request, (next) => readPage(next, request));
  return undefined;
}

function parseLimit(ctx: Context, text: string): number | undefined {
  if (!/^\d{1,10}$/.test(text)) return undefined;
  const limit = Number(text);
  const { historyMax } = ctx.settings.limits;
  // "If the limit is 0 …": the server's own; more than it gives is less.
  return limit === 0 ? historyMax : Math.min(limit, historyMax);
}

function parsePage(
  subcommand: "LATEST" | "BEFORE" | "AFTER",
  text: string,
): HistoryPage | undefined {
  if (subcommand === "LATEST" && text === "*") return { kind: "latest", after: undefined };
  const bound = parseBound(text);
  if (bound === undefined) return undefined;
  switch (subcommand) {
    case "LATEST":
      return { kind: "latest", after: bound };
    case "BEFORE":
      return { kind: "before", before: bound };
    case "AFTER":
      return { kind: "after", after: bound };
  }
}

function parseBound(text: string): HistoryBound | undefined {
  if (text.startsWith("msgid=")) {
    const place = parseMessageId(text.slice(6));
    return place === undefined ? undefined : { kind: "sequence", ...place };
  }
  if (text.startsWith("timestamp=")) {
    const time = parseIsoTime(text.slice(10));
    return time === undefined ? undefined : { kind: "time", time };
  }
  return undefined;
}

const oneTarget: Param<unknown> = {
  parse: (raw, scope) => targets.parse(raw?.split(",")[0], scope),
};

/** Brings the target into memory; what does not exist is found out later, and looks like what is forbidden. */
function withTarget(
  ctx: Context,
  { subcommand, target }: Request,
  then: (ctx: Context) => void,
): void {
  const { network, settings, task, user: asker } = ctx;
  const scope = { command: "CHATHISTORY", network, settings, asker, absent: task.absent };
  const result = oneTarget.parse(target, scope);
  if (result.kind !== "lookup") {
    then(ctx);
    return;
  }
  ctx.load(result.lookups, (next, outcome) => {
    if (next.session.phase === "closed") return;
    if (outcome === "loaded") then(next);
    else next.reply(refusals.historyError(subcommand, shownName(target)));
  });
}

/** The log that a target names for this reader; undefined when there is none they may read. */
function logOf(ctx: Context, target: string): LogRef | undefined {
  const { user, network, settings } = ctx;
  if (isChannelName(target)) {
    const channel = network.channel(target);
    const mayRead = channel !== undefined && mayReadHistory(user, channel);
    return mayRead ? { kind: "channel", channel: channel.id } : undefined;
  }
  if (isSameName(target, settings.name)) {
    return { kind: "conversation", between: [user.id, serverAccount] };
  }
  const other = network.user(target);
  if (other === undefined || !other.isActive) return undefined;
  return { kind: "conversation", between: [user.id, other.id] };
}

function readPage(ctx: Context, request: Request): void {
  const { subcommand, target, page, limit } = request;
  const log = logOf(ctx, target);
  if (log === undefined) {
    ctx.reply(refusals.historyInvalidTarget(subcommand, shownName(target)));
    return;
  }
  const ask = { reader: ctx.user.id, log, page, limit, commands: ["PRIVMSG", "NOTICE"] };
  ctx.ask("history", ask, (answer, next) => {
    if (next.session.phase !== "closed") replyPage(next, request, answer);
  });
}

function replyPage(ctx: Context, request: Request, answer: Answer<"history">): void {
  const { subcommand, target } = request;
  if (answer.outcome === "unavailable") {
    ctx.reply(refusals.historyError(subcommand, shownName(target)));
    return;
  }
  // A conversation in which nothing has been said is an empty page.
  const found = answer.outcome === "found" ? answer.entries : [];
  const entries = withinBytes(found, request.page, ctx.settings.limits.historyBytesMax);
  inBatch(ctx, ["chathistory", shownName(target)], (batchTags) => {
    // A channel that was renamed is what it is called now.
    const channel = isChannelName(target) ? ctx.network.channel(target)?.name : undefined;
    for (const entry of entries) {
      replyEntry(ctx, channel === undefined ? entry : { ...entry, target: channel }, batchTags);
    }
  });
}

/**
 * What of the page fits the bytes, at the end from which it is read on; at least one entry. Only pages of long messages
 * are ever cut.
 */
function withinBytes(
  entries: readonly KeptEntry[],
  { kind }: HistoryPage,
  bytesMax: number,
): readonly KeptEntry[] {
  const inOrder = kind === "after" ? entries : entries.toReversed();
  let bytes = 0;
  const isOver = (entry: KeptEntry): boolean => {
    bytes += bytesOf(entry);
    return bytes > bytesMax;
  };
  const over = inOrder.findIndex((entry, index) => isOver(entry) && index > 0);
  if (over < 0) return entries;
  return kind === "after" ? entries.slice(0, over) : entries.slice(-over);
}

/** With what each line has around it: source, target, and the tags of a batch. */
function bytesOf({ source, target, text, seams, tags }: KeptEntry): number {
  const lineCount = linesOf({ text, seams }).length;
  const around = source.length + target.length + 100;
  return Buffer.byteLength(text) + Buffer.byteLength(tags) + lineCount * around;
}

/** With `batch` the lines between are in one; without, they stand by themselves. */
function inBatch(
  ctx: Context,
  [type, ...params]: readonly [string, ...string[]],
  write: (tags: ReadonlyMap<string, string>) => void,
): void {
  if (!hasCapability(ctx.session.capabilities, "batch")) {
    write(new Map());
    return;
  }
  const reference = ctx.nextBatch();
  ctx.reply(replies.batchStart(reference, type, ...params));
  write(new Map([["batch", reference]]));
  ctx.reply(replies.batchEnd(reference));
}

function replyEntry(ctx: Context, entry: KeptEntry, frame: ReadonlyMap<string, string>): void {
  const { capabilities } = ctx.session;
  const tags = new Map<string, string>();
  if (hasCapability(capabilities, "server-time")) tags.set("time", isoTime(entry.place.time));
  if (hasCapability(capabilities, "message-tags")) {
    tags.set("msgid", writeMessageId(entry.place));
    for (const [key, value] of parseTags(entry.tags) ?? []) tags.set(key, value);
  }
  if (entry.accountName !== undefined && hasCapability(capabilities, "account-tag")) {
    tags.set("account", entry.accountName);
  }
  const { source, command: verb, target, middle, text, seams } = entry;
  const params = [target, ...(middle === "" ? [] : middle.split(" ")), text];
  const spoken = { source, command: verb, params, seams };
  const receiver = { capabilities, nextBatch: () => ctx.nextBatch() };
  for (const reply of longReplies(spoken, { own: tags, frame }, receiver)) ctx.reply(reply);
}

// --- Targets -----------------------------------------------------------------------------------------------------

function askTargets(ctx: Context, params: readonly string[]): Refusal | undefined {
  const [from, to, limitText] = params;
  if (from === undefined || to === undefined || limitText === undefined) {
    return refusals.historyNeedMoreParams("TARGETS");
  }
  const limit = parseLimit(ctx, limitText);
  const bounds = [parseBound(from), parseBound(to)];
  const times = bounds.flatMap((bound) => (bound?.kind === "time" ? [bound.time] : []));
  if (limit === undefined || times.length !== 2) {
    return refusals.historyInvalidParams("TARGETS", "Two timestamps and a limit are needed");
  }
  const after = wallMs(Math.min(...times));
  const before = wallMs(Math.max(...times));
  ctx.ask("targets", { reader: ctx.user.id, after, before, limit }, (answer, next) => {
    if (answer.outcome === "unavailable") {
      next.reply(refusals.historyError("TARGETS", "*"));
      return;
    }
    inBatch(next, ["draft/chathistory-targets"], (tags) => {
      for (const { name, latest } of answer.targets) {
        const shown = name === "" ? next.settings.name : name;
        next.reply({ ...replies.historyTarget(shown, isoTime(latest)), tags });
      }
    });
  });
  return undefined;
}

export const historyFamily = family({
  commands: [chathistory],
  capabilities: { "draft/chathistory": "" },
  isupport: ({ limits }) => ({
    CHATHISTORY: String(limits.historyMax),
    MSGREFTYPES: "msgid,timestamp",
  }),
});

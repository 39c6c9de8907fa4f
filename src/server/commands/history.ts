/**
 * CHATHISTORY (draft/chathistory): reading again what was said, a page at a time.
 *
 * Only members of a channel and the two of a conversation may read it; to everyone else it is as if it did not exist.
 * How entries look when they are read again is `played.ts`'s.
 *
 * `draft/chathistory-end` (a tag on the batch, of other servers' making) says that there is nothing more in the direction
 * in which the page is counted; for AROUND, in neither. A page without it may still be short.
 */
import { parseIsoTime, isoTime, wallMs } from "../../base/time.ts";
import { hasCapability } from "../../protocol/capabilities.ts";
import { parseMessageId } from "../../protocol/message-ids.ts";
import { isChannelName, isSameName } from "../../protocol/names.ts";
import { type Refusal, refusals, replies } from "../../protocol/replies.ts";
import { serverAccount } from "../../base/ids.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import {
  type Answer,
  type HistoryBound,
  type HistoryPage,
  type KeptEntry,
  type LogRef,
} from "../outside.ts";
import { shownName, shownWord, target as oneTarget } from "../params.ts";
import { guestSinceOf, mayReadHistory } from "../policy.ts";
import { played, playedBytes, playedCommands } from "../played.ts";

type Subcommand = "LATEST" | "BEFORE" | "AFTER" | "AROUND" | "BETWEEN";

interface Request {
  readonly subcommand: Subcommand;
  /** As the client wrote it. */
  readonly target: string;
  readonly page: HistoryPage;
  readonly limit: number;
}

const endTag = "draft/chathistory-end";

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
      case "AROUND":
      case "BETWEEN":
        return askPage(ctx, subcommand, rest);
      default:
        return refusals.historyUnknownCommand(subcommand);
    }
  },
});

// --- A page ------------------------------------------------------------------------------------------------------

function askPage(
  ctx: Context,
  subcommand: Subcommand,
  params: readonly string[],
): Refusal | undefined {
  const boundCount = subcommand === "BETWEEN" ? 2 : 1;
  if (params.length < boundCount + 2) return refusals.historyNeedMoreParams(subcommand);
  if (params.length > boundCount + 2) return refusals.historyTooManyParams(subcommand);
  const [target = "", ...rest] = params;
  const limit = parseLimit(ctx, rest.at(-1) ?? "");
  if (limit === undefined) return refusals.historyInvalidParams(subcommand, "Invalid limit");
  const bounds: HistoryBound[] = [];
  const isUnbounded = subcommand === "LATEST" && rest[0] === "*";
  for (const text of isUnbounded ? [] : rest.slice(0, -1)) {
    const bound = parseBound(text);
    if (bound === undefined) return whyNoBound(subcommand, target, text);
    bounds.push(bound);
  }
  const request = { subcommand, target, page: pageOf(subcommand, bounds), limit };
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

function pageOf(subcommand: Subcommand, bounds: readonly HistoryBound[]): HistoryPage {
  const [bound, to] = bounds;
  if (bound === undefined) return { kind: "latest", after: undefined };
  switch (subcommand) {
    case "LATEST":
      return { kind: "latest", after: bound };
    case "BEFORE":
      return { kind: "before", before: bound };
    case "AFTER":
      return { kind: "after", after: bound };
    case "AROUND":
      return { kind: "around", at: bound };
    case "BETWEEN":
      return { kind: "between", from: bound, to: to ?? bound };
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

function whyNoBound(subcommand: Subcommand, target: string, text: string): Refusal {
  const shown = shownWord(text);
  if (text.startsWith("timestamp=")) {
    return refusals.historyInvalidReference(subcommand, shown, "Invalid timestamp");
  }
  const isOtherType = text.includes("=") && !text.startsWith("msgid=");
  return isOtherType
    ? refusals.historyUnknownReferenceType(subcommand, shownName(target), shown)
    : refusals.historyInvalidReference(subcommand, shown, "Invalid message reference");
}

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
export function logOf(ctx: Context, target: string): LogRef | undefined {
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
  const commands = playedCommands(ctx.session.capabilities);
  const { user } = ctx;
  const guestSince = guestSinceOf(user, ctx.network.channel(target));
  const ask = { reader: user.id, guestSince, log, page, limit, commands };
  ctx.ask("history", ask, (answer, next) => {
    if (next.session.phase !== "closed") replyPage(next, request, answer);
  });
}

const nothing = { entries: [], start: 0, hasMore: false };

function replyPage(ctx: Context, request: Request, answer: Answer<"history">): void {
  const { subcommand, target } = request;
  if (answer.outcome === "unavailable") {
    ctx.reply(refusals.historyError(subcommand, shownName(target)));
    return;
  }
  // A conversation in which nothing has been said is an empty page.
  const found = answer.outcome === "found" ? answer : nothing;
  const entries = withinBytes(found, ctx.settings.limits.historyBytesMax);
  const isEnd = !found.hasMore && entries.length === found.entries.length;
  inBatch(ctx, { params: ["chathistory", shownTarget(ctx, target)], isEnd }, (frame) => {
    // A channel that was renamed is what it is called now.
    const channel = isChannelName(target) ? ctx.network.channel(target)?.name : undefined;
    const player = {
      capabilities: ctx.session.capabilities,
      nextBatch: () => ctx.nextBatch(),
    };
    for (const entry of entries) {
      const now = channel === undefined ? entry : { ...entry, target: channel };
      for (const reply of played(now, frame, player)) ctx.reply(reply);
    }
  });
}

/** "the canonical name of the target being queried" */
function shownTarget(ctx: Context, target: string): string {
  const found = isChannelName(target)
    ? ctx.network.channel(target)?.name
    : ctx.network.user(target)?.nick;
  return found ?? shownName(target);
}

/**
 * What of the page fits the bytes, around the entry from which it is counted; at least that one. Only pages of long
 * messages are ever cut.
 */
function withinBytes(
  { entries, start }: Pick<Extract<Answer<"history">, { outcome: "found" }>, "entries" | "start">,
  bytesMax: number,
): readonly KeptEntry[] {
  const nearestFirst = entries
    .map((entry, index) => ({ entry, distance: Math.abs(index - start) }))
    .toSorted((left, right) => left.distance - right.distance);
  let bytes = 0;
  const over = nearestFirst.findIndex(({ entry }, index) => {
    bytes += playedBytes(entry);
    return bytes > bytesMax && index > 0;
  });
  if (over < 0) return entries;
  const kept = new Set(nearestFirst.slice(0, over).map(({ entry }) => entry));
  return entries.filter((entry) => kept.has(entry));
}

/** With `batch` the lines between are in one; without, they stand by themselves. */
function inBatch(
  ctx: Context,
  {
    params: [type, ...params],
    isEnd,
  }: { readonly params: readonly [string, ...string[]]; readonly isEnd: boolean },
  write: (tags: ReadonlyMap<string, string>) => void,
): void {
  const { capabilities } = ctx.session;
  if (!hasCapability(capabilities, "batch")) {
    write(new Map());
    return;
  }
  const reference = ctx.nextBatch();
  const start = replies.batchStart(reference, type, ...params);
  const isTold = isEnd && hasCapability(capabilities, "message-tags");
  ctx.reply(isTold ? { ...start, tags: new Map([[endTag, ""]]) } : start);
  write(new Map([["batch", reference]]));
  ctx.reply(replies.batchEnd(reference));
}

// --- Targets -----------------------------------------------------------------------------------------------------

function askTargets(ctx: Context, params: readonly string[]): Refusal | undefined {
  const [from, to, limitText] = params;
  if (from === undefined || to === undefined || limitText === undefined) {
    return refusals.historyNeedMoreParams("TARGETS");
  }
  if (params.length > 3) return refusals.historyTooManyParams("TARGETS");
  const limit = parseLimit(ctx, limitText);
  const bounds = [parseBound(from), parseBound(to)];
  const [first, second] = bounds.flatMap((bound) => (bound?.kind === "time" ? [bound.time] : []));
  if (limit === undefined || first === undefined || second === undefined) {
    return refusals.historyInvalidParams("TARGETS", "Two timestamps and a limit are needed");
  }
  const after = wallMs(Math.min(first, second));
  const before = wallMs(Math.max(first, second));
  // "The parameters have the same semantics as BETWEEN": the limit counts from the first.
  const countedFrom = first <= second ? "soonest" : "latest";
  const ask = { reader: ctx.user.id, after, before, limit, countedFrom } as const;
  ctx.ask("targets", ask, (answer, next) => {
    if (answer.outcome === "unavailable") {
      next.reply(refusals.historyError("TARGETS", "*"));
      return;
    }
    const isEnd = !answer.hasMore;
    inBatch(next, { params: ["draft/chathistory-targets"], isEnd }, (tags) => {
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
  capabilities: { "draft/chathistory": "", "draft/event-playback": "" },
  isupport: ({ limits }) => ({
    CHATHISTORY: String(limits.historyMax),
    MSGREFTYPES: "msgid,timestamp",
  }),
});

/**
 * SEARCH (soju.im/search, draft/search): finding what was said, wherever the asker may read it.
 *
 *     SEARCH text=hello\sworld;in=#room;from=ann;after=2026-01-01T00:00:00Z;before=msgid=c1-2;limit=20
 *
 * Attributes are written as tags are. What is found is one batch, oldest first; of more than fits it is the newest, or,
 * with `after`, the oldest from there on. A NOTE after it says that there may be more, and by which attribute the search
 * goes on. Beyond the specification, `after` and `before` take `msgid=…` too: many messages can be of one millisecond.
 *
 * Who may read what is decided in storage (`storage/readable.ts`). What a text matches is there, too.
 */
import { isoTime, parseIsoTime } from "../../base/time.ts";
import { hasCapability } from "../../protocol/capabilities.ts";
import { parseTags } from "../../protocol/message.ts";
import { parseMessageId, writeMessageId } from "../../protocol/message-ids.ts";
import { fold } from "../../protocol/names.ts";
import { type Refusal, refusals, replies } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { type Answer, type KeptEntry } from "../outside.ts";
import { shownWord, target as oneTarget, word } from "../params.ts";
import { type SearchAsk, type SearchBound, type SearchedSoFar } from "../search-questions.ts";
import { guestSinceOf } from "../policy.ts";
import { logOf } from "./history.ts";
import { played } from "../played.ts";

const names = ["in", "from", "after", "before", "text", "limit"] as const;
type Name = (typeof names)[number];

/** As the client wrote them. */
type Attributes = ReadonlyMap<Name, string>;

/** All but where. */
type Wanted = Omit<SearchAsk, "connection" | "reader" | "log">;

const search = command({
  name: "SEARCH",
  when: "registered",
  // The index is looked through, whatever is found.
  work: 4,
  params: { attributes: word(() => refusals.searchInvalidParams("*", "Attributes are needed")) },
  run(ctx, { attributes: written }) {
    // "The soju.im/search capability MUST be negotiated."
    if (batchType(ctx) === undefined) return refusals.searchNeedCapability();
    const attributes = parseAttributes(written);
    if ("isRefusal" in attributes) return attributes;
    const wanted = wantedOf(ctx, attributes);
    if ("isRefusal" in wanted) return wanted;
    const where = attributes.get("in");
    if (where === undefined) find(ctx, wanted, undefined);
    else withTarget(ctx, where, (next) => find(next, wanted, where));
    return undefined;
  },
});

// --- What is asked for ---------------------------------------------------------------------------------------

function parseAttributes(written: string): Attributes | Refusal {
  const tags = parseTags(written);
  if (tags === undefined) return refusals.searchInvalidParams("*", "These are no attributes");
  const attributes = new Map<Name, string>();
  for (const [key, value] of tags) {
    const name = names.find((each) => each === key);
    if (name === undefined) {
      return refusals.searchInvalidParams(shownWord(key), "There is no such attribute");
    }
    attributes.set(name, value);
  }
  return attributes;
}

function wantedOf(ctx: Context, attributes: Attributes): Wanted | Refusal {
  const { searchResultsMax, searchTextLengthMax, historyBytesMax } = ctx.settings.limits;
  const after = boundOf(attributes.get("after"));
  const before = boundOf(attributes.get("before"));
  if (after === "wrong") return refusals.searchInvalidParams("after", "This is no time");
  if (before === "wrong") return refusals.searchInvalidParams("before", "This is no time");
  const text = attributes.get("text") ?? "";
  if (text.length > searchTextLengthMax) {
    return refusals.searchInvalidParams("text", `At most ${searchTextLengthMax} characters`);
  }
  const limit = attributes.get("limit") ?? String(searchResultsMax);
  if (!/^[1-9]\d{0,9}$/.test(limit)) {
    return refusals.searchInvalidParams("limit", "This is no number from 1 on");
  }
  const from = attributes.get("from");
  return {
    from: from === undefined ? undefined : fold(from),
    after,
    before,
    text,
    limit: Math.min(Number(limit), searchResultsMax),
    bytesMax: historyBytesMax,
  };
}

function boundOf(text: string | undefined): SearchBound | "wrong" | undefined {
  if (text === undefined) return undefined;
  if (text.startsWith("msgid=")) {
    const place = parseMessageId(text.slice(6));
    return place === undefined ? "wrong" : { kind: "place", ...place };
  }
  const time = parseIsoTime(text);
  return time === undefined ? "wrong" : { kind: "time", time };
}

/** Brings the target into memory; what does not exist looks like what is forbidden. */
function withTarget(ctx: Context, where: string, then: (ctx: Context) => void): void {
  const { network, settings, task, user: asker } = ctx;
  const scope = { command: "SEARCH", network, settings, asker, absent: task.absent };
  const result = oneTarget.parse(where, scope);
  if (result.kind !== "lookup") {
    then(ctx);
    return;
  }
  ctx.load(result.lookups, (next, outcome) => {
    if (next.session.phase === "closed") return;
    if (outcome === "loaded") then(next);
    else next.reply(refusals.temporarilyUnavailable("SEARCH"));
  });
}

// --- What is found -------------------------------------------------------------------------------------------

function find(ctx: Context, wanted: Wanted, where: string | undefined): void {
  const log = where === undefined ? undefined : logOf(ctx, where);
  if (where !== undefined && log === undefined) {
    ctx.reply(refusals.searchInvalidParams("in", "Messages there cannot be searched"));
    return;
  }
  const { session, user, network } = ctx;
  const guestSince = where === undefined ? undefined : guestSinceOf(user, network.channel(where));
  const ask = { ...wanted, connection: session.id, reader: user.id, log, guestSince };
  ctx.ask("search", ask, (answer, next) => {
    if (next.session.phase !== "closed") replyFound(next, wanted, answer);
  });
}

function replyFound(ctx: Context, wanted: Wanted, answer: Answer<"search">): void {
  if (answer.outcome === "unavailable") {
    ctx.reply(refusals.temporarilyUnavailable("SEARCH"));
    return;
  }
  if (answer.outcome === "none") {
    const name = wanted.after?.kind === "place" ? "after" : "before";
    ctx.reply(refusals.searchInvalidParams(name, "There is no such message"));
    return;
  }
  inBatch(ctx, (frame) => {
    const { capabilities } = ctx.session;
    const player = { capabilities, nextBatch: () => ctx.nextBatch() };
    for (const entry of answer.entries) {
      for (const reply of played(asNow(ctx, entry), frame, player)) ctx.reply(reply);
    }
  });
  if (answer.more !== undefined) replyMore(ctx, wanted, answer.more);
}

/** A channel that was renamed is what it is called now. */
function asNow(ctx: Context, entry: KeptEntry): KeptEntry {
  if (entry.log.kind !== "channel") return entry;
  const channel = ctx.network.channelById(entry.log.channel);
  return channel === undefined ? entry : { ...entry, target: channel.name };
}

function replyMore(ctx: Context, { after }: Wanted, { reason, from }: SearchedSoFar): void {
  const bound = from.kind === "time" ? isoTime(from.time) : `msgid=${writeMessageId(from)}`;
  const attribute = `${after === undefined ? "before" : "after"}=${bound}`;
  switch (reason) {
    case "limit":
      ctx.reply(replies.searchMore("MORE", attribute, "There may be more"));
      return;
    case "time":
      ctx.reply(replies.searchMore("TIMED_OUT", attribute, "Not all was searched"));
      return;
    case "short": {
      const why = "For a text under three characters only the latest messages are searched";
      ctx.reply(replies.searchMore("SHORT_TEXT", attribute, why));
    }
  }
}

/** "the server MUST reply to a successful SEARCH command using a batch"; without `batch` the lines stand alone. */
function inBatch(ctx: Context, write: (frame: ReadonlyMap<string, string>) => void): void {
  const type = batchType(ctx);
  if (type === undefined || !hasCapability(ctx.session.capabilities, "batch")) {
    write(new Map());
    return;
  }
  const reference = ctx.nextBatch();
  ctx.reply(replies.batchStart(reference, type));
  write(new Map([["batch", reference]]));
  ctx.reply(replies.batchEnd(reference));
}

/** Called as the capability that the client asked for; undefined: it asked for none. */
function batchType(ctx: Context): string | undefined {
  const types = ["soju.im/search", "draft/search"] as const;
  return types.find((type) => hasCapability(ctx.session.capabilities, type));
}

export const searchFamily = family({
  commands: [search],
  capabilities: { "draft/search": "", "soju.im/search": "" },
});

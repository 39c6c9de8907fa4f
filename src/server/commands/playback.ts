/**
 * znc.in/playback: reading again what was said, for clients that know it from ZNC, and for people.
 *
 *     PRIVMSG *playback :play <target>[,<target>…] [from [to]]      /msg *playback play #room
 *
 * `*` is every channel and conversation of theirs. Times are seconds since 1970, with fractions, and both exclusive; of
 * each target the newest in between are told, `missedMax` at most, in pages. With `batch` a target's lines are in one.
 * Who may read what is decided where it is for all history (`storage/`).
 */
import { type WallMs, wallMs } from "../../base/time.ts";
import { hasCapability } from "../../protocol/capabilities.ts";
import { isChannelName, isSameName } from "../../protocol/names.ts";
import { replies } from "../../protocol/replies.ts";
import { family } from "../command.ts";
import { type Context } from "../context.ts";
import { type Answer, type KeptEntry, type LogRef } from "../outside.ts";
import { accountLookup, channelLookup, shownName, shownWord } from "../params.ts";
import { toldAgain } from "../told-again.ts";
import { readableLog } from "./read-marker.ts";

export const playbackName = "*playback";

interface Span {
  readonly from: WallMs;
  readonly to: WallMs;
}

/** Far later than anything is said. */
const never = wallMs(Number.MAX_SAFE_INTEGER);

/** What is said to it is neither kept nor shown to others. */
export function askPlayback(ctx: Context, spoken: string): void {
  const [word = "", names, from, to] = spoken.trim().split(/\s+/);
  const span = { from: parseTime(from) ?? wallMs(0), to: parseTime(to) ?? never };
  if (word.toLowerCase() !== "play" || names === undefined) {
    tell(ctx, "play TARGET [FROM [TO]]: #room, a name or *; seconds since 1970");
    return;
  }
  if (names === "*") {
    playAll(ctx, span);
    return;
  }
  const asked = names.split(",").filter((name) => name !== "");
  play(ctx, asked.slice(0, ctx.settings.limits.targetsMax), span);
}

function tell(ctx: Context, words: string): void {
  const { user, settings } = ctx;
  ctx.reply(replies.ownLine(`${playbackName}!znc@${settings.name}`, "NOTICE", user.nick, words));
}

function parseTime(text: string | undefined): WallMs | undefined {
  if (text === undefined || !/^\d{1,11}(?:\.\d{1,9})?$/.test(text)) return undefined;
  return wallMs(Math.round(Number(text) * 1_000));
}

/** Everything of theirs in which something was said then. */
function playAll(ctx: Context, { from, to }: Span): void {
  const { channelsPerUserMax } = ctx.settings.limits;
  const ask = {
    reader: ctx.user.id,
    after: from,
    before: never,
    limit: channelsPerUserMax,
    countedFrom: "latest",
  } as const;
  ctx.ask("targets", ask, (answer, next) => {
    if (next.session.phase === "closed") return;
    if (answer.outcome === "unavailable") notNow(next);
    else {
      const names = answer.targets.map(({ name }) => (name === "" ? next.settings.name : name));
      play(next, names, { from, to });
    }
  });
}

/** One target after the other. */
function play(ctx: Context, names: readonly string[], span: Span): void {
  const [name, ...others] = names;
  if (name === undefined) return;
  const lookup = isChannelName(name) ? channelLookup(name) : accountLookup(name);
  const isKnown = isSameName(name, ctx.settings.name);
  ctx.load(isKnown ? [] : [lookup], (found, outcome) => {
    if (found.session.phase === "closed") return;
    const log = outcome === "loaded" ? readableLog(found, name) : undefined;
    if (log === undefined) {
      tell(found, `nothing of ${shownName(shownWord(name))} can be read`);
      play(found, others, span);
      return;
    }
    readLog(found, log, span, (next, entries) => {
      showLog(next, name, entries);
      play(next, others, span);
    });
  });
}

/** The newest of it within the span, oldest first, a page after the other. */
function readLog(
  ctx: Context,
  log: LogRef,
  { from, to }: Span,
  then: (ctx: Context, entries: readonly KeptEntry[]) => void,
): void {
  const { playedMax, playedBytesMax, historyMax: limit } = ctx.settings.limits;
  const pages: (readonly KeptEntry[])[] = [];
  let count = 0;
  let bytes = 0;
  const ask = (asking: Context, before: number | undefined): void => {
    const bound =
      before === undefined
        ? ({ kind: "time", time: to } as const)
        : ({ kind: "sequence", sequence: before, log: undefined } as const);
    const question = {
      reader: asking.user.id,
      log,
      page: { kind: "before", before: bound },
      limit: Math.min(limit, playedMax - count),
      commands: ["PRIVMSG", "NOTICE"],
    } as const;
    asking.ask("history", question, (answer, next) => {
      if (next.session.phase !== "closed") took(next, answer, question.limit);
    });
  };
  const took = (next: Context, answer: Answer<"history">, asked: number): void => {
    const found = answer.outcome === "found" ? answer.entries : [];
    if (answer.outcome === "unavailable") notNow(next);
    const inSpan = found.filter(({ place }) => place.time > from);
    const fitting = newestWithin(inSpan, playedBytesMax - bytes);
    pages.unshift(fitting.entries);
    count += fitting.entries.length;
    bytes += fitting.bytes;
    const isFull = fitting.entries.length < asked || count >= playedMax;
    const oldest = found[0];
    if (isFull || oldest === undefined) then(next, pages.flat());
    else ask(next, oldest.place.sequence);
  };
  ask(ctx, undefined);
}

function newestWithin(entries: readonly KeptEntry[], bytesMax: number) {
  let bytes = 0;
  for (let index = entries.length - 1; index >= 0; index -= 1) {
    const { text, tags, source } = entries[index] ?? { text: "", tags: "", source: "" };
    const more = Buffer.byteLength(text) + tags.length + source.length + aroundBytes;
    if (bytes + more > bytesMax) return { entries: entries.slice(index + 1), bytes };
    bytes += more;
  }
  return { entries, bytes };
}

/** What a line has around its text, its sender and its tags, about. */
const aroundBytes = 150;

function showLog(ctx: Context, name: string, entries: readonly KeptEntry[]): void {
  if (!hasCapability(ctx.session.capabilities, "batch")) {
    for (const entry of entries) for (const reply of toldAgain(ctx, entry)) ctx.reply(reply);
    return;
  }
  const reference = ctx.nextBatch();
  const frame = new Map([["batch", reference]]);
  ctx.reply(replies.batchStart(reference, "znc.in/playback", shownWord(name)));
  for (const entry of entries) for (const reply of toldAgain(ctx, entry, frame)) ctx.reply(reply);
  ctx.reply(replies.batchEnd(reference));
}

function notNow(ctx: Context): void {
  tell(ctx, "this cannot be done now; try again later");
}

export const playbackFamily = family({
  commands: [],
  // What one's own other devices say is shown to all of them, whether they ask for it or not.
  capabilities: { "znc.in/playback": "", "znc.in/self-message": "" },
});

/**
 * Catching up: a client without history of its own (irssi, WeeChat) is told what it has missed when it comes again.
 *
 * Which client it is goes by its *device*: the credential by which it came in (an app password, a certificate), or the
 * name that it gave at its login (`ann@phone`), else the account's one device without a name. Of each device is kept
 * up to which entry it was shown what was said. What it promises:
 *
 *     nothing is ever missing     only what the client has answered for (PONG), or had before its QUIT, counts as shown
 *     nothing comes twice         after a QUIT; after a lost connection, or a crash of the server, it may be told once
 *                                 more what was shown in the last seconds (`seenAskedMs`, `seenSavedMs`)
 *     one order                   what is said meanwhile is held back, and follows
 *
 * The way of it:
 *
 *     attached → due → asked → told, PING → PONG → due → … → told, released: shown as it is said
 *
 * Of each log the newest `missedMax` are told, and how to read those before; of a new device `missedNewMax`. Clients
 * with `draft/chathistory` or `znc.in/playback` fetch it themselves and are told nothing.
 */
import { type AccountId } from "../../base/ids.ts";
import { secondMs } from "../../base/time.ts";
import { hasCapability } from "../../protocol/capabilities.ts";
import { replies } from "../../protocol/replies.ts";
import { type Context } from "../context.ts";
import { type Event, event } from "../event.ts";
import { type Answer } from "../outside.ts";
import { type ProvenAccount } from "../proofs.ts";
import { type MissedCut, type MissedEntry } from "../reading.ts";
import { changeSession } from "../session-changed.ts";
import { type Following, type Replay, type Session } from "../session.ts";
import { toldAgain } from "../told-again.ts";
import { type User } from "../state/user.ts";

interface DeviceSeen {
  readonly account: AccountId;
  readonly device: string;
  readonly entry: number;
}

const deviceSeen = event<DeviceSeen>("device-seen", {
  keep: (seen) => ({ kind: "device-seen", ...seen }),
});

/** Which of the account's devices it is. */
export function deviceOf({ device, credential, credentialKind }: ProvenAccount): string {
  if (device !== undefined) return `@${device}`;
  // A code is asked for besides the password: it is no device.
  const isDevice = credentialKind === undefined || credentialKind === "app-password";
  return isDevice && credential !== undefined ? `#${credential}` : "";
}

/** From here on what is said is held back for the session; `seen`: up to which entry its device was shown what was said, if it was ever here. */
export function beginCatchingUp(ctx: Context, user: User, seen: number | undefined): void {
  const { session, settings } = ctx;
  const { proven } = session;
  if (proven === undefined || fetchesItself(session)) return;
  const device = deviceOf(proven);
  const known = seenByOthers(user, device, seen);
  const { missedMax, missedNewMax } = settings.limits;
  const acknowledged = known ?? 0;
  const perLogMax = known === undefined ? missedNewMax : missedMax;
  const replay: Replay = {
    state: "due",
    after: acknowledged,
    upTo: undefined,
    perLogMax,
    failures: 0,
  };
  const saved = seen === undefined ? undefined : { entry: seen, at: ctx.now.elapsed };
  const following = { device, acknowledged, asked: acknowledged, saved, replay };
  changeSession(ctx, { following });
  ctx.holdBack();
}

function fetchesItself({ capabilities }: Session): boolean {
  return (
    hasCapability(capabilities, "draft/chathistory") ||
    hasCapability(capabilities, "znc.in/playback")
  );
}

/** Its device may be here by another connection, which may be dead and not know it: what that has answered for counts. */
function seenByOthers(user: User, device: string, seen: number | undefined): number | undefined {
  let latest = seen;
  for (const { following } of user.sessions) {
    if (following === undefined || following.device !== device) continue;
    latest = Math.max(latest ?? 0, following.acknowledged);
  }
  return latest;
}

/** It is time to tell more, or to ask what the client has got. */
export function lookAtFollowing(ctx: Context): void {
  const { session } = ctx;
  const { following, heldBack } = session;
  if (following === undefined) return;
  if (heldBack?.isOver === true) {
    ctx.close("Too much is said while you are told what you have missed; come again to go on");
  } else if (following.replay?.state === "due") {
    askPage(ctx, following, following.replay);
  } else if (following.replay === undefined && session.hasNews) {
    changeSession(ctx, { hasNews: false });
    askWhatItHas(ctx, following, ctx.lastEntry);
  }
}

function askPage(ctx: Context, following: Following, replay: Replay): void {
  const { after, upTo, perLogMax } = replay;
  changeSession(ctx, { following: { ...following, replay: { ...replay, state: "asked" } } });
  const { missedPageMax: limit } = ctx.settings.limits;
  const ask = { reader: ctx.user.id, after, upTo, perLogMax, limit };
  ctx.ask("missed", ask, (answer, next) => answered(next, answer));
}

function answered(ctx: Context, answer: Answer<"missed">): void {
  const { session } = ctx;
  const { following } = session;
  if (session.phase === "closed" || following?.replay === undefined) return;
  if (answer.outcome === "unavailable") failed(ctx, following, following.replay);
  else tell(ctx, { following, replay: following.replay, answer });
}

/** A failing disk may be there again in a moment; a damaged one is not. */
const triesMax = 4;
const tryAgainMs = secondMs;

function failed(ctx: Context, following: Following, replay: Replay): void {
  const failures = replay.failures + 1;
  if (failures >= triesMax) {
    giveUp(ctx, following);
    return;
  }
  const again: Replay = { ...replay, state: "due", failures };
  changeSession(ctx, { following: { ...following, replay: again } });
  ctx.lookAtFollowing(tryAgainMs);
}

/** It goes on as if nothing had been missed, and the next time its device comes it is told all since what it has. */
function giveUp(ctx: Context, following: Following): void {
  const words = "What you have missed cannot be read now; you are told when you come again";
  sayNotice(ctx, ctx.user.nick, words);
  save(ctx, following);
  changeSession(ctx, { following: undefined });
  ctx.release();
}

type Found = Extract<Answer<"missed">, { readonly outcome: "found" }>;

interface Page {
  readonly following: Following;
  readonly replay: Replay;
  readonly answer: Found;
}

function tell(ctx: Context, { following, replay, answer }: Page): void {
  // All after that is held back.
  const upTo = replay.upTo ?? ctx.session.heldBack?.since ?? answer.upTo;
  if (replay.upTo === undefined) for (const cut of answer.cuts) tellOfCut(ctx, cut);
  const missed = answer.entries.filter(({ id }) => id <= upTo);
  const { told, isAny } = tellEntries(ctx, missed);
  const last = told.at(-1);
  const hasMore = answer.hasMore && missed.length === answer.entries.length;
  if (last !== undefined && (hasMore || told.length < missed.length)) {
    const next: Replay = {
      ...replay,
      state: isAny ? "told" : "due",
      after: last.id,
      upTo,
      failures: 0,
    };
    const now = { ...following, replay: next };
    changeSession(ctx, { following: now });
    if (isAny) askWhatItHas(ctx, now, last.id);
    else ctx.lookAtFollowing(0);
    return;
  }
  const now = {
    ...following,
    acknowledged: isAny ? following.acknowledged : upTo,
    replay: undefined,
  };
  changeSession(ctx, { following: now });
  if (isAny) askWhatItHas(ctx, now, upTo);
  // A device that was never here is known from now on.
  else if (now.saved === undefined) save(ctx, now);
  ctx.release();
}

/** Tells as many as fit the bytes; at least one. */
function tellEntries(ctx: Context, entries: readonly MissedEntry[]) {
  const { session } = ctx;
  const { missedPageBytesMax } = ctx.settings.limits;
  let bytes = 0;
  let isAny = false;
  for (const [index, entry] of entries.entries()) {
    bytes += Buffer.byteLength(entry.text) + Buffer.byteLength(entry.tags);
    if (bytes > missedPageBytesMax && index > 0) return { told: entries.slice(0, index), isAny };
    for (const reply of toldAgain(ctx, entry)) {
      ctx.say(session, reply);
      isAny = true;
    }
  }
  return { told: entries, isAny };
}

/** Where there is more, how much, and how to read it. */
function tellOfCut(ctx: Context, { log, otherName, count, isMore, before }: MissedCut): void {
  const { network, user, settings } = ctx;
  const isChannel = log.kind === "channel";
  const where = isChannel ? network.channelById(log.channel)?.name : (otherName ?? settings.name);
  if (where === undefined) return;
  const number = `${isMore ? "more than " : ""}${count}`;
  const until = `${Math.floor(before / 1_000)}.${String(before % 1_000).padStart(3, "0")}`;
  const words = `${number} older messages ${isChannel ? "in" : "with"} ${where} are left out; to read on from here: /msg *playback play ${where} 0 ${until}`;
  sayNotice(ctx, isChannel ? where : user.nick, words);
}

function sayNotice(ctx: Context, target: string, words: string): void {
  ctx.say(ctx.session, replies.serverNotice(ctx.settings.name, target, words));
}

// --- What the client has got -------------------------------------------------------------------------------------

const tokenStart = "seen-";

/** A client answers a PING when it has read all that came before. */
function askWhatItHas(ctx: Context, following: Following, entry: number): void {
  changeSession(ctx, { following: { ...following, asked: entry } });
  ctx.say(ctx.session, replies.ping(`${tokenStart}${entry}`));
}

/** What a PONG says, if it answers one of these. */
export function acknowledge(ctx: Context, params: readonly string[]): void {
  const { following } = ctx.session;
  const token = params.find((param) => param.startsWith(tokenStart));
  if (following === undefined || token === undefined) return;
  const entry = Number(token.slice(tokenStart.length));
  // The client may say anything; it is asked up to there, and has what it had.
  if (!(entry > following.acknowledged && entry <= following.asked)) return;
  const { replay } = following;
  const isNext = replay?.state === "told" && replay.after === entry;
  const now: Following = {
    ...following,
    acknowledged: entry,
    replay: isNext ? { ...replay, state: "due" } : replay,
  };
  changeSession(ctx, { following: now });
  if (isNext) ctx.lookAtFollowing(0);
  const { seenSavedMs } = ctx.settings.limits;
  if (now.saved === undefined || ctx.now.elapsed - now.saved.at >= seenSavedMs) save(ctx, now);
}

function save(ctx: Context, following: Following): void {
  const { device, acknowledged: entry, saved } = following;
  if (saved !== undefined && saved.entry >= entry) return;
  ctx.emit(deviceSeen({ account: ctx.user.id, device, entry }));
  changeSession(ctx, { following: { ...following, saved: { entry, at: ctx.now.elapsed } } });
}

/** What is written down when the session has gone; `lastEntry`: up to there it was shown everything. */
export function seenAtTheEnd(
  { user, following, isQuitting }: Session,
  lastEntry: number,
): Event | undefined {
  if (user === undefined || following === undefined) return undefined;
  const { device, acknowledged, saved, replay } = following;
  const shown = replay === undefined ? lastEntry : replay.after;
  const entry = isQuitting ? shown : acknowledged;
  if (saved !== undefined && saved.entry >= entry) return undefined;
  return deviceSeen({ account: user.id, device, entry });
}

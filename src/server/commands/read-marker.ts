/**
 * MARKREAD (draft/read-marker): up to when its owner has read a channel or a conversation, for all of their devices.
 *
 * Markers are the account's, kept, and never run back. They are in memory while someone of the account is there, so
 * that the one of a channel can be told between its JOIN and its NAMES. What others have read is nobody's business:
 * a marker is shown to its owner's devices only.
 */
import { type AccountId, isGuest, serverAccount } from "../../base/ids.ts";
import { isoTime, parseIsoTime, type WallMs, wallMs } from "../../base/time.ts";
import { hasCapability } from "../../protocol/capabilities.ts";
import { isChannelName, isSameName } from "../../protocol/names.ts";
import { type Refusal, refusals, replies, type Reply } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { event, usersNamed } from "../event.ts";
import { type LogRef } from "../outside.ts";
import { shownWord, targets, type Param } from "../params.ts";
import { mayReadHistory } from "../policy.ts";
import { type ReadMarker } from "../reading.ts";
import { type Session } from "../session.ts";
import { type Channel } from "../state/channel.ts";
import { markerKey, type User } from "../state/user.ts";

/** Of one account, as the store has it: beyond, those furthest back are forgotten. */
export const markersMax = 1_000;

function forgetFurthestBack(markers: Map<string, WallMs>): void {
  const furthest = Math.min(...markers.values());
  for (const [key, time] of markers) if (time === furthest) markers.delete(key);
}

interface MarkedRead {
  readonly account: AccountId;
  readonly nick: string;
  readonly log: LogRef;
  /** As the client wrote it. */
  readonly target: string;
  readonly time: WallMs;
  /** The server's name. */
  readonly server: string;
}

const markedRead = event<MarkedRead>("read", {
  audience: (network, { nick }) => usersNamed(network, nick),
  apply(network, { account, log, time }) {
    const user = network.userById(account);
    if (user?.areMarkersKnown !== true) return;
    const markers = (user.markers ??= new Map<string, WallMs>());
    markers.set(markerKey(account, log), time);
    if (markers.size > markersMax) forgetFurthestBack(markers);
  },
  keep({ account, log, time }) {
    const isPassing =
      isGuest(account) || (log.kind === "conversation" && log.between.some(isGuest));
    return isPassing ? undefined : { kind: "read-marker", account, log, time };
  },
  // The server's word, not that of who has read.
  line: ({ target, time, server }) => ({
    source: server,
    command: "MARKREAD",
    params: [target, `timestamp=${isoTime(time)}`],
  }),
  onlyFor: "draft/read-marker",
});

interface MarkersKnown {
  readonly account: AccountId;
  readonly markers: readonly ReadMarker[];
}

/** What the disk has: what is in memory is newer. */
export const markersKnown = event<MarkersKnown>("markers", {
  apply(network, { account, markers }) {
    const user = network.userById(account);
    if (user === undefined || user.areMarkersKnown) return;
    user.areMarkersKnown = true;
    if (markers.length === 0) return;
    user.markers = new Map(markers.map(({ log, time }) => [markerKey(account, log), time]));
  },
});

/** read-marker: "after the server sends a server JOIN command to the client …, the server MUST send a MARKREAD". */
export function markerReplies({ name, id }: Channel, { user, capabilities }: Session): Reply[] {
  if (user === undefined || !hasCapability(capabilities, "draft/read-marker")) return [];
  const time = timeIn(user, { kind: "channel", channel: id });
  return [replies.readMarker(name, time)];
}

function timeIn({ id, markers }: User, log: LogRef): string | undefined {
  const time = markers?.get(markerKey(id, log));
  return time === undefined ? undefined : isoTime(time);
}

const oneTarget: Param<unknown> = {
  parse: (raw, scope) => targets.parse(raw?.split(",")[0], scope),
};

const markRead = command({
  name: "MARKREAD",
  when: "registered",
  params: {
    target: {
      parse(raw, scope) {
        // read-marker: "If the server receives a MARKREAD command with missing parameters, …".
        if (raw === undefined || raw === "") {
          return { kind: "refused", refusal: refusals.markReadNeedMoreParams() };
        }
        const found = oneTarget.parse(raw, scope);
        return found.kind === "lookup" ? found : { kind: "value", value: raw };
      },
    } satisfies Param<string>,
  },
  run(ctx, { target }, { params: [, stamp] }) {
    const log = readableLog(ctx, target);
    if (stamp === undefined) {
      // To who may not know of it, what exists is as what does not.
      const time = log === undefined ? undefined : timeIn(ctx.user, log);
      ctx.reply(replies.readMarker(shownWord(target), time));
      return undefined;
    }
    return set(ctx, { target, log, stamp });
  },
});

function set(
  ctx: Context,
  asked: { readonly target: string; readonly log: LogRef | undefined; readonly stamp: string },
): Refusal | undefined {
  const { target, log, stamp } = asked;
  const time = stamp.startsWith("timestamp=") ? parseIsoTime(stamp.slice(10)) : undefined;
  if (time === undefined) return refusals.markReadInvalidParams(shownWord(stamp));
  if (log === undefined) return refusals.markReadInvalidParams(shownWord(target));
  const { user, now, session } = ctx;
  const known = user.markers?.get(markerKey(user.id, log));
  // "it can clamp it between the last read timestamp and the current time".
  const clamped = wallMs(Math.min(time, now.wall));
  if (known !== undefined && clamped <= known) {
    ctx.reply(replies.readMarker(shownWord(target), isoTime(known)));
    return undefined;
  }
  const { id: account, nick } = user;
  const shown = { target: shownWord(target), time: clamped, server: ctx.settings.name };
  ctx.emit(markedRead({ account, nick, log, ...shown }));
  if (!hasCapability(session.capabilities, "draft/read-marker")) {
    ctx.reply(replies.readMarker(shownWord(target), isoTime(clamped)));
  }
  return undefined;
}

/** The log that a target names for this reader; undefined when there is none they may read. */
export function readableLog(ctx: Context, target: string): LogRef | undefined {
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

export const readMarkerFamily = family({
  commands: [markRead],
  capabilities: { "draft/read-marker": "" },
});

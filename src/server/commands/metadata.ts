/**
 * METADATA: what people note of themselves and of their channels, as keys and values (`draft/metadata-2` and
 * `draft/metadata-3`).
 *
 * It is kept with the account or the channel; a guest's lasts as long as the guest. Before the connection is complete a
 * client may set its own (`before-connect`): it is applied when there is a user, and until then only it is known.
 */
import { isChannelName, isSameName, parseNick } from "../../protocol/names.ts";
import { isMetadataKey, isMetadataValue, visibilityOf } from "../../protocol/metadata.ts";
import { asWarning } from "../../protocol/reply-forms.ts";
import { type Refusal, refusals, replies, type Reply } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { event } from "../event.ts";
import { type AccountId, type ChannelId } from "../../base/ids.ts";
import { type Metadata } from "../outside.ts";
import { accountLookup, channelLookup, optional, shownName, text } from "../params.ts";
import { isMetadataVisible, maySeeMetadataOf, maySetMetadata } from "../policy.ts";
import { type Limits, type ServerSettings } from "../settings.ts";
import { changeSession } from "../session-changed.ts";
import { type Channel } from "../state/channel.ts";
import { type User } from "../state/user.ts";
import { type Holder, holderOf, inBatch, tell, versionOf, visibleTo } from "./metadata-lines.ts";
import { everything, synchronise, tellOfChange, tellOwn, tellSubscribed } from "./metadata-sync.ts";
import { metadataKeyBytesMax, metadataValueBytesMax } from "../../protocol/limits.ts";

interface MetadataChanged {
  readonly of:
    | { readonly kind: "account"; readonly id: AccountId }
    | { readonly kind: "channel"; readonly id: ChannelId };
  /** What is set after it, whole. */
  readonly metadata: Metadata;
}

/** Who is to be told of it is told by `tellOfChange`: that depends on each session's subscriptions. */
const metadataChanged = event<MetadataChanged>("metadata", {
  apply(network, { of, metadata }) {
    if (of.kind === "account") network.setAccount(of.id, { metadata });
    else {
      const channel = network.channelById(of.id);
      if (channel !== undefined) network.setChannel(channel.name, { metadata });
    }
  },
  keep({ of }, network) {
    if (of.kind === "account") {
      const user = network.userById(of.id);
      return user === undefined ? undefined : { kind: "account", account: user.account };
    }
    const channel = network.channelById(of.id);
    return channel === undefined ? undefined : { kind: "channel", channel: channel.row };
  },
});

/** What a command is about: someone, a channel, or this connection before it is complete. */
type Subject = User | Channel | "ahead";

interface Subcommand {
  /** Parameters after the subcommand's name, at least. */
  readonly least: number;
  run(ctx: Context, subject: Subject, params: readonly string[]): Refusal | undefined;
  /** It is about the session itself. */
  readonly isOwn?: true;
}

const subcommands: ReadonlyMap<string, Subcommand> = new Map<string, Subcommand>([
  ["GET", { least: 1, run: get }],
  ["LIST", { least: 0, run: list }],
  ["SET", { least: 1, run: set }],
  ["CLEAR", { least: 0, run: clear }],
  ["SUB", { least: 1, run: (ctx, _of, keys) => subscribe(ctx, keys), isOwn: true }],
  ["UNSUB", { least: 1, run: (ctx, _of, keys) => unsubscribe(ctx, keys), isOwn: true }],
  ["SUBS", { least: 0, run: (ctx) => listSubscriptions(ctx), isOwn: true }],
  ["SYNC", { least: 0, run: sync }],
]);

const metadata = command({
  name: "METADATA",
  when: "always",
  keeps: ({ params: [, subcommand = ""] }, { user }) =>
    user !== undefined && /^(?:SET|CLEAR)$/i.test(subcommand),
  params: { target: optional(text), subcommand: optional(text) },
  run(ctx, { target, subcommand }, { params }) {
    const version = versionOf(ctx.session);
    if (target === undefined || subcommand === undefined) {
      return refusals.metadataNeedMoreParams(version, "*");
    }
    const found = subcommands.get(subcommand.toUpperCase());
    if (found === undefined) {
      return refusals.metadataUnknownSubcommand(version, shownName(subcommand));
    }
    const rest = params.slice(2);
    if (rest.length < found.least) {
      return refusals.metadataNeedMoreParams(version, shownName(subcommand));
    }
    return withSubject(ctx, { target, subcommand: found, rest });
  },
});

function withSubject(
  ctx: Context,
  asked: {
    readonly target: string;
    readonly subcommand: Subcommand;
    readonly rest: readonly string[];
  },
): Refusal | undefined {
  const { target, subcommand, rest } = asked;
  const { user } = ctx.session;
  const invalid = refusals.metadataInvalidTarget(shownName(target));
  // "Clients that have not completed connection registration MUST use `*` to target themselves".
  if (user === undefined) return target === "*" ? subcommand.run(ctx, "ahead", rest) : invalid;
  if (target === "*" || isSameName(target, user.nick)) return subcommand.run(ctx, user, rest);
  if (target === everything && subcommand.run === sync) {
    synchronise(ctx, everything);
    return undefined;
  }
  if (subcommand.isOwn === true) return invalid;
  const isChannel = isChannelName(target);
  if (!isChannel && !parseNick(target).ok) return invalid;
  ctx.load([isChannel ? channelLookup(target) : accountLookup(target)], (next, outcome) => {
    if (next.session.phase === "closed") return;
    const { network } = next;
    const of = isChannel ? network.channel(target) : network.user(target);
    const isThere = of !== undefined && ("members" in of || of.isActive);
    const refusal =
      isThere && maySeeMetadataOf(next.session, of)
        ? subcommand.run(next, of, rest)
        : outcome === "loaded"
          ? invalid
          : refusals.temporarilyUnavailable("METADATA");
    if (refusal !== undefined) next.reply(refusal);
  });
  return undefined;
}

function holder(ctx: Context, subject: Subject): Holder {
  if (subject !== "ahead") return holderOf(subject);
  const set: [string, string][] = [];
  for (const [key, value] of ctx.session.metadataAhead) {
    if (value !== undefined) set.push([key, value]);
  }
  return { name: "*", metadata: new Map(set) };
}

// --- Reading -------------------------------------------------------------------------------------------------

/** "The ordering of responses within the batch MUST match the order keys were specified by the client." */
function get(ctx: Context, subject: Subject, keys: readonly string[]): undefined {
  const { session } = ctx;
  const of = holder(ctx, subject);
  const set = new Map(visibleTo(session, of));
  const lines = keys.map((key): Reply => {
    if (!isMetadataKey(key)) return partly(ctx, invalidKey(ctx, key));
    const value = set.get(key);
    return value === undefined
      ? replies.keyNotSet(of.name, key)
      : replies.keyValue(of.name, key, visibilityOf(key), value);
  });
  tell(ctx, session, inBatch(ctx, session, ["metadata", of.name], lines));
  return undefined;
}

function list(ctx: Context, subject: Subject): undefined {
  const { session } = ctx;
  const of = holder(ctx, subject);
  const lines = visibleTo(session, of).map(([key, value]) =>
    replies.keyValue(of.name, key, visibilityOf(key), value),
  );
  tell(ctx, session, inBatch(ctx, session, ["metadata", of.name], lines));
  return undefined;
}

function sync(ctx: Context, subject: Subject): undefined {
  if (subject !== "ahead") synchronise(ctx, subject);
  else tell(ctx, ctx.session, inBatch(ctx, ctx.session, ["metadata", "*"], []));
  return undefined;
}

// --- Setting -------------------------------------------------------------------------------------------------

function set(ctx: Context, subject: Subject, params: readonly string[]): Refusal | undefined {
  const [key = "", given] = params;
  const version = versionOf(ctx.session);
  // The newer draft: "If the Value parameter is omitted or is an empty string, the key is removed."
  const value = version === 3 && given === "" ? undefined : given;
  if (!isMetadataKey(key)) return invalidKey(ctx, key);
  if (value !== undefined && !isMetadataValue(value)) {
    return refusals.metadataInvalidValue(version, key);
  }
  const of = holder(ctx, subject);
  if (!maySet(ctx, subject, key)) return refusals.metadataNoPermission(of.name, key);
  if (subject === "ahead") return setAhead(ctx, key, value);
  if (value === undefined && !of.metadata.has(key)) {
    // The newer draft: "It is not an error if a client attempts to … remove a nonexistent key".
    if (version === 2) return refusals.metadataKeyNotSet(of.name, key);
    ctx.reply(replies.keyNotSet(of.name, key));
    return undefined;
  }
  const refusal = change(ctx, subject, key, value);
  if (refusal === undefined) replyChanged(ctx, of.name, key, value);
  return refusal;
}

function replyChanged(ctx: Context, name: string, key: string, value: string | undefined): void {
  ctx.reply(
    value === undefined
      ? replies.keyNotSet(name, key)
      : replies.keyValue(name, key, visibilityOf(key), value),
  );
}

function maySet(ctx: Context, subject: Subject, key: string): boolean {
  return subject === "ahead"
    ? isMetadataVisible(ctx.session, key)
    : maySetMetadata(ctx.session, subject, key);
}

/** Sets the key, or takes it away, unless there are too many. */
function change(
  ctx: Context,
  of: User | Channel,
  key: string,
  value: string | undefined,
): Refusal | undefined {
  const { name, metadata: before } = holderOf(of);
  if (before.get(key) === value) return undefined;
  const after = new Map(before);
  if (value === undefined) after.delete(key);
  else after.set(key, value);
  if (after.size > before.size && isFull(before, ctx.settings.limits))
    return limitReached(ctx, name);
  put(ctx, of, after);
  tellOfChange(ctx, of, key);
  return undefined;
}

function put(ctx: Context, of: User | Channel, after: Metadata): void {
  const which =
    "members" in of
      ? ({ kind: "channel", id: of.id } as const)
      : ({ kind: "account", id: of.id } as const);
  ctx.emit(metadataChanged({ of: which, metadata: after }));
}

function isFull({ size }: { readonly size: number }, { metadataKeysMax }: Limits): boolean {
  return size >= metadataKeysMax;
}

function limitReached(ctx: Context, name: string): Refusal {
  const limit = String(ctx.settings.limits.metadataKeysMax);
  return refusals.metadataLimitReached(versionOf(ctx.session), name, limit);
}

function setAhead(ctx: Context, key: string, value: string | undefined): Refusal | undefined {
  const { metadataAhead } = ctx.session;
  const isMore = !metadataAhead.has(key);
  if (isMore && isFull(metadataAhead, ctx.settings.limits)) return limitReached(ctx, "*");
  changeSession(ctx, { metadataAhead: new Map(metadataAhead).set(key, value) });
  replyChanged(ctx, "*", key, value);
  return undefined;
}

/** The connection is complete: what was set ahead is set now, and the client told of all that is its own. */
export function greetWithMetadata(ctx: Context, user: User): void {
  const { metadataAhead } = ctx.session;
  for (const [key, value] of metadataAhead) {
    const refusal = change(ctx, user, key, value);
    if (refusal !== undefined) ctx.reply(refusal);
  }
  if (metadataAhead.size > 0) changeSession(ctx, { metadataAhead: new Map() });
  tellOwn(ctx, user);
}

/** Keys that only operators may set stay, and are not told of. */
function clear(ctx: Context, subject: Subject): Refusal | undefined {
  const { session } = ctx;
  const of = holder(ctx, subject);
  if (subject !== "ahead" && !maySetMetadata(ctx.session, subject, "*")) {
    return refusals.metadataNoPermission(of.name, "*");
  }
  const keys = [...of.metadata.keys()].filter((key) => maySet(ctx, subject, key)).sort();
  if (subject === "ahead") changeSession(ctx, { metadataAhead: new Map() });
  else if (keys.length > 0) {
    put(ctx, subject, new Map([...of.metadata].filter(([key]) => !keys.includes(key))));
    for (const key of keys) tellOfChange(ctx, subject, key);
  }
  // The older draft: "one `RPL_KEYVALUE` event per cleared key"; the newer one: "one `766 RPL_KEYNOTSET`".
  const lines = keys.map((key) =>
    versionOf(session) === 2
      ? replies.keyValue(of.name, key, visibilityOf(key), "")
      : replies.keyNotSet(of.name, key),
  );
  tell(ctx, session, inBatch(ctx, session, ["metadata", of.name], lines));
  return undefined;
}

// --- Subscriptions -------------------------------------------------------------------------------------------

/** "The server MUST process each key in order"; at the first that is too many it stops. */
function subscribe(ctx: Context, keys: readonly string[]): undefined {
  const { session } = ctx;
  const version = versionOf(session);
  const limit = ctx.settings.limits.metadataSubscriptionsMax;
  const subscriptions = new Set(session.subscriptions);
  const done = new Set<string>();
  const notes: Reply[] = [];
  for (const key of keys) {
    if (!isMetadataKey(key)) {
      notes.push(partly(ctx, invalidKey(ctx, key)));
      continue;
    }
    if (subscriptions.size >= limit) {
      notes.push(refusals.metadataTooManySubscriptions(version, key, String(limit)));
      break;
    }
    // The subscription "MUST still be successful".
    if (!isMetadataVisible(session, key)) notes.push(hiddenKey(ctx, key));
    subscriptions.add(key);
    done.add(key);
  }
  const fresh = new Set([...done].filter((key) => !session.subscriptions.has(key)));
  if (fresh.size > 0) changeSession(ctx, { subscriptions });
  for (const line of inLines([...done])) ctx.reply(replies.metadataSubscribed(line));
  for (const note of notes) ctx.reply(note);
  tellSubscribed(ctx, fresh);
  return undefined;
}

function hiddenKey(ctx: Context, key: string): Reply {
  return versionOf(ctx.session) === 2
    ? refusals.metadataNoPermission("*", key)
    : replies.metadataKeyHidden("*", key);
}

function unsubscribe(ctx: Context, keys: readonly string[]): undefined {
  const valid = new Set(keys.filter((key) => isMetadataKey(key)));
  const left = [...ctx.session.subscriptions].filter((key) => !valid.has(key));
  changeSession(ctx, { subscriptions: new Set(left) });
  for (const line of inLines([...valid])) ctx.reply(replies.metadataUnsubscribed(line));
  for (const key of keys) {
    if (!isMetadataKey(key)) ctx.reply(partly(ctx, invalidKey(ctx, key)));
  }
  return undefined;
}

function listSubscriptions(ctx: Context): undefined {
  const { session } = ctx;
  const lines = inLines([...session.subscriptions].sort());
  const listed = lines.map((line) => replies.metadataSubscriptions(line));
  tell(ctx, session, inBatch(ctx, session, ["metadata-subs"], listed));
  return undefined;
}

/** So many keys of any length fit a line. */
const keysPerLine = 8;

function inLines(keys: readonly string[]): string[][] {
  const lines: string[][] = [];
  for (let start = 0; start < keys.length; start += keysPerLine) {
    lines.push(keys.slice(start, start + keysPerLine));
  }
  return lines;
}

function invalidKey(ctx: Context, key: string): Refusal {
  return refusals.metadataInvalidKey(versionOf(ctx.session), shownName(key));
}

/** The newer draft has a WARN where the rest of the command is done. */
function partly(ctx: Context, refusal: Refusal): Reply {
  return versionOf(ctx.session) === 2 ? refusal : asWarning(refusal);
}

function offer({ limits }: ServerSettings): string {
  const { metadataSubscriptionsMax, metadataKeysMax } = limits;
  return `before-connect,max-subs=${metadataSubscriptionsMax},max-keys=${metadataKeysMax},max-value-bytes=${metadataValueBytesMax}`;
}

export const metadataFamily = family({
  commands: [metadata],
  capabilities: {
    "draft/metadata-2": (_session, settings) => offer(settings),
    "draft/metadata-3": (_session, settings) =>
      `${offer(settings)},max-key-bytes=${metadataKeyBytesMax}`,
  },
});

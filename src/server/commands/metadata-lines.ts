/**
 * Metadata as a session is shown it: in the words of the draft it speaks, what it may see, in batches.
 *
 * There is one store for `draft/metadata-2` and `draft/metadata-3`. The older one tells of changes and of what is there
 * by METADATA lines, the newer one by numerics; an empty value is a value to the older one, and to the newer one is as
 * if it were not set.
 */
import { hasCapability } from "../../protocol/capabilities.ts";
import { visibilityOf } from "../../protocol/metadata.ts";
import { type MetadataVersion, replies, type Reply } from "../../protocol/replies.ts";
import { type Context } from "../context.ts";
import { type Metadata } from "../outside.ts";
import { isMetadataVisible } from "../policy.ts";
import { type Session } from "../session.ts";
import { type Channel } from "../state/channel.ts";
import { type User } from "../state/user.ts";

/** What metadata is of, and what it is called. */
export interface Holder {
  readonly name: string;
  readonly metadata: Metadata;
}

const none: Metadata = new Map();

export function holderOf(of: User | Channel): Holder {
  const row = "row" in of ? of.row : of.account;
  return { name: "row" in of ? of.name : of.nick, metadata: row.metadata ?? none };
}

/** Who has none of the capabilities and uses the command all the same is answered as by the older draft. */
export function versionOf({ capabilities }: Session): MetadataVersion {
  return hasCapability(capabilities, "draft/metadata-3") ? 3 : 2;
}

/** "A metadata-aware client is a client who has negotiated both the … capability and the `batch` capability." */
export function isAware({ capabilities }: Session): boolean {
  const hasDraft =
    hasCapability(capabilities, "draft/metadata-2") ||
    hasCapability(capabilities, "draft/metadata-3");
  return hasDraft && hasCapability(capabilities, "batch");
}

/** What the session may see of it, in the order of its keys; `keys`: only these. */
export function visibleTo(
  session: Session,
  { metadata }: Holder,
  keys?: ReadonlySet<string>,
): (readonly [string, string])[] {
  const isNewer = versionOf(session) === 3;
  return [...metadata]
    .filter(([key, value]) => {
      if (!isMetadataVisible(session, key)) return false;
      return (keys?.has(key) ?? true) && !(isNewer && value === "");
    })
    .sort(([left], [right]) => (left < right ? -1 : 1));
}

/** How the session is told of a value by itself: when it changes, and when it comes into sight. */
export function toldLine(session: Session, name: string, key: string, value?: string): Reply {
  const visibility = visibilityOf(key);
  if (versionOf(session) === 2) return replies.metadata(name, key, visibility, value);
  return value === undefined || value === ""
    ? replies.keyNotSet(name, key)
    : replies.keyValue(name, key, visibility, value);
}

/** In the answer to its own command, or outside of it. */
export function tell(ctx: Context, session: Session, lines: readonly Reply[]): void {
  for (const line of lines) {
    if (session === ctx.task.session) ctx.reply(line);
    else ctx.say(session, line);
  }
}

/** The lines as a batch, for who knows batches. */
export function inBatch(
  ctx: Context,
  session: Session,
  params: readonly [type: string, ...rest: string[]],
  lines: readonly Reply[],
): readonly Reply[] {
  if (!hasCapability(session.capabilities, "batch")) return lines;
  const reference = ctx.nextBatch();
  const tags = new Map([["batch", reference]]);
  return [
    replies.batchStart(reference, ...params),
    ...lines.map((line) => ({ ...line, tags })),
    replies.batchEnd(reference),
  ];
}

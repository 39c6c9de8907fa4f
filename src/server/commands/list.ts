/**
 * LIST: which channels there are, all of them or those that match (ELIST=CMNTU).
 *
 *     LIST                     every channel that is not hidden from who asks
 *     LIST #mask,!#mask        M, N: names that match, and that do not
 *     LIST >5,<100             U: more than 5 members, less than 100
 *     LIST C>60,C<120          C: made more than 60 minutes ago, less than 120
 *     LIST T>60,T<120          T: the topic set so long ago
 *
 * What is wanted together must all be so, except that of several masks one is enough.
 */
import { minuteMs, type WallMs } from "../../base/time.ts";
import { isBoundedMask, matchesMask } from "../../protocol/masks.ts";
import { fold, type Folded } from "../../protocol/names.ts";
import { refusals, replies, type Reply } from "../../protocol/replies.ts";
import { cutToBytes } from "../../protocol/text.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { type ListedChannel } from "../outside.ts";
import { optional, shownName, word } from "../params.ts";

const listedTopicBytesMax = 300;

/** A channel as it is shown: of one in memory, what is known there. */
type Shown = Omit<ListedChannel, "id">;

interface Wanted {
  readonly masks: readonly string[];
  readonly conditions: readonly ((shown: Shown, now: WallMs) => boolean)[];
}

const list = command({
  name: "LIST",
  when: "registered",
  // It goes through every channel there is, from the disk.
  work: 4,
  params: { conditions: optional(word()) },
  run(ctx, { conditions = "" }) {
    const parts = conditions.split(",").filter((each) => each !== "");
    // Each is held against every channel there is.
    const surplus = parts[ctx.settings.limits.targetsMax];
    if (surplus !== undefined) return refusals.tooManyTargets(shownName(surplus));
    askListed(ctx, { wanted: parseWanted(parts), after: undefined, lines: [] });
    return undefined;
  },
});

function parseWanted(parts: readonly string[]): Wanted {
  const masks: string[] = [];
  const conditions: Wanted["conditions"][number][] = [];
  for (const part of parts) {
    const match = /^([CT]?)([<>])(\d{1,9})$/i.exec(part);
    if (match !== null) conditions.push(conditionOf(match));
    else if (part.startsWith("!")) {
      const mask = part.slice(1);
      conditions.push(({ name }) => !isMatch(mask, name));
    } else masks.push(part);
  }
  return { masks, conditions };
}

/** What is longer, or has more stars, than a mask that is kept matches nothing. */
function isMatch(mask: string, name: string): boolean {
  return isBoundedMask(mask) && matchesMask(mask, name);
}

function conditionOf([, of = "", sign, digits]: RegExpExecArray): Wanted["conditions"][number] {
  const bound = Number(digits);
  const compare = (value: number): boolean => (sign === ">" ? value > bound : value < bound);
  switch (of.toUpperCase()) {
    case "C":
      return ({ createdAt }, now) => compare((now - createdAt) / minuteMs);
    case "T":
      return ({ topicAt }, now) => topicAt !== undefined && compare((now - topicAt) / minuteMs);
    default:
      return ({ memberCount }) => compare(memberCount);
  }
}

interface Listing {
  readonly wanted: Wanted;
  readonly after: Folded | undefined;
  /** What is answered so far. */
  readonly lines: readonly Reply[];
}

/** Page after page of all channels, until as many are found as one answer may have. */
function askListed(ctx: Context, { wanted, after, lines }: Listing): void {
  const limit = ctx.settings.limits.listedMax;
  ctx.ask("channels", { after, limit }, (answer, next) => {
    if (answer.outcome === "unavailable") {
      next.reply(refusals.temporarilyUnavailable("LIST"));
      return;
    }
    const found = answer.channels.flatMap((listed) => lineOf(next, listed, wanted));
    const known = [...lines, ...found].slice(0, limit);
    const last = answer.channels.at(-1);
    if (answer.hasMore && last !== undefined && known.length < limit) {
      askListed(next, { wanted, after: fold(last.name), lines: known });
      return;
    }
    for (const reply of [replies.listStart(), ...known, replies.listEnd()]) next.reply(reply);
  });
}

/** The line of the channel, if it is wanted and not hidden. */
function lineOf(ctx: Context, listed: ListedChannel, { masks, conditions }: Wanted): Reply[] {
  if (listed.flags.includes("s") && !ctx.user.channels.has(listed.id)) return [];
  // Guests are counted here and nowhere else.
  const inMemory = ctx.network.channelById(listed.id)?.members.length;
  const shown = { ...listed, memberCount: inMemory ?? listed.memberCount };
  const isWanted =
    (masks.length === 0 || masks.some((mask) => isMatch(mask, shown.name))) &&
    conditions.every((condition) => condition(shown, ctx.now.wall));
  if (!isWanted) return [];
  const { name, memberCount, topic } = shown;
  return [replies.listed(name, String(memberCount), cutToBytes(topic, listedTopicBytesMax))];
}

export const listFamily = family({
  commands: [list],
  isupport: () => ({ SAFELIST: "", ELIST: "CMNTU" }),
});

/**
 * BATCH from clients (client-batch), and the one kind there is: draft/multiline, a message of several lines.
 *
 *     BATCH +ref draft/multiline target → open: its lines are collected, nothing is answered
 *     @batch=ref PRIVMSG target :line   → one more line
 *     BATCH -ref                        → said as one message; the answer has the label of the opening
 *
 * The first thing that is wrong with it refuses the whole batch at once, and what still comes of it is ignored: no part
 * of a message is ever said. One batch is open at a time. It is said as any message is (`messages.ts`).
 */
import { batchReferenceBytesMax } from "../../protocol/limits.ts";
import { fitsLine, isMiddle, type Message } from "../../protocol/message.ts";
import {
  concatTag,
  joinLines,
  multilineType,
  type WireLine,
  writeMultilineLimits,
} from "../../protocol/multiline.ts";
import { isSameName } from "../../protocol/names.ts";
import { type Refusal, refusals } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { takesMultiline } from "../long-lines.ts";
import { optional, shownName, text, word } from "../params.ts";
import { changeSession } from "../session-changed.ts";
import { type ClientBatch } from "../session.ts";
import { sayToTarget } from "./messages.ts";

type OpenBatch = Extract<ClientBatch, { readonly kind: "open" }>;

const batch = command({
  name: "BATCH",
  when: "registered",
  params: { reference: word(), type: optional(text), target: optional(text) },
  run(ctx, { reference, type, target }, message) {
    const name = reference.replace(/^[+-]/, "");
    if (reference.startsWith("-")) return close(ctx, name);
    if (!reference.startsWith("+") || !isReference(name)) {
      return refuseOpening(ctx, name, refusals.batchInvalidReference(shownName(name)));
    }
    if (type === undefined) return refusals.needMoreParams("BATCH");
    if (type !== multilineType) {
      return refuseOpening(ctx, name, refusals.batchUnknownType(name, shownName(type)));
    }
    return open(ctx, { name, target }, message);
  },
});

/** batch: "Reference tag MUST contain only ASCII letters, numbers, and/or hyphen". */
function isReference(name: string): boolean {
  return name.length <= batchReferenceBytesMax && /^[A-Za-z0-9-]+$/.test(name);
}

function open(
  ctx: Context,
  { name, target }: { readonly name: string; readonly target: string | undefined },
  opening: Message,
): Refusal | undefined {
  const { session, task } = ctx;
  if (!takesMultiline(session.capabilities)) {
    return refuseOpening(ctx, name, refusals.multilineInvalid(`batch and ${multilineType} first`));
  }
  if (session.batch?.kind === "open") {
    refuseBatch(ctx, session.batch, refusals.multilineInvalid("Another batch was opened in it"));
    return refuseOpening(ctx, name, refusals.multilineInvalid("Close the other batch first"));
  }
  // multiline: "a multiline batch has one additional parameter, the target recipient".
  if (target === undefined || !isMiddle(target) || target.includes(",")) {
    return refuseOpening(ctx, name, refusals.multilineInvalid("A batch has one target"));
  }
  const label = task.response?.label;
  // The answer comes when it is closed, or refused.
  if (task.response !== undefined) task.response.label = undefined;
  const begun = { reference: name, target, opening, label, verb: undefined, lines: [], bytes: 0 };
  changeSession(ctx, { batch: { kind: "open", ...begun } });
  ctx.watchBatch(true);
  return undefined;
}

/** The refusal answers the command; "all past and future messages in this batch will be ignored". */
function refuseOpening(ctx: Context, reference: string, refusal: Refusal): Refusal {
  changeSession(ctx, { batch: { kind: "refused", reference } });
  return refusal;
}

function close(ctx: Context, name: string): Refusal | undefined {
  const { session, task } = ctx;
  const { batch: ended } = session;
  if (ended?.reference !== name) {
    if (ended?.kind === "open") {
      refuseBatch(ctx, ended, refusals.multilineInvalid("Another batch was closed in it"));
      return undefined;
    }
    return refusals.multilineInvalid("There is no such batch");
  }
  changeSession(ctx, { batch: undefined });
  ctx.watchBatch(false);
  if (ended.kind === "refused") return undefined;
  if (task.response !== undefined) task.response.label = ended.label ?? task.response.label;
  const { target, opening, verb, lines } = ended;
  // multiline: "Clients MUST NOT send messages consisting entirely of blank lines."
  if (verb === undefined || lines.every((line) => line.text === "")) {
    return refusals.multilineInvalid("There is nothing in it");
  }
  sayToTarget(ctx, target, { verb, ...joinLines(lines), tags: opening.tags });
  return undefined;
}

/** Its deadline is over, and it is not closed. */
export function timeOutBatch(ctx: Context): void {
  const { batch: late } = ctx.session;
  if (late?.kind === "open") refuseBatch(ctx, late, refusals.batchTimeout(late.reference));
}

function refuseBatch(ctx: Context, { reference, label }: OpenBatch, refusal: Refusal): void {
  ctx.say(ctx.session, refusal, label);
  changeSession(ctx, { batch: { kind: "refused", reference } });
  ctx.watchBatch(false);
}

/** A line came that cannot be read: it may have been part of the batch. */
export function breakBatch(ctx: Context): void {
  const { batch: broken } = ctx.session;
  if (broken?.kind !== "open") return;
  refuseBatch(ctx, broken, refusals.multilineInvalid("A line of it cannot be read"));
}

/** What a client sends by itself, whatever its user does. */
const byItself: ReadonlySet<string> = new Set(["PING", "PONG", "QUIT"]);

/**
 * Whether the line is of a batch, and so is not run by itself. client-batch: "Once a client has opened a batch, it MUST
 * NOT send any messages that are not part of the batch, until it is closed": those break it, and are run.
 */
export function takeIntoBatch(ctx: Context, message: Message): boolean {
  const { session } = ctx;
  const { batch: current } = session;
  const reference = message.tags.get("batch");
  if (reference === undefined) {
    const isFree = message.command === "BATCH" || byItself.has(message.command);
    if (current?.kind === "open" && !isFree) {
      refuseBatch(
        ctx,
        current,
        refusals.multilineInvalid("Other messages wait until it is closed"),
      );
    }
    return false;
  }
  if (session.phase !== "registered") return false;
  if (current === undefined) {
    ctx.reply(refuseOpening(ctx, reference, refusals.multilineInvalid("There is no such batch")));
    return true;
  }
  if (current.kind === "refused") return true;
  if (reference !== current.reference) {
    refuseBatch(ctx, current, refusals.multilineInvalid("A line is of another batch"));
    return true;
  }
  const line = lineOf(ctx, current, message);
  if ("isRefusal" in line) refuseBatch(ctx, current, line);
  else changeSession(ctx, { batch: withLine(current, message, line) });
  return true;
}

/** The verb that the batch's lines have. */
function verbOf({ command: name }: Message): OpenBatch["verb"] {
  return name === "PRIVMSG" || name === "NOTICE" ? name : undefined;
}

function withLine(current: OpenBatch, message: Message, line: WireLine): OpenBatch {
  const bytes = bytesWith(current, line);
  return { ...current, verb: verbOf(message), lines: [...current.lines, line], bytes };
}

/** multiline: "Each line feed used to join line messages contributes one byte towards the max-bytes limit." */
function bytesWith({ lines, bytes }: OpenBatch, { text: added, isContinuation }: WireLine): number {
  const lineFeed = lines.length > 0 && !isContinuation ? 1 : 0;
  return bytes + lineFeed + Buffer.byteLength(added);
}

/** The line that the message adds, or why the batch cannot have it. */
function lineOf(ctx: Context, current: OpenBatch, message: Message): WireLine | Refusal {
  const { tags, params } = message;
  const [target, added] = params;
  const verb = verbOf(message);
  // multiline: "only contain one or more PRIVMSG lines, or one or more NOTICE lines".
  if (verb === undefined || (current.verb ?? verb) !== verb) {
    return refusals.multilineInvalid("All lines are PRIVMSG, or all are NOTICE");
  }
  // multiline: "Clients MUST NOT send tags other than draft/multiline-concat and batch on messages within the batch."
  if ([...tags.keys()].some((key) => key !== "batch" && key !== concatTag)) {
    return refusals.multilineInvalid("Tags of the message are on the opening of the batch");
  }
  if (target === undefined || !isSameName(target, current.target)) {
    return refusals.multilineInvalidTarget(shownName(current.target), shownName(target ?? ""));
  }
  if (added === undefined) return refusals.multilineInvalid("A line has a text, if an empty one");
  const line = { text: added, isContinuation: tags.has(concatTag) };
  // multiline: "Clients MUST NOT send blank lines with the draft/multiline-concat tag."
  if (line.isContinuation && added === "") {
    return refusals.multilineInvalid("A blank line goes on from nothing");
  }
  return overLimit(ctx, current, line) ?? line;
}

function overLimit(ctx: Context, current: OpenBatch, line: WireLine): Refusal | undefined {
  const { multilineBytesMax, multilineLinesMax } = ctx.settings.limits;
  // multiline: "All lines contribute towards the max-lines limit, including lines that use … multiline-concat".
  if (current.lines.length >= multilineLinesMax) {
    return refusals.multilineMaxLines(String(multilineLinesMax));
  }
  if (bytesWith(current, line) > multilineBytesMax) {
    return refusals.multilineMaxBytes(String(multilineBytesMax));
  }
  const params = [current.target, line.text];
  return fitsLine({ source: ctx.user.source, command: "PRIVMSG", params })
    ? undefined
    : refusals.multilineInvalid("A line does not fit with your name before it");
}

export const batchFamily = family({
  commands: [batch],
  capabilities: {
    "draft/multiline": (_session, { limits: { multilineBytesMax, multilineLinesMax } }) =>
      writeMultilineLimits({ bytesMax: multilineBytesMax, linesMax: multilineLinesMax }),
  },
});

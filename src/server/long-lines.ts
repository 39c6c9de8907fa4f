/**
 * Long lines: how a message of several lines goes to one receiver: as one batch, or line by line.
 *
 *     with draft/multiline and batch       BATCH +ref draft/multiline target · the lines · BATCH -ref
 *     without                              the lines alone, blank ones left out
 *
 * What a part carries of the message's tags is said here; live messages get them in `deliver.ts`, those that are read
 * again here.
 */
import { capabilities, type Capabilities, hasCapability } from "../protocol/capabilities.ts";
import { replies, type Reply } from "../protocol/replies.ts";
import { concatTag, isLong, linesOf, type LongText, multilineType } from "../protocol/multiline.ts";

export interface Part {
  readonly command: string;
  readonly params: readonly string[];
  /** `all` of the message's tags; of its `origin` only (when, and by which account); `none`: they are on the batch. */
  readonly carries: "all" | "origin" | "none";
  /** What belongs to this part alone. */
  readonly tags: ReadonlyMap<string, string>;
  /** The end of the batch, which is the server's word. */
  readonly isEnd: boolean;
}

/** By these it differs how the message looks. */
export const longLook = capabilities("batch", multilineType);

/** multiline: "This specification depends on the batch capability which MUST be negotiated to use multiline messages". */
export function takesMultiline(receiver: Capabilities): boolean {
  return hasCapability(receiver, "batch") && hasCapability(receiver, multilineType);
}

/** What is said, with its text as the last parameter. */
export interface Spoken {
  readonly command: string;
  readonly params: readonly string[];
  readonly seams?: readonly number[] | undefined;
}

function longTextOf({ params, seams }: Spoken): LongText {
  return { text: params.at(-1) ?? "", seams: seams ?? [] };
}

/** Of a message that fits one line: that line. */
export function partsOf(
  spoken: Spoken,
  receiver: Capabilities,
  nextBatch: () => string,
): readonly Part[] {
  const { command, params, seams } = spoken;
  if (seams === undefined || !isLong(longTextOf(spoken))) {
    return [{ command, params, carries: "all", tags: noneOfItsOwn, isEnd: false }];
  }
  return takesMultiline(receiver) ? batchOf(spoken, nextBatch()) : looseLinesOf(spoken);
}

const noneOfItsOwn: ReadonlyMap<string, string> = new Map();

function batchOf(spoken: Spoken, reference: string): readonly Part[] {
  const { command, params } = spoken;
  const before = params.slice(0, -1);
  const frame = { command: "BATCH", tags: noneOfItsOwn };
  return [
    { ...frame, params: [`+${reference}`, multilineType, ...before], carries: "all", isEnd: false },
    ...linesOf(longTextOf(spoken)).map(({ text, isContinuation }): Part => {
      const tags = new Map([["batch", reference]]);
      if (isContinuation) tags.set(concatTag, "");
      return { command, params: [...before, text], carries: "none", tags, isEnd: false };
    }),
    { ...frame, params: [`-${reference}`], carries: "none", isEnd: true },
  ];
}

/**
 * multiline, "Fallback": "Servers MUST NOT send blank lines"; "Any tags that would have been added to the batch … MUST be
 * included on the first message line to be sent. Tags MAY also be included on subsequent lines where it makes sense";
 * "Servers MUST only include a message ID on the first message of a batch".
 */
function looseLinesOf(spoken: Spoken): readonly Part[] {
  const { command, params } = spoken;
  const before = params.slice(0, -1);
  return linesOf(longTextOf(spoken))
    .filter(({ text }) => text !== "")
    .map(({ text }, index) => ({
      command,
      params: [...before, text],
      carries: index === 0 ? "all" : "origin",
      tags: noneOfItsOwn,
      isEnd: false,
    }));
}

/** Tags that every line may have: when, by whom, and what their client says of it. */
function isOfEveryLine(key: string): boolean {
  return key.startsWith("+") || ["time", "account", "bot"].includes(key);
}

/** A message that was said before, with its tags; `frame` has the batch that it is part of, if any. */
export function longReplies(
  spoken: Spoken & { readonly source: string },
  tags: {
    readonly own: ReadonlyMap<string, string>;
    readonly frame: ReadonlyMap<string, string>;
  },
  receiver: { readonly capabilities: Capabilities; readonly nextBatch: () => string },
): Reply[] {
  const { source } = spoken;
  return partsOf(spoken, receiver.capabilities, receiver.nextBatch).map((part) => {
    if (part.isEnd) return { ...part, isNumeric: false, tags: tags.frame };
    const all = new Map(part.tags.has("batch") ? [] : tags.frame);
    if (part.carries !== "none") {
      for (const [key, value] of tags.own) {
        if (part.carries === "all" || isOfEveryLine(key)) all.set(key, value);
      }
    }
    for (const [key, value] of part.tags) all.set(key, value);
    return replies.historyLine({ source, command: part.command, params: part.params }, all);
  });
}

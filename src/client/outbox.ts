/**
 * Outbox: what the user said, until the server has it.
 *
 *     added → waiting → sent → acknowledged (echo, or ACK) or refused (numeric, FAIL)
 *                 ↑______│ connection lost: sent again, in the same order, with the same nonce
 *
 * The nonce makes it safe to send again: the server keeps a second message with it not again and answers with the
 * first one's id. At most `inFlightMax` are on their way at once. On servers that acknowledge nothing a message
 * counts as sent when it is written, and lines are spaced as such servers want. Where the server takes messages of
 * several lines (draft/multiline), a text of several lines, or of a long one, is one message; elsewhere it is several.
 */
import { type Random, token } from "../base/random.ts";
import { type ElapsedMs, later } from "../base/time.ts";
import { nonceTag } from "../protocol/capabilities.ts";
import { lineBytesMax } from "../protocol/limits.ts";
import {
  concatTag,
  cutLines,
  type MultilineLimits,
  multilineType,
  type WireLine,
} from "../protocol/multiline.ts";
import { isSameName } from "../protocol/names.ts";
import { splitToBytes } from "../protocol/text.ts";
import { type MessageKind } from "./events.ts";
import { type ClientLimits } from "./limits.ts";
import { type OutputQueue } from "./output.ts";

/** One line on its way. */
export interface Pending {
  readonly group: Group;
  readonly nonce: string;
  target: string;
  readonly command: "PRIVMSG" | "NOTICE";
  readonly kind: MessageKind;
  /** What the user wrote, and what goes over the wire for it. */
  readonly text: string;
  readonly wireText: string;
  /** More than one: a message of several lines. */
  readonly lines: readonly WireLine[];
  label: string | undefined;
  isSent: boolean;
  /** It was sent on an earlier connection: the server may have it already. */
  isResent: boolean;
}

/** The lines that one text became: acknowledged when all are. */
interface Group {
  readonly ref: string | undefined;
  left: number;
  hasFailed: boolean;
}

export interface Sending {
  readonly target: string;
  readonly text: string;
  readonly kind: MessageKind;
  readonly ref: string | undefined;
}

/** How this connection's server tells that it has a message. */
export interface Acknowledging {
  readonly hasTags: boolean;
  readonly hasLabels: boolean;
  readonly hasEcho: boolean;
  /** Undefined: a message is one line. */
  readonly multiline: MultilineLimits | undefined;
}

export interface Acknowledged {
  readonly pending: Pending;
  /** False while other lines of the same text are on their way, and when one of them failed. */
  readonly isWhole: boolean;
}

export class Outbox {
  #entries: Pending[] = [];
  #inFlight = 0;
  #acknowledging: Acknowledging | undefined;
  #nextLabel = 0;
  #nextBatch = 0;
  /** Elapsed time at which the next line may go to a server that acknowledges nothing. */
  #paceAt: ElapsedMs | undefined;
  #paceFrom: number | undefined;
  readonly #random: Random;
  readonly #limits: ClientLimits;

  constructor(random: Random, limits: ClientLimits) {
    this.#random = random;
    this.#limits = limits;
  }

  /** Messages that the server does not have for sure. */
  get size(): number {
    return this.#entries.length;
  }

  get entries(): readonly Pending[] {
    return this.#entries;
  }

  /** The moment at which `pump` can do more without any answer. */
  get wakeAt(): ElapsedMs | undefined {
    return this.#acknowledging !== undefined && this.#inFlight < this.#entries.length
      ? this.#paceAt
      : undefined;
  }

  /** Takes the text on, as one line or several. `prefixBytes`: of `:nick!user@host ` before it at the receiver. */
  add(sending: Sending, prefixBytes: number): "added" | "full" | "empty" | "too-long" {
    const { target, kind, ref } = sending;
    const command = kind === "notice" ? "NOTICE" : "PRIVMSG";
    const frame = prefixBytes + Buffer.byteLength(`${command} ${target} :`) + 2;
    const room = lineBytesMax - frame - (kind === "action" ? actionBytes : 0);
    const text = sending.text
      .toWellFormed()
      .replaceAll("\0", "")
      .replace(/\r\n|\r/g, "\n")
      .replace(/^\n+|\n+$/g, "");
    if (text === "") return "empty";
    if (room < 4) return "too-long";
    const long = kind === "action" ? undefined : this.#longMessage(text, room);
    const pieces = long === undefined ? this.#pieces(text, room) : [text];
    if (pieces.length === 0) return "empty";
    if (pieces.length > this.#limits.piecesPerTextMax) return "too-long";
    if (this.#entries.length + pieces.length > this.#limits.outboxMax) return "full";
    const group: Group = { ref, left: pieces.length, hasFailed: false };
    for (const piece of pieces) {
      this.#entries.push(this.#entry({ group, target, command, kind }, piece, long));
    }
    return "added";
  }

  /** As messages of one line each, blank ones left out; one more than the limit is as many as are looked at. */
  #pieces(text: string, room: number): string[] {
    return text
      .split("\n")
      .filter((line) => line !== "")
      .slice(0, this.#limits.piecesPerTextMax + 1)
      .flatMap((line) => splitToBytes(line, room))
      .filter((piece) => piece !== "");
  }

  #entry(
    of: Pick<Pending, "command" | "group" | "kind" | "target">,
    text: string,
    long: readonly WireLine[] | undefined,
  ): Pending {
    const wireText = of.kind === "action" ? `\x01ACTION ${text}\x01` : text;
    const lines = long ?? [{ text: wireText, isContinuation: false }];
    const nonce = token(this.#random, 16);
    return {
      ...of,
      nonce,
      text,
      wireText,
      lines,
      label: undefined,
      isSent: false,
      isResent: false,
    };
  }

  /** The text as lines of one message, where the server takes such and it needs several. */
  #longMessage(text: string, room: number): readonly WireLine[] | undefined {
    const limits = this.#acknowledging?.multiline;
    if (limits === undefined || Buffer.byteLength(text) > limits.bytesMax) return undefined;
    const lines = cutLines(text, room);
    return lines.length > 1 && lines.length <= limits.linesMax ? lines : undefined;
  }

  /** A message of several lines goes line by line to a server that does not take it whole (any more). */
  online(acknowledging: Acknowledging): void {
    this.#acknowledging = acknowledging;
    const { multiline } = acknowledging;
    this.#entries = this.#entries.flatMap((entry) => {
      const { lines, group } = entry;
      const isTaken =
        multiline !== undefined &&
        lines.length <= multiline.linesMax &&
        Buffer.byteLength(entry.text) <= multiline.bytesMax;
      if (lines.length === 1 || isTaken) return [entry];
      const said = lines.filter(({ text }) => text !== "");
      group.left += said.length - 1;
      return said.map(({ text }) => this.#entry(entry, text, undefined));
    });
  }

  offline(): void {
    this.#acknowledging = undefined;
    this.#inFlight = 0;
    this.#paceAt = undefined;
    this.#paceFrom = undefined;
    for (const entry of this.#entries) {
      entry.isResent ||= entry.isSent;
      entry.isSent = false;
      entry.label = undefined;
    }
  }

  /** Sends what may go now. Returns those that count as sent with that, because nothing will acknowledge them. */
  pump(output: OutputQueue, elapsed: ElapsedMs): Acknowledged[] {
    const way = this.#acknowledging;
    if (way === undefined) return [];
    const isAcknowledged = way.hasLabels || way.hasEcho;
    const done: Acknowledged[] = [];
    for (const entry of this.#entries) {
      if (entry.isSent) continue;
      if (isAcknowledged ? this.#inFlight >= this.#limits.inFlightMax : !this.#pace(elapsed)) break;
      this.#write(entry, way, output);
      if (!isAcknowledged) done.push(this.#settle(entry));
    }
    if (done.length > 0) this.#drop(done.map(({ pending }) => pending));
    return done;
  }

  byLabel(label: string): Pending | undefined {
    return this.#entries.find((entry) => entry.label === label);
  }

  /** The message that this echo is of, where there are no labels. */
  byEcho(nonce: string | undefined, target: string, wireText: string): Pending | undefined {
    const sent = this.#entries.filter((entry) => entry.isSent);
    if (nonce !== undefined) return sent.find((entry) => entry.nonce === nonce);
    return sent.find(
      (entry) =>
        isSameName(entry.target, target) && entry.wireText.trimEnd() === wireText.trimEnd(),
    );
  }

  /**
   * The channel has another name. Where refusals have no labels, a message on its way keeps the one it was sent to: by
   * that its refusal is known.
   */
  renamed(from: string, to: string): void {
    const hasLabels = this.#acknowledging?.hasLabels === true;
    for (const entry of this.#entries) {
      const isFree = hasLabels || !entry.isSent;
      if (isFree && isSameName(entry.target, from)) entry.target = to;
    }
  }

  /** The message that a refusal without label is most likely about: the first one sent to that target, or at all. */
  byRefusal(target: string | undefined): Pending | undefined {
    return this.#entries.find(
      (entry) => entry.isSent && (target === undefined || isSameName(entry.target, target)),
    );
  }

  acknowledge(entry: Pending): Acknowledged {
    const settled = this.#settle(entry);
    this.#drop([entry]);
    return settled;
  }

  /** The server will not have it. True the first time for a text of several lines. */
  refuse(entry: Pending): boolean {
    const isFirst = !entry.group.hasFailed;
    entry.group.hasFailed = true;
    this.#drop([entry]);
    return isFirst;
  }

  /** Gives up everything. */
  takeAll(): Pending[] {
    const entries = this.#entries;
    this.#entries = [];
    this.#inFlight = 0;
    return entries;
  }

  #write(entry: Pending, way: Acknowledging, output: OutputQueue): void {
    const tags = new Map<string, string>();
    if (way.hasTags) tags.set(nonceTag, entry.nonce);
    if (way.hasLabels) {
      this.#nextLabel += 1;
      entry.label = `m${this.#nextLabel.toString(36)}`;
      tags.set("label", entry.label);
    }
    entry.isSent = true;
    this.#inFlight += 1;
    const { command, target, lines } = entry;
    if (lines.length === 1) {
      output.line(command, [target, entry.wireText], tags);
      return;
    }
    this.#nextBatch += 1;
    const reference = this.#nextBatch.toString(36);
    output.line("BATCH", [`+${reference}`, multilineType, target], tags);
    for (const { text, isContinuation } of lines) {
      const own = new Map([["batch", reference]]);
      if (isContinuation) own.set(concatTag, "");
      output.line(command, [target, text], own);
    }
    output.line("BATCH", [`-${reference}`]);
  }

  #settle(entry: Pending): Acknowledged {
    const { group } = entry;
    group.left -= 1;
    return { pending: entry, isWhole: group.left <= 0 && !group.hasFailed };
  }

  #drop(entries: readonly Pending[]): void {
    const gone = new Set(entries);
    this.#entries = this.#entries.filter((entry) => !gone.has(entry));
    for (const entry of gone) if (entry.isSent) this.#inFlight -= 1;
  }

  /** A burst, then one line every so often. True when one may go now. */
  #pace(elapsed: ElapsedMs): boolean {
    const every = this.#limits.unacknowledgedEveryMs;
    const earliest = elapsed - every * (this.#limits.unacknowledgedBurst - 1);
    const from = Math.max(this.#paceFrom ?? earliest, earliest);
    if (from > elapsed) {
      this.#paceAt = later(elapsed, from - elapsed);
      return false;
    }
    this.#paceFrom = from + every;
    this.#paceAt = later(elapsed, every);
    return true;
  }
}

const actionBytes = Buffer.byteLength("\x01ACTION \x01");

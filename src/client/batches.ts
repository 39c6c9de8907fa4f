/**
 * Batches: messages that belong together, told apart from those that do not (IRCv3 `batch`, `labeled-response`).
 *
 *     BATCH +ref type params → open: its messages are collected (history) or handed on with the batch's label
 *     BATCH -ref             → closed: what was collected comes out; the answer to its label is complete
 *
 * A message of several lines (draft/multiline) comes out as one message, with the tags of its batch, where a message
 * would: handed on, or collected by the batch around it. A batch inside another inherits the label. What a server can make us keep is limited: too many open batches and
 * the new one is not opened (its messages are taken as loose ones); too much in one and it comes out as spoilt.
 */
import { type Message } from "../protocol/message.ts";
import { concatTag, joinLines, multilineType } from "../protocol/multiline.ts";
import { type ClientLimits } from "./limits.ts";

/** Batches whose messages are looked at together, when the batch is whole. */
const collectedTypes: ReadonlySet<string> = new Set([
  "chathistory",
  "draft/chathistory-targets",
  "chathistory-targets",
  "draft/search",
  "soju.im/search",
]);

export interface CollectedBatch {
  readonly type: string;
  readonly params: readonly string[];
  readonly label: string | undefined;
  readonly messages: readonly Message[];
  /** Too much was in it: what is here is only the beginning. */
  readonly isSpoilt: boolean;
}

export interface Arrived {
  /** A message to be looked at now; undefined when it was part of a batch's frame or is collected. */
  readonly message: Message | undefined;
  readonly label: string | undefined;
  /** A batch that has just become whole. */
  readonly batch: CollectedBatch | undefined;
  /** The label whose answer is now complete. */
  readonly completed: string | undefined;
}

interface OpenBatch {
  /** The message that opened it. */
  readonly opening: Message;
  readonly type: string;
  readonly params: readonly string[];
  readonly label: string | undefined;
  /** The label is this batch's own, and so ends with it. */
  readonly hasOwnLabel: boolean;
  /** The outermost collecting batch this one is part of, or is. */
  collector: OpenBatch | undefined;
  readonly messages: Message[];
  bytes: number;
  isSpoilt: boolean;
}

const nothing: Arrived = {
  message: undefined,
  label: undefined,
  batch: undefined,
  completed: undefined,
};

export class Batches {
  readonly #open = new Map<string, OpenBatch>();
  readonly #limits: ClientLimits;

  constructor(limits: ClientLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#open.size;
  }

  clear(): void {
    this.#open.clear();
  }

  take(message: Message): Arrived {
    if (message.command === "BATCH") return this.#frame(message);
    const parent = this.#parentOf(message);
    const ownLabel = message.tags.get("label");
    const label = ownLabel ?? parent?.label;
    if (parent?.collector !== undefined) {
      this.#collect(parent.collector, message);
      return nothing;
    }
    // labeled-response: one message with the label is the whole answer; more are in a batch.
    const completed = parent === undefined ? ownLabel : undefined;
    return { message, label, batch: undefined, completed };
  }

  #frame(message: Message): Arrived {
    const [reference = "", type = "", ...params] = message.params;
    const name = reference.slice(1);
    if (reference.startsWith("-")) return this.#close(name);
    if (!reference.startsWith("+") || name === "") return nothing;
    if (this.#open.size >= this.#limits.openBatchesMax || this.#open.has(name)) return nothing;
    const parent = this.#parentOf(message);
    const ownLabel = message.tags.get("label");
    const batch: OpenBatch = {
      opening: message,
      type,
      params,
      label: ownLabel ?? parent?.label,
      hasOwnLabel: ownLabel !== undefined,
      collector: parent?.collector,
      messages: [],
      bytes: 0,
      isSpoilt: false,
    };
    const collects = batch.collector === undefined && collectedTypes.has(type);
    if (collects || type === multilineType) batch.collector = batch;
    this.#open.set(name, batch);
    return nothing;
  }

  #close(name: string): Arrived {
    const batch = this.#open.get(name);
    if (batch === undefined) return nothing;
    this.#open.delete(name);
    const completed = batch.hasOwnLabel ? batch.label : undefined;
    if (batch.collector !== batch) return { ...nothing, label: batch.label, completed };
    if (batch.type === multilineType) return this.#whole(batch, completed);
    const { type, params, label, messages, isSpoilt } = batch;
    return { ...nothing, label, batch: { type, params, label, messages, isSpoilt }, completed };
  }

  /** A message of several lines is complete. */
  #whole(batch: OpenBatch, completed: string | undefined): Arrived {
    const { label } = batch;
    const message = joined(batch);
    const collector = this.#parentOf(batch.opening)?.collector;
    if (message === undefined || collector === undefined) {
      return { message, label, batch: undefined, completed };
    }
    this.#collect(collector, message);
    return { ...nothing, completed };
  }

  #parentOf(message: Message): OpenBatch | undefined {
    const reference = message.tags.get("batch");
    return reference === undefined ? undefined : this.#open.get(reference);
  }

  #collect(batch: OpenBatch, message: Message): void {
    batch.bytes += sizeOf(message);
    if (
      batch.messages.length >= this.#limits.batchMessagesMax ||
      batch.bytes > this.#limits.batchBytesMax
    ) {
      batch.isSpoilt = true;
      return;
    }
    batch.messages.push(message);
  }
}

/** Undefined when there was nothing in it. */
function joined({ opening, messages }: OpenBatch): Message | undefined {
  const [first] = messages;
  if (first === undefined) return undefined;
  const lines = messages.map(({ tags, params }) => ({
    text: params[1] ?? "",
    isContinuation: tags.has(concatTag),
  }));
  const { tags, source = first.source } = opening;
  const params = [first.params[0] ?? "", joinLines(lines).text];
  return { tags, source, command: first.command, params };
}

function sizeOf(message: Message): number {
  let size = message.source?.length ?? 0;
  for (const param of message.params) size += param.length;
  for (const [key, value] of message.tags) size += key.length + value.length;
  return size;
}

/**
 * Incoming: what the server says once one is welcome, sent to whom it concerns: batches are put together, answers find
 * their labels.
 */
import { type Message } from "../protocol/message.ts";
import { complete, takeNumeric, takeStandardReply } from "./answers.ts";
import { Batches, type CollectedBatch } from "./batches.ts";
import { type Context } from "./context.ts";
import { type Gap } from "./gap.ts";
import { takeMembership } from "./membership.ts";
import { takePeople } from "./people.ts";
import { isSearchBatch } from "./search.ts";
import { takeReaction } from "./reactions.ts";
import { takeRedaction } from "./redactions.ts";
import { takeMarker } from "./read-markers.ts";
import { type Speech } from "./speech.ts";

export class Incoming {
  readonly #context: Context;
  readonly #speech: Speech;
  readonly #gap: Gap;
  readonly #batches: Batches;

  constructor(context: Context, speech: Speech, gap: Gap) {
    this.#context = context;
    this.#speech = speech;
    this.#gap = gap;
    this.#batches = new Batches(context.limits);
  }

  /** The connection is another: what was half said is forgotten. */
  clear(): void {
    this.#batches.clear();
  }

  take(message: Message): void {
    const arrived = this.#batches.take(message);
    if (arrived.message !== undefined) this.#single(arrived.message, arrived.label);
    if (arrived.batch !== undefined) this.#history(arrived.batch);
    if (arrived.completed !== undefined) {
      complete(this.#context, arrived.completed, this.#speech, this.#gap);
    }
  }

  #single(message: Message, label: string | undefined): void {
    const { command, params } = message;
    // A marker that is not kept is nothing that the user has asked for.
    if (command === "FAIL" && params[0] === "MARKREAD") return;
    if (command === "MARKREAD") takeMarker(this.#context, message);
    else if (command === "PRIVMSG" || command === "NOTICE") {
      this.#speech.take(message, label, this.#gap);
    } else if (command === "FAIL" || command === "WARN" || command === "NOTE") {
      takeStandardReply(this.#context, message, label, this.#gap);
    } else if (takeRedaction(this.#context, message, this.#gap)) {
      return;
    } else if (takeReaction(this.#context, message, this.#gap)) {
      return;
    } else if (takeMembership(this.#context, message, label, this.#gap)) {
      return;
    } else if (takePeople(this.#context, message)) {
      return;
    } else if (/^\d{3}$/.test(command)) {
      takeNumeric(this.#context, message, label);
    }
  }

  /** A batch of what was said: found by a search; or history, asked for by the gap, by the user, or (as some servers do) by nobody. */
  #history(batch: CollectedBatch): void {
    const { requests, model } = this.#context;
    const request = requests.byLabel(batch.label);
    if (isSearchBatch(batch)) {
      const hasFound = this.#speech.showFound(batch);
      if (!hasFound) this.#context.output.event({ kind: "none", what: "search", room: "" });
      return;
    }
    if (request !== undefined) {
      if (this.#speech.showOlder(batch, request)) request.hasShown = true;
      return;
    }
    if (this.#gap.page(batch)) return;
    const room = model.room(batch.params[0] ?? "");
    if (room === undefined || room.isStale) return;
    for (const message of batch.messages) {
      this.#speech.deliver(room, message, true, this.#gap);
    }
  }
}

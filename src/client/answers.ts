/**
 * Answers: what the server replies to commands: refusals find the message or command they are about, the rest is
 * told as it is.
 */
import { type Message } from "../protocol/message.ts";
import { type Context } from "./context.ts";
import { type Gap } from "./gap.ts";
import { errorName, isErrorNumeric, joinRefusals, sendRefusals } from "./numerics.ts";
import { type Pending } from "./outbox.ts";
import { takeSearchNote } from "./search.ts";
import { type Speech } from "./speech.ts";

interface Complaint {
  readonly code: string;
  readonly numeric: number | undefined;
  readonly text: string;
  readonly target: string | undefined;
}

/** A numeric that nothing else has taken. */
export function takeNumeric(context: Context, message: Message, label: string | undefined): void {
  const { command, params } = message;
  if (command === "005") {
    context.features.take(params);
    return;
  }
  if (isErrorNumeric(command)) {
    refusedByNumeric(context, message, label);
    return;
  }
  if (command === "367") context.isListingBans = true;
  if (command === "368") {
    if (!context.isListingBans) {
      context.output.event({ kind: "none", what: "bans", room: params[1] ?? "" });
    }
    context.isListingBans = false;
  }
  // Own modes that nobody asked for are part of coming in.
  const isOwnModes = command === "221" && context.hasLabels && label === undefined;
  const isGreeting = context.isGreeting || isOwnModes;
  if (command === "376" || command === "422") context.isGreeting = false;
  context.output.event({ kind: "reply", command, params: params.slice(1), isGreeting });
}

function refusedByNumeric(context: Context, message: Message, label: string | undefined): void {
  const { command, params } = message;
  const target = params.length > 2 ? params[1] : undefined;
  const complaint: Complaint = {
    code: errorName(command),
    numeric: Number(command),
    text: params.at(-1) ?? "",
    target,
  };
  if (joinRefusals.has(command) && target !== undefined) context.wishes.delete(target);
  const isLoose = !context.hasLabels && sendRefusals.has(command);
  complain(context, label, complaint, isLoose ? context.outbox.byRefusal(target) : undefined);
}

/** FAIL, WARN and NOTE (standard-replies). */
export function takeStandardReply(
  context: Context,
  message: Message,
  label: string | undefined,
  gap: Gap,
): void {
  const [command = "*", code = "", ...rest] = message.params;
  const text = rest.at(-1) ?? code;
  if (message.command === "NOTE" && takeSearchNote(context, message)) return;
  if (message.command !== "FAIL") {
    context.output.event({ kind: "notice", from: context.model.server, text });
    return;
  }
  const word = command.toUpperCase();
  const isForGap = word === "CHATHISTORY" && context.requests.byLabel(label) === undefined;
  if (isForGap && gap.failed(message.params, label, context.elapsed)) return;
  const isSpeech = word === "PRIVMSG" || word === "NOTICE";
  const target = rest.length > 1 ? rest[0] : undefined;
  const loose = isSpeech && !context.hasLabels ? context.outbox.byRefusal(undefined) : undefined;
  complain(context, label, { code, numeric: undefined, text, target }, loose);
}

function complain(
  context: Context,
  label: string | undefined,
  complaint: Complaint,
  loose: Pending | undefined,
): void {
  const pending = (label === undefined ? undefined : context.outbox.byLabel(label)) ?? loose;
  const request = context.requests.byLabel(label);
  if (request !== undefined) request.hasFailed = true;
  let ref = request?.ref;
  let unsent: string | undefined;
  if (pending !== undefined) {
    ref = pending.group.ref;
    unsent = pending.text;
    if (!context.outbox.refuse(pending)) return; // one error for one text
  }
  const target = complaint.target ?? pending?.target;
  context.output.event({ kind: "error", ref, ...complaint, target, unsent });
}

/** The answer to that label is whole. */
export function complete(context: Context, label: string, speech: Speech, gap: Gap): void {
  const request = context.requests.complete(label);
  if (request !== undefined) {
    if (request.channel !== undefined) context.wishes.delete(request.channel);
    const { historyOf, hasFailed, hasShown } = request;
    if (historyOf !== undefined && !hasFailed && !hasShown) {
      context.output.event({ kind: "none", what: "history", room: historyOf });
    }
    if (!hasFailed) {
      context.output.event({ kind: "ack", ref: request.ref, id: undefined });
    }
    return;
  }
  if (gap.completed(label)) return;
  // labeled-response: ACK, or anything but a refusal: the server has it, and gives no echo.
  const pending = context.outbox.byLabel(label);
  if (pending === undefined) return;
  speech.showSent(context.outbox.acknowledge(pending));
}

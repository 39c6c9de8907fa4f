/**
 * Actions: what the user does, as commands to the server.
 *
 * What is said waits in the outbox and what is to be joined among the wishes, until there is a connection; other
 * commands wait in a short queue. What cannot be written as one line is refused here and never sent.
 */
import { isoTime, parseIsoTime } from "../base/time.ts";
import { type Context } from "./context.ts";
import { type Action, type ChatMessage } from "./events.ts";
import { isWritable } from "./output.ts";
import { lastOwn } from "./redactions.ts";
import { type Asked } from "./requests.ts";
import { refuse, tagsFor } from "./asking.ts";
import { askSearch } from "./search.ts";

/** An action that speaks to the server by one command. */
export type Speaking = Exclude<
  Action,
  { readonly kind: "send" | "password" | "read" | "reconnect" | "quit" }
>;

/** Takes a message on; it goes out as soon as it can. */
export function say(context: Context, action: Extract<Action, { readonly kind: "send" }>): void {
  const { target, text, messageKind: kind = "message", ref } = action;
  if (!isWritable("PRIVMSG", [target, "."]) || target.includes(",")) {
    refuse(context, ref, {
      code: "BAD_TARGET",
      text: "a target is one word",
      target,
      unsent: text,
    });
    return;
  }
  const outcome = context.outbox.add({ target, text, kind, ref }, context.sourceBytes);
  switch (outcome) {
    case "added":
      context.output.event({ kind: "sending", ref, room: target, text });
      return;
    case "empty":
      refuse(context, ref, { code: "NO_TEXT", text: "there is nothing to send", target });
      return;
    case "full":
      refuse(context, ref, {
        code: "OUTBOX_FULL",
        text: "too many messages wait to be sent",
        target,
        unsent: text,
      });
      return;
    case "too-long":
      refuse(context, ref, { code: "TOO_LONG", text: "this is too long", target, unsent: text });
  }
}

/** Before there is a connection: joins are remembered, the rest is the caller's to queue. True when done. */
export function remember(context: Context, action: Speaking): boolean {
  if (action.kind === "join") {
    if (!isWritable("JOIN", [action.channel, action.key ?? "-"])) return perform(context, action);
    if (context.addWish({ channel: action.channel, key: action.key })) return true;
    refuse(context, action.ref, {
      code: "TOO_MANY_CHANNELS",
      text: "too many rooms to join",
      target: action.channel,
    });
    return true;
  }
  if (action.kind !== "part") return false;
  return context.wishes.delete(action.channel);
}

/** Sends the command of the action. Always true: it is done with, sent or refused. */
export function perform(context: Context, action: Speaking): true {
  switch (action.kind) {
    case "join": {
      const { ref, channel, key } = action;
      return command(context, "JOIN", words(channel, key), { ref, channel });
    }
    case "part":
      context.wishes.delete(action.channel);
      return command(context, "PART", words(action.channel, action.reason), { ref: action.ref });
    case "topic":
      return command(context, "TOPIC", words(action.channel, action.text), { ref: action.ref });
    case "command": {
      const name = action.command.toUpperCase();
      const [first] = action.params;
      if (name === "NAMES" && first !== undefined) context.askNames(first);
      return command(context, name, action.params, { ref: action.ref });
    }
    case "history":
      return askHistory(context, action);
    case "search":
      return askSearch(context, action);
    case "redact":
      return redact(context, action);
    case "raw":
      return sendRaw(context, action.line, action.ref);
  }
}

function words(first: string, second: string | undefined): string[] {
  return second === undefined ? [first] : [first, second];
}

function command(context: Context, name: string, params: readonly string[], asked: Asked): true {
  if (!isWritable(name, params)) {
    const text = `${name} cannot be sent like that: all but the last word are one word each`;
    refuse(context, asked.ref, { code: "BAD_PARAMS", text, target: params[0] });
    return true;
  }
  context.output.line(name, params, tagsFor(context, asked));
  return true;
}

function sendRaw(context: Context, line: string, ref: string | undefined): true {
  const text = line.toWellFormed().trim();
  if (text === "" || text.startsWith("@")) {
    const why = text === "" ? "an empty line is not sent" : "a raw line is sent without tags";
    refuse(context, ref, { code: "BAD_PARAMS", text: why, target: undefined });
    return true;
  }
  context.output.rawLine(text, tagsFor(context, { ref }));
  return true;
}

function askHistory(
  context: Context,
  { target, before, limit, ref }: Extract<Action, { readonly kind: "history" }>,
): true {
  const most = context.features.historyPageMax ?? context.limits.pageMax;
  const count = String(Math.max(1, Math.min(Math.trunc(limit ?? 50) || 1, most)));
  const oldest = before ?? boundOf(context.model.room(target)?.messages[0]);
  const bound = oldest === undefined ? "*" : boundText(oldest);
  const subcommand = oldest === undefined ? "LATEST" : "BEFORE";
  const params = [subcommand, target, bound, count];
  if (!isWritable("CHATHISTORY", params)) {
    refuse(context, ref, { code: "BAD_PARAMS", text: "no such place in history", target });
    return true;
  }
  context.output.line("CHATHISTORY", params, tagsFor(context, { ref, historyOf: target }));
  return true;
}

function redact(
  context: Context,
  { target, id, reason, ref }: Extract<Action, { readonly kind: "redact" }>,
): true {
  const meant = id ?? lastOwn(context.model.room(target))?.id;
  if (meant === undefined) {
    const text = "there is no message of yours here that can be deleted";
    refuse(context, ref, { code: "NO_MESSAGE", text, target });
    return true;
  }
  return command(context, "REDACT", [target, ...words(meant, reason)], { ref });
}

function boundOf(message: ChatMessage | undefined): string | undefined {
  if (message === undefined) return undefined;
  return message.id ?? isoTime(message.time);
}

function boundText(bound: string): string {
  const time = parseIsoTime(bound);
  return time === undefined ? `msgid=${bound}` : `timestamp=${isoTime(time)}`;
}

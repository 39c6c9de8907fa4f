/**
 * Welcome: what holds from 001 on, for this one connection, and going back into the rooms one was in.
 *
 * What the connection before could do, and what was half asked on it, is forgotten here; what the user has (rooms,
 * messages, what is not sent yet) stays.
 */
import { later } from "../base/time.ts";
import { type Message } from "../protocol/message.ts";
import { NameMap } from "../protocol/names.ts";
import { perform } from "./actions.ts";
import { type Context } from "./context.ts";
import { Features } from "./features.ts";
import { type Room } from "./model.ts";
import { type Registration } from "./registration.ts";

export interface Welcome {
  readonly nick: string;
  readonly registration: Registration;
  /** The one that said so, where it was one. */
  readonly message: Message | undefined;
}

/** Says hello; answers which channels one was in when the connection before ended. */
export function beginConnection(context: Context, welcome: Welcome): readonly Room[] {
  const { nick, registration, message } = welcome;
  const { model, output, outbox } = context;
  const { capabilities: known, multiline, account } = registration;
  const server = message?.source ?? "";
  model.nick = nick;
  model.account = account;
  model.server = server;
  context.features = new Features();
  context.namesAsked = new NameMap();
  context.isListingBans = false;
  context.isGreeting = true;
  context.greetingUntil = later(context.elapsed, context.limits.greetingMsMax);
  context.hasTags = known.has("message-tags");
  context.hasLabels = known.has("labeled-response");
  context.hasEcho = known.has("echo-message");
  context.hasSearch =
    known.has("batch") && (known.has("draft/search") || known.has("soju.im/search"));
  const wasIn = [...model.rooms].filter((room) => !room.isPrivate && room.isJoined);
  for (const room of wasIn) room.isJoined = false;
  const { hasTags, hasLabels, hasEcho } = context;
  outbox.online({ hasTags, hasLabels, hasEcho, multiline });
  output.event({ kind: "hello", server, nick, account, time: context.now });
  return wasIn;
}

/** Joins what is wished for, and, where the server does not keep that, what one was in. */
export function goBackIn(context: Context, wasIn: readonly Room[]): void {
  for (const { channel, key } of context.wishes.values()) {
    perform(context, { kind: "join", channel, ...(key === undefined ? {} : { key }) });
  }
  if (context.keepsMembership) return;
  for (const { name } of wasIn) perform(context, { kind: "join", channel: name });
}

/**
 * Membership: who is in which room, what they may, and how rooms and people are called: JOIN, PART, KICK, QUIT, NICK,
 * RENAME, MODE, TOPIC, INVITE and the numerics that list them.
 */
import { type Message, parseSource } from "../protocol/message.ts";
import { type Context, serverTimeOf } from "./context.ts";
import { type Gap } from "./gap.ts";
import { type Room } from "./model.ts";
import { whoOf } from "./people.ts";

/** True when the message was one of these. `label`: of the command it answers, if any. */
export function takeMembership(
  context: Context,
  message: Message,
  label: string | undefined,
  gap: Gap,
): boolean {
  switch (message.command) {
    case "JOIN":
      if (context.hasLabels && label === undefined && isOwn(context, message)) {
        context.keepsMembership = true; // nobody asked here: the server keeps the account's rooms
      }
      joined(context, message, gap);
      return true;
    case "PART":
      parted(context, message, gap);
      return true;
    case "KICK":
      kicked(context, message, gap);
      return true;
    case "QUIT":
      quitted(context, message);
      return true;
    case "NICK":
      renamed(context, message);
      return true;
    case "MODE":
      modeChanged(context, message);
      return true;
    case "TOPIC":
    case "331":
    case "332":
      topicTold(context, message);
      return true;
    case "INVITE":
      invited(context, message);
      return true;
    case "RENAME":
      roomRenamed(context, message, gap);
      return true;
    case "353":
    case "366":
      return membersTold(context, message);
    default:
      return false;
  }
}

function isOwn(context: Context, message: Message): boolean {
  return context.model.isOwnNick(whoOf(context, message));
}

function joined(context: Context, message: Message, gap: Gap): void {
  const { model, output, features } = context;
  const [channel = "", extendedAccount] = message.params;
  const who = whoOf(context, message);
  if (!features.isChannel(channel) || who === "") return;
  // extended-join: "* if the user is not identified"; without it, account-tag may tell.
  const told = extendedAccount ?? message.tags.get("account");
  const account = told === "*" ? undefined : told;
  const isSelf = model.isOwnNick(who);
  const isNew = model.room(channel) === undefined;
  const room = isSelf ? model.ensureRoom(channel, false) : model.room(channel);
  if (room === undefined || (!isSelf && !room.isJoined)) return;
  if (isSelf) {
    context.wishes.delete(channel);
    context.ownSource = message.source;
    context.isGreeting = false;
    if (room.isJoined) return;
    room.isJoined = true;
    room.enteredAt ??= serverTimeOf(message);
    forgetMembers(room);
  }
  room.setMember({ nick: who, account, prefixes: "", awayText: undefined });
  const time = context.timeOf(message);
  output.event({ kind: "join", room: room.name, who, account, isSelf, time });
  if (isSelf) gap.entered(room, isNew);
}

function parted(context: Context, message: Message, gap: Gap): void {
  const [channel = "", reason = ""] = message.params;
  const who = whoOf(context, message);
  const room = context.model.room(channel);
  if (room === undefined || room.isPrivate) return;
  const isSelf = leave(context, room, who, gap);
  const time = context.timeOf(message);
  context.output.event({ kind: "part", room: room.name, who, reason, isSelf, time });
}

function kicked(context: Context, message: Message, gap: Gap): void {
  const [channel = "", who = "", reason = ""] = message.params;
  const room = context.model.room(channel);
  if (room === undefined || room.isPrivate || who === "") return;
  const by = whoOf(context, message);
  const isSelf = leave(context, room, who, gap);
  const time = context.timeOf(message);
  context.output.event({ kind: "kick", room: room.name, who, by, reason, isSelf, time });
}

/** Whether it was this session's user who left. */
function leave(context: Context, room: Room, who: string, gap: Gap): boolean {
  room.members.delete(who);
  if (!context.model.isOwnNick(who)) return false;
  room.isJoined = false;
  forgetMembers(room);
  gap.left(room);
  return true;
}

function quitted(context: Context, message: Message): void {
  const who = whoOf(context, message);
  const rooms = context.model.roomsWith(who);
  if (rooms.length === 0 || context.model.isOwnNick(who)) return;
  for (const room of rooms) room.members.delete(who);
  context.output.event({
    kind: "quit",
    rooms: rooms.map(({ name }) => name),
    who,
    reason: message.params[0] ?? "",
    time: context.timeOf(message),
  });
}

function renamed(context: Context, message: Message): void {
  const { model } = context;
  const [to = ""] = message.params;
  const who = whoOf(context, message);
  if (to === "" || who === "") return;
  const rooms = model.roomsWith(who);
  for (const room of rooms) {
    const member = room.members.find(who);
    room.members.delete(who);
    if (member !== undefined) room.setMember({ ...member, nick: to });
  }
  const isSelf = model.isOwnNick(who);
  if (isSelf) {
    model.nick = to;
    context.ownSource = undefined;
  } else {
    model.renameConversation(who, to);
  }
  context.output.event({
    kind: "nick",
    rooms: rooms.map(({ name }) => name),
    who,
    to,
    isSelf,
    time: context.timeOf(message),
  });
}

/** draft/channel-rename: it is the same room, with everything in it; only its name is another. */
function roomRenamed(context: Context, message: Message, gap: Gap): void {
  const { model, features, output, outbox } = context;
  const [from = "", to = "", reason = ""] = message.params;
  const room = model.room(from);
  if (room === undefined || room.isPrivate || !features.isChannel(to)) return;
  const before = room.name;
  if (!model.renameRoom(room, to)) return;
  gap.renamed(before, to);
  outbox.renamed(before, to);
  if (context.namesAsked.delete(before)) context.askNames(to);
  const by = whoOf(context, message);
  const time = context.timeOf(message);
  output.event({ kind: "rename", room: to, from: before, by, reason, time });
}

function modeChanged(context: Context, message: Message): void {
  const { model, features, output } = context;
  const [target = "", modes = "", ...params] = message.params;
  if (target === "") return;
  const room = model.room(target);
  for (const { isSet, letter, nick } of features.memberModes(modes, params)) {
    const member = room?.members.find(nick);
    if (room === undefined || member === undefined) continue;
    const others = member.prefixes.replaceAll(letter, "");
    const prefixes = features.ordered(isSet ? others + letter : others);
    room.setMember({ ...member, prefixes });
  }
  const text = [modes, ...params].join(" ");
  const by = whoOf(context, message);
  output.event({ kind: "mode", target, by, modes: text, time: context.timeOf(message) });
}

function topicTold(context: Context, message: Message): void {
  const isChange = message.command === "TOPIC";
  const [channel = "", text = ""] = isChange ? message.params : message.params.slice(1);
  const room = context.model.room(channel);
  const topic = message.command === "331" ? "" : text;
  if (room !== undefined) room.topic = topic;
  if (channel === "") return;
  context.output.event({
    kind: "topic",
    room: room?.name ?? channel,
    by: isChange ? whoOf(context, message) : undefined,
    text: topic,
    time: context.timeOf(message),
  });
}

function invited(context: Context, message: Message): void {
  const [who = "", room = ""] = message.params;
  if (room === "") return;
  const by = whoOf(context, message);
  context.output.event({ kind: "invite", room, by, who, time: context.timeOf(message) });
}

/** 353 and 366 of a room one is in; of any other, they are an answer to be shown. */
function membersTold(context: Context, message: Message): boolean {
  const { model, features, output } = context;
  const isEnd = message.command === "366";
  const channel = (isEnd ? message.params[1] : message.params[2]) ?? "";
  const room = model.room(channel);
  if (room === undefined || !room.isJoined || room.isPrivate) return false;
  if (isEnd) {
    room.isListing = false;
    const isAsked = context.namesAsked.delete(room.name);
    const members = [...room.members.values()];
    output.event({ kind: "members", room: room.name, members, isAsked });
    return true;
  }
  const known = new Map([...room.members.values()].map((member) => [member.nick, member]));
  if (!room.isListing) forgetMembers(room);
  room.isListing = true;
  for (const entry of (message.params[3] ?? "").split(" ")) {
    const { prefixes, name } = features.splitSigns(entry);
    const { nick } = parseSource(name);
    const { account, awayText } = known.get(nick) ?? {};
    if (nick !== "") room.setMember({ nick, account, prefixes, awayText });
  }
  return true;
}

function forgetMembers(room: Room): void {
  for (const { nick } of room.members.values()) room.members.delete(nick);
}

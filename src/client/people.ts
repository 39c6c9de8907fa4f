/**
 * People: what changes about someone one knows, wherever they are: ACCOUNT, AWAY, SETNAME, CHGHOST.
 *
 * Who is away is known from the moment it is told; whether someone was before one came in, the server does not say.
 */
import { type Message, parseSource } from "../protocol/message.ts";
import { type Context } from "./context.ts";
import { type Member } from "./events.ts";

/** True when the message was one of these. */
export function takePeople(context: Context, message: Message): boolean {
  switch (message.command) {
    case "ACCOUNT":
      accountChanged(context, message);
      return true;
    case "AWAY":
      awayChanged(context, message);
      return true;
    case "SETNAME":
      realNameChanged(context, message);
      return true;
    case "CHGHOST":
      hostChanged(context, message);
      return true;
    default:
      return false;
  }
}

/** Who did what the message says. */
export function whoOf(context: Context, message: Message): string {
  return parseSource(message.source ?? context.model.server).nick;
}

function accountChanged(context: Context, message: Message): void {
  const [told = "*"] = message.params;
  const account = told === "*" ? undefined : told;
  const who = whoOf(context, message);
  changeMember(context, who, { account });
  if (context.model.isOwnNick(who)) context.model.account = account;
}

/** away-notify: "AWAY [:message]"; without a message, or with an empty one, they are back. */
function awayChanged(context: Context, message: Message): void {
  const text = message.params[0] === "" ? undefined : message.params[0];
  const who = whoOf(context, message);
  changeMember(context, who, { awayText: text });
  context.output.event({ kind: "away", text, ...about(context, message) });
}

function realNameChanged(context: Context, message: Message): void {
  const [realName = ""] = message.params;
  context.output.event({ kind: "setname", realName, ...about(context, message) });
}

function hostChanged(context: Context, message: Message): void {
  const [user = "", host = ""] = message.params;
  if (user === "" || host === "") return;
  const who = whoOf(context, message);
  if (context.model.isOwnNick(who)) context.ownSource = `${context.model.nick}!${user}@${host}`;
  context.output.event({ kind: "chghost", user, host, ...about(context, message) });
}

interface About {
  readonly who: string;
  readonly rooms: readonly string[];
  readonly isSelf: boolean;
  readonly time: ReturnType<Context["timeOf"]>;
}

/** Whom it is about, and the rooms where one meets them: common channels, and the conversation with them. */
function about(context: Context, message: Message): About {
  const { model } = context;
  const who = whoOf(context, message);
  const rooms = model.roomsWith(who).map(({ name }) => name);
  const talk = model.room(who);
  if (talk?.isPrivate === true) rooms.push(talk.name);
  return { who, rooms, isSelf: model.isOwnNick(who), time: context.timeOf(message) };
}

function changeMember(context: Context, who: string, change: Partial<Member>): void {
  for (const room of context.model.roomsWith(who)) {
    const member = room.members.find(who);
    if (member !== undefined) room.setMember({ ...member, ...change });
  }
}

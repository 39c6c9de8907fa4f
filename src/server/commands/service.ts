/** NickServ: operator commands by chat, for operators. */
import { isSameName } from "../../protocol/names.ts";
import { hasCapability } from "../../protocol/capabilities.ts";
import { refusals, replies } from "../../protocol/replies.ts";
import { type Context } from "../context.ts";
import { runWords } from "./operators.ts";

export const serviceName = "NickServ";

/** What is said to the service is neither kept nor shown to other devices: it may one day hold a password. */
export function askService(ctx: Context, words: string): void {
  const { session, user, settings } = ctx;
  if (hasCapability(session.capabilities, "echo-message")) {
    ctx.reply(replies.ownLine(user.source, "PRIVMSG", serviceName, words));
  }
  if (user.isOperator) {
    ctx.actAsOperator(user.nick);
    runWords(ctx, words);
    return;
  }
  if (isSameName(words.trim(), "help")) {
    const text = "Operators of this server approve accounts here. You are no operator.";
    ctx.reply(replies.serviceNotice(settings.name, user.nick, text));
    return;
  }
  ctx.reply(refusals.noPrivileges());
}

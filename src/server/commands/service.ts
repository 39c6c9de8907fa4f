/** NickServ: words about one's own account, and those of operators. */
import { hasCapability } from "../../protocol/capabilities.ts";
import { replies } from "../../protocol/replies.ts";
import { type Context } from "../context.ts";
import { words } from "./vocabulary.ts";
import { runWords } from "./words.ts";

export const serviceName = "NickServ";

/** What is said to the service is neither kept nor shown to other devices: it may hold a password. */
export function askService(ctx: Context, spoken: string): void {
  const { session, user } = ctx;
  if (hasCapability(session.capabilities, "echo-message")) {
    ctx.reply(replies.ownLine(user.source, "PRIVMSG", serviceName, spoken));
  }
  ctx.actByWords(user.nick);
  runWords(ctx, spoken, words);
}

/**
 * NickServ: words about one's own account, and those of operators. Before the login too: a connection whose client
 * has no SASL registers and logs in by them.
 *
 *     PRIVMSG NickServ :<words>          NICKSERV <words>          NS <words>
 */
import { hasCapability } from "../../protocol/capabilities.ts";
import { isSameName } from "../../protocol/names.ts";
import { type Message } from "../../protocol/message.ts";
import { replies } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { word } from "../params.ts";
import { type Session } from "../session.ts";
import { words } from "./vocabulary.ts";
import { runWords } from "./words.ts";

export const serviceName = "NickServ";

/** What is said to the service is neither kept nor shown to other devices: it may hold a password. */
export function askService(ctx: Context, spoken: string): void {
  const { session } = ctx;
  const { user } = session;
  if (user !== undefined && hasCapability(session.capabilities, "echo-message")) {
    ctx.reply(replies.ownLine(user.source, "PRIVMSG", serviceName, spoken));
  }
  ctx.actByWords(speakerOf(session));
  runWords(ctx, spoken, words);
}

/** Who is noted to have said it: the account, whatever its owner is called. */
function speakerOf({ user, nick }: Session): string {
  return user?.accountName ?? nick;
}

/** Whether the message is to the service alone. */
export function isForService({ params }: Message): boolean {
  return isSameName(params[0] ?? "", serviceName);
}

function serviceCommand(name: string) {
  return command({
    name,
    when: "always",
    params: { words: word() },
    run(ctx, _words, { params }) {
      ctx.actByWords(speakerOf(ctx.session));
      runWords(ctx, params.join(" "), words);
      return undefined;
    },
  });
}

export const serviceFamily = family({
  commands: [serviceCommand("NICKSERV"), serviceCommand("NS")],
});

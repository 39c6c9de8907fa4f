/**
 * The disk is full, or has room again: said to operators, in the log and in the chat. Everyone else is told by the
 * refusal of what they try (`policy.mayKeep`).
 */
import { replies } from "../../protocol/replies.ts";
import { type Context } from "../context.ts";
import { mayOperateServer } from "../policy.ts";

export function tellOfStorage(ctx: Context, reason: string): void {
  const { isReadOnly, settings } = ctx;
  ctx.note({ event: isReadOnly ? "store.read-only" : "store.writable", reason });
  const what = isReadOnly
    ? "Nothing is kept and nothing can be said until there is room on the disk"
    : "Things are kept and said again";
  for (const session of ctx.network.sessions.values()) {
    if (session.phase !== "registered" || !mayOperateServer(session)) continue;
    ctx.say(session, replies.ownLine(settings.name, "NOTICE", session.nick, `${what}: ${reason}`));
  }
}

/**
 * PASS where the server has a password of its own (`server.password-file`): it is asked for from every connection, before
 * anything else is proven, and a wrong one ends it.
 */
import { Secret } from "../../base/secret.ts";
import { type Refusal, refusals } from "../../protocol/replies.ts";
import { type Context } from "../context.ts";
import { changeSession } from "../session-changed.ts";
import { type Door, refuseThrottled } from "./admission.ts";

/** The one that was offered is checked; the connection learns of it when it is wrong. */
export function offerServerPassword(ctx: Context, password: string): Refusal | undefined {
  const { session } = ctx;
  if (!session.maySendPasswords) return refusals.wrongPassword();
  const { id: connection, facts } = session;
  const ask = { connection, address: facts.address, password: Secret.fromText(password) };
  ctx.ask("enter", ask, (answer, next) => {
    if (next.session.phase === "closed") return;
    if (answer.outcome === "right") changeSession(next, { hasEntered: true });
    else if (answer.outcome === "wrong") turnAway(next);
    else if (answer.outcome === "throttled") {
      refuseThrottled(next, throttling, { mechanism: "PASS", seconds: answer.seconds });
    } else next.reply(refusals.temporarilyUnavailable("PASS"));
  });
  return undefined;
}

const throttling: Pick<Door, "throttle"> = {
  throttle: (ctx, seconds) => ctx.reply(refusals.rateLimited("PASS", seconds)),
};

/** Whether the connection may go on without (another) server password. */
export function hasEntered({ session, settings }: Context): boolean {
  return !settings.hasPassword || session.hasEntered;
}

/** Modern IRC, PASS: "the server … may send this numeric and close the connection". */
export function turnAway(ctx: Context): void {
  const { id: connection, facts } = ctx.session;
  const { address } = facts;
  const reason = "wrong server password";
  ctx.note({
    event: "login.refused",
    connection,
    address,
    account: undefined,
    mechanism: "PASS",
    reason,
  });
  ctx.reply(refusals.wrongPassword());
  ctx.close("The server's password is needed");
}

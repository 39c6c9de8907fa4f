/**
 * Admission: the one gate through which every login comes, whatever the way, and where refused ones are counted.
 *
 * A refusal says the same whatever its cause.
 */
import { refusals, replies } from "../../protocol/replies.ts";
import { type Context } from "../context.ts";
import { type ProvenAccount } from "../outside.ts";
import { mayWait } from "../policy.ts";
import { changeSession } from "../session-changed.ts";

const failedText = "SASL authentication failed";

export function failLogin(ctx: Context, mechanism: string, reason: string): void {
  ctx.reply(refusals.saslFailed(failedText));
  countFailure(ctx, mechanism, reason);
}

/** One more failed login on this connection; after too many it is over. */
export function countFailure(ctx: Context, mechanism: string, reason: string): void {
  const { session } = ctx;
  const loginFailures = session.loginFailures + 1;
  changeSession(ctx, { sasl: { kind: "none" }, loginFailures });
  const { id: connection, facts } = session;
  ctx.note({ event: "login.refused", connection, address: facts.address, mechanism, reason });
  if (loginFailures >= ctx.settings.limits.loginFailuresMax) ctx.close("Too many failed logins");
}

/** Whoever has proven an account comes through here, whatever the way. */
export function admit(ctx: Context, proven: ProvenAccount): void {
  const user = ctx.network.userById(proven.id);
  if (user === undefined) {
    if (ctx.task.absent.has(`account ${proven.id}`)) {
      failLogin(ctx, proven.mechanism, "account is no more");
      return;
    }
    ctx.load([{ kind: "account", by: proven.id }], (next, outcome) => {
      if (next.session.phase === "closed") return;
      if (outcome === "loaded") admit(next, proven);
      else next.reply(refusals.saslFailed("The server is busy; try again later"));
    });
    return;
  }
  switch (user.account.state) {
    case "pending":
      keepWaiting(ctx, proven);
      return;
    case "disabled":
      failLogin(ctx, proven.mechanism, "account is disabled");
      return;
    case "active": {
      changeSession(ctx, { proven, waitingFor: undefined });
      ctx.reply(replies.loggedIn(user.source, user.nick));
      ctx.reply(replies.saslSuccess());
      const { id: connection, facts } = ctx.session;
      const { name: account, mechanism } = proven;
      ctx.note({ event: "login.ok", connection, address: facts.address, account, mechanism });
    }
  }
}

/** Only who has proven the password learns that the account waits; the connection may wait with it. */
function keepWaiting(ctx: Context, proven: ProvenAccount): void {
  const { session } = ctx;
  ctx.reply(refusals.loginPending(proven.name));
  ctx.reply(refusals.saslFailed("An operator has yet to approve this account"));
  const isWaiting = session.waitingFor !== undefined;
  const { waiting } = ctx.network;
  if (!isWaiting && !mayWait(session, waiting.values(), ctx.settings.limits)) {
    ctx.close("Too many wait already; log in again later");
    return;
  }
  changeSession(ctx, { waitingFor: proven.id });
  ctx.reply(replies.waiting(proven.name));
}

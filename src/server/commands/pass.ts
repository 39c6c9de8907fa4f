/**
 * PASS: logging in with `PASS account:password`, for clients that have no SASL.
 *
 * It is the same login as SASL PLAIN's, by the same question and through the same gate, where PLAIN is offered; it
 * is answered with 900 or 464. Where the server has a password of its own, that has to come first
 * (`server-password.ts`). Else what has no colon, or comes where PLAIN is not offered, is taken and ignored, as other
 * servers' passwords are that clients go on sending.
 */
import { Secret } from "../../base/secret.ts";
import { refusals, replies } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { type Answer } from "../outside.ts";
import { word } from "../params.ts";
import { mechanismsFor } from "../policy.ts";
import { hasEntered, offerServerPassword } from "./server-password.ts";
import { admit, type Door, failLogin, noteLocked, refuseThrottled } from "./admission.ts";

/** What answers it. */
const plain = "PLAIN";
/** As it is called where logins are noted. */
const mechanism = "PASS";

const pass = command({
  name: "PASS",
  when: "always",
  params: { password: word() },
  run(ctx, { password }) {
    const { session } = ctx;
    const isLoggedIn = session.user !== undefined || session.proven !== undefined;
    // Nor who is in the middle of it by AUTHENTICATE, or of a registration by OPAQUE, which ends by that.
    if (isLoggedIn || session.claim !== undefined || session.sasl.kind !== "none")
      return refusals.alreadyRegistered();
    if (!hasEntered(ctx)) return offerServerPassword(ctx, password);
    const colon = password.indexOf(":");
    if (colon < 0 || !mechanismsFor(session, ctx.settings).includes(plain)) return undefined;
    const [account, secret] = [password.slice(0, colon), password.slice(colon + 1)];
    ctx.ask(
      "authenticate",
      {
        connection: session.id,
        facts: session.facts,
        mechanism: plain,
        offered: session.saslOffered,
        response: Secret.fromText(`\0${account}\0${secret}`), // RFC 4616 §2
      },
      (answer, next) => answered(next, answer),
    );
    return undefined;
  },
});

function answered(ctx: Context, answer: Answer<"authenticate">): void {
  if (ctx.session.phase === "closed") return;
  switch (answer.outcome) {
    case "proven":
      admit(ctx, answer.account, passDoor);
      return;
    case "invited":
      answer.token.wipe();
      failLogin(ctx, passDoor, { mechanism, reason: "not proven", account: answer.name });
      return;
    case "challenge": // PLAIN has none
    case "refused": {
      const account = answer.outcome === "refused" ? answer.name : undefined;
      failLogin(ctx, passDoor, { mechanism, reason: "not proven", account });
      const isLocked = answer.outcome === "refused" && answer.isLocked === true;
      if (isLocked && account !== undefined) noteLocked(ctx, account);
      return;
    }
    case "throttled":
      refuseThrottled(ctx, passDoor, { mechanism, seconds: answer.seconds });
      return;
    case "busy":
    case "unavailable":
      passDoor.refuse(ctx, "busy");
  }
}

/** PASS: numerics 900, or 464; who waits is told in words. */
const passDoor: Door = {
  mechanism,
  letIn: (ctx, user) => ctx.reply(replies.loggedIn(user.source, user.account.name)),
  throttle: (ctx, seconds) => ctx.reply(refusals.rateLimited("PASS", seconds)),
  refuse(ctx, why, account) {
    switch (why) {
      case "not-proven":
        ctx.reply(refusals.passwordMismatch());
        return;
      case "pending":
        if (account !== undefined) ctx.reply(refusals.loginPending(account));
        return;
      case "busy":
        ctx.reply(refusals.temporarilyUnavailable("PASS"));
    }
  },
};

export const passFamily = family({ commands: [pass] });

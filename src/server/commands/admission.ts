/**
 * Admission: the one gate through which every login comes, whatever the way, and where refused ones are counted.
 *
 * Ways in differ in how they answer (numerics, notices); a `Door` says it in their words. What is let in and what is
 * refused does not depend on the door, and a refusal says the same whatever its cause.
 */
import { fold, parseAccountName } from "../../protocol/names.ts";
import { refusals, replies } from "../../protocol/replies.ts";
import { opaqueMechanism } from "../../protocol/sasl.ts";
import { type Context } from "../context.ts";
import { type Note } from "../notes.ts";
import { type CredentialKind, type ProvenAccount } from "../proofs.ts";
import { hasExpired, mayWait } from "../policy.ts";
import { changeSession } from "../session-changed.ts";
import { noSasl, type Session } from "../session.ts";
import { type User } from "../state/user.ts";
import { comeOver, isReadyFor, loadFor, mayComeOver } from "./guest-login.ts";
import { forgetUnadmitted } from "./sessions.ts";

/** How a way in answers. */
export interface Door {
  /** As the way in is called in notes; left out: as the mechanism is. */
  readonly mechanism?: string;
  letIn(ctx: Context, user: User): void;
  /** `account` is told only to who has proven it. */
  refuse(ctx: Context, why: RefusedBecause, account?: string): void;
  /** Too many were wrong from there: none is looked at for so many seconds. */
  throttle(ctx: Context, seconds: number): void;
}

/** Too many were wrong from there: it was not looked at. For the connection it is as good as a failed one. */
export function refuseThrottled(
  ctx: Context,
  door: Pick<Door, "throttle">,
  { mechanism, seconds }: { readonly mechanism: string; readonly seconds: number },
): void {
  door.throttle(ctx, seconds);
  const { id: connection, facts } = ctx.session;
  const { address } = facts;
  countTry(ctx);
  ctx.note({ event: "login.throttled", connection, address, mechanism, seconds });
}

export type RefusedBecause = "not-proven" | "pending" | "busy";

export interface FailedLogin {
  readonly mechanism: string;
  readonly reason: string;
  /** Whose login it was, as far as that was said. */
  readonly account: string | undefined;
}

export function failLogin(ctx: Context, door: Door, failed: FailedLogin): void {
  door.refuse(ctx, "not-proven");
  countFailure(ctx, failed);
}

/** One more failed login on this connection; after too many it is over. */
export function countFailure(
  ctx: Context,
  { mechanism, reason, account: said }: FailedLogin,
): void {
  const { id: connection, facts } = ctx.session;
  const { address } = facts;
  const account = said === undefined ? undefined : nameToNote(said);
  countTry(ctx);
  ctx.note({ event: "login.refused", connection, address, account, mechanism, reason });
}

/**
 * A login that ends with its connection. RFC 9807 §9.2: the challenge may have been all that was wanted. And a right
 * password is answered at once: who does not wait for the answer may know enough.
 */
export function unansweredLogin({ id, facts, sasl, isBusy }: Session): Note | undefined {
  if (sasl.kind !== "responding" || (sasl.isFirst && !isBusy)) return undefined;
  const { mechanism } = sasl;
  const reason = sasl.isFirst ? "answer not waited for" : "challenge not answered";
  const { address } = facts;
  return {
    event: "login.refused",
    connection: id,
    address,
    account: undefined,
    mechanism,
    reason,
  };
}

/** The account is locked against strangers from this refusal on. */
export function noteLocked(ctx: Context, account: string): void {
  ctx.note({ event: "account.locked", account, address: ctx.session.facts.address });
}

function countTry(ctx: Context): void {
  const loginFailures = ctx.session.loginFailures + 1;
  changeSession(ctx, { sasl: noSasl, loginFailures });
  if (loginFailures >= ctx.settings.limits.loginFailuresMax) ctx.close("Too many failed logins");
}

/** What a stranger says may be anything; people also type their passwords where names belong. */
function nameToNote(said: string): string {
  const name = parseAccountName(said);
  return name.ok ? fold(name.value) : "*";
}

/** Whoever has proven an account comes through here, whatever the way. */
export function admit(ctx: Context, proven: ProvenAccount, door: Door): void {
  const user = ctx.network.userById(proven.id);
  const { name } = proven;
  const mechanism = wayIn(proven, door);
  if (user === undefined) {
    if (ctx.task.absent.has(`account ${proven.id}`)) {
      failLogin(ctx, door, { mechanism, account: name, reason: "account is no more" });
      return;
    }
    ctx.load([{ kind: "account", by: proven.id }], (next, outcome) => {
      if (next.session.phase === "closed") return;
      if (outcome === "loaded") admit(next, proven, door);
      else door.refuse(next, "busy");
    });
    return;
  }
  if (ctx.session.user?.isGuest === true && !isReadyFor(ctx, user)) {
    loadFor(ctx, user, (next, outcome) => {
      if (next.session.phase === "closed") return;
      if (outcome === "loaded") admit(next, proven, door);
      else door.refuse(next, "busy");
    });
    return;
  }
  const { state } = user.account;
  if (state === "pending") {
    keepWaiting(ctx, proven, door);
    return;
  }
  const isExpired = hasExpired(user.account, ctx.now.wall);
  if (state === "disabled" || isExpired) {
    const reason = isExpired ? "account has expired" : "account is disabled";
    failLogin(ctx, door, { mechanism, account: name, reason });
    return;
  }
  const guest = ctx.session.isLoggedIn ? undefined : ctx.session.user;
  if (guest !== undefined && !mayComeOver(ctx, user)) {
    door.refuse(ctx, "busy");
    return;
  }
  changeSession(ctx, { proven, waitingFor: undefined });
  door.letIn(ctx, user);
  if (guest !== undefined) comeOver(ctx, guest, user);
  const { id: connection, facts } = ctx.session;
  const { address } = facts;
  ctx.note({ event: "login.ok", connection, address, account: name, mechanism });
  // A login by OPAQUE leaves a device that comes back without the password (`auth/devices.ts`).
  const { credential: number } = proven;
  if (proven.mechanism === opaqueMechanism && number !== undefined) {
    ctx.note({ event: "device.remembered", account: name, number, address });
  }
}

/** How someone came in, for the operator to read. */
function wayIn({ mechanism, credentialKind }: ProvenAccount, door: Door): string {
  const by = credentialKind === undefined ? undefined : shownKinds.get(credentialKind);
  const way = door.mechanism ?? mechanism;
  return by === undefined ? way : `${way} (${by})`;
}

/** Of the others, the mechanism says it. */
const shownKinds: ReadonlyMap<CredentialKind, string> = new Map<CredentialKind, string>([
  ["app-password", "app password"],
  ["totp", "code"],
  ["recovery", "recovery code"],
]);

/** Only who has proven the password learns that the account waits; the connection may wait with it. */
function keepWaiting(ctx: Context, proven: ProvenAccount, door: Door): void {
  const { session } = ctx;
  forgetUnadmitted(ctx, proven);
  door.refuse(ctx, "pending", proven.name);
  const isWaiting = session.waitingFor !== undefined;
  const { waiting } = ctx.network;
  if (!isWaiting && !mayWait(session, waiting.values(), ctx.settings.limits)) {
    // A guest is there whether they wait or not.
    if (session.user === undefined) ctx.close("Too many wait already; log in again later");
    return;
  }
  changeSession(ctx, { waitingFor: proven.id });
  ctx.reply(replies.waiting(proven.name));
}

/** As who logs in is seen just then: a guest, who is the account's in a moment, as a guest. */
export function sourceOf({ session }: Context, user: User): string {
  return session.user?.source ?? user.source;
}

/** AUTHENTICATE: numerics 900 and 903, or 904. */
export const saslDoor: Door = {
  throttle(ctx, seconds) {
    ctx.reply(refusals.rateLimited("AUTHENTICATE", seconds));
    ctx.reply(refusals.saslRateLimited(seconds));
  },
  letIn(ctx, user) {
    ctx.reply(replies.loggedIn(sourceOf(ctx, user), user.account.name));
    ctx.reply(replies.saslSuccess());
  },
  refuse(ctx, why, account) {
    switch (why) {
      case "not-proven":
        ctx.reply(refusals.saslFailed("SASL authentication failed"));
        return;
      case "pending":
        if (account !== undefined) ctx.reply(refusals.loginPending(account));
        ctx.reply(refusals.saslFailed("An operator has yet to approve this account"));
        return;
      case "busy":
        ctx.reply(refusals.saslFailed("The server is busy; try again later"));
    }
  },
};

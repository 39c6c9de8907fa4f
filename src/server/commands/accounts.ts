/**
 * REGISTER: asking for an account (draft/account-registration), and what becomes of the request.
 *
 *     REGISTER <account> {<email> | "*" | <invitation>} <password>
 *
 * An invitation stands in the place of the e-mail address: tokens have a form that no address has. What becomes of
 * addresses is in `emails.ts`. How the account is made is `asking.ts`'s.
 */
import { type AccountId } from "../../base/ids.ts";
import { Secret } from "../../base/secret.ts";
import { refusals, replies } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { type Event, event } from "../event.ts";
import { shownName, word } from "../params.ts";
import { sessionChanged } from "../session-changed.ts";
import { type ServerSettings } from "../settings.ts";
import { type User } from "../state/user.ts";
import { askForAccount, registerDesk } from "./asking.ts";
import { expect } from "./expecting.ts";
import { isMeantAsToken, isRegistrationPossible } from "./invitations.ts";
import { makeWayFor } from "./nick.ts";
import { joinRooms } from "./rooms.ts";

interface Decision {
  readonly account: AccountId;
  readonly name: string;
  readonly by: string;
}

const accountApproved = event<Decision>("approved", {
  apply(network, { account }) {
    network.setAccount(account, { state: "active" });
    network.pendingAccounts -= 1;
  },
  keep(decision, network) {
    const user = network.userById(decision.account);
    return user === undefined ? undefined : { kind: "account", account: user.account };
  },
  note: ({ name, by }) => ({ event: "account.approved", account: name, by }),
});

const accountRejected = event<Decision>("rejected", {
  apply(network, { account }) {
    network.removeAccount(account);
    network.pendingAccounts -= 1;
  },
  keep: ({ account }) => ({ kind: "account-removed", id: account }),
  note: ({ name, by }) => ({ event: "account.rejected", account: name, by }),
});

const register = command({
  name: "REGISTER",
  when: "always",
  params: { account: word(), email: word(), password: word() },
  run(ctx, { account, email, password }) {
    const token = isMeantAsToken(email) ? Secret.fromText(email) : undefined;
    const asking = { account, token, email, password: Secret.fromText(password) };
    askForAccount(ctx, asking, registerDesk);
    return undefined;
  },
});

/**
 * Nobody is sent a code here: operators decide, or nobody has to. So no code is one, and who waits waits on.
 * account-registration: "if the `<code>` in the `VERIFY` command is invalid or expired".
 */
const verify = command({
  name: "VERIFY",
  when: "always",
  params: { account: word(), code: word() },
  run(ctx, { account }) {
    return ctx.session.isLoggedIn
      ? refusals.verifyAuthenticated(shownName(account))
      : refusals.invalidCode(shownName(account));
  },
});

/** An operator says yes: the account is in the rooms, and who waits for it is told to log in. */
export function approve(ctx: Context, user: User, by: string): void {
  const {
    id,
    account: { name },
  } = user;
  ctx.emit(accountApproved({ account: id, name, by }));
  makeWayFor(ctx, user);
  for (const session of ctx.network.waiting.values()) {
    if (session.waitingFor === id) expect(ctx, session, user);
  }
  joinRooms(ctx, user);
  for (const session of [...ctx.network.waiting.values()]) {
    if (session.waitingFor !== id) continue;
    const since = ctx.now.elapsed;
    const change = { waitingFor: undefined, hasWaited: true, registeringSince: since };
    ctx.emit(sessionChanged({ connection: session.id, change }));
    ctx.restartRegistration(session);
    ctx.say(session, replies.approved(name));
  }
}

/** An operator says no: the name is free again. */
export function reject(ctx: Context, user: User, by: string): void {
  const {
    id,
    account: { name },
  } = user;
  const rejected: Event = accountRejected({ account: id, name, by });
  ctx.emit(rejected);
  for (const session of [...ctx.network.waiting.values()]) {
    if (session.waitingFor !== id) continue;
    ctx.say(session, refusals.rejected(name));
    // A guest is there whether they have an account or not.
    if (session.user === undefined) ctx.close("Your request was rejected", session);
    else ctx.emit(sessionChanged({ connection: session.id, change: { waitingFor: undefined } }));
  }
  ctx.ask("forget", { account: id }, () => undefined);
}

/** The keys of account-registration that hold here. */
function registrationKeys({ beforeConnect, emailRequired }: ServerSettings): string {
  const before = beforeConnect ? ["before-connect"] : [];
  const email = emailRequired ? ["email-required"] : [];
  return [...before, ...email, "custom-account-name"].join(",");
}

export const accountsFamily = family({
  commands: [register, verify],
  capabilities: {
    "draft/account-registration": (session, settings, network) =>
      isRegistrationPossible(settings, network) && session.maySendPasswords
        ? registrationKeys(settings)
        : undefined,
  },
  // account-registration: "If present, it indicates that the connection to the server cannot be completed unless the
  // clients authenticates".
  isupport: ({ accountsRequired }) => (accountsRequired ? { "draft/ACCOUNTREQUIRED": "" } : {}),
});

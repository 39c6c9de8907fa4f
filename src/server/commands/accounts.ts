/**
 * REGISTER: asking for an account (draft/account-registration), and what becomes of the request.
 *
 * The verifier is written by `auth` before the account's event, so a crash between the two leaves a verifier without
 * an account, which the next start removes. The name is reserved meanwhile.
 */
import { assert } from "../../base/assert.ts";
import { type AccountId } from "../../base/ids.ts";
import { failed, ok, type Result } from "../../base/result.ts";
import { Secret } from "../../base/secret.ts";
import { fold, isSameName, parseAccountName } from "../../protocol/names.ts";
import { type Refusal, refusals, replies } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { type Event, event } from "../event.ts";
import { type AccountRow } from "../outside.ts";
import { type ProvenAccount } from "../proofs.ts";
import { accountLookup, lookupKey, shownName, word } from "../params.ts";
import { mayRegister, mayWait } from "../policy.ts";
import { sessionChanged } from "../session-changed.ts";
import { type Claim } from "../session.ts";
import { type User } from "../state/user.ts";
import { admit, saslDoor } from "./admission.ts";
import { joinRooms, withRooms } from "./rooms.ts";

export const nameReserved = event<{ readonly name: string; readonly isReserved: boolean }>(
  "reserved",
  {
    apply(network, { name, isReserved }) {
      if (isReserved) network.reserved.add(fold(name));
      else network.reserved.delete(fold(name));
    },
  },
);

interface AccountAsked {
  readonly account: AccountRow;
  readonly address: string;
}

/** An account came to be: approved at once, or to be decided on. */
const accountRegistered = event<AccountAsked>("registered", {
  apply(network, { account }) {
    network.putUser(account, []);
    if (account.state === "pending") network.pendingAccounts += 1;
  },
  keep: ({ account }) => ({ kind: "account", account }),
  note: ({ account, address }) => ({
    event: account.state === "pending" ? "account.asked" : "account.registered",
    account: account.name,
    address,
  }),
});

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
  run(ctx, { account, password }) {
    const name = wantedName(ctx, account);
    if (!name.ok) return name.error;
    const secret = Secret.fromText(password);
    ctx.load([accountLookup(name.value)], (next, outcome) => {
      const why = outcome === "loaded" ? enrol(next, name.value, secret) : notNow();
      if (why === undefined) return;
      secret.wipe();
      next.reply(why);
    });
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
    const { session } = ctx;
    const isLoggedIn = session.user?.isGuest === false || session.proven !== undefined;
    return isLoggedIn
      ? refusals.verifyAuthenticated(shownName(account))
      : refusals.invalidCode(shownName(account));
  },
});

/** The name that is asked for, if this connection may ask for it. */
export function wantedName(ctx: Context, account: string): Result<string, Refusal> {
  const { session, settings } = ctx;
  const wanted = account === "*" ? session.askedNick : account;
  if (wanted === undefined) return failed(refusals.needNick());
  const shown = shownName(wanted);
  const name = parseAccountName(wanted);
  const refusal = mayRegister(session, shown, settings);
  if (refusal !== undefined) return failed(refusal);
  if (!name.ok) return failed(refusals.badAccountName(shown, name.error));
  if (isSameName(name.value, settings.name)) {
    return failed(refusals.badAccountName(shown, "this name is the server's"));
  }
  return ok(name.value);
}

/** Whether an account of that name can be made now; it has been looked up. */
export function mayBeMade(ctx: Context, name: string): Refusal | undefined {
  const { network, settings } = ctx;
  const isKnown = !ctx.task.absent.has(lookupKey(accountLookup(name)));
  if (isKnown || network.user(name) !== undefined || network.isNameReserved(name)) {
    return refusals.accountExists(name);
  }
  const { limits } = settings;
  const isQueueFull =
    network.pendingAccounts >= limits.pendingAccountsMax ||
    !mayWait(ctx.session, network.waiting.values(), limits);
  const isBusy = settings.registration === "approval" && isQueueFull;
  return isBusy ? refusals.registrationBusy(name) : undefined;
}

export function notNow(): Refusal {
  return refusals.temporarilyUnavailable("REGISTER");
}

function enrol(ctx: Context, name: string, password: Secret): Refusal | undefined {
  const { network, session } = ctx;
  const refusal = mayBeMade(ctx, name);
  if (refusal !== undefined) return refusal;
  const account = network.takeAccountNumber();
  ctx.emit(nameReserved({ name, isReserved: true }));
  ctx.ask("enrol", { connection: session.id, account, name, password }, (answer, next) => {
    if (answer.outcome === "enrolled") {
      make(next, { claim: { account, name }, proven: answer.account, isLogin: false });
      return;
    }
    next.emit(nameReserved({ name, isReserved: false }));
    next.reply(answer.outcome === "weak" ? refusals.weakPassword(name, answer.why) : notNow());
  });
  return undefined;
}

/** Who has claimed a name has logged in to it. */
export function activate(ctx: Context, proven: ProvenAccount): void {
  const { session } = ctx;
  const { claim } = session;
  assert(claim?.account === proven.id, "what is activated was claimed on this connection");
  // The name stays reserved until the account is made.
  ctx.emit(sessionChanged({ connection: session.id, change: { claim: undefined } }));
  make(ctx, { claim, proven, isLogin: true });
}

interface Making {
  readonly claim: Claim;
  readonly proven: ProvenAccount;
  /** It was AUTHENTICATE that proved it, and wants its answer. */
  readonly isLogin: boolean;
}

/** The verifier is kept; the name is reserved until the account is. */
function make(ctx: Context, making: Making): void {
  const { claim, isLogin } = making;
  withRooms(ctx, (ready, outcome) => {
    ready.emit(nameReserved({ name: claim.name, isReserved: false }));
    if (outcome === "loaded") {
      enrolled(ready, making);
      return;
    }
    ready.reply(notNow());
    if (isLogin) saslDoor.refuse(ready, "busy");
  });
}

/** The verifier is kept: now the account is. */
function enrolled(ctx: Context, { claim, proven, isLogin }: Making): void {
  const { account: id, name } = claim;
  const isOpen = ctx.settings.registration === "open";
  const state = isOpen ? "active" : "pending";
  const born = { role: "member", createdAt: ctx.now.wall } as const;
  const account = { id, name, state, ...born, isStrict: false, expiresAt: undefined } as const;
  ctx.emit(accountRegistered({ account, address: ctx.session.facts.address }));
  const user = ctx.network.userById(id);
  if (isOpen && user !== undefined) joinRooms(ctx, user);
  if (!isOpen) tellOperators(ctx, `${name} asks for an account: APPROVE ${name} or REJECT ${name}`);
  if (ctx.session.phase === "closed") return;
  if (isOpen) {
    ctx.reply(replies.registerSuccess(name));
    admit(ctx, proven, saslDoor);
    return;
  }
  ctx.emit(sessionChanged({ connection: ctx.session.id, change: { waitingFor: id } }));
  ctx.reply(replies.verificationRequired(name));
  if (isLogin) ctx.reply(refusals.saslFailed("An operator has yet to approve this account"));
}

function tellOperators(ctx: Context, text: string): void {
  for (const user of ctx.network.users()) {
    if (!user.isOperator) continue;
    for (const session of user.sessions) {
      ctx.say(session, replies.serviceNotice(ctx.settings.name, user.nick, text));
    }
  }
}

/** An operator says yes: the account is in the rooms, and who waits for it is told to log in. */
export function approve(ctx: Context, user: User, by: string): void {
  const { id, nick: name } = user;
  ctx.emit(accountApproved({ account: id, name, by }));
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
  const { id, nick: name } = user;
  const rejected: Event = accountRejected({ account: id, name, by });
  ctx.emit(rejected);
  for (const session of [...ctx.network.waiting.values()]) {
    if (session.waitingFor !== id) continue;
    ctx.say(session, refusals.rejected(name));
    ctx.close("Your request was rejected", session);
  }
  ctx.ask("forget", { account: id }, () => undefined);
}

export const accountsFamily = family({
  commands: [register, verify],
  capabilities: {
    "draft/account-registration": (session, settings) =>
      settings.registration === "closed" || !session.maySendPasswords
        ? undefined
        : "before-connect,custom-account-name",
  },
  // account-registration: "If present, it indicates that the connection to the server cannot be completed unless the
  // clients authenticates".
  isupport: ({ accountsRequired }) => (accountsRequired ? { "draft/ACCOUNTREQUIRED": "" } : {}),
});

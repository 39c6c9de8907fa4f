/**
 * REGISTER: asking for an account (draft/account-registration), and what becomes of the request.
 *
 * The verifier is written by `auth` before the account's event, so a crash between the two leaves a verifier without
 * an account, which the next start removes. The name is reserved meanwhile.
 */
import { type AccountId } from "../../base/ids.ts";
import { Secret } from "../../base/secret.ts";
import { fold, isSameName, parseAccountName } from "../../protocol/names.ts";
import { type Refusal, refusals, replies } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { type Event, event } from "../event.ts";
import { type AccountRow, type ProvenAccount } from "../outside.ts";
import { accountLookup, lookupKey, shownName, word } from "../params.ts";
import { mayRegister, mayWait } from "../policy.ts";
import { sessionChanged } from "../session-changed.ts";
import { type User } from "../state/user.ts";
import { admit } from "./login.ts";
import { joinRooms, withRooms } from "./rooms.ts";

const nameReserved = event<{ readonly name: string; readonly isReserved: boolean }>("reserved", {
  apply(network, { name, isReserved }) {
    if (isReserved) network.reserved.add(fold(name));
    else network.reserved.delete(fold(name));
  },
});

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
    const { session } = ctx;
    const wanted = account === "*" ? session.askedNick : account;
    if (wanted === undefined) return refusals.needNick();
    const shown = shownName(wanted);
    const name = parseAccountName(wanted);
    const refusal = mayRegister(session, shown, ctx.settings);
    if (refusal !== undefined) return refusal;
    if (!name.ok) return refusals.badAccountName(shown, name.error);
    if (isSameName(name.value, ctx.settings.name)) {
      return refusals.badAccountName(shown, "this name is the server's");
    }
    const secret = Secret.fromText(password);
    ctx.load([accountLookup(name.value)], (next, outcome) => {
      const why =
        outcome === "loaded"
          ? enrol(next, name.value, secret)
          : refusals.temporarilyUnavailable("REGISTER");
      if (why === undefined) return;
      secret.wipe();
      next.reply(why);
    });
    return undefined;
  },
});

function enrol(ctx: Context, name: string, password: Secret): Refusal | undefined {
  const { network, settings, session } = ctx;
  const isKnown = !ctx.task.absent.has(lookupKey(accountLookup(name)));
  if (isKnown || network.user(name) !== undefined || network.isNameReserved(name)) {
    return refusals.accountExists(name);
  }
  const { limits } = settings;
  const isQueueFull =
    network.pendingAccounts >= limits.pendingAccountsMax ||
    !mayWait(session, network.waiting.values(), limits);
  if (settings.registration === "approval" && isQueueFull) return refusals.registrationBusy(name);
  const account = network.takeAccountNumber();
  ctx.emit(nameReserved({ name, isReserved: true }));
  ctx.ask("enrol", { connection: session.id, account, name, password }, (answer, next) => {
    if (answer.outcome === "enrolled") {
      withRooms(next, (ready, outcome) => {
        ready.emit(nameReserved({ name, isReserved: false }));
        if (outcome === "loaded") enrolled(ready, account, name, answer.account);
        else ready.reply(refusals.temporarilyUnavailable("REGISTER"));
      });
      return;
    }
    next.emit(nameReserved({ name, isReserved: false }));
    next.reply(
      answer.outcome === "weak"
        ? refusals.weakPassword(name, answer.why)
        : refusals.temporarilyUnavailable("REGISTER"),
    );
  });
  return undefined;
}

/** The verifier is kept: now the account is. */
function enrolled(ctx: Context, id: AccountId, name: string, proven: ProvenAccount): void {
  const isOpen = ctx.settings.registration === "open";
  const state = isOpen ? "active" : "pending";
  const account = { id, name, state, role: "member", createdAt: ctx.now.wall } as const;
  ctx.emit(accountRegistered({ account, address: ctx.session.facts.address }));
  const user = ctx.network.userById(id);
  if (isOpen && user !== undefined) joinRooms(ctx, user);
  if (!isOpen) tellOperators(ctx, `${name} asks for an account: APPROVE ${name} or REJECT ${name}`);
  if (ctx.session.phase === "closed") return;
  if (isOpen) {
    ctx.reply(replies.registerSuccess(name));
    admit(ctx, proven);
    return;
  }
  ctx.emit(sessionChanged({ connection: ctx.session.id, change: { waitingFor: id } }));
  ctx.reply(replies.verificationRequired(name));
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
  commands: [register],
  capabilities: {
    "draft/account-registration": (session, settings) =>
      settings.registration === "closed" || !session.maySendPasswords
        ? undefined
        : "before-connect,custom-account-name",
  },
});

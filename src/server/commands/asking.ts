/**
 * Asking for an account: how a name becomes one, whatever the way it is asked for.
 *
 *     the name, and the invitation if one is shown → the verifier (`auth`) → the account, as an event → admission
 *
 * Ways to ask differ in how they are answered; a `Desk` says it in their words. The verifier is written by `auth`
 * before the account's event, so a crash between the two leaves a verifier without an account, which the next start
 * removes. The name is reserved meanwhile. An invitation is looked at first, and once more where it counts: in the
 * turn in which the account comes to be. Who comes too late for its last use gets no account, and what they proved
 * is forgotten.
 *
 * A reset link is used up before the new password is set, because that cannot be undone; it is given back when it is
 * not set.
 */
import { assert } from "../../base/assert.ts";
import { type AccountId } from "../../base/ids.ts";
import { failed, ok, type Result } from "../../base/result.ts";
import { type Secret } from "../../base/secret.ts";
import { fold, isSameName, parseAccountName } from "../../protocol/names.ts";
import { type Refusal, refusals, replies } from "../../protocol/replies.ts";
import { type Context } from "../context.ts";
import { event } from "../event.ts";
import { type AccountRow, type Answer, type InvitationRow } from "../outside.ts";
import { accountLookup, lookupKey, shownName } from "../params.ts";
import { mayKeep, mayOperateServer, mayRegister, mayWait } from "../policy.ts";
import { type ProvenAccount } from "../proofs.ts";
import { changeSession } from "../session-changed.ts";
import { type Claim } from "../session.ts";
import { wantedEmail } from "./emails.ts";
import { admit, countFailure, type Door, saslDoor } from "./admission.ts";
import {
  findInvitation,
  giveBack,
  isClaimed,
  recognise,
  revokeOwnerLink,
  useInvitation,
} from "./invitations.ts";
import { expect } from "./expecting.ts";
import { makeWayFor } from "./nick.ts";
import { passwordSet } from "./password-set.ts";
import { joinRooms, withRooms } from "./rooms.ts";
import { forgetUnadmitted } from "./sessions.ts";

/** How a way to ask for an account answers. */
export interface Desk {
  /** There is an account now, or it has its new password; the gate is next. */
  made(ctx: Context, name: string, isReset: boolean): void;
  /** It has its new password, and the gate is for who logs in with it: more is wanted there. */
  reset(ctx: Context, name: string): void;
  /** An operator decides. */
  waits(ctx: Context, name: string): void;
  refuse(ctx: Context, refusal: Refusal): void;
  readonly door: Door;
}

/** REGISTER, as draft/account-registration has it. */
export const registerDesk: Desk = {
  made(ctx, name, isReset) {
    ctx.reply(isReset ? replies.passwordReset(name) : replies.registerSuccess(name));
  },
  reset: (ctx, name) => ctx.reply(replies.passwordResetOnly(name)),
  waits: (ctx, name) => ctx.reply(replies.verificationRequired(name)),
  refuse: (ctx, refusal) => ctx.reply(refusal),
  door: saslDoor,
};

/** AUTHENTICATE made it, and wants its answer besides. */
export const loginDesk: Desk = {
  ...registerDesk,
  waits(ctx, name) {
    ctx.reply(replies.verificationRequired(name));
    ctx.reply(refusals.saslFailed("An operator has yet to approve this account"));
  },
  refuse(ctx, refusal) {
    ctx.reply(refusal);
    saslDoor.refuse(ctx, "not-proven");
  },
};

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
  /** The operator who added it; undefined: it was asked for. */
  readonly by?: string;
}

/** An account came to be: approved at once, or to be decided on. */
export const accountRegistered = event<AccountAsked>("registered", {
  apply(network, { account }) {
    network.putUser(account, []);
    if (account.state === "pending") network.pendingAccounts += 1;
  },
  keep: ({ account }) => ({ kind: "account", account }),
  note({ account: { name, state }, address, by }) {
    if (by !== undefined) return { event: "account.added", account: name, by };
    return {
      event: state === "pending" ? "account.asked" : "account.registered",
      account: name,
      address,
    };
  },
});

export interface Asking {
  /** As the client wrote it; `*`: the connection's nick. */
  readonly account: string;
  /** The invitation's; undefined: none is shown. */
  readonly token: Secret | undefined;
  /** As the client wrote it; undefined: it has no room for one. */
  readonly email: string | undefined;
  readonly password: Secret;
}

/** Someone asks for an account, or with a reset link for a new password. The secrets are wiped. */
export function askForAccount(ctx: Context, asking: Asking, desk: Desk): void {
  const { account, token, password } = asking;
  const isInvited = token !== undefined;
  const refuse = (next: Context, refusal: Refusal): void => {
    password.wipe();
    desk.refuse(next, refusal);
  };
  const wanted = wantedAccount(ctx, account, { email: asking.email, isInvited });
  if (!wanted.ok) {
    token?.wipe();
    refuse(ctx, wanted.error);
    return;
  }
  withEntry(ctx, { name: wanted.value.name, token, refuse }, (next, entry) => {
    if (entry.kind === "reset") reset(next, { ...entry, password, desk });
    else enrol(next, { ...wanted.value, invitation: entry.invitation, password, desk });
  });
}

/** With an invitation that has been looked for, and is good. */
export function askForAccountBy(
  ctx: Context,
  asking: {
    readonly account: string;
    readonly invitation: InvitationRow;
    readonly password: Secret;
  },
  desk: Desk,
): void {
  const { account, invitation, password } = asking;
  const refuse = (next: Context, refusal: Refusal): void => {
    password.wipe();
    desk.refuse(next, refusal);
  };
  const name = wantedName(ctx, account, true);
  if (!name.ok) {
    refuse(ctx, name.error);
    return;
  }
  withName(ctx, { name: name.value, invitation, refuse }, (next) =>
    enrol(next, { name: name.value, email: undefined, invitation, password, desk }),
  );
}

/** The name that is asked for, and the address to keep with it, if this connection may ask for it. */
export function wantedAccount(
  ctx: Context,
  account: string,
  by: { readonly email: string | undefined; readonly isInvited: boolean },
): Result<Pick<Claim, "name" | "email">, Refusal> {
  const name = wantedName(ctx, account, by.isInvited);
  if (!name.ok) return name;
  const email = wantedEmail(ctx, name.value, by);
  return email.ok ? ok({ name: name.value, email: email.value }) : email;
}

/** The name that is asked for, if this connection may ask for it. */
function wantedName(ctx: Context, account: string, isInvited: boolean): Result<string, Refusal> {
  const { session, settings } = ctx;
  const wanted = account === "*" ? (session.user?.nick ?? session.askedNick) : account;
  if (wanted === undefined) return failed(refusals.needNick());
  const shown = shownName(wanted);
  const name = parseAccountName(wanted);
  const refusal = mayRegister(session, shown, { settings, isInvited }) ?? mayKeep(ctx, "REGISTER");
  if (refusal !== undefined) return failed(refusal);
  if (!name.ok) return failed(refusals.badAccountName(shown, name.error));
  if (isSameName(name.value, settings.name)) {
    return failed(refusals.badAccountName(shown, "this name is the server's"));
  }
  return ok(name.value);
}

/** By what someone may go on with a name. */
export type Entry =
  | { readonly kind: "new"; readonly invitation: InvitationRow | undefined }
  | { readonly kind: "reset"; readonly invitation: InvitationRow; readonly claim: Claim };

interface Entering {
  readonly name: string;
  readonly token: Secret | undefined;
  readonly refuse: (ctx: Context, refusal: Refusal) => void;
}

/**
 * Goes on when the name can be had: the invitation first, so that who has none learns nothing of names by it. A
 * wrong token is a failed login.
 */
export function withEntry(
  ctx: Context,
  { name, token, refuse }: Entering,
  then: (ctx: Context, entry: Entry) => void,
): void {
  if (token === undefined) {
    withName(ctx, { name, invitation: undefined, refuse }, then);
    return;
  }
  recognise(ctx, token, (next, recognised) => {
    if (next.session.phase === "closed") refuse(next, notNow());
    else if (recognised.kind === "good") {
      withName(next, { name, invitation: recognised.invitation, refuse }, then);
    } else if (recognised.kind === "none") refuseToken(next, name, refuse);
    else refuse(next, notNow());
  });
}

function refuseToken(ctx: Context, name: string, refuse: Entering["refuse"]): void {
  refuse(ctx, refusals.invalidInvite(name));
  countFailure(ctx, { mechanism: "invitation", reason: "no such invitation", account: name });
}

/** The invitation is known to be good. */
export function withName(
  ctx: Context,
  entering: Omit<Entering, "token"> & { readonly invitation: InvitationRow | undefined },
  then: (ctx: Context, entry: Entry) => void,
): void {
  const { name, invitation: shown, refuse } = entering;
  ctx.load([accountLookup(name)], (next, outcome) => {
    if (outcome === "unavailable") {
      refuse(next, notNow());
      return;
    }
    const invitation = findInvitation(next.network, shown?.hash, next.now.wall);
    if (shown !== undefined && invitation === undefined) {
      refuseToken(next, name, refuse); // someone else used it meanwhile
      return;
    }
    if (invitation?.purpose.kind === "reset") {
      const claim = resetClaim(next, name, invitation);
      if (claim === undefined) refuseToken(next, name, refuse);
      else then(next, { kind: "reset", invitation, claim });
      return;
    }
    const refusal = mayBeMade(next, name, invitation !== undefined);
    if (refusal === undefined) then(next, { kind: "new", invitation });
    else refuse(next, refusal);
  });
}

/** Whose password it is for: that account and no other, and nobody else is at it. */
function resetClaim(ctx: Context, name: string, invitation: InvitationRow): Claim | undefined {
  const { purpose, hash } = invitation;
  const user = ctx.network.userByAccount(name);
  if (purpose.kind !== "reset" || user?.id !== purpose.account) return undefined;
  if (isClaimed(ctx, invitation)) return undefined;
  const { name: shown } = user.account;
  return { account: user.id, name: shown, invitation: hash, email: undefined, isReset: true };
}

/** Whether an account of that name can be made now; it has been looked up. */
function mayBeMade(ctx: Context, name: string, isInvited: boolean): Refusal | undefined {
  const { network, settings } = ctx;
  const isKnown = !ctx.task.absent.has(lookupKey(accountLookup(name)));
  // A guest may have the account of the nick they go by, and nobody else may.
  const holder = network.user(name);
  const isOthers = holder !== undefined && holder !== ctx.session.user;
  if (isKnown || isOthers || network.isNameReserved(name)) {
    return refusals.accountExists(name);
  }
  if (isInvited || settings.registration !== "approval") return undefined;
  const { limits } = settings;
  const isBusy =
    network.pendingAccounts >= limits.pendingAccountsMax ||
    !mayWait(ctx.session, network.waiting.values(), limits);
  return isBusy ? refusals.registrationBusy(name) : undefined;
}

export function notNow(): Refusal {
  return refusals.temporarilyUnavailable("REGISTER");
}

interface Enrolling {
  readonly name: string;
  readonly email: string | undefined;
  readonly invitation: InvitationRow | undefined;
  readonly password: Secret;
  readonly desk: Desk;
}

function enrol(ctx: Context, { name, email, invitation, password, desk }: Enrolling): void {
  const { network, session } = ctx;
  const account = network.takeAccountNumber();
  const claim = { account, name, invitation: invitation?.hash, email, isReset: false };
  ctx.emit(nameReserved({ name, isReserved: true }));
  const { id: connection, facts } = session;
  const ask = { connection, address: facts.address, account, name, password };
  ctx.ask("enrol", ask, (answer, next) => {
    if (answer.outcome === "enrolled") {
      make(next, { claim, proven: answer.account, desk });
      return;
    }
    next.emit(nameReserved({ name, isReserved: false }));
    desk.refuse(next, notEnrolled(name, answer));
  });
}

type NotEnrolled = Exclude<Answer<"enrol">, { readonly outcome: "enrolled" }>;

function notEnrolled(name: string, answer: NotEnrolled): Refusal {
  switch (answer.outcome) {
    case "weak":
      return refusals.weakPassword(name, answer.why);
    case "throttled":
      return refusals.rateLimited("REGISTER", answer.seconds);
    case "busy":
    case "unavailable":
      return notNow();
  }
}

/** Who has claimed a name has logged in to it. */
export function activate(ctx: Context, proven: ProvenAccount): void {
  const { claim } = ctx.session;
  assert(claim?.account === proven.id, "what is activated was claimed on this connection");
  // The name stays reserved until the account is made.
  changeSession(ctx, { claim: undefined });
  if (!claim.isReset) {
    make(ctx, { claim, proven, desk: loginDesk });
    return;
  }
  // Claimed while it was good, and by nobody else since: it may have expired just now.
  const invitation = ctx.network.invitations.get(claim.invitation ?? "");
  if (invitation !== undefined) useInvitation(ctx, invitation, claim.name);
  hasReset(ctx, { claim, proven, desk: loginDesk }, false);
}

interface Making {
  readonly claim: Claim;
  readonly proven: ProvenAccount;
  readonly desk: Desk;
}

/** The verifier is kept; the name is reserved until the account is. */
function make(ctx: Context, making: Making): void {
  const { claim, desk } = making;
  const rooms = roomsOf(findInvitation(ctx.network, claim.invitation, ctx.now.wall));
  withRooms(
    ctx,
    (ready, outcome) => {
      ready.emit(nameReserved({ name: claim.name, isReserved: false }));
      if (outcome === "loaded") enrolled(ready, making);
      else {
        forget(ready, claim.account);
        desk.refuse(ready, notNow());
      }
    },
    rooms,
  );
}

function roomsOf(invitation: InvitationRow | undefined): readonly string[] {
  return invitation?.purpose.kind === "member" ? invitation.purpose.rooms : [];
}

/** The verifier is kept: now the account is. */
function enrolled(ctx: Context, { claim, proven, desk }: Making): void {
  const { account: id, name, email } = claim;
  const invitation = findInvitation(ctx.network, claim.invitation, ctx.now.wall);
  if (claim.invitation !== undefined && invitation === undefined) {
    forget(ctx, id);
    desk.refuse(ctx, refusals.invalidInvite(name));
    return;
  }
  const isActive = invitation !== undefined || ctx.settings.registration === "open";
  const role = invitation?.purpose.kind === "member" ? invitation.purpose.role : "member";
  const account = {
    id,
    name,
    state: isActive ? "active" : "pending",
    role,
    createdAt: ctx.now.wall,
    isStrict: false,
    expiresAt: undefined,
    ...(email === undefined ? {} : { email }),
  } as const;
  ctx.emit(accountRegistered({ account, address: ctx.session.facts.address }));
  if (invitation !== undefined) useInvitation(ctx, invitation, name);
  if (role === "operator") revokeOwnerLink(ctx, name);
  if (!isActive) {
    const who = email === undefined ? name : `${name} (${email})`;
    tellOperators(ctx, `${who} asks for an account: APPROVE ${name} or REJECT ${name}`);
  } else if (ctx.session.phase !== "closed") {
    desk.made(ctx, name, false);
    // Before the rooms: a guest hands the nick over.
    admit(ctx, proven, desk.door);
  }
  const user = ctx.network.userById(id);
  if (isActive && user !== undefined) {
    makeWayFor(ctx, user);
    expect(ctx, ctx.session, user);
    joinRooms(ctx, user, roomsOf(invitation));
  }
  if (isActive || ctx.session.phase === "closed") return;
  forgetUnadmitted(ctx, proven);
  changeSession(ctx, { waitingFor: id });
  desk.waits(ctx, name);
}

/** What was proven for an account that is not to be. */
function forget(ctx: Context, account: AccountId): void {
  ctx.ask("forget", { account }, () => undefined);
}

interface Resetting {
  readonly invitation: InvitationRow;
  readonly claim: Claim;
  readonly password: Secret;
  readonly desk: Desk;
}

function reset(ctx: Context, { invitation, claim, password, desk }: Resetting): void {
  const { account, name } = claim;
  if (ctx.network.userById(account)?.account.isStrict === true) {
    password.wipe();
    desk.refuse(ctx, refusals.passwordNotTold(name));
    return;
  }
  useInvitation(ctx, invitation, name);
  const { id: connection, facts } = ctx.session;
  const ask = { connection, address: facts.address, account, name, password };
  ctx.ask("enrol", ask, (answer, next) => {
    if (answer.outcome === "enrolled") {
      const { account: proven, isMoreWanted } = answer;
      hasReset(next, { claim, proven, desk }, isMoreWanted === true);
      return;
    }
    giveBack(next, invitation);
    desk.refuse(next, notEnrolled(name, answer));
  });
}

function hasReset(ctx: Context, { claim, proven, desk }: Making, isMoreWanted: boolean): void {
  passwordSet(ctx, { account: claim.account, name: claim.name, by: claim.name });
  if (ctx.session.phase === "closed") return;
  // Who has the link and the password has not shown what a login asks for besides.
  if (isMoreWanted) {
    desk.reset(ctx, claim.name);
    return;
  }
  desk.made(ctx, claim.name, true);
  admit(ctx, proven, desk.door);
}

function tellOperators(ctx: Context, text: string): void {
  for (const user of ctx.network.users()) {
    for (const session of user.sessions) {
      if (!mayOperateServer(session)) continue;
      ctx.say(session, replies.serviceNotice(ctx.settings.name, user.nick, text));
    }
  }
}

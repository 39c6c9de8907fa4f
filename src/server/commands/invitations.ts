/**
 * Invitations: an operator's word, given in advance, that whoever shows a token may have an account; and reset links,
 * which are the same for a new password of an account that exists.
 *
 *     made → used, one use after the other → gone        also: revoked, expired
 *
 * The token is known here by its hash and is nowhere but in the answer that shows the link. All invitations are in
 * memory; their number has a limit. A use is an event of the turn in which the account comes to be, so that the two
 * are kept together or not at all, and of two who are after the last use one gets it.
 */
import { dayMs, isoTime, type WallMs, wallMs } from "../../base/time.ts";
import { type Secret } from "../../base/secret.ts";
import { writeInviteLink } from "../../protocol/invite-link.ts";
import { type Context, type NetworkView } from "../context.ts";
import { event } from "../event.ts";
import { type InvitationPurpose, type InvitationRow } from "../outside.ts";
import { type ServerSettings } from "../settings.ts";
import { type Network } from "../state/network.ts";
import { type User } from "../state/user.ts";

/** Digits of the hash by which people speak of an invitation. */
const shownDigits = 8;
const resetLastsMs = dayMs;

const invitationMade = event<{ readonly invitation: InvitationRow }>("invitation-made", {
  apply: (network, { invitation }) => putInvitation(network, invitation),
  keep: ({ invitation }) => ({ kind: "invitation", invitation }),
  note: ({ invitation }) => ({
    event: "invitation.made",
    invitation: shownHash(invitation),
    purpose: purposeOf(invitation),
    label: invitation.label,
    uses: invitation.uses,
    expires: isoTime(invitation.expiresAt),
    by: invitation.madeBy,
  }),
});

/** What it was used for came to nothing, and nobody else could use it meanwhile. */
const invitationGivenBack = event<{ readonly invitation: InvitationRow }>("invitation-given-back", {
  apply: (network, { invitation }) => putInvitation(network, invitation),
  keep: ({ invitation }) => ({ kind: "invitation", invitation }),
});

interface Used {
  readonly invitation: InvitationRow;
  readonly account: string;
}

const invitationUsed = event<Used>("invitation-used", {
  apply(network, { invitation }) {
    const usesLeft = invitation.usesLeft - 1;
    if (usesLeft > 0) putInvitation(network, { ...invitation, usesLeft });
    else network.invitations.delete(invitation.hash);
  },
  keep({ invitation: { hash } }, network) {
    const invitation = network.invitations.get(hash);
    return invitation === undefined
      ? { kind: "invitation-removed", hash }
      : { kind: "invitation", invitation };
  },
  note: ({ invitation, account }) => ({
    event: "invitation.used",
    invitation: shownHash(invitation),
    label: invitation.label,
    account,
    left: invitation.usesLeft - 1,
  }),
});

interface Ended {
  readonly invitation: InvitationRow;
  /** Undefined: its time was up. */
  readonly by: string | undefined;
}

const invitationEnded = event<Ended>("invitation-ended", {
  apply(network, { invitation }) {
    network.invitations.delete(invitation.hash);
  },
  keep: ({ invitation: { hash } }) => ({ kind: "invitation-removed", hash }),
  note({ invitation, by }) {
    const which = { invitation: shownHash(invitation), label: invitation.label };
    return by === undefined
      ? { event: "invitation.expired", ...which }
      : { event: "invitation.revoked", ...which, by };
  },
});

function putInvitation(network: Network, invitation: InvitationRow): void {
  network.invitations.set(invitation.hash, invitation);
}

/** The first digits of its hash: they tell nobody the token. */
export function shownHash({ hash }: Pick<InvitationRow, "hash">): string {
  return hash.slice(0, shownDigits);
}

export function purposeOf({ purpose }: InvitationRow): string {
  return purpose.kind === "reset" ? "reset" : purpose.role;
}

/** The invitation with that hash, while it is good. */
export function findInvitation(
  network: NetworkView,
  hash: string | undefined,
  now: WallMs,
): InvitationRow | undefined {
  const row = hash === undefined ? undefined : network.invitations.get(hash);
  return row === undefined || row.expiresAt <= now ? undefined : row;
}

/** Takes away those whose time is up. */
export function removeExpired(ctx: Context): void {
  for (const invitation of [...ctx.network.invitations.values()]) {
    if (invitation.expiresAt > ctx.now.wall) continue;
    ctx.emit(invitationEnded({ invitation, by: undefined }));
  }
}

export type Recognised =
  | { readonly kind: "good"; readonly invitation: InvitationRow }
  /** It is none, was used, or has expired. */
  | { readonly kind: "none" }
  | { readonly kind: "unavailable" };

/** Looks for the invitation that the token opens. The token is wiped. */
export function recognise(
  ctx: Context,
  token: Secret,
  then: (ctx: Context, recognised: Recognised) => void,
): void {
  ctx.ask("recognise", { connection: ctx.session.id, token }, (answer, next) => {
    if (answer.outcome === "unavailable") {
      then(next, { kind: "unavailable" });
      return;
    }
    removeExpired(next);
    const hash = answer.outcome === "token" ? answer.hash : undefined;
    const invitation = findInvitation(next.network, hash, next.now.wall);
    then(next, invitation === undefined ? { kind: "none" } : { kind: "good", invitation });
  });
}

/** Whether what a client gave is meant as an invitation: tokens have a form of their own (`auth/tokens.ts`). */
export function isMeantAsToken(text: string): boolean {
  return text.startsWith("act-");
}

/** With an invitation also where registration is closed. */
export function isRegistrationPossible(
  { registration }: ServerSettings,
  { invitations }: Pick<NetworkView, "invitations">,
): boolean {
  return registration !== "closed" || invitations.size > 0;
}

/** One use of it is for that account, in this turn. */
export function useInvitation(ctx: Context, invitation: InvitationRow, account: string): void {
  ctx.emit(invitationUsed({ invitation, account }));
}

export function giveBack(ctx: Context, invitation: InvitationRow): void {
  ctx.emit(invitationGivenBack({ invitation }));
}

/** It is good no more; who was about to use it cannot go on. */
export function revoke(ctx: Context, invitation: InvitationRow, by: string): void {
  ctx.emit(invitationEnded({ invitation, by }));
  for (const session of [...ctx.network.sessions.values()]) {
    if (session.claim?.invitation !== invitation.hash) continue;
    ctx.close("This invitation is good no more", session);
  }
}

/** Of the first operator's link; nobody else's is called so. */
export const ownerLabel = "owner";

/** The link by which the server gets its first operator: another one is made, or there is an operator. */
export function revokeOwnerLink(ctx: Context, by: string): void {
  for (const invitation of [...ctx.network.invitations.values()]) {
    const { label, purpose } = invitation;
    if (purpose.kind === "member" && label === ownerLabel) revoke(ctx, invitation, by);
  }
}

/** Another connection is about to use it, and may have set the password already. */
export function isClaimed(ctx: Context, { hash }: InvitationRow): boolean {
  for (const session of ctx.network.sessions.values()) {
    if (session !== ctx.task.session && session.claim?.invitation === hash) return true;
  }
  return false;
}

export interface Inviting {
  readonly purpose: InvitationPurpose;
  readonly uses: number;
  readonly lastsMs: number;
  readonly label: string;
}

/** Makes one and shows its token, once; undefined: it cannot be done now. */
export function makeInvitation(
  ctx: Context,
  { purpose, uses, lastsMs, label }: Inviting,
  then: (ctx: Context, token: string | undefined) => void,
): void {
  ctx.ask("mint", { purpose: "invitation" }, (answer, next) => {
    if (answer.outcome === "unavailable") {
      then(next, undefined);
      return;
    }
    const { wall } = next.now;
    const madeBy = next.operator.by;
    const times = { createdAt: wall, expiresAt: wallMs(wall + lastsMs) };
    const bounds = { uses, usesLeft: uses, ...times };
    const invitation = { hash: answer.hash, purpose, label, madeBy, ...bounds };
    next.emit(invitationMade({ invitation }));
    then(next, answer.token);
  });
}

export function hasRoomFor(ctx: Context, count: number): boolean {
  removeExpired(ctx);
  return ctx.network.invitations.size + count <= ctx.settings.limits.invitationsMax;
}

/** The link, or the token alone where it is not known where links lead. */
export function linkOf({ join }: ServerSettings, token: string, account?: string): string {
  return join === undefined ? token : writeInviteLink(join, token, account);
}

/** Makes the link by which the account gets another password; the one before is good no more. */
export function makeResetLink(
  ctx: Context,
  user: User,
  then: (ctx: Context, link: string | undefined) => void,
): void {
  revokeResets(ctx, user);
  const purpose = { kind: "reset", account: user.id } as const;
  const how = { purpose, uses: 1, lastsMs: resetLastsMs, label: user.account.name };
  makeInvitation(ctx, how, (next, token) => {
    then(next, token === undefined ? undefined : linkOf(next.settings, token, user.account.name));
  });
}

export function revokeResets(ctx: Context, { id }: User): void {
  for (const invitation of [...ctx.network.invitations.values()]) {
    const { purpose } = invitation;
    if (purpose.kind === "reset" && purpose.account === id) {
      revoke(ctx, invitation, ctx.operator.by);
    }
  }
}

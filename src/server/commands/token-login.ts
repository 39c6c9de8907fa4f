/**
 * A login by an invitation's token: for clients that have a name and a password and nothing else to fill in.
 *
 * SASL PLAIN with the wanted name, and the token in the place of the password, makes the account at once, and the
 * token is its password. That is for invitations of one use only: those for several are known to several. Whoever
 * has the link can then log in as well, and each such login is told so, and how to end it.
 */
import { type Secret } from "../../base/secret.ts";
import { refusals, replies } from "../../protocol/replies.ts";
import { type Context } from "../context.ts";
import { askForAccountBy, loginDesk } from "./asking.ts";
import { countFailure, type Door } from "./admission.ts";
import { findInvitation } from "./invitations.ts";

interface Invited {
  readonly name: string;
  readonly hash: string;
  readonly token: Secret;
}

/** `refuse`: as a wrong password is; nobody learns from it what was wrong. */
export function enterByToken(
  ctx: Context,
  { name, hash, token }: Invited,
  refuse: () => void,
): void {
  const invitation = findInvitation(ctx.network, hash, ctx.now.wall);
  if (invitation?.purpose.kind !== "member") {
    token.wipe();
    refuse();
    return;
  }
  if (invitation.uses > 1) {
    token.wipe();
    loginDesk.refuse(ctx, refusals.inviteIsForSeveral(name));
    countFailure(ctx, { mechanism: "PLAIN", reason: "invitation for several", account: name });
    return;
  }
  const desk = { ...loginDesk, door: warningDoor(loginDesk.door) };
  askForAccountBy(ctx, { account: name, invitation, password: token }, desk);
}

/** Whoever comes in has a password that is the token of a link, and is told what that means. */
export function warningDoor(door: Door): Door {
  return {
    letIn(ctx, user) {
      door.letIn(ctx, user);
      warn(ctx);
    },
    refuse: (ctx, why, account) => door.refuse(ctx, why, account),
    throttle: (ctx, seconds) => door.throttle(ctx, seconds),
  };
}

function warn(ctx: Context): void {
  const { session, settings } = ctx;
  const texts = [
    "Your password is the one of your invitation: whoever has that link can log in as you.",
    "Choose your own:  /msg NickServ SET PASSWORD <new password>",
  ];
  for (const text of texts) ctx.reply(replies.serviceNotice(settings.name, session.nick, text));
}

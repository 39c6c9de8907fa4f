/**
 * The welcome: a connection that has said who it is, and proven it, becomes a session of its user.
 *
 * The account and all of its channels are brought into memory first; then the session is attached in one step and
 * told where it is, so that everything said from then on reaches it, and nothing twice.
 */
import { type ConnectionId } from "../../base/ids.ts";
import { refusals, replies } from "../../protocol/replies.ts";
import { isoTime } from "../../base/time.ts";
import { type Context } from "../context.ts";
import { actorOf, event } from "../event.ts";
import { type Answer } from "../outside.ts";
import { hasExpired, mechanismsFor } from "../policy.ts";
import { type ProvenAccount } from "../proofs.ts";
import { changeSession } from "../session-changed.ts";
import { type Session } from "../session.ts";
import { type User } from "../state/user.ts";
import { awayChange } from "./away.ts";
import { beginCatchingUp, deviceOf } from "./catching-up.ts";
import { enterAsGuest } from "./guests.ts";
import { replyIsupport, replyLusers, replyMotd } from "./info.ts";
import { showChannel } from "./join.ts";
import { abortLogin } from "./login.ts";
import { greetWithMetadata } from "./metadata.ts";
import { announce } from "./monitor.ts";
import { renameUser, whenFree } from "./nick.ts";
import { markersKnown } from "./read-marker.ts";
import { hasEntered, turnAway } from "./server-password.ts";
import { stays } from "./parting.ts";
import { enterRooms } from "./rooms.ts";
import { giveDefaultModes } from "./user-mode.ts";

const attached = event<{ readonly connection: ConnectionId; readonly nick: string }>("attached", {
  apply(network, { connection, nick }, at) {
    const session = network.sessions.get(connection);
    if (session !== undefined) network.attach(session, nick, at);
  },
});

/**
 * Whether the connection has introduced itself; one that waits for an operator goes on waiting. Without a login it is
 * told once what is missing.
 */
export function isReadyForWelcome(session: Session): boolean {
  if (session.phase !== "registering" || session.isClosing || session.isNegotiating) return false;
  if (session.askedNick === undefined || session.askedUser === undefined) return false;
  if (session.proven !== undefined) return true;
  if (session.isTold || session.hasWaited) return false;
  return session.waitingFor === undefined;
}

export function welcome(ctx: Context, reading?: Reading): void {
  const { session } = ctx;
  const { proven } = session;
  if (session.phase !== "registering") return;
  if (!hasEntered(ctx)) {
    turnAway(ctx);
    return;
  }
  if (proven === undefined && session.sasl.kind === "responding") {
    // sasl-3.1: "If the client completes registration … while the SASL authentication is still in progress, the server SHOULD
    // abort it and send a 906 numeric, then register the client without authentication."
    abortLogin(ctx);
    ctx.reply(refusals.saslAborted());
    if (ctx.task.closeReason !== undefined) return; // one failure too many
  }
  if (proven === undefined) {
    if (ctx.settings.accountsRequired) askToLogIn(ctx);
    // Their comings and goings are kept, and there is no end to them.
    else if (ctx.isReadOnly) ctx.close("The server's disk is full; try again later");
    else {
      enterAsGuest(ctx, (next) => {
        next.emit(markersKnown({ account: next.user.id, markers: [] }));
        announce(next, next.user.nick, true);
        greet(next, next.user, () => undefined);
      });
    }
    return;
  }
  const user = ctx.network.userById(proven.id);
  const missing =
    user === undefined
      ? [{ kind: "account", by: proven.id } as const]
      : [...user.channels]
          .filter((id) => ctx.network.channelById(id) === undefined)
          .map((id) => ({ kind: "channel", by: id }) as const);
  if (missing.length > 0) {
    const isGone = missing.some(({ kind, by }) => ctx.task.absent.has(`${kind} ${by}`));
    if (isGone) {
      ctx.close("This account is no more");
      return;
    }
    ctx.load(missing, (next, outcome) => {
      if (outcome === "loaded") welcome(next, reading);
      else next.close("This cannot be done now; try again later");
    });
    return;
  }
  if (user === undefined || !mayComeIn(ctx, user)) ctx.close("This account may not log in");
  else if (reading === undefined) askForReading(ctx, proven);
  else attach(ctx, user, reading);
}

type Reading = Extract<Answer<"reading">, { readonly outcome: "found" }>;

/** How far the account has read, and this device of it has got. */
function askForReading(ctx: Context, proven: ProvenAccount): void {
  const ask = { account: proven.id, device: deviceOf(proven) };
  ctx.ask("reading", ask, (answer, next) => {
    if (answer.outcome === "found") welcome(next, answer);
    else next.close("This cannot be done now; try again later");
  });
}

function mayComeIn({ now }: Context, user: User): boolean {
  return user.isActive && !hasExpired(user.account, now.wall);
}

/** The connection has until its registration deadline to do it: clients without SASL ask NickServ. */
function askToLogIn(ctx: Context): void {
  const { session, settings } = ctx;
  changeSession(ctx, { isTold: true });
  ctx.reply(refusals.accountRequired());
  const canTell = mechanismsFor(session, settings).includes("PLAIN");
  if (canTell) ctx.reply(replies.serviceNotice(settings.name, session.nick, waysIn));
}

const waysIn =
  "Log in:  /msg NickServ IDENTIFY [<account>] <password>  (or /quote NS IDENTIFY …).  " +
  "A new account:  /msg NickServ REGISTER <password> [<invitation>]";

function attach(ctx: Context, user: User, reading: Reading): void {
  const { session } = ctx;
  if (user.sessions.length >= ctx.settings.limits.sessionsPerUserMax) {
    ctx.close("Too many connections of this account");
    return;
  }
  const { askedNick } = session;
  const isFree = ctx.settings.nicks === "free" && !user.isPresent && !ctx.isReadOnly;
  const mayBeCalled = isFree && askedNick !== undefined;
  if (!mayBeCalled || askedNick === user.nick) {
    come(ctx, user, reading);
    return;
  }
  // As they ask to be called, unless someone else is; then they are called as before.
  whenFree(ctx, askedNick, (next, refusal) => {
    const known = next.network.userById(user.id);
    // Meanwhile an operator may have decided otherwise.
    if (known === undefined || !mayComeIn(next, known)) {
      next.close("This account may not log in");
      return;
    }
    if (refusal === undefined && !known.isPresent) renameUser(next, known, askedNick);
    come(next, known, reading);
  });
}

function come(ctx: Context, user: User, { markers, seen }: Reading): void {
  const { session } = ctx;
  const { isPresent, awayText } = user;
  ctx.emit(attached({ connection: session.id, nick: user.nick }));
  ctx.emit(markersKnown({ account: user.id, markers }));
  ctx.watchExpiry(session);
  const back = awayChange(user, awayText);
  if (back !== undefined) ctx.emit(back, actorOf(user));
  if (!isPresent) announce(ctx, user.nick, true);
  beginCatchingUp(ctx, user, seen);
  greet(ctx, user, (next) => next.lookAtFollowing(0));
}

/** What everyone is told who has just come in. */
function greet(ctx: Context, user: User, then: (ctx: Context) => void): void {
  const { name, network, version } = ctx.settings;
  if (user.sessions.length === 1) giveDefaultModes(ctx, user);
  ctx.reply(replies.welcome(network, user.source));
  ctx.reply(replies.yourHost(name, version));
  ctx.reply(replies.created(isoTime(ctx.now.wall).slice(0, 10)));
  ctx.reply(replies.myInfo(name, version));
  replyIsupport(ctx);
  replyLusers(ctx);
  greetWithMetadata(ctx, user);
  replyMotd(ctx);
  if (user.shownModes !== "+") ctx.reply(replies.userModeIs(user.shownModes));
  for (const channel of ctx.network.channelsOf(user)) showChannel(ctx, channel, user);
  if (stays(user, ctx.settings)) then(ctx);
  else enterRooms(ctx, user, then);
}

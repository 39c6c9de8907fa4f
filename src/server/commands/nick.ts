/**
 * NICK: what someone is called.
 *
 * Where nicks are accounts' names, NICK only says what the connection is called until its login. Where they are free,
 * anyone may take a nick that nobody has and no account reserves; guests have no other.
 */
import { nickLengthMax } from "../../protocol/limits.ts";
import { isSameName, parseNick } from "../../protocol/names.ts";
import { type Refusal, refusals } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { actorOf, comingsEntries, event, neighboursOf } from "../event.ts";
import { accountLookup, lookupKey, shownName, word } from "../params.ts";
import { changeSession } from "../session-changed.ts";
import { type User } from "../state/user.ts";
import { announce } from "./monitor.ts";

interface NickChanged {
  readonly from: string;
  readonly to: string;
}

const nickChanged = event<NickChanged>("nick", {
  audience: (network, { from }) => neighboursOf(network, from),
  apply(network, { from, to }, at) {
    const user = network.user(from);
    if (user === undefined) return;
    if (!isSameName(from, to)) network.depart(user, at.wall);
    network.setNick(user, to);
  },
  keep({ to }, network, actor) {
    const user = network.user(to);
    const channels = user === undefined ? [] : network.channelsOf(user);
    return channels.flatMap((channel) =>
      comingsEntries(channel, actor, { command: "NICK", text: to }),
    );
  },
  line: ({ to }) => ({ command: "NICK", params: [to] }),
  hasPassingId: true, // of who is in no channel whose comings and goings are kept
});

const nick = command({
  name: "NICK",
  when: "always",
  keeps: (_message, { user }) => user !== undefined,
  params: { nick: word(refusals.noNicknameGiven) },
  run(ctx, { nick: wanted }) {
    const { session } = ctx;
    const { user } = session;
    const valid = parseNick(wanted);
    if (user !== undefined) {
      if (wanted === user.nick) return undefined;
      if (!user.isGuest && ctx.settings.nicks === "account") {
        return isSameName(wanted, user.nick)
          ? undefined
          : refusals.nickIsAccount(shownName(wanted));
      }
    }
    if (!valid.ok) return refusals.erroneousNickname(shownName(wanted), valid.error);
    if (user === undefined) {
      changeSession(ctx, { askedNick: wanted });
      return undefined;
    }
    whenFree(ctx, wanted, (next, refusal) => {
      if (refusal !== undefined) next.reply(refusal);
      else changeNick(next, next.user, wanted);
    });
    return undefined;
  },
});

/** Someone who is not connected yet; who sees them in a channel sees it. */
export function renameUser(ctx: Context, user: User, to: string): void {
  ctx.emit(nickChanged({ from: user.nick, to }), actorOf(user));
}

/** Someone who is there is called otherwise; who watches for either nick is told. */
export function changeNick(ctx: Context, user: User, to: string): void {
  const { nick: from } = user;
  renameUser(ctx, user, to);
  if (isSameName(from, to)) return;
  announce(ctx, from, false);
  announce(ctx, to, true);
}

/**
 * The account's name is its user's nick: a guest who goes by it (they have asked for the account themselves) is called
 * otherwise from now on, by a nick that no account can have.
 */
export function makeWayFor(ctx: Context, user: User): void {
  const { network } = ctx;
  const holder = network.user(user.nick);
  if (holder === undefined || holder === user) return;
  for (let number = 1; ; number += 1) {
    const end = `|${number}`;
    const nick = `${holder.nick.slice(0, nickLengthMax - end.length)}${end}`;
    if (network.user(nick) !== undefined) continue;
    changeNick(ctx, holder, nick);
    return;
  }
}

/** Goes on once it is known whether anyone has that nick, or an account of that name reserves it. */
export function whenFree(
  ctx: Context,
  wanted: string,
  then: (ctx: Context, refusal: Refusal | undefined) => void,
): void {
  ctx.load([accountLookup(wanted)], (next, outcome) => {
    if (next.session.phase === "closed") return;
    if (outcome === "unavailable") then(next, refusals.temporarilyUnavailable("NICK"));
    else if (next.isReadOnly)
      then(next, refusals.storageFull("NICK")); // since it was asked
    else then(next, refusalOf(next, wanted, next.session.user));
  });
}

function refusalOf(ctx: Context, wanted: string, own: User | undefined): Refusal | undefined {
  const { network, settings, session } = ctx;
  const holder = network.user(wanted);
  const proven = session.proven === undefined ? undefined : network.userById(session.proven.id);
  const owner = own ?? proven;
  const isOwnName = owner?.isGuest === false && isSameName(wanted, owner.account.name);
  const isAccount = holder === undefined && !ctx.task.absent.has(lookupKey(accountLookup(wanted)));
  const isTaken = (holder !== undefined && holder !== own) || (isAccount && !isOwnName);
  return isTaken || network.isNameReserved(wanted) || isSameName(wanted, settings.name)
    ? refusals.nicknameInUse(wanted)
    : undefined;
}

export const nickFamily = family({
  commands: [nick],
  isupport: () => ({ NICKLEN: String(nickLengthMax), CASEMAPPING: "ascii", UTF8ONLY: "" }),
});

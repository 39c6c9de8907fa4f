/**
 * ADD, PASSWD, RESET, DISABLE, ENABLE, EXPIRE and DELETE: operators' words about others' accounts.
 *
 * A password is never among the words: it comes apart from them, from the shell. What ends an account ends its
 * connections in the same turn.
 */
import { noConnection } from "../../base/ids.ts";
import { dayMs, isoTime, type WallMs, wallMs } from "../../base/time.ts";
import { parseAccountName } from "../../protocol/names.ts";
import { type Context } from "../context.ts";
import { event } from "../event.ts";
import { type AccountRow, type AccountState } from "../outside.ts";
import { accountLookup } from "../params.ts";
import { type Channel } from "../state/channel.ts";
import { type User } from "../state/user.ts";
import { accountRegistered, nameReserved } from "./asking.ts";
import { hasRoomFor, makeResetLink, revokeResets } from "./invitations.ts";
import { leaveChannel } from "./join.ts";
import { closeSessions, passwordSet } from "./password-set.ts";
import { joinRooms, withRooms } from "./rooms.ts";
import { topicChanged } from "./topic.ts";
import { notNow, refuse, withAccount, type Word } from "./words.ts";

interface Changed {
  readonly account: AccountRow["id"];
  readonly name: string;
  readonly change: Partial<Pick<AccountRow, "state" | "expiresAt">>;
  readonly by: string;
}

const accountChanged = event<Changed>("account-changed", {
  apply(network, { account, change }) {
    network.setAccount(account, change);
  },
  keep({ account }, network) {
    const user = network.userById(account);
    return user === undefined ? undefined : { kind: "account", account: user.account };
  },
  note({ name, change, by }) {
    const about = { account: name, by };
    if (change.state === "disabled") return { event: "account.disabled", ...about };
    if (change.state === "active") return { event: "account.enabled", ...about };
    const { expiresAt } = change;
    const at = expiresAt === undefined ? undefined : isoTime(expiresAt);
    return { event: "account.expires", ...about, at };
  },
});

interface Deleted extends Omit<Changed, "change"> {
  /** What the account said goes too. */
  readonly erases: boolean;
}

const accountDeleted = event<Deleted>("account-deleted", {
  apply: (network, { account }) => network.removeAccount(account),
  keep: ({ account: id, erases }) =>
    erases ? { kind: "account-removed", id, erases } : { kind: "account-removed", id },
  note: ({ name, by }) => ({ event: "account.deleted", account: name, by }),
});

const add: Word = {
  name: "add",
  usage: "add NAME",
  does: "makes an account, and a link by which its owner chooses the password",
  speaker: "operators",
  run(ctx, rest) {
    const name = parseAccountName(rest);
    if (!name.ok) {
      refuse(ctx, name.error);
      return;
    }
    ctx.load([accountLookup(name.value)], (next, outcome) => {
      const { network } = next;
      const isTaken = network.user(name.value) !== undefined || network.isNameReserved(name.value);
      if (outcome === "unavailable") refuse(next, notNow);
      else if (isTaken) refuse(next, `${name.value} is taken`);
      else if (!hasRoomFor(next, 1)) refuse(next, "there are too many invitations; uninvite some");
      else addNamed(next, name.value);
    });
  },
};

function addNamed(ctx: Context, name: string): void {
  const account = ctx.network.takeAccountNumber();
  const { secret } = ctx.operator;
  ctx.emit(nameReserved({ name, isReserved: true }));
  if (secret === undefined) {
    withRooms(ctx, (next, outcome) => added(next, { account, name, outcome }));
    return;
  }
  const ask = { connection: noConnection, address: undefined, account, name, password: secret };
  ctx.ask("enrol", ask, (answer, next) => {
    if (answer.outcome === "enrolled") {
      withRooms(next, (ready, outcome) => added(ready, { account, name, outcome }));
      return;
    }
    next.emit(nameReserved({ name, isReserved: false }));
    refuse(next, answer.outcome === "weak" ? answer.why : notNow);
  });
}

interface Added {
  readonly account: AccountRow["id"];
  readonly name: string;
  readonly outcome: "loaded" | "unavailable";
}

function added(ctx: Context, { account: id, name, outcome }: Added): void {
  ctx.emit(nameReserved({ name, isReserved: false }));
  if (outcome === "unavailable") {
    ctx.ask("forget", { account: id }, () => undefined);
    refuse(ctx, notNow);
    return;
  }
  const born = { createdAt: ctx.now.wall, isStrict: false, expiresAt: undefined };
  const account = { id, name, state: "active", role: "member", ...born } as const;
  ctx.emit(accountRegistered({ account, address: "", by: ctx.operator.by }));
  const user = ctx.network.userById(id);
  if (user === undefined) return;
  joinRooms(ctx, user);
  ctx.tell(`added ${name}`);
  if (ctx.operator.secret === undefined) makeResetLink(ctx, user, tellLink);
}

function tellLink(ctx: Context, link: string | undefined): void {
  if (link === undefined) refuse(ctx, notNow);
  else ctx.tell(link);
}

const passwd: Word = {
  name: "passwd",
  usage: "passwd NAME",
  does: "sets a password, from the shell: authchat account passwd NAME",
  speaker: "console",
  run(ctx, rest) {
    const { secret } = ctx.operator;
    if (secret === undefined) {
      refuse(ctx, "passwords are not said here: authchat account passwd NAME, or reset NAME");
      return;
    }
    withAccount(ctx, rest, (found, { id: account, account: { name } }) => {
      const ask = { connection: noConnection, address: undefined, account, name, password: secret };
      found.ask("enrol", ask, (answer, next) => {
        if (answer.outcome === "weak") refuse(next, answer.why);
        else if (answer.outcome !== "enrolled") refuse(next, notNow);
        else {
          passwordSet(next, { account, name, by: next.operator.by });
          next.tell(`${name} has a new password`);
        }
      });
    });
  },
};

const reset: Word = {
  name: "reset",
  usage: "reset NAME",
  does: "makes a link for a new password: one use, 24 hours",
  speaker: "operators",
  run(ctx, rest) {
    withAccount(ctx, rest, (next, user) => {
      if (hasRoomFor(next, 1)) makeResetLink(next, user, tellLink);
      else refuse(next, "there are too many invitations; uninvite some");
    });
  },
};

function stateWord(name: "disable" | "enable", does: string, from: AccountState): Word {
  const state = name === "disable" ? "disabled" : "active";
  return {
    name,
    usage: `${name} NAME`,
    does,
    speaker: "operators",
    run(ctx, rest) {
      withAccount(ctx, rest, (next, user, by) => {
        const {
          id: account,
          account: { name: shown },
        } = user;
        if (user.account.state !== from) {
          refuse(next, `${shown} is ${user.account.state}`);
          return;
        }
        next.emit(accountChanged({ account, name: shown, change: { state }, by }));
        if (state === "disabled") endSessions(next, user, "This account is disabled");
        next.tell(`${shown} is ${state} now`);
      });
    },
  };
}

/** Every connection of the account ends, that of who says it too. */
function endSessions(ctx: Context, user: User, reason: string): void {
  closeSessions(ctx, user, reason);
  if (ctx.task.session?.user === user) ctx.close(reason);
}

const daysMax = 36_500;

const expire: Word = {
  name: "expire",
  usage: "expire NAME DAYS|never",
  does: "says how long an account lets its owner in",
  speaker: "operators",
  run(ctx, rest) {
    const [name = "", days = ""] = rest.split(/\s+/);
    const number = /^\d{1,5}$/.test(days) ? Number(days) : undefined;
    if ((number === undefined || number > daysMax) && days !== "never") {
      refuse(ctx, `expire NAME DAYS|never: up to ${daysMax} days, 0 is now`);
      return;
    }
    withAccount(ctx, name, (next, user, by) => {
      const expiresAt = number === undefined ? undefined : wallMs(next.now.wall + number * dayMs);
      const {
        id: account,
        account: { name: shown },
      } = user;
      next.emit(accountChanged({ account, name: shown, change: { expiresAt }, by }));
      for (const session of user.sessions) next.watchExpiry(session);
      next.tell(expiryLine(shown, expiresAt));
    });
  },
};

function expiryLine(name: string, expiresAt: WallMs | undefined): string {
  if (expiresAt === undefined) return `${name} does not expire`;
  return `${name} expires at ${isoTime(expiresAt).slice(0, 16)}Z`;
}

const deleteWord: Word = {
  name: "delete",
  usage: "delete NAME [messages]",
  does: "removes an account for good; what it said stays, or goes too with: messages",
  speaker: "operators",
  run(ctx, rest) {
    const [name = "", what, surplus] = rest.split(/\s+/);
    const erases = what?.toLowerCase() === "messages";
    if ((what !== undefined && !erases) || surplus !== undefined) {
      refuse(ctx, "delete NAME, or delete NAME messages");
      return;
    }
    withAccount(ctx, name, (found, { id, account: { name: shown }, channels }) => {
      const lookups = [...channels].map((by) => ({ kind: "channel", by }) as const);
      found.load(lookups, (next, outcome) => {
        const user = next.network.userById(id);
        if (outcome === "unavailable") refuse(next, notNow);
        else if (user === undefined) refuse(next, `no account ${shown}`);
        else if (next.task.session?.user === user) {
          refuse(next, "not your own account: another operator, or the console, says it");
        } else if (user.account.state === "pending") {
          refuse(next, `${shown} waits for a decision: reject ${shown}`);
        } else remove(next, user, erases);
      });
    });
  },
};

function remove(ctx: Context, user: User, erases: boolean): void {
  const {
    id: account,
    account: { name },
  } = user;
  const { by } = ctx.operator;
  for (const channel of ctx.network.channelsOf(user)) {
    if (erases) clearTopic(ctx, channel, user);
    leaveChannel(ctx, channel, user);
  }
  revokeResets(ctx, user);
  endSessions(ctx, user, "This account was deleted");
  ctx.emit(accountDeleted({ account, name, by, erases }));
  ctx.ask("forget", { account }, () => undefined);
  const rest = erases ? "; what it said is being erased" : "";
  ctx.tell(`${name} is deleted${rest}`);
}

/** The topic is their words, if they set it. */
function clearTopic(ctx: Context, { name, row: { topic } }: Channel, { nick }: User): void {
  if (topic?.by === nick) {
    ctx.emit(topicChanged({ channel: name, text: "", by: ctx.settings.name }));
  }
}

export const accountWords: readonly Word[] = [
  add,
  passwd,
  reset,
  stateWord("disable", "lets nobody in by it any more, and ends its connections", "active"),
  stateWord("enable", "lets its owner in again", "disabled"),
  expire,
  deleteWord,
];

/**
 * The words of operators: about accounts, rooms and the server itself.
 */
import { type AccountId } from "../../base/ids.ts";
import { isoTime } from "../../base/time.ts";
import { fitsLine } from "../../protocol/message.ts";
import { printable } from "../../protocol/text.ts";
import { type Context } from "../context.ts";
import { type Event, event, serverActor } from "../event.ts";
import { type AccountRole, type AccountRow, type AccountState } from "../outside.ts";
import { channelLookup } from "../params.ts";
import { type User } from "../state/user.ts";
import { approve, reject } from "./accounts.ts";
import { revokeOwnerLink } from "./invitations.ts";
import { type Said, saidInChannel, saidToUser } from "./said.ts";
import { changeModes } from "./modes-changed.ts";
import { withRooms } from "./rooms.ts";
import { notNow, refuse, withAccount, type Word } from "./words.ts";

const approveWord: Word = {
  name: "approve",
  usage: "approve NAME",
  does: "lets a waiting account in",
  speaker: "operators",
  run(ctx, rest) {
    withAccount(ctx, rest, (found, { id, account: { name } }) => {
      withRooms(found, (next, outcome) => {
        const user = next.network.userById(id);
        if (outcome === "unavailable") {
          refuse(next, notNow);
          return;
        }
        if (user?.account.state !== "pending") {
          refuse(next, `${name} does not wait for a decision`);
          return;
        }
        approve(next, user, next.operator.by);
        next.tell(`approved ${user.account.name}`);
      });
    });
  },
};

const rejectWord: Word = {
  name: "reject",
  usage: "reject NAME",
  does: "turns a waiting account away; the name is free again",
  speaker: "operators",
  run(ctx, rest) {
    withAccount(ctx, rest, (next, user, by) => {
      if (user.account.state !== "pending") {
        refuse(next, `${user.account.name} does not wait for a decision`);
        return;
      }
      reject(next, user, by);
      next.tell(`rejected ${user.account.name}`);
    });
  },
};

function listAccounts(ctx: Context, state: AccountState | undefined): void {
  const limit = ctx.settings.limits.accountsListedMax;
  ctx.ask("accounts", { state, after: undefined, limit }, (answer, next) => {
    if (answer.outcome === "unavailable") {
      refuse(next, notNow);
      return;
    }
    for (const account of answer.accounts) next.tell(lineOf(account));
    if (answer.hasMore) next.tell(`… and more than ${limit}`);
    if (answer.accounts.length === 0) {
      next.tell(state === "pending" ? "nobody waits" : "no accounts yet");
    }
  });
}

function lineOf({ name, state, role, expiresAt, email }: AccountRow): string {
  const end = expiresAt === undefined ? "" : ` until ${isoTime(expiresAt).slice(0, 16)}Z`;
  const address = email === undefined ? "" : ` ${email}`;
  return `${name} ${state} ${role}${end}${address}`;
}

const pending: Word = {
  name: "pending",
  usage: "pending",
  does: "lists who waits for a decision",
  speaker: "operators",
  run: (ctx) => listAccounts(ctx, "pending"),
};

const accountStates: ReadonlySet<string> = new Set(["pending", "active", "disabled"]);

const accounts: Word = {
  name: "accounts",
  usage: "accounts [STATE]",
  does: "lists accounts: pending, active, disabled, or all",
  speaker: "operators",
  run(ctx, rest) {
    if (rest !== "" && !accountStates.has(rest)) {
      refuse(ctx, "a state is pending, active or disabled");
      return;
    }
    // It is one of the states above, or nothing.
    listAccounts(ctx, rest === "" ? undefined : (rest as AccountState));
  },
};

interface RoleChanged {
  readonly account: AccountId;
  readonly name: string;
  readonly role: AccountRole;
  readonly by: string;
}

const roleChanged = event<RoleChanged>("role", {
  apply(network, { account, role }) {
    network.setAccount(account, { role });
  },
  keep({ account }, network) {
    const user = network.userById(account);
    return user === undefined ? undefined : { kind: "account", account: user.account };
  },
  note: ({ name, role, by }) => ({ event: "account.role", account: name, role, by }),
});

const role: Word = {
  name: "role",
  usage: "role NAME member|operator",
  does: "says who runs the server",
  speaker: "operators",
  run(ctx, rest) {
    const [name = "", wanted = ""] = rest.split(/\s+/);
    if (wanted !== "member" && wanted !== "operator") {
      refuse(ctx, "a role is member or operator");
      return;
    }
    withAccount(ctx, name, (found, { id: account, account: { name: shown } }) => {
      withRooms(found, (next, outcome) => {
        const user = next.network.userById(account);
        if (user === undefined || outcome === "unavailable") {
          refuse(next, user === undefined ? `no account ${shown}` : notNow);
          return;
        }
        const { by } = next.operator;
        next.emit(roleChanged({ account, name: shown, role: wanted, by }));
        rankInRooms(next, user, wanted === "operator");
        if (wanted === "operator") revokeOwnerLink(next, by);
        next.tell(`${shown} is ${wanted === "operator" ? "an operator" : "a member"} now`);
      });
    });
  },
};

/** Operators of the server are operators of its rooms. */
function rankInRooms(ctx: Context, user: User, isSet: boolean): void {
  for (const name of ctx.settings.rooms) {
    const channel = ctx.network.channel(name);
    const member = channel?.member(user);
    if (channel === undefined || member === undefined) continue;
    if (member.prefixes.includes("o") === isSet) continue;
    const by = ctx.settings.name;
    const changes = [{ isSet, letter: "o", param: user.nick }];
    changeModes(ctx, { channel: channel.name, by, changes }, serverActor(by));
  }
}

/** False, and refused, when it is not one line of the wire. */
function sayAsServer(
  ctx: Context,
  said: (data: Said) => Event,
  target: string,
  text: string,
): boolean {
  if (/[\r\n\0]/.test(text)) {
    refuse(ctx, "that is more than one line");
    return false;
  }
  const source = ctx.settings.name;
  if (!fitsLine({ source, command: "PRIVMSG", params: [target, text] })) {
    refuse(ctx, "that is too long for one line");
    return false;
  }
  const data = { verb: "PRIVMSG", target, text, seams: [], tags: "", nonce: undefined } as const;
  ctx.emit(said(data), serverActor(source));
  return true;
}

const say: Word = {
  name: "say",
  usage: "say [#ROOM] TEXT",
  does: "speaks in a room, as the server",
  speaker: "operators",
  run(ctx, rest) {
    const match = /^(#\S+)\s+(.*)$/s.exec(rest);
    const name = match?.[1] ?? ctx.settings.rooms[0];
    const text = match?.[2] ?? rest;
    if (name === undefined || text === "") {
      refuse(ctx, "say what? say [#ROOM] TEXT");
      return;
    }
    ctx.load([channelLookup(name)], (next, outcome) => {
      const channel = next.network.channel(name);
      if (channel !== undefined) sayAsServer(next, saidInChannel, channel.name, text);
      else if (outcome === "unavailable") refuse(next, notNow);
      else refuse(next, `no room ${printable(name)}`);
    });
  },
};

const msg: Word = {
  name: "msg",
  usage: "msg NAME TEXT",
  does: "answers a member, as the server",
  speaker: "operators",
  run(ctx, rest) {
    const [name = "", ...others] = rest.split(/\s+/);
    const text = rest.slice(name.length).trim();
    if (others.length === 0 || text === "") {
      refuse(ctx, "say what to whom? msg NAME TEXT");
      return;
    }
    withAccount(ctx, name, (next, user) => {
      if (!user.isActive) {
        refuse(next, `${user.account.name} is not a member yet`);
        return;
      }
      const isSaid = sayAsServer(next, saidToUser, user.nick, text);
      if (isSaid && !user.isPresent) next.tell(`${user.nick} is not connected; it waits for them`);
    });
  },
};

const who: Word = {
  name: "who",
  usage: "who",
  does: "lists who is connected",
  speaker: "operators",
  run(ctx) {
    let count = 0;
    for (const user of ctx.network.users()) {
      if (!user.isPresent) continue;
      count += 1;
      const addresses = user.sessions.map(({ facts }) => facts.address).join(", ");
      ctx.tell(`${user.nick}${user.isOperator ? " (operator)" : ""} from ${addresses}`);
    }
    if (count === 0) ctx.tell("nobody is connected");
  },
};

const stop: Word = {
  name: "stop",
  usage: "stop",
  does: "ends the server; everything said is kept",
  speaker: "console",
  run(ctx) {
    ctx.note({ event: "stop.asked", by: ctx.operator.by });
  },
};

export const operatorWords: readonly Word[] = [
  approveWord,
  rejectWord,
  pending,
  accounts,
  role,
  who,
  say,
  msg,
  stop,
];

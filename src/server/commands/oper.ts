/**
 * OPER: becoming an operator of the server by a name and password of its settings.
 *
 * Accounts with the role need none. Who becomes one so is one as long as the connection lasts on which they did, or
 * until they say `MODE nick -o`; as a user is one for others whatever the device, so are their other connections.
 */
import { type ConnectionId } from "../../base/ids.ts";
import { Secret } from "../../base/secret.ts";
import { type Refusal, refusals, replies } from "../../protocol/replies.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { type Event, event, usersNamed } from "../event.ts";
import { shownName, word } from "../params.ts";
import { type User } from "../state/user.ts";
import { countFailure, type Door, refuseThrottled } from "./admission.ts";

interface BecameOperator {
  readonly connection: ConnectionId;
  /** Of the settings. */
  readonly name: string;
  readonly address: string;
}

const becameOperator = event<BecameOperator>("operator", {
  apply(network, { connection, name }) {
    const session = network.sessions.get(connection);
    if (session !== undefined) session.operatorAs = name;
  },
  note: ({ name, address }, { accountName, nick }) => ({
    event: "user.operator",
    nick: accountName ?? nick,
    name,
    address,
  }),
});

/** What is so of a user is shown to all of their connections. */
const operatorShown = event<{ readonly nick: string; readonly isSet: boolean }>("operator-mode", {
  audience: (network, { nick }) => usersNamed(network, nick),
  line: ({ nick, isSet }) => ({ command: "MODE", params: [nick, isSet ? "+o" : "-o"] }),
});

const gaveUpOperator = event<{ readonly nick: string }>("operator-end", {
  apply(network, { nick }) {
    for (const session of network.user(nick)?.sessions ?? []) session.operatorAs = undefined;
  },
});

/** To be emitted when the connection that made them one has gone. */
export function operatorEnded(user: User): Event {
  return operatorShown({ nick: user.nick, isSet: false });
}

/** `MODE nick -o`: of who is an operator by OPER. The role of an account is not given up so. */
export function giveUpOperator(ctx: Context): void {
  const { user } = ctx;
  if (!user.isOperator || user.hasOperatorRole) return;
  ctx.emit(gaveUpOperator({ nick: user.nick }));
  ctx.emit(operatorShown({ nick: user.nick, isSet: false }));
}

const oper = command({
  name: "OPER",
  when: "registered",
  params: { name: word(), password: word() },
  run(ctx, { name, password }) {
    const { session } = ctx;
    // Modern IRC: "ERR_NOOPERHOST … the server has not been configured to allow connections from the client's host".
    if (!session.maySendPasswords) return refusals.noOperatorHost();
    const { id: connection, facts } = session;
    const ask = { connection, facts, name, password: Secret.fromText(password) };
    ctx.ask("operate", ask, (answer, next) => {
      if (next.session.phase === "closed") return;
      if (answer.outcome === "right") become(next, answer.name);
      else if (answer.outcome === "throttled") {
        refuseThrottled(next, throttling, { mechanism: "OPER", seconds: answer.seconds });
      } else next.reply(refusalOf(next, answer.outcome, name));
    });
    return undefined;
  },
});

const throttling: Pick<Door, "throttle"> = {
  throttle: (ctx, seconds) => ctx.reply(refusals.rateLimited("OPER", seconds)),
};

function refusalOf(
  ctx: Context,
  outcome: "wrong" | "none" | "busy" | "unavailable",
  name: string,
): Refusal {
  switch (outcome) {
    case "none":
      return refusals.noOperatorHost();
    case "wrong": {
      const reason = "wrong name or password";
      countFailure(ctx, { mechanism: "OPER", reason, account: shownName(name) });
      return refusals.wrongPassword();
    }
    case "busy":
    case "unavailable":
      return refusals.temporarilyUnavailable("OPER");
  }
}

function become(ctx: Context, name: string): void {
  const { session, user } = ctx;
  const wasOperator = user.isOperator;
  ctx.emit(becameOperator({ connection: session.id, name, address: session.facts.address }));
  ctx.reply(replies.youAreOperator());
  if (!wasOperator) ctx.emit(operatorShown({ nick: user.nick, isSet: true }));
}

export const operFamily = family({ commands: [oper] });

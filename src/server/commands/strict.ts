/**
 * Strict accounts: the server is never told their password. They log in by OPAQUE, and with app passwords elsewhere.
 *
 * PLAIN and its like are still offered to everyone, and refuse such an account's password after the same work as a
 * wrong one: whether an account is strict is nobody else's business.
 */
import { type AccountId } from "../../base/ids.ts";
import { type Context } from "../context.ts";
import { event } from "../event.ts";
import { type User } from "../state/user.ts";
import { refuse, withAccount, type Word } from "./words.ts";

interface StrictChanged {
  readonly account: AccountId;
  readonly name: string;
  readonly isStrict: boolean;
  readonly by: string;
}

const strictChanged = event<StrictChanged>("strict", {
  apply(network, { account, isStrict }) {
    network.setAccount(account, { isStrict });
  },
  keep({ account }, network) {
    const user = network.userById(account);
    return user === undefined ? undefined : { kind: "account", account: user.account };
  },
  note: ({ name, isStrict, by }) => ({ event: "account.strict", account: name, isStrict, by }),
});

const own: Word = {
  name: "set strict",
  usage: "set strict on|off",
  does: "your password is for OPAQUE only; app passwords elsewhere",
  speaker: "owners",
  keeps: true,
  run(ctx, rest) {
    const isStrict = parseSwitch(rest);
    if (isStrict === undefined) refuse(ctx, "set strict on, or set strict off");
    else set(ctx, ctx.user, isStrict);
  },
};

const ofOthers: Word = {
  name: "strict",
  usage: "strict NAME on|off",
  does: "whether an account's password is for OPAQUE only",
  speaker: "operators",
  run(ctx, rest) {
    const [name = "", wanted = ""] = rest.split(/\s+/);
    const isStrict = parseSwitch(wanted);
    if (isStrict === undefined) refuse(ctx, "strict NAME on, or strict NAME off");
    else withAccount(ctx, name, (next, user) => set(next, user, isStrict));
  },
};

function parseSwitch(word: string): boolean | undefined {
  return new Map([
    ["on", true],
    ["off", false],
  ]).get(word.toLowerCase());
}

function set(ctx: Context, { id: account, account: { name } }: User, isStrict: boolean): void {
  ctx.emit(strictChanged({ account, name, isStrict, by: ctx.operator.by }));
  if (!isStrict) {
    ctx.tell(`${name} may log in with the password by every mechanism`);
    return;
  }
  ctx.tell(`${name} logs in by OPAQUE now, and with app passwords: the server refuses to be told`);
  ctx.tell("the password. Clients that know no OPAQUE need one: app-password add LABEL");
  const mechanism = ctx.task.session?.proven?.mechanism;
  if (mechanism !== undefined && toldPassword.has(mechanism)) {
    ctx.tell("Yours told it on this connection: it cannot come back without an app password.");
  }
}

/** Ways in by which the server is told the password, or could guess at it. */
const toldPassword: ReadonlySet<string> = new Set([
  "PLAIN",
  "REGISTER",
  "SCRAM-SHA-256",
  "SCRAM-SHA-256-PLUS",
]);

export const strictWords: readonly Word[] = [own, ofOthers];

/**
 * Words: commands for people, spoken at the console, through the control socket and to NickServ.
 *
 * Words are read alike wherever they come from; the answer is lines for people and whether it was done. A table of
 * words says for each how it is used, what it does and who may say it.
 */
import { parseAccountName } from "../../protocol/names.ts";
import { refusals } from "../../protocol/replies.ts";
import { printable } from "../../protocol/text.ts";
import { type Context } from "../context.ts";
import { accountLookup } from "../params.ts";
import { mayManage, mayOperateServer } from "../policy.ts";
import { type User } from "../state/user.ts";

export interface Word {
  readonly name: string;
  readonly usage: string;
  readonly does: string;
  readonly speaker: Speakers;
  /** What it does is kept: while the disk is full it is for operators only, who can make room. */
  readonly keeps?: boolean;
  run(ctx: Context, rest: string): void;
}

/**
 * Who may say it: who is not logged in yet; who is, about their own account; they, and operators anywhere about any
 * account; operators; operators at the console and the control socket only.
 */
export type Speakers = "strangers" | "owners" | "members" | "operators" | "console";

/** Reads the first word (some are two words: `cert add`) and runs it; an unknown one is answered with a hint. */
export function runWords(ctx: Context, spoken: string, table: readonly Word[]): void {
  const trimmed = spoken.trim();
  if (trimmed === "") return;
  const word = table.find(({ name }) => isSpoken(trimmed, name));
  const refusal = word === undefined ? undefined : maySay(ctx, word);
  if (word !== undefined && refusal === undefined) {
    word.run(ctx, trimmed.slice(word.name.length).trim());
  } else if (refusal === "operators") {
    ctx.reply(refusals.noPrivileges());
  } else if (refusal !== undefined) {
    refuse(ctx, refusal);
  } else if (isSpoken(trimmed, "help")) {
    help(
      ctx,
      table.filter((each) => maySay(ctx, each) === undefined),
    );
  } else {
    const first = trimmed.split(/\s/, 1)[0] ?? "";
    refuse(ctx, `unknown command ${printable(first.toLowerCase())}; help lists the commands`);
  }
}

const diskIsFull = "the server's disk is full: nothing is kept now; try again later";

export const notNow = "this cannot be done now; try again later";

/** It was not done. */
export function refuse(ctx: Context, why: string): void {
  ctx.operator.isDone = false;
  ctx.tell(why);
}

/** Brings the named account into memory and goes on with it; says so when there is none. */
export function withAccount(
  ctx: Context,
  name: string,
  then: (ctx: Context, user: User, by: string) => void,
): void {
  const parsed = parseAccountName(name);
  if (!parsed.ok) {
    refuse(ctx, name === "" ? "whose? name the account" : `no account ${printable(name)}`);
    return;
  }
  ctx.load([accountLookup(name)], (next, outcome) => {
    const user = next.network.userByAccount(name);
    if (user !== undefined) then(next, user, next.operator.by);
    else if (outcome === "unavailable") refuse(next, notNow);
    else refuse(next, `no account ${name}`);
  });
}

/** Why not, in words; "operators": it is for them. */
function maySay(ctx: Context, { name, speaker, keeps = false }: Word): string | undefined {
  const { session } = ctx.task;
  // Guests have no account that words could be about.
  const user = session?.user?.isGuest === true ? undefined : session?.user;
  const isAtPort = ctx.operator.port !== undefined;
  const mayOperate = user !== undefined && session !== undefined && mayOperateServer(session);
  // Whoever the words are for: those of operators would give an account back what its app password may not.
  if (session !== undefined && user !== undefined && !mayManage(session)) {
    return `${name} is not for who is logged in with an app password`;
  }
  if (keeps && ctx.isReadOnly && !isAtPort && !mayOperate) return diskIsFull;
  switch (speaker) {
    case "strangers":
      return user === undefined && !isAtPort ? undefined : `${name} is for who is not logged in`;
    case "owners":
      return user === undefined ? `${name} is for who is logged in` : undefined;
    case "members":
      return user === undefined && !isAtPort ? `${name} is for who is logged in` : undefined;
    case "operators":
      return isAtPort || mayOperate ? undefined : "operators";
    case "console":
      if (isAtPort) return undefined;
      return mayOperate ? `${name} is for the console` : "operators";
  }
}

function isSpoken(spoken: string, name: string): boolean {
  const end = spoken.charAt(name.length);
  return spoken.slice(0, name.length).toLowerCase() === name && (end === "" || /\s/.test(end));
}

function help(ctx: Context, known: readonly Word[]): void {
  const width = Math.max(4, ...known.map(({ usage }) => usage.length));
  for (const { usage, does } of known) ctx.tell(`${usage.padEnd(width)}  ${does}`);
  ctx.tell(`${"help".padEnd(width)}  lists the commands`);
}

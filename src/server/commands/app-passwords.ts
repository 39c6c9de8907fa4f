/**
 * APP-PASSWORD: passwords for one's other clients and bots.
 */
import { dayMs, isoTime } from "../../base/time.ts";
import { printable } from "../../protocol/text.ts";
import { type Context } from "../context.ts";
import { type Answer } from "../outside.ts";
import { type CredentialAction, type CredentialInfo } from "../proofs.ts";
import { type User } from "../state/user.ts";
import { closeLoggedInBy } from "./sessions.ts";
import { notNow, refuse, withAccount, type Word } from "./words.ts";

const labelLengthMax = 64;
/** Ten years; what is to last longer has no end. */
const daysMax = 3_650;

type Answered = (ctx: Context, answer: Answer<"credentials">) => void;

function askAbout(ctx: Context, user: User, action: CredentialAction, then: Answered): void {
  const own = ctx.task.session?.proven?.credential;
  const ask = { account: user.id, name: user.account.name, own, action };
  ctx.ask("credentials", ask, (answer, next) => then(next, answer));
}

const add: Word = {
  name: "app-password add",
  usage: "app-password add LABEL [DAYS]",
  does: "makes a password for another client or a bot",
  speaker: "owners",
  keeps: true,
  run(ctx, rest) {
    const [, words = "", days] = /^(.+?)(?:\s+(\d+))?$/s.exec(rest) ?? [];
    const label = printable(words);
    if (label === "" || label.length > labelLengthMax) {
      refuse(
        ctx,
        `what for? a LABEL has up to ${labelLengthMax} characters: app-password add irssi`,
      );
      return;
    }
    const lasts = days === undefined ? undefined : Number(days);
    if (lasts !== undefined && (lasts < 1 || lasts > daysMax)) {
      refuse(ctx, `DAYS are 1 to ${daysMax}; without them it stays`);
      return;
    }
    const lastsMs = lasts === undefined ? undefined : lasts * dayMs;
    askAbout(ctx, ctx.user, { kind: "add-app-password", label, lastsMs }, (next, answer) => {
      if (answer.outcome === "full") refuse(next, "you have as many as you may have; delete one");
      else if (answer.outcome !== "added" || answer.secret === undefined) refuse(next, notNow);
      else tellAdded(next, label, answer.id, answer.secret);
    });
  },
};

function tellAdded(ctx: Context, label: string, id: number, secret: string): void {
  const { name } = ctx.user.account;
  ctx.note({ event: "app-password.added", account: name, label, by: name });
  ctx.tell(`number ${id}, ${label}, shown only now: ${secret}`);
  ctx.tell(`it is the password there, with the name ${name}; it speaks, and manages nothing`);
}

const list: Word = {
  name: "app-password list",
  usage: "app-password list",
  does: "lists your app passwords",
  speaker: "owners",
  run: (ctx) => listOf(ctx, ctx.user),
};

const del: Word = {
  name: "app-password del",
  usage: "app-password del NUMBER",
  does: "takes one away; who came in by it is logged out",
  speaker: "owners",
  run(ctx, rest) {
    if (!/^\d{1,15}$/.test(rest)) {
      refuse(ctx, "which one? app-password list shows the numbers");
      return;
    }
    const which = Number(rest);
    askAbout(ctx, ctx.user, { kind: "remove", of: "app-password", which }, (next, answer) => {
      if (answer.outcome !== "removed") refuse(next, notNow);
      else if (answer.count === 0) refuse(next, `you have no app password ${which}`);
      else {
        const { name } = next.user.account;
        next.note({ event: "app-password.removed", account: name, number: which, by: name });
        next.tell(`app password ${which} works no more`);
        closeLoggedInBy(next, [which]);
      }
    });
  },
};

const ofOthers: Word = {
  name: "app-passwords",
  usage: "app-passwords NAME",
  does: "lists the app passwords of an account",
  speaker: "operators",
  run(ctx, rest) {
    withAccount(ctx, rest, (next, user) => listOf(next, user));
  },
};

function listOf(ctx: Context, user: User): void {
  askAbout(ctx, user, { kind: "list", of: "app-password" }, (next, answer) => {
    if (answer.outcome !== "listed") {
      refuse(next, notNow);
      return;
    }
    for (const each of answer.credentials) next.tell(lineOf(each));
    if (answer.credentials.length === 0) next.tell("no app passwords");
  });
}

function lineOf({ id, label, createdAt, usedAt, expiresAt }: CredentialInfo): string {
  const used = usedAt === undefined ? "never used" : `last used ${day(usedAt)}`;
  const end = expiresAt === undefined ? "" : `, until ${day(expiresAt)}`;
  return `${id} ${label} since ${day(createdAt)}, ${used}${end}`;
}

function day(time: CredentialInfo["createdAt"]): string {
  return isoTime(time).slice(0, 10);
}

export const appPasswordWords: readonly Word[] = [add, list, del, ofOthers];

/**
 * REGISTER, IDENTIFY and SET PASSWORD: the words by which clients without SASL have an account.
 *
 * SET PASSWORD tells the server the new password. Strict accounts never do; who has logged in by OPAQUE, and so had not told
 * it so far, is told what they have just done and how to do it otherwise.
 *
 * They go through the same questions and the same gate as every other way; only the answers are notices. A password
 * of several words is one of several words: what is not a name in front or an invitation behind belongs to it.
 */
import { Secret } from "../../base/secret.ts";
import { tooManyTries } from "../../protocol/reply-forms.ts";
import { type Refusal, replies } from "../../protocol/replies.ts";
import { type Context } from "../context.ts";
import { opaqueMechanism } from "../../protocol/sasl.ts";
import { mechanismsFor } from "../policy.ts";
import { type Answer } from "../outside.ts";
import { type ServerSettings } from "../settings.ts";
import { admit, type Door, failLogin, noteLocked, refuseThrottled, sourceOf } from "./admission.ts";
import { askForAccount, type Desk } from "./asking.ts";
import { isMeantAsToken } from "./invitations.ts";
import { passwordSet } from "./password-set.ts";
import { warningDoor } from "./token-login.ts";
import { notNow, refuse, type Word } from "./words.ts";

/** As the log names this way in. */
const way = "NickServ";

const nickServDoor: Door = {
  letIn(ctx, user) {
    ctx.reply(replies.loggedIn(sourceOf(ctx, user), user.account.name));
    ctx.tell(`you are logged in as ${user.account.name}`);
  },
  refuse(ctx, why, account) {
    switch (why) {
      case "not-proven":
        refuse(ctx, "wrong name or password");
        return;
      case "pending":
        refuse(ctx, `an operator has yet to approve ${account ?? "this account"}`);
        return;
      case "busy":
        refuse(ctx, notNow);
    }
  },
  throttle: (ctx, seconds) => refuse(ctx, tooManyTries(seconds)),
};

const tokenDoor = warningDoor(nickServDoor);

const nickServDesk: Desk = {
  made: (ctx, name, isReset) =>
    ctx.tell(isReset ? `${name} has its new password` : `${name} is registered`),
  reset: (ctx, name) => ctx.tell(`${name} has its new password: log in with it now`),
  waits(ctx, name) {
    ctx.tell(`${name} is asked for: an operator decides; stay, or IDENTIFY later`);
  },
  refuse: (ctx, refusal) => refuse(ctx, textOf(refusal)),
  door: nickServDoor,
};

/** What a refusal says to people. */
function textOf({ params }: Refusal): string {
  return params.at(-1) ?? "this cannot be done";
}

/** Why this connection cannot say a password in words, or undefined. */
function problem({ session, settings }: Context): string | undefined {
  if (!session.maySendPasswords) return "passwords are taken over TLS only";
  if (!mechanismsFor(session, settings).includes("PLAIN")) {
    return "this server is not told passwords: use authchat connect";
  }
  const isProven = session.user === undefined && session.proven !== undefined;
  if (session.sasl.kind !== "none" || session.claim !== undefined || isProven) {
    return "another login is under way; end it first";
  }
  return undefined;
}

const register: Word = {
  name: "register",
  usage: "register PASSWORD [INVITATION]",
  does: "asks for an account with your nick's name",
  speaker: "strangers",
  keeps: true,
  run(ctx, rest) {
    const why = problem(ctx) ?? mistake(rest, ctx.settings);
    if (why !== undefined) {
      refuse(ctx, why);
      return;
    }
    const last = /\S+$/.exec(rest)?.[0] ?? "";
    const isInvited = isMeantAsToken(last) && last !== rest;
    const hasEmail = endsInAddress(rest); // which is a mistake where none is wanted
    const words = isInvited || hasEmail ? rest.slice(0, -last.length).trimEnd() : rest;
    const token = isInvited ? Secret.fromText(last) : undefined;
    const email = hasEmail ? last : undefined;
    const password = Secret.fromText(words);
    askForAccount(ctx, { account: "*", token, email, password }, nickServDesk);
  },
};

function endsInAddress(rest: string): boolean {
  return /\s\S+@\S+$/.test(rest);
}

/** On other networks an e-mail address follows the password; where none is wanted it would become a part of it. */
function mistake(rest: string, { emailRequired }: ServerSettings): string | undefined {
  if (rest === "") {
    return `which password? register PASSWORD [INVITATION${emailRequired ? "|EMAIL" : ""}]`;
  }
  return !emailRequired && endsInAddress(rest)
    ? "no e-mail address is wanted: register PASSWORD [INVITATION]"
    : undefined;
}

const identify: Word = {
  name: "identify",
  usage: "identify [ACCOUNT] PASSWORD",
  does: "logs you in; a password of several words needs the account's name in front",
  speaker: "strangers",
  run(ctx, rest) {
    const { session } = ctx;
    const [, first, others] = /^(\S+)\s+(.+)$/.exec(rest) ?? [];
    const name = first ?? session.user?.nick ?? session.askedNick;
    const password = others ?? rest;
    const why = problem(ctx) ?? (password === "" ? "identify [ACCOUNT] PASSWORD" : undefined);
    if (why !== undefined || name === undefined) {
      refuse(ctx, why ?? "choose a nick first, or name the account");
      return;
    }
    const response = Secret.fromText(`\0${name}\0${password}`);
    const { id: connection, facts, saslOffered: offered } = session;
    const ask = { connection, facts, mechanism: "PLAIN", offered, response };
    ctx.ask("authenticate", ask, (answer, next) => identified(next, name, answer));
  },
};

function identified(ctx: Context, name: string, answer: Answer<"authenticate">): void {
  if (ctx.session.phase === "closed") return;
  switch (answer.outcome) {
    case "proven":
      admit(ctx, answer.account, answer.isByToken === true ? tokenDoor : nickServDoor);
      return;
    case "invited":
      // It is for new accounts, and this word is not.
      answer.token.wipe();
      failLogin(ctx, nickServDoor, { mechanism: way, reason: "not proven", account: name });
      return;
    case "refused":
    case "challenge":
      failLogin(ctx, nickServDoor, { mechanism: way, reason: "not proven", account: name });
      if (answer.outcome === "refused" && answer.isLocked === true) noteLocked(ctx, name);
      return;
    case "throttled":
      refuseThrottled(ctx, nickServDoor, { mechanism: way, seconds: answer.seconds });
      return;
    case "busy":
    case "unavailable":
      nickServDoor.refuse(ctx, "busy");
  }
}

const setPassword: Word = {
  name: "set password",
  usage: "set password NEW",
  does: "changes your password; your other connections end",
  speaker: "owners",
  keeps: true,
  run(ctx, rest) {
    const { session, user } = ctx;
    const {
      id: account,
      account: { name },
    } = user;
    const why = problem(ctx) ?? unsettable(ctx);
    if (why !== undefined || rest === "") {
      refuse(ctx, why ?? "which one? set password NEW");
      return;
    }
    const { id: connection, facts } = session;
    const password = Secret.fromText(rest);
    const ask = { connection, address: facts.address, account, name, password };
    ctx.ask("enrol", ask, (answer, next) => {
      if (answer.outcome === "weak") refuse(next, answer.why);
      else if (answer.outcome === "throttled") refuse(next, tooManyTries(answer.seconds));
      else if (answer.outcome !== "enrolled") refuse(next, notNow);
      else {
        passwordSet(next, { account, name, by: name });
        next.tell("your password is changed");
        if (session.proven?.mechanism === opaqueMechanism) {
          next.tell("this server was told it; /password of authchat changes it without");
        }
      }
    });
  },
};

/** Ways in that show no password. */
const withoutPassword: ReadonlySet<string> = new Set(["HT-SHA-256-EXPR", "EXTERNAL"]);

function unsettable({ session, user }: Context): string | undefined {
  if (user.account.isStrict) {
    return "your account's password is not told to the server: change it with authchat";
  }
  const { proven } = session;
  // What a program logs in with is not to take the account over.
  const isByAppPassword = proven?.mechanism === "PLAIN" && proven.credential !== undefined;
  if (isByAppPassword) return "who logged in with an app password does not change the other";
  // The device, or the certificate's file, was let in: who sits there may not know the password.
  return proven !== undefined && withoutPassword.has(proven.mechanism)
    ? "log in with the password first, or use /password of authchat"
    : undefined;
}

export const identityWords: readonly Word[] = [register, identify, setPassword];

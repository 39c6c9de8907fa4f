/**
 * TOTP: the second factor of one's account, set up over the connection that is logged in to it.
 *
 *     totp begin → secret → totp confirm CODE → on, with recovery codes
 *
 * Codes that are wrong count as refused logins do: a connection that was left open is no place to guess at them.
 */
import { Secret } from "../../base/secret.ts";
import { printable } from "../../protocol/text.ts";
import { type Context } from "../context.ts";
import { type Answer } from "../outside.ts";
import { maySetSecondFactor } from "../policy.ts";
import { type TotpAction } from "../proofs.ts";
import { countFailure } from "./admission.ts";
import { notNow, refuse, withAccount, type Word } from "./words.ts";

type Outcome = Answer<"totp">["outcome"];

/** Of the outcomes that are left, why it was not done. */
const whyNot: Readonly<Partial<Record<Outcome, string>>> = {
  already: "you have a second factor; totp off CODE ends it",
  none: "there is none to be found here; totp begin makes one",
  unavailable: notNow,
};

function manage(
  ctx: Context,
  action: TotpAction,
  then: (ctx: Context, answer: Answer<"totp">) => void,
): void {
  if (!maySetSecondFactor(ctx.session)) {
    if (action.kind !== "begin") action.code.wipe();
    refuse(
      ctx,
      "a second factor is for logins by OPAQUE: log in with authchat connect to set it up",
    );
    return;
  }
  const { user, session } = ctx;
  const ask = { connection: session.id, account: user.id, name: user.account.name, action };
  ctx.ask("totp", ask, (answer, next) => {
    if (next.session.phase === "closed") return;
    const why = whyNot[answer.outcome];
    if (answer.outcome === "wrong") wrong(next);
    else if (why === undefined) then(next, answer);
    else refuse(next, why);
  });
}

function wrong(ctx: Context): void {
  refuse(ctx, "this code is wrong, or was used before");
  const account = ctx.user.account.name;
  countFailure(ctx, { mechanism: "TOTP", reason: "wrong code", account });
}

function codeOf(ctx: Context, rest: string): Secret | undefined {
  if (rest !== "") return Secret.fromText(rest);
  refuse(ctx, "with which code? your authenticator shows it");
  return undefined;
}

const begin: Word = {
  name: "totp begin",
  usage: "totp begin",
  does: "makes a secret for your authenticator",
  speaker: "owners",
  keeps: true,
  run(ctx) {
    manage(ctx, { kind: "begin", issuer: ctx.settings.network }, (next, answer) => {
      if (answer.outcome !== "begun") return;
      const groups = answer.secret.match(/.{1,4}/g) ?? [];
      next.tell(answer.uri);
      next.tell(`the secret, for who types it into an authenticator: ${groups.join(" ")}`);
      next.tell("then, within 10 minutes, with the code that it shows: totp confirm CODE");
    });
  },
};

const confirm: Word = {
  name: "totp confirm",
  usage: "totp confirm CODE",
  does: "turns the second factor on",
  speaker: "owners",
  keeps: true,
  run(ctx, rest) {
    const code = codeOf(ctx, rest);
    if (code === undefined) return;
    manage(ctx, { kind: "confirm", code }, (next, answer) => {
      if (answer.outcome !== "on") return;
      const { name } = next.user.account;
      next.note({ event: "totp.on", account: name, by: name });
      next.tell("the second factor is on: logins by OPAQUE ask for a code");
      tellCodes(next, answer.codes);
      next.tell("clients that know no OPAQUE need an app password now: app-password add LABEL");
    });
  },
};

const off: Word = {
  name: "totp off",
  usage: "totp off CODE",
  does: "ends the second factor; a recovery code will do",
  speaker: "owners",
  run(ctx, rest) {
    const code = codeOf(ctx, rest);
    if (code === undefined) return;
    manage(ctx, { kind: "off", code }, (next, answer) => {
      if (answer.outcome !== "off") return;
      const { name } = next.user.account;
      next.note({ event: "totp.off", account: name, by: name });
      next.tell("the second factor is off; its codes work no more");
    });
  },
};

const recovery: Word = {
  name: "totp recovery",
  usage: "totp recovery CODE",
  does: "makes new recovery codes; those before work no more",
  speaker: "owners",
  keeps: true,
  run(ctx, rest) {
    const code = codeOf(ctx, rest);
    if (code === undefined) return;
    manage(ctx, { kind: "renew", code }, (next, answer) => {
      if (answer.outcome !== "on") return;
      const { name } = next.user.account;
      next.note({ event: "totp.recovery", account: name, by: name });
      tellCodes(next, answer.codes);
    });
  },
};

function tellCodes(ctx: Context, codes: readonly string[]): void {
  ctx.tell("recovery codes, for when the authenticator is lost; each works once, shown only now:");
  for (const code of codes) ctx.tell(`  ${code}`);
}

const ofOthers: Word = {
  name: "totp-off",
  usage: "totp-off NAME",
  does: "ends the second factor of who has lost everything; be sure who asks",
  speaker: "operators",
  run(ctx, rest) {
    withAccount(ctx, rest, (found, { id: account, account: { name } }, by) => {
      const ask = { account, name, own: undefined };
      const all = { kind: "remove", which: "all" } as const;
      found.ask("credentials", { ...ask, action: { ...all, of: "totp" } }, (answer, next) => {
        if (answer.outcome !== "removed") {
          refuse(next, notNow);
          return;
        }
        if (answer.count === 0) {
          refuse(next, `${printable(name)} has no second factor`);
          return;
        }
        next.note({ event: "totp.off", account: name, by });
        next.tell(`${name} logs in without a second factor`);
        // Codes without a factor are asked for by nobody; a new one comes with its own.
        next.ask("credentials", { ...ask, action: { ...all, of: "recovery" } }, () => undefined);
      });
    });
  },
};

export const totpWords: readonly Word[] = [begin, confirm, off, recovery, ofOthers];

/**
 * AUTHENTICATE: logging in.
 *
 * The mechanisms themselves are outside (`auth/`): what the client sends goes out as a question, and the answer is a
 * challenge, a proof, or a refusal. Who has claimed a name (`opaque.ts`) makes the account by their first login. Who is
 * logged in may do it once more, to the same account, by OPAQUE: a change of the password asks for it (`password.ts`).
 * A guest logs in as a stranger does, and is the account's from then on (`guest-login.ts`).
 */
import { Secret } from "../../base/secret.ts";
import { refusals, replies } from "../../protocol/replies.ts";
import { SaslAssembler, saslChunks } from "../../protocol/sasl.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { type Answer } from "../outside.ts";
import { word } from "../params.ts";
import { mayAuthenticate, mechanismsFor } from "../policy.ts";
import { changeSession } from "../session-changed.ts";
import { noSasl, type Session } from "../session.ts";
import {
  admit,
  countFailure,
  type Door,
  failLogin,
  noteLocked,
  refuseThrottled,
  saslDoor,
} from "./admission.ts";
import { activate } from "./asking.ts";
import { closeLoggedInBy } from "./sessions.ts";
import { enterByToken, warningDoor } from "./token-login.ts";

const authenticate = command({
  name: "AUTHENTICATE",
  when: "always",
  params: { argument: word() },
  run(ctx, { argument }) {
    const { session } = ctx;
    const refusal = mayAuthenticate(session, argument);
    if (refusal !== undefined) return refusal;
    if (argument === "*") {
      abortLogin(ctx);
      return refusals.saslAborted();
    }
    if (session.sasl.kind === "none") begin(ctx, argument);
    else respond(ctx, argument);
    return undefined;
  },
});

/**
 * Who gives up after a challenge may have checked a guess against it: RFC 9807 §9.2 has it counted
 * as a failed login.
 */
export function abortLogin(ctx: Context): void {
  const { sasl, saslAssembler } = ctx.session;
  saslAssembler?.reset();
  if (sasl.kind === "none" || sasl.isFirst) changeSession(ctx, { sasl: noSasl });
  else {
    const { mechanism } = sasl;
    countFailure(ctx, { mechanism, reason: "challenge not answered", account: undefined });
  }
}

/** sasl-3.2: a mechanism that is not offered gets 908, "which … lists the available mechanisms", and 904. */
function begin(ctx: Context, argument: string): void {
  const mechanism = argument.toUpperCase();
  const offered = mechanismsFor(ctx.session, ctx.settings);
  if (!offered.includes(mechanism)) {
    ctx.reply(replies.saslMechanisms(offered.length === 0 ? "*" : offered.join(",")));
    // What is no mechanism of ours may be a response out of its place, with a password in it.
    const isOurs = ctx.settings.mechanisms.includes(mechanism);
    failed(ctx, isOurs ? mechanism : "unknown", "no such mechanism");
    return;
  }
  changeSession(ctx, { sasl: { kind: "responding", mechanism, isFirst: true } });
  ctx.reply(replies.authenticate("+"));
}

function respond(ctx: Context, chunk: string): void {
  const { session } = ctx;
  const { sasl } = session;
  if (sasl.kind !== "responding") return;
  const { mechanism, isFirst } = sasl;
  const assembled = (session.saslAssembler ??= new SaslAssembler()).take(chunk);
  switch (assembled.kind) {
    case "partial":
      return;
    case "too-long":
      ctx.reply(refusals.saslTooLong());
      abortLogin(ctx);
      return;
    case "bad-base64":
      failed(ctx, mechanism, "not base64");
      return;
    case "complete":
      ctx.ask(
        "authenticate",
        {
          connection: session.id,
          facts: session.facts,
          mechanism: isFirst ? mechanism : undefined,
          offered: session.saslOffered,
          response: new Secret(assembled.bytes),
        },
        (answer, next) => answered(next, mechanism, answer),
      );
  }
}

function answered(ctx: Context, mechanism: string, answer: Answer<"authenticate">): void {
  if (ctx.session.phase === "closed") {
    if (answer.outcome === "invited") answer.token.wipe();
    return;
  }
  switch (answer.outcome) {
    case "challenge":
      changeSession(ctx, {
        sasl: { kind: "responding", mechanism, isFirst: false },
        ...(answer.isForPerson === true ? { personAskedAt: ctx.now.elapsed } : {}),
      });
      for (const chunk of saslChunks(answer.bytes)) ctx.reply(replies.authenticate(chunk));
      return;
    case "proven":
      changeSession(ctx, { sasl: noSasl });
      proved(ctx, answer);
      return;
    case "invited":
      changeSession(ctx, { sasl: noSasl });
      enterByToken(ctx, answer, () => failed(ctx, mechanism, "not proven", answer.name));
      return;
    case "refused":
      if (answer.copied === undefined) failed(ctx, mechanism, "not proven", answer.name);
      else {
        failed(ctx, mechanism, "a remembered login was copied; it is removed", answer.name);
        closeLoggedInBy(ctx, [answer.copied]);
      }
      if (answer.isLocked === true && answer.name !== undefined) noteLocked(ctx, answer.name);
      return;
    case "throttled":
      refuseThrottled(ctx, saslDoor, { mechanism, seconds: answer.seconds });
      return;
    case "busy":
    case "unavailable":
      ctx.reply(refusals.temporarilyUnavailable("AUTHENTICATE"));
      changeSession(ctx, { sasl: noSasl });
      saslDoor.refuse(ctx, "busy");
  }
}

type Proven = Extract<Answer<"authenticate">, { readonly outcome: "proven" }>;

function proved(ctx: Context, { account, isOutdated, isByToken }: Proven): void {
  const { claim, isLoggedIn } = ctx.session;
  const user = isLoggedIn ? ctx.session.user : undefined;
  if (claim?.account === account.id) {
    activate(ctx, account);
    return;
  }
  if (user !== undefined && user.id !== account.id) {
    const { mechanism, name } = account;
    failLogin(ctx, saslDoor, { mechanism, account: name, reason: "logged in as another" });
    return;
  }
  if (user !== undefined) admit(ctx, account, againDoor(ctx.session));
  else if (isByToken === true) admit(ctx, account, tokenDoor);
  else admit(ctx, account, isOutdated === true ? outdatedDoor : saslDoor);
}

const tokenDoor = warningDoor(saslDoor);

/**
 * The client is told, before it is let in and forgets the password, that its record is to be made anew
 * (`password.ts`).
 */
const outdatedDoor: Door = {
  ...saslDoor,
  letIn(ctx, user) {
    ctx.reply(replies.opaqueOutdated(user.account.name));
    saslDoor.letIn(ctx, user);
  },
};

/** How the connection came in stays what it was. */
function againDoor({ proven }: Session): Door {
  return {
    ...saslDoor,
    letIn(ctx, user) {
      changeSession(ctx, { proven });
      saslDoor.letIn(ctx, user);
    },
  };
}

function failed(ctx: Context, mechanism: string, reason: string, account?: string): void {
  failLogin(ctx, saslDoor, { mechanism, reason, account });
}

export const loginFamily = family({
  commands: [authenticate],
  capabilities: {
    // Told by `guest-login.ts`: who has an account keeps it as long as they are there.
    "account-notify": "",
    sasl(session, settings) {
      const mechanisms = mechanismsFor(session, settings);
      return mechanisms.length === 0 ? undefined : mechanisms.join(",");
    },
  },
});

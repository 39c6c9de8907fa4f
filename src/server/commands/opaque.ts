/**
 * OPAQUE: asking for an account without telling the password, and changing the password (`password.ts`).
 *
 *     OPAQUE REG <account> <email|*> <invitation|*> <request>    → OPAQUE RESP <account> <response>
 *     OPAQUE REC <account> <record>                              → NOTE OPAQUE PENDING <account>
 *     AUTHENTICATE OPAQUE-R255-EXPR …                            → as REGISTER is answered
 *
 * Request, response and record are RFC 9807's, in base64, the response with argon2's settings in front
 * (`auth/opaque/profile.ts`). The name is the connection's from REC on, and an account only when it has logged in:
 * nobody squats on names with records that nobody can use. What is refused for the reasons of REGISTER is refused
 * in REGISTER's words, which clients know.
 *
 * A response is what a guess can be checked with, later, against what logins tell: RFC 9807 §9.2. So each one counts
 * as a refused login. E-mail addresses and invitations are not taken yet: both are `*`.
 */
import { opaqueCapability } from "../../protocol/capabilities.ts";
import { type Refusal, refusals, replies } from "../../protocol/replies.ts";
import { decodeBase64, opaqueMechanism as mechanism } from "../../protocol/sasl.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { accountLookup, optional, word } from "../params.ts";
import { mechanismsFor } from "../policy.ts";
import { changeSession } from "../session-changed.ts";
import { mayBeMade, nameReserved, notNow, wantedName } from "./accounts.ts";
import { askForChange, takeRecord } from "./password.ts";

const opaque = command({
  name: "OPAQUE",
  when: "always",
  params: {
    subcommand: word(),
    account: word(),
    first: optional(word()),
    second: optional(word()),
    third: optional(word()),
  },
  run(ctx, { subcommand, account, first, second, third }) {
    if (!mechanismsFor(ctx.session, ctx.settings).includes(mechanism)) {
      return refusals.badOpaque("This connection has no OPAQUE");
    }
    switch (subcommand.toUpperCase()) {
      case "REG":
        return first === "*" && second === "*"
          ? withName(ctx, { account, bytes: third, then: evaluate })
          : refusals.badOpaque("E-mail address and invitation are not taken: *");
      case "CHG":
        return askForChange(ctx, account, first);
      case "REC":
        return ctx.session.user === undefined
          ? withName(ctx, { account, bytes: first, then: claim })
          : takeRecord(ctx, { account, record: first, proof: second });
      default:
        return refusals.badOpaque("REG, REC and CHG are the subcommands");
    }
  },
});

interface Step {
  readonly account: string;
  /** In base64. */
  readonly bytes: string | undefined;
  readonly then: (ctx: Context, name: string, bytes: Uint8Array) => void;
}

/** Goes on with a name that can be had, and with bytes. */
function withName(ctx: Context, { account, bytes: text, then }: Step): Refusal | undefined {
  const name = wantedName(ctx, account);
  if (!name.ok) return name.error;
  const bytes = decodeBase64(text ?? "");
  if (bytes === undefined || bytes.length === 0) return refusals.badOpaque("This is not base64");
  release(ctx);
  ctx.load([accountLookup(name.value)], (next, outcome) => {
    const refusal = outcome === "loaded" ? mayBeMade(next, name.value) : notNow();
    if (refusal === undefined) then(next, name.value, bytes);
    else next.reply(refusal);
  });
  return undefined;
}

function evaluate(ctx: Context, name: string, request: Uint8Array): void {
  const { id: connection } = ctx.session;
  ctx.ask("evaluate", { connection, name, request }, (answer, next) => {
    switch (answer.outcome) {
      case "evaluated": {
        next.reply(replies.opaqueResponse(name, Buffer.from(answer.response).toString("base64")));
        const loginFailures = next.session.loginFailures + 1;
        changeSession(next, { loginFailures });
        const { loginFailuresMax } = next.settings.limits;
        if (loginFailures >= loginFailuresMax) next.close("Too many registrations were begun");
        return;
      }
      case "refused":
        next.reply(refusals.badOpaque("This is no request"));
        return;
      case "unavailable":
        next.reply(notNow());
    }
  });
}

function claim(ctx: Context, name: string, record: Uint8Array): void {
  const { network, session } = ctx;
  const account = network.takeAccountNumber();
  ctx.emit(nameReserved({ name, isReserved: true }));
  changeSession(ctx, { claim: { account, name } });
  ctx.ask("claim", { connection: session.id, account, name, record }, (answer, next) => {
    if (answer.outcome === "claimed") {
      next.reply(replies.opaquePending(name));
      return;
    }
    release(next);
    next.reply(answer.outcome === "refused" ? refusals.badOpaque("This is no record") : notNow());
  });
}

/** What was claimed on this connection before is free again. */
function release(ctx: Context): void {
  const { claim: before } = ctx.session;
  if (before === undefined) return;
  ctx.emit(nameReserved({ name: before.name, isReserved: false }));
  changeSession(ctx, { claim: undefined });
}

export const opaqueFamily = family({
  commands: [opaque],
  capabilities: {
    [opaqueCapability]: (session, settings) =>
      settings.registration === "closed" || !mechanismsFor(session, settings).includes(mechanism)
        ? undefined
        : "v=1",
  },
});

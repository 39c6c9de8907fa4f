/**
 * OPAQUE: asking for an account without telling the password, and changing the password (`password.ts`).
 *
 *     OPAQUE REG <account> <email|*> <invitation|*> <request>    → OPAQUE RESP <account> <response>
 *     OPAQUE REC <account> <record> [<scram>]                    → NOTE OPAQUE PENDING <account>
 *     AUTHENTICATE OPAQUE-R255-EXPR …                            → as REGISTER is answered
 *
 * Request, response and record are RFC 9807's, in base64, the response with argon2's settings in front
 * (`auth/opaque/profile.ts`); `scram` is a verifier of the same password for SCRAM (`auth/scram/verifier.ts`), which a
 * client adds where the server has that. The name is the connection's from REC on, and an account only when it has logged in:
 * nobody squats on names with records that nobody can use. What is refused for the reasons of REGISTER is refused
 * in REGISTER's words, which clients know.
 *
 * With a reset link the name is an account's, which gets another record by its first login with it. The invitation
 * is shown with the request and counts for the record that follows on the same connection.
 *
 * A response is what a guess can be checked with, later, against what logins tell: RFC 9807 §9.2. So each one counts
 * as a refused login.
 */
import { Secret } from "../../base/secret.ts";
import { opaqueCapability } from "../../protocol/capabilities.ts";
import { isSameName } from "../../protocol/names.ts";
import { type Refusal, refusals, replies } from "../../protocol/replies.ts";
import { decodeBase64, opaqueMechanism as mechanism } from "../../protocol/sasl.ts";
import { command, family } from "../command.ts";
import { type Context } from "../context.ts";
import { optional, word } from "../params.ts";
import { mechanismsFor } from "../policy.ts";
import { changeSession } from "../session-changed.ts";
import { type Claim } from "../session.ts";
import { type Entry, nameReserved, notNow, wantedAccount, withEntry, withName } from "./asking.ts";
import { findInvitation, isRegistrationPossible } from "./invitations.ts";
import { askForChange, takeRecord } from "./password.ts";

const opaque = command({
  name: "OPAQUE",
  when: "always",
  keeps: ({ params: [subcommand = ""] }, { user }) =>
    user !== undefined && /^(?:CHG|REC)$/i.test(subcommand),
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
        return first !== undefined && second !== undefined
          ? request(ctx, { account, email: first, token: second, text: third })
          : refusals.badOpaque("REG account email|* invitation|* request");
      case "CHG":
        return askForChange(ctx, account, first);
      case "REC":
        return !ctx.session.isLoggedIn
          ? record(ctx, { account, text: first ?? "", scram: second })
          : takeRecord(ctx, { account, record: first, proof: second, scram: third });
      default:
        return refusals.badOpaque("REG, REC and CHG are the subcommands");
    }
  },
});

interface Request {
  readonly account: string;
  /** Or `*`. */
  readonly email: string;
  /** The invitation's, or `*`. */
  readonly token: string;
  /** In base64. */
  readonly text: string | undefined;
}

function request(ctx: Context, asked: Request): Refusal | undefined {
  const { account, token, text } = asked;
  const isInvited = token !== "*";
  const wanted = wantedAccount(ctx, account, { email: asked.email, isInvited });
  if (!wanted.ok) return wanted.error;
  const { name } = wanted.value;
  const bytes = bytesOf(text);
  if (bytes === undefined) return notBase64();
  release(ctx);
  const entering = {
    name,
    token: isInvited ? Secret.fromText(token) : undefined,
    refuse: replyTo,
  };
  withEntry(ctx, entering, (next, { invitation }) => {
    const requested = { ...wanted.value, invitation: invitation?.hash };
    changeSession(next, { requested });
    evaluate(next, name, bytes);
  });
  return undefined;
}

interface Recorded {
  readonly account: string;
  /** In base64, as is SCRAM's verifier, if there is one. */
  readonly text: string;
  readonly scram: string | undefined;
}

/** What the client has made of the password. */
interface Made {
  readonly record: Uint8Array;
  readonly scram: Uint8Array | undefined;
}

function record(ctx: Context, { account, text, scram }: Recorded): Refusal | undefined {
  const { requested } = ctx.session;
  const before =
    requested !== undefined && isSameName(requested.name, account) ? requested : undefined;
  const isInvited = before?.invitation !== undefined;
  const wanted = wantedAccount(ctx, account, { email: before?.email, isInvited });
  if (!wanted.ok) return wanted.error;
  const { name } = wanted.value;
  const made = madeOf(text, scram);
  if (made === undefined) return notBase64();
  release(ctx);
  const invitation = findInvitation(ctx.network, before?.invitation, ctx.now.wall);
  if (isInvited && invitation === undefined) return refusals.invalidInvite(name);
  withName(ctx, { name, invitation, refuse: replyTo }, (next, entry) =>
    claim(next, claimOf(next, wanted.value, entry), made),
  );
  return undefined;
}

function claimOf(ctx: Context, who: Pick<Claim, "name" | "email">, entry: Entry): Claim {
  if (entry.kind === "reset") return entry.claim;
  const account = ctx.network.takeAccountNumber();
  return { account, ...who, invitation: entry.invitation?.hash, isReset: false };
}

function replyTo(ctx: Context, refusal: Refusal): void {
  ctx.reply(refusal);
}

function madeOf(text: string, scramText: string | undefined): Made | undefined {
  const bytes = bytesOf(text);
  const scram = scramText === undefined ? undefined : bytesOf(scramText);
  const isWhole = bytes !== undefined && (scramText === undefined || scram !== undefined);
  return isWhole ? { record: bytes, scram } : undefined;
}

function bytesOf(text: string | undefined): Uint8Array | undefined {
  const bytes = decodeBase64(text ?? "");
  return bytes === undefined || bytes.length === 0 ? undefined : bytes;
}

function notBase64(): Refusal {
  return refusals.badOpaque("This is not base64");
}

function evaluate(ctx: Context, name: string, bytes: Uint8Array): void {
  const { id: connection, facts } = ctx.session;
  const ask = { connection, address: facts.address, name, request: bytes };
  ctx.ask("evaluate", ask, (answer, next) => {
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
      case "throttled":
        next.reply(refusals.rateLimited("REGISTER", answer.seconds));
        return;
      case "busy":
      case "unavailable":
        next.reply(notNow());
    }
  });
}

function claim(ctx: Context, wanted: Claim, made: Made): void {
  const { session } = ctx;
  const { account, name, isReset } = wanted;
  if (!isReset) ctx.emit(nameReserved({ name, isReserved: true }));
  changeSession(ctx, { claim: wanted });
  ctx.ask("claim", { connection: session.id, account, name, ...made }, (answer, next) => {
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
  if (!before.isReset) ctx.emit(nameReserved({ name: before.name, isReserved: false }));
  changeSession(ctx, { claim: undefined });
}

export const opaqueFamily = family({
  commands: [opaque],
  capabilities: {
    [opaqueCapability]: (session, settings, network) =>
      isRegistrationPossible(settings, network) &&
      mechanismsFor(session, settings).includes(mechanism)
        ? "v=1"
        : undefined,
  },
});

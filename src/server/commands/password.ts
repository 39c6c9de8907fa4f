/**
 * Changing the password by OPAQUE, which tells the server neither the old one nor the new one.
 *
 *     AUTHENTICATE OPAQUE-R255-EXPR …                 who is logged in proves the old password once more → 900, 903
 *     OPAQUE CHG <request> [same]                     → OPAQUE RESP <account> <response>
 *     OPAQUE REC <account> <record> <proof> [<scram>] → NOTE OPAQUE CHANGED <account>
 *
 * The proof is made with the login's session key (`auth/changing.ts`), so nobody changes a password who has not just
 * typed it, whoever has the connection. `same` says that only the record is made anew: the server has other keys or
 * stretches more, and has said so at the login (NOTE OPAQUE OUTDATED).
 *
 * It needs no capability: who has OPAQUE in the list of `sasl` has this.
 *
 * A password is changed because someone else may know it. So all other connections of the account end, however they
 * came in, and `auth` has taken away what would bring them back without the new password. This one stays: its owner
 * has just proven the old password and chosen the new one.
 */
import { isSameName } from "../../protocol/names.ts";
import { type Refusal, refusals, replies } from "../../protocol/replies.ts";
import { decodeBase64 } from "../../protocol/sasl.ts";
import { type Context } from "../context.ts";
import { type Answer } from "../outside.ts";
import { mayManage } from "../policy.ts";
import { changeSession } from "../session-changed.ts";
import { type User } from "../state/user.ts";
import { countFailure } from "./admission.ts";

/** CHG: the server's part of the new record. */
export function askForChange(
  ctx: Context,
  text: string,
  flag: string | undefined,
): Refusal | undefined {
  const { id: connection, user, proven } = ctx.session;
  if (user === undefined || proven === undefined || !mayManage(ctx.session)) {
    return refusals.changeNeedsAccount();
  }
  const request = decodeBase64(text);
  if (request === undefined || request.length === 0)
    return refusals.badOpaque("This is not base64");
  if (flag !== undefined && flag.toLowerCase() !== "same") {
    return refusals.badOpaque("After the request there is nothing, or: same");
  }
  const isSame = flag !== undefined;
  changeSession(ctx, { changing: undefined });
  const {
    id: account,
    account: { name },
  } = user;
  const step = { kind: "request", request } as const;
  ctx.ask("change", { connection, account, name, step }, (answer, next) => {
    if (answer.outcome !== "evaluated") {
      refuseChange(next, user, answer);
      return;
    }
    changeSession(next, { changing: { isSame } });
    next.reply(replies.opaqueResponse(name, Buffer.from(answer.response).toString("base64")));
  });
  return undefined;
}

export interface GivenRecord {
  readonly account: string;
  /** In base64, all three. */
  readonly record: string | undefined;
  readonly proof: string | undefined;
  readonly scram: string | undefined;
}

/** REC of who is logged in: the record, and what says that it is theirs. */
export function takeRecord(ctx: Context, given: GivenRecord): Refusal | undefined {
  const { id: connection, changing, proven } = ctx.session;
  const { user } = ctx;
  if (changing === undefined || !isSameName(given.account, user.account.name)) {
    return refusals.badOpaque("There was no CHG that this could be the record of");
  }
  const [record, proof] = [decodeBase64(given.record ?? ""), decodeBase64(given.proof ?? "")];
  const scram = given.scram === undefined ? undefined : decodeBase64(given.scram);
  const isRead = given.scram === undefined || scram !== undefined;
  if (record === undefined || proof === undefined || !isRead) {
    return refusals.badOpaque("This is not base64");
  }
  changeSession(ctx, { changing: undefined });
  const {
    id: account,
    account: { name },
  } = user;
  const { isSame } = changing;
  const own = proven?.credentialKind === "session" ? proven.credential : undefined;
  const step = { kind: "record", record, scram, proof, isSame, own } as const;
  ctx.ask("change", { connection, account, name, step }, (answer, next) => {
    if (answer.outcome === "changed") changed(next, user, isSame);
    else refuseChange(next, user, answer);
  });
  return undefined;
}

/** Also when this connection has gone meanwhile: the others end all the same. */
function changed(ctx: Context, { id, account: { name: account } }: User, isSame: boolean): void {
  const { address } = ctx.session.facts;
  ctx.note({ event: "password.changed", account, address, isSame });
  ctx.reply(isSame ? replies.recordRenewed(account) : replies.passwordChanged(account));
  if (isSame) return;
  for (const session of ctx.network.sessions.values()) {
    const isTheirs = session.user?.id === id || session.proven?.id === id;
    if (isTheirs && session !== ctx.session) ctx.close("Your password was changed", session);
  }
}

function refuseChange(
  ctx: Context,
  { account: { name: account } }: User,
  answer: Answer<"change">,
): void {
  switch (answer.outcome) {
    case "stale":
      ctx.reply(refusals.changeNeedsLogin(account));
      return;
    case "refused":
      ctx.reply(refusals.badOpaque("This is no request, or no record of the response"));
      return;
    case "unproven":
      ctx.reply(refusals.changeNotProven(account));
      countFailure(ctx, { mechanism: "OPAQUE CHG", reason: "record not proven", account });
      return;
    case "evaluated":
    case "changed":
    case "unavailable":
      ctx.reply(refusals.temporarilyUnavailable("OPAQUE"));
  }
}

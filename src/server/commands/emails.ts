/**
 * E-mail addresses of accounts: asked for where the settings say so (`email-required`), by every way to an account.
 *
 * An operator sees them beside the name when deciding, and who has an invitation needs none: the invitation vouches.
 * Nothing is sent to them. Where none is asked for, one that a client sends all the same is neither looked at nor kept.
 * They are in the account's row and in its export, and in no note: logs live longer than accounts.
 */
import { failed, ok, type Result } from "../../base/result.ts";
import { parseEmail } from "../../protocol/email.ts";
import { type Refusal, refusals } from "../../protocol/replies.ts";
import { type Context } from "../context.ts";

/** The address to keep with the account `name`; undefined: none is wanted. `email`: as it was sent, `*` is none. */
export function wantedEmail(
  { settings }: Pick<Context, "settings">,
  name: string,
  { email, isInvited }: { readonly email: string | undefined; readonly isInvited: boolean },
): Result<string | undefined, Refusal> {
  if (!settings.emailRequired || isInvited) return ok(undefined);
  if (email === undefined || email === "*") return failed(refusals.emailNeeded(name));
  const parsed = parseEmail(email);
  if (parsed.ok) return parsed;
  const refusal = parsed.error === "invalid" ? refusals.invalidEmail : refusals.unacceptableEmail;
  return failed(refusal(name));
}

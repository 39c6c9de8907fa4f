/**
 * App passwords: what other clients and bots log in with, where the account's own password does not
 * belong or is not enough. Random, one for each program, so that each can be taken away.
 *
 * They are passwords of PLAIN. A password that has the form of one is looked up by its hash and
 * never stretched, whatever the name: what an answer costs and says is the same for unknown names,
 * unknown tokens, tokens of others, and those that have expired. Rows of the vault:
 *
 *     app-password   found by SHA-256 of the token; nothing else is in it
 */
import { type Secret } from "../base/secret.ts";
import { type AccountId } from "../base/ids.ts";
import { fold } from "../protocol/names.ts";
import { type MechanismContext, type Step } from "./mechanism.ts";
import { hashToken, isToken, makeToken } from "./tokens.ts";
import { type Vault } from "./vault.ts";

/** Of one account. */
export const appPasswordsMax = 32;

export function isAppPassword(password: Secret): boolean {
  return isToken("app", password);
}

export async function checkAppPassword(
  context: MechanismContext,
  name: string,
  password: Secret,
): Promise<Step> {
  const { vault } = context;
  const account = context.findAccount(fold(name));
  const kept = await vault.find("app-password", hashToken(password.bytes()));
  if (account === undefined || kept?.account !== account.id) return { kind: "refused", name };
  vault.used(kept);
  return { kind: "proven", account, credential: kept.id, credentialKind: "app-password" };
}

/** Undefined: the account has as many as it may have. */
export async function addAppPassword(
  vault: Vault,
  account: AccountId,
  { label, lastsMs }: { readonly label: string; readonly lastsMs: number | undefined },
): Promise<{ readonly id: number; readonly secret: string } | undefined> {
  const secret = makeToken("app");
  const id = await vault.addUpTo(appPasswordsMax, {
    account,
    kind: "app-password",
    lookup: hashToken(Buffer.from(secret)),
    label,
    ...(lastsMs === undefined ? {} : { lastsMs }),
    content: new Uint8Array(),
  });
  return id === undefined ? undefined : { id, secret };
}

/**
 * Credentials: an account's owner, or an operator, looks through what proves it and takes it away.
 */
import { type Answer, type Ask } from "../server/outside.ts";
import { type CredentialInfo } from "../server/proofs.ts";
import { addAppPassword } from "./app-passwords.ts";
import { addCertificate, fingerprintOf } from "./certificates.ts";
import { type Kept, type Vault } from "./vault.ts";

export async function manageCredentials(
  vault: Vault,
  { account, name, own, action }: Ask<"credentials">,
): Promise<Answer<"credentials">> {
  switch (action.kind) {
    case "list": {
      const kept = await vault.list(account, action.of);
      return { outcome: "listed", credentials: kept.map((each) => infoOf(each, own)) };
    }
    case "remove": {
      const { of, which } = action;
      if (which === "all") return { outcome: "removed", count: vault.removeOf(account, of) };
      if (typeof which === "number") {
        return { outcome: "removed", count: vault.remove(account, of, which) ? 1 : 0 };
      }
      return { outcome: "removed", count: vault.removeOthers(account, of, own) };
    }
    case "add-certificate":
      return addCertificate(vault, { id: account, name }, action);
    case "add-app-password": {
      const added = await addAppPassword(vault, account, action);
      return added === undefined ? { outcome: "full" } : { outcome: "added", ...added };
    }
  }
}

function infoOf(kept: Kept, own: number | undefined): CredentialInfo {
  const { id, kind, label, createdAt, usedAt, expiresAt } = kept;
  const fingerprint = kind === "certificate" ? fingerprintOf(kept) : undefined;
  return { id, kind, label, createdAt, usedAt, expiresAt, isOwn: id === own, fingerprint };
}

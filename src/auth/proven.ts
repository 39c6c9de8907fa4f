/**
 * Where a proof becomes a `ProvenAccount`: the only place in the program that makes one.
 *
 * Who calls this has just proven, by a mechanism, that the other side knows the account's secret.
 */
import { type CredentialKind, type ProvenAccount } from "../server/proofs.ts";
import { type NamedAccount } from "../storage/verifiers.ts";

/** What proved it, when that was not the password alone, and what the client called itself. */
interface Credential {
  readonly credential?: number;
  readonly credentialKind?: CredentialKind;
  readonly device?: string | undefined;
}

export function proven(
  { id, name }: NamedAccount,
  mechanism: string,
  by: Credential = {},
): ProvenAccount {
  const { credential, credentialKind, device } = by;
  const account = { id, name, mechanism, credential, credentialKind, device };
  return account as ProvenAccount; // branded here and nowhere else
}

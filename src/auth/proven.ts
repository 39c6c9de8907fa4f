/**
 * Where a proof becomes a `ProvenAccount`: the only place in the program that makes one.
 *
 * Who calls this has just proven, by a mechanism, that the other side knows the account's secret.
 */
import { type ProvenAccount } from "../server/proofs.ts";
import { type NamedAccount } from "../storage/verifiers.ts";

export function proven(
  { id, name }: NamedAccount,
  mechanism: string,
  credential?: number,
): ProvenAccount {
  return { id, name, mechanism, credential } as ProvenAccount; // branded here and nowhere else
}

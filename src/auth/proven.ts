/**
 * Where a proof becomes a `ProvenAccount`: the only place in the program that makes one.
 *
 * Who calls this has just proven, by a mechanism, that the other side knows the account's secret.
 */
import { type ProvenAccount } from "../server/outside.ts";
import { type NamedAccount } from "../storage/verifiers.ts";

export function proven(account: NamedAccount, mechanism: string): ProvenAccount {
  const { id, name } = account;
  return { id, name, mechanism } as ProvenAccount; // the brand is given here and nowhere else
}

/**
 * Certificates: the TLS client certificates that prove accounts, in the vault.
 *
 *     SHA-256 of the certificate, 32 bytes · the account's name
 *
 * A row is found by the fingerprint, which is in its sealed content too: who can only write to the
 * database cannot give a row another certificate. A certificate belongs to one account.
 */
import { type AccountId } from "../base/ids.ts";
import { type Answer } from "../server/outside.ts";
import { type NamedAccount } from "../storage/verifiers.ts";
import { joined } from "./opaque/derivation.ts";
import { type Kept, type Vault } from "./vault.ts";

/** One for each device: more are a script gone wild. */
const certificatesPerAccountMax = 16;
const fingerprintBytes = 32;

export interface FoundCertificate {
  readonly id: number;
  readonly usedAt: Kept["usedAt"];
  readonly account: AccountId;
  readonly name: string;
}

/** Whose certificate has that SHA-256, in hex. */
export async function findCertificate(
  vault: Vault,
  fingerprint: string,
): Promise<FoundCertificate | undefined> {
  const kept = await vault.find("certificate", bytesOf(fingerprint));
  if (kept === undefined || fingerprintOf(kept) !== fingerprint) return undefined;
  const name = Buffer.from(kept.content.subarray(fingerprintBytes)).toString();
  return { id: kept.id, usedAt: kept.usedAt, account: kept.account, name };
}

export async function addCertificate(
  vault: Vault,
  { id: account, name }: NamedAccount,
  { fingerprint, label }: { readonly fingerprint: string; readonly label: string },
): Promise<Answer<"credentials">> {
  const lookup = bytesOf(fingerprint);
  const own = await vault.list(account, "certificate");
  if (own.length >= certificatesPerAccountMax) return { outcome: "full" };
  const content = joined(lookup, Buffer.from(name));
  const id = await vault.addUnique({ account, kind: "certificate", lookup, label, content });
  if (id !== undefined) return { outcome: "added", id, secret: undefined };
  const isOwn = own.some((each) => fingerprintOf(each) === fingerprint);
  return { outcome: "taken", isOwn };
}

/** In lower-case hex. */
export function fingerprintOf({ content }: Kept): string {
  return Buffer.from(content.subarray(0, fingerprintBytes)).toString("hex");
}

function bytesOf(fingerprint: string): Uint8Array {
  return Uint8Array.from(Buffer.from(fingerprint, "hex"));
}

/**
 * Devices: those that an account's owner has asked the server to remember, each a row of the vault.
 *
 *     content: version, 01 · device's key, 32 · token, 32         (`resume.ts`)
 *
 * A row lasts for fourteen days from its last login. An account has sixteen at most: one more, and
 * the one that was used longest ago goes, since who logs in anew is there and can say so.
 */
import { dayMs } from "../base/time.ts";
import { fold } from "../protocol/names.ts";
import { type NamedAccount } from "../storage/verifiers.ts";
import { joined } from "./opaque/derivation.ts";
import { deviceIdBytes, resumeKeyBytes, type ResumeKeys, resumeKeysOf } from "./resume.ts";
import { type Kept, type Vault } from "./vault.ts";

export const devicesMax = 16;
export const deviceLastsMs = 14 * dayMs;

const version = 1;

export interface RememberedDevice {
  readonly device: Uint8Array;
  readonly token: Uint8Array;
}

/** The device that has just logged in by OPAQUE is remembered; answers its row's number. */
export async function rememberDevice(
  vault: Vault,
  account: NamedAccount,
  { sessionKey, label }: { readonly sessionKey: Uint8Array; readonly label: string },
): Promise<number> {
  const keys = resumeKeysOf(sessionKey, fold(account.name));
  await makeRoom(vault, account);
  const content = contentOf(keys);
  const where = { account: account.id, kind: "session", lookup: keys.id } as const;
  const id = await vault.add({ ...where, label, lastsMs: deviceLastsMs, content });
  for (const bytes of [content, keys.device, keys.token]) bytes.fill(0);
  return id;
}

export function contentOf({ device, token }: Pick<ResumeKeys, "device" | "token">): Uint8Array {
  return joined(Uint8Array.of(version), device, token);
}

/** Undefined: of another version. */
export function parseContent(content: Uint8Array): RememberedDevice | undefined {
  if (content[0] !== version || content.length !== 1 + 2 * resumeKeyBytes) return undefined;
  const device = content.subarray(1, 1 + resumeKeyBytes);
  return { device, token: content.subarray(1 + resumeKeyBytes) };
}

export async function findDevice(vault: Vault, id: Uint8Array): Promise<Kept | undefined> {
  return id.length === deviceIdBytes ? vault.find("session", id) : undefined;
}

async function makeRoom(vault: Vault, { id: account }: NamedAccount): Promise<void> {
  const kept = await vault.list(account, "session");
  const usedAt = (each: Kept): number => each.usedAt ?? each.createdAt;
  const oldest = kept.toSorted((left, right) => usedAt(left) - usedAt(right));
  for (const { id } of oldest.slice(0, Math.max(0, kept.length - devicesMax + 1))) {
    vault.remove(account, "session", id);
  }
}

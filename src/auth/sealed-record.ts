/**
 * Sealed records: verifiers of form `opaque`, as they are stored.
 *
 *     key set, 4 bytes · argon2's settings, 7 · nonce, 12 · record, 192, sealed · tag, 16
 *
 * The record is sealed with AES-256-GCM (NIST SP 800-38D), and bound to its account, to what is in
 * front of it, and to its generation, which the store counts apart from it and only upwards. Who
 * can only write to the database can therefore neither make a record nor put one account's in the
 * place of another's, nor an old one in the place of a new one. A whole database put back to an
 * older state opens: that is what a backup is.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { type AccountId } from "../base/ids.ts";
import {
  type Argon2Settings,
  parseSettings,
  settingsBytes,
  writeSettings,
} from "./argon2-settings.ts";
import { keyIdBytes, type KeyRing, type KeySet } from "./keys.ts";
import { joined, label } from "./opaque/derivation.ts";
import { parseRecord, recordBytes, type RegistrationRecord } from "./opaque/messages.ts";
import { type Verifier } from "../storage/verifiers.ts";

export const opaqueForm = "opaque";

/** A record, with what it takes to use it. */
export interface Credential {
  readonly record: RegistrationRecord;
  readonly settings: Argon2Settings;
  readonly keys: KeySet;
}

const cipher = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;
const headerBytes = keyIdBytes + settingsBytes;
const sealedBytes = headerBytes + nonceBytes + recordBytes + tagBytes;

/** Whose it is, and the how-manieth of theirs. */
export interface Place {
  readonly account: AccountId;
  readonly generation: number;
}

export function sealRecord({ record, settings, keys }: Credential, place: Place): Uint8Array {
  const header = joined(keys.id, writeSettings(settings));
  const nonce = randomBytes(nonceBytes);
  const sealer = createCipheriv(cipher, keys.sealing, nonce, { authTagLength: tagBytes });
  sealer.setAAD(boundTo(header, place));
  const { clientPublicKey, maskingKey, envelope } = record;
  const parts = [clientPublicKey, maskingKey, envelope].map((part) => sealer.update(part));
  return joined(header, nonce, ...parts, sealer.final(), sealer.getAuthTag());
}

/** Undefined: of another form or key, damaged, or not in its place. */
export function openRecord(
  ring: KeyRing,
  { form, data, generation }: Verifier,
  account: AccountId,
): Credential | undefined {
  if (form !== opaqueForm || data.length !== sealedBytes) return undefined;
  const header = data.subarray(0, headerBytes);
  const keys = ring.find(header.subarray(0, keyIdBytes));
  const settings = parseSettings(header.subarray(keyIdBytes));
  if (keys === undefined || settings === undefined) return undefined;
  const nonce = data.subarray(headerBytes, headerBytes + nonceBytes);
  const opener = createDecipheriv(cipher, keys.sealing, nonce, { authTagLength: tagBytes });
  opener.setAAD(boundTo(header, { account, generation }));
  opener.setAuthTag(data.subarray(-tagBytes));
  try {
    const sealed = data.subarray(headerBytes + nonceBytes, -tagBytes);
    const record = parseRecord(joined(opener.update(sealed), opener.final()));
    return record === undefined ? undefined : { record, settings, keys };
  } catch {
    return undefined; // the tag says that it is not what was sealed
  }
}

function boundTo(header: Uint8Array, { account, generation }: Place): Uint8Array {
  const numbers = new BigUint64Array([BigInt(account), BigInt(generation)]);
  return joined(label("authchat verifier v1\0"), header, new Uint8Array(numbers.buffer));
}

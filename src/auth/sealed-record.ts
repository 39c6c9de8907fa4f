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
import { type AccountId } from "../base/ids.ts";
import {
  type Argon2Settings,
  parseSettings,
  settingsBytes,
  writeSettings,
} from "./argon2-settings.ts";
import { keyIdBytes, type KeyRing, type KeySet } from "./keys.ts";
import { joined } from "./opaque/derivation.ts";
import { parseRecord, type RegistrationRecord } from "./opaque/messages.ts";
import { open, seal, type Sealing } from "./sealing.ts";
import { type Verifier } from "../storage/verifiers.ts";

export const opaqueForm = "opaque";

/** A record, with what it takes to use it. */
export interface Credential {
  readonly record: RegistrationRecord;
  readonly settings: Argon2Settings;
  readonly keys: KeySet;
}

/** What is in front of the record, and says what it takes to use it; storage counts by it. */
export const headerBytes = keyIdBytes + settingsBytes;

/** Whose it is, and the how-manieth of theirs. */
export interface Place {
  readonly account: AccountId;
  readonly generation: number;
}

export function sealRecord({ record, settings, keys }: Credential, place: Place): Uint8Array {
  const header = joined(keys.id, writeSettings(settings));
  const { clientPublicKey, maskingKey, envelope } = record;
  const content = [clientPublicKey, maskingKey, envelope];
  return seal(keys, content, { header, ...boundTo(place) });
}

/** Undefined: of another form or key, damaged, or not in its place. */
export function openRecord(
  ring: KeyRing,
  { form, data, generation }: Verifier,
  account: AccountId,
): Credential | undefined {
  if (form !== opaqueForm) return undefined;
  const opened = open(ring, data, { headerBytes, ...boundTo({ account, generation }) });
  if (opened === undefined) return undefined;
  const settings = parseHeader(ring, opened.header)?.settings;
  const record = parseRecord(opened.content);
  return record === undefined || settings === undefined
    ? undefined
    : { record, settings, keys: opened.keys };
}

/** Undefined: of an unknown key, or none. */
export function parseHeader(
  ring: KeyRing,
  header: Uint8Array,
): Pick<Credential, "keys" | "settings"> | undefined {
  if (header.length !== headerBytes) return undefined;
  const keys = ring.find(header.subarray(0, keyIdBytes));
  const settings = parseSettings(header.subarray(keyIdBytes));
  return keys === undefined || settings === undefined ? undefined : { keys, settings };
}

function boundTo({ account, generation }: Place): Pick<Sealing, "what" | "numbers"> {
  return { what: "authchat verifier v1", numbers: [account, generation] };
}

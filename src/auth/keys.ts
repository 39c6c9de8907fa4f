/**
 * Keys: everything secret of the server's side of passwords, derived from one master key of 32
 * bytes that is kept apart from the database.
 *
 *     HKDF-SHA-512(master, "authchat v1 " + label), the labels being
 *         id          4   names the set in what was made with it
 *         oprf-seed  64   without it no password can be guessed at, whatever else was stolen
 *         ake        32   the server's key pair, which clients pin: of the oldest key, see below
 *         seal       32   AES-256-GCM over stored verifiers
 *         fake       64   the record that is used for names that have none
 *         decoy      64   what else is answered with for names that have none
 *         lookup     32   names what has to be found again and is not to be read
 *
 * The key file is text, one master key a line, the newest first: `v1 <base64>`. What was made with
 * an older key is read with it, and made anew at the account's next login (`rekeying.ts`). A line
 * `argon2id` says that the database is older than the key: only then are verifiers taken that no key
 * has sealed, because whoever can write to the database can make those. A line `ake <base64>` is the
 * seed of the server's key pair, 32 bytes; without one it is derived from the oldest key. Clients pin
 * that pair and records hold it, so it is the same for all keys and survives them. Reading and
 * writing the file is left to `cli`.
 */
import { createHash, randomBytes } from "node:crypto";
import { assert, present } from "../base/assert.ts";
import { Secret } from "../base/secret.ts";
import { expand, extract, hashBytes, label } from "./opaque/derivation.ts";
import { deriveDiffieHellmanKeyPair } from "./opaque/envelope.ts";
import { type Group, uniformBytes } from "./opaque/group.ts";
import { envelopeBytes, type RegistrationRecord, seedBytes } from "./opaque/messages.ts";
import { type KeyPair } from "./opaque/oprf.ts";
import { type ServerKeys } from "./opaque/registration.ts";

export interface KeySet extends ServerKeys {
  readonly id: Uint8Array;
  readonly sealing: Uint8Array;
  /** RFC 9807 §6.3.2.2: what is answered with where there is no record. */
  readonly fake: RegistrationRecord;
  /** By which other mechanisms make up what a name does not have. */
  readonly decoy: Uint8Array;
  readonly lookup: Uint8Array;
}

export const keyIdBytes = 4;
const masterBytes = 32;
/** Older keys are there for a while only. */
const mastersMax = 16;

export interface MasterKeys {
  /** The newest first. Whoever takes them over wipes them. */
  readonly masters: readonly Secret[];
  /** Of the server's key pair; undefined: derived from the oldest. Wiped likewise. */
  readonly akeSeed?: Secret | undefined;
  /** Verifiers of the first form are still taken. */
  readonly takesUnsealed: boolean;
}

const unsealedLine = "argon2id";
const seedForm = /^ake ([A-Za-z0-9+/]{43}=)$/;

/** A key file with one new key, for a database with or without verifiers that no key has sealed. */
export function makeKeyFile(hasUnsealed: boolean): string {
  return writeKeyFile({ masters: [makeMaster()], takesUnsealed: hasUnsealed });
}

/** The file with a new key in front; undefined when it has as many as it may have. */
export function withNewKey(keys: MasterKeys): string | undefined {
  const { masters, takesUnsealed } = keys;
  if (masters.length >= mastersMax) return undefined;
  const all = [makeMaster(), ...masters];
  return writeKeyFile({ masters: all, akeSeed: seedOf(keys), takesUnsealed });
}

/** The names of the keys in the file, in lower-case hex, the newest first; undefined when it is no key file. */
export function keyIdsIn(text: string): string[] | undefined {
  const keys = parseKeyFile(text);
  if (keys === undefined) return undefined;
  keys.akeSeed?.wipe();
  return keys.masters.map((master) => {
    const id = deriveOf(master.bytes(), "id", keyIdBytes);
    master.wipe();
    return Buffer.from(id).toString("hex");
  });
}

/** The file without the keys of these ids; the newest stays in any case. */
export function withoutKeys(keys: MasterKeys, ids: readonly Uint8Array[]): string {
  const { masters, takesUnsealed } = keys;
  const isDropped = (master: Secret): boolean => {
    const id = deriveOf(master.bytes(), "id", keyIdBytes);
    return ids.some((each) => Buffer.compare(each, id) === 0);
  };
  const kept = masters.filter((master, index) => index === 0 || !isDropped(master));
  return writeKeyFile({ masters: kept, akeSeed: seedOf(keys), takesUnsealed });
}

function makeMaster(): Secret {
  return new Secret(Uint8Array.from(randomBytes(masterBytes)));
}

function writeKeyFile({ masters, akeSeed, takesUnsealed }: MasterKeys): string {
  const base64 = (secret: Secret): string => Buffer.from(secret.bytes()).toString("base64");
  const lines = masters.map((master) => `v1 ${base64(master)}\n`);
  if (akeSeed !== undefined) lines.push(`ake ${base64(akeSeed)}\n`);
  if (takesUnsealed) lines.push(`${unsealedLine}\n`);
  return lines.join("");
}

/** Undefined for a text that is no key file. */
export function parseKeyFile(text: string): MasterKeys | undefined {
  const all = text.split("\n").map((line) => line.trim());
  const [seedLine, ...moreSeeds] = all.filter((line) => line.startsWith("ake "));
  const lines = all.filter(
    (line) => line !== "" && line !== unsealedLine && !line.startsWith("ake "),
  );
  if (lines.length === 0 || lines.length > mastersMax || moreSeeds.length > 0) return undefined;
  const seed = seedLine === undefined ? undefined : seedForm.exec(seedLine)?.[1];
  if (seedLine !== undefined && seed === undefined) return undefined;
  const masters: Secret[] = [];
  for (const line of lines) {
    const base64 = /^v1 ([A-Za-z0-9+/]{43}=)$/.exec(line)?.[1];
    if (base64 === undefined) return undefined;
    masters.push(secretOf(base64));
  }
  const akeSeed = seed === undefined ? undefined : secretOf(seed);
  return { masters, akeSeed, takesUnsealed: all.includes(unsealedLine) };
}

function secretOf(base64: string): Secret {
  return new Secret(Uint8Array.from(Buffer.from(base64, "base64")));
}

/** The sets of keys, the newest first. */
export class KeyRing {
  readonly newest: KeySet;
  /** By which it is chosen what an unknown name looks like (`population.ts`); outlives any key. */
  readonly choosing: Uint8Array;
  readonly sets: readonly KeySet[];

  constructor(group: Group, keys: Omit<MasterKeys, "takesUnsealed">) {
    const seed = seedOf(keys);
    const ake = deriveDiffieHellmanKeyPair(group, seed.bytes());
    this.choosing = deriveOf(seed.bytes(), "choosing", hashBytes);
    this.sets = keys.masters.map((master) => deriveKeySet(group, master.bytes(), ake));
    if (seed !== keys.akeSeed) seed.wipe();
    const [newest] = this.sets;
    assert(newest !== undefined, "there is a master key");
    this.newest = newest;
  }

  find(id: Uint8Array): KeySet | undefined {
    return this.sets.find((set) => Buffer.compare(set.id, id) === 0);
  }
}

function seedOf({ masters, akeSeed }: Omit<MasterKeys, "takesUnsealed">): Secret {
  if (akeSeed !== undefined) return akeSeed;
  const oldest = present(masters.at(-1), "there is a master key");
  return new Secret(deriveOf(oldest.bytes(), "ake", seedBytes));
}

function deriveOf(master: Uint8Array, name: string, length: number): Uint8Array {
  const key = extract(master);
  const derived = Uint8Array.from(expand(key, label(`authchat v1 ${name}`), length));
  key.fill(0);
  return derived;
}

function deriveKeySet(group: Group, master: Uint8Array, ake: KeyPair): KeySet {
  assert(master.length === masterBytes, "a master key has 32 bytes");
  const key = extract(master);
  const derive = (name: string, length: number): Uint8Array =>
    expand(key, label(`authchat v1 ${name}`), length);
  const maskingKey = derive("fake", uniformBytes);
  // Nobody knows the private key of this one: it is made as an element, not as a key pair.
  const clientPublicKey = group.elementFrom(createHash("sha512").update(maskingKey).digest());
  const set: KeySet = {
    id: derive("id", keyIdBytes),
    oprfSeed: derive("oprf-seed", uniformBytes),
    ake,
    sealing: derive("seal", 32),
    fake: { clientPublicKey, maskingKey, envelope: new Uint8Array(envelopeBytes) },
    decoy: derive("decoy", 64),
    lookup: derive("lookup", 32),
  };
  key.fill(0);
  return set;
}

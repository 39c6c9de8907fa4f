/**
 * Keys: everything secret of the server's side of passwords, derived from one master key of 32
 * bytes that is kept apart from the database.
 *
 *     HKDF-SHA-512(master, "authchat v1 " + label), the labels being
 *         id          4   names the set in what was made with it
 *         oprf-seed  64   without it no password can be guessed at, whatever else was stolen
 *         ake        32   the server's key pair, which clients pin
 *         seal       32   AES-256-GCM over stored verifiers
 *         fake       64   the record that is used for names that have none
 *         decoy      64   what else is answered with for names that have none
 *         lookup     32   names what has to be found again and is not to be read
 *
 * The key file is text, one master key a line, the newest first: `v1 <base64>`. What was made with
 * an older key is read with it, and made anew at the account's next login. A line `argon2id` says
 * that the database is older than the key: only then are verifiers taken that no key has sealed,
 * because whoever can write to the database can make those. Reading and writing the file is left to
 * `cli`.
 */
import { createHash, randomBytes } from "node:crypto";
import { assert } from "../base/assert.ts";
import { Secret } from "../base/secret.ts";
import { expand, extract, label } from "./opaque/derivation.ts";
import { deriveDiffieHellmanKeyPair } from "./opaque/envelope.ts";
import { type Group, uniformBytes } from "./opaque/group.ts";
import { envelopeBytes, type RegistrationRecord, seedBytes } from "./opaque/messages.ts";
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
  /** Verifiers of the first form are still taken. */
  readonly takesUnsealed: boolean;
}

const unsealedLine = "argon2id";

/** A key file with one new key, for a database with or without verifiers that no key has sealed. */
export function makeKeyFile(hasUnsealed: boolean): string {
  const line = `v1 ${randomBytes(masterBytes).toString("base64")}\n`;
  return hasUnsealed ? `${line}${unsealedLine}\n` : line;
}

/** Undefined for a text that is no key file. */
export function parseKeyFile(text: string): MasterKeys | undefined {
  const all = text.split("\n").map((line) => line.trim());
  const lines = all.filter((line) => line !== "" && line !== unsealedLine);
  if (lines.length === 0 || lines.length > mastersMax) return undefined;
  const masters: Secret[] = [];
  for (const line of lines) {
    const base64 = /^v1 ([A-Za-z0-9+/]{43}=)$/.exec(line)?.[1];
    if (base64 === undefined) return undefined;
    masters.push(new Secret(Uint8Array.from(Buffer.from(base64, "base64"))));
  }
  return { masters, takesUnsealed: all.includes(unsealedLine) };
}

/** The sets of keys, the newest first. */
export class KeyRing {
  readonly newest: KeySet;
  readonly all: readonly KeySet[];

  constructor(group: Group, masters: readonly Secret[]) {
    this.all = masters.map((master) => deriveKeySet(group, master.bytes()));
    const [newest] = this.all;
    assert(newest !== undefined, "there is a master key");
    this.newest = newest;
  }

  find(id: Uint8Array): KeySet | undefined {
    return this.all.find((set) => Buffer.compare(set.id, id) === 0);
  }
}

function deriveKeySet(group: Group, master: Uint8Array): KeySet {
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
    ake: deriveDiffieHellmanKeyPair(group, derive("ake", seedBytes)),
    sealing: derive("seal", 32),
    fake: { clientPublicKey, maskingKey, envelope: new Uint8Array(envelopeBytes) },
    decoy: derive("decoy", 64),
    lookup: derive("lookup", 32),
  };
  key.fill(0);
  return set;
}

/**
 * Rekeying: another master key, while the server runs, and the end of the ones before.
 *
 *     add    a new key in front of the file → in use → what the vault keeps is sealed with it anew
 *     drop   the older keys that no verifier is made with leave the file; by force, all of them do
 *
 * What was sealed is sealed anew at once. A verifier is more than sealed: it is made with the key's
 * OPRF, so it takes the password to make another, and that is there at a login only (PLAIN: by the
 * server; OPAQUE: by the client, who is told that its record is outdated). Until the last one is made
 * anew, the older key stays.
 *
 * Each step leaves a file and a database that go together, so a crash between them harms nothing: the
 * file is written before anything is made with its new key, and after everything was made anew that
 * needs the old one. Keys are never dropped by themselves: an older copy of the database needs them.
 */
import { type Answer, type Ask } from "../server/outside.ts";
import { type RekeyAction } from "../server/proofs.ts";
import { deriveKeys, type Keyring } from "./keyring.ts";
import {
  type KeyRing,
  type KeySet,
  type MasterKeys,
  parseKeyFile,
  withNewKey,
  withoutKeys,
} from "./keys.ts";
import { type CountedRows } from "./population.ts";
import { opaqueForm } from "./sealed-record.ts";
import { type Vault } from "./vault.ts";

/** The file of the master keys, for who can read and write files. Both throw when they cannot. */
export interface KeyFile {
  read(): string;
  /** Whole or not at all, and on the disk when it returns. */
  write(text: string): void;
}

export interface RekeyingOptions {
  readonly keyring: Keyring;
  readonly keyFile: KeyFile;
  readonly rows: CountedRows;
  readonly vault: Vault;
}

type Rekeyed = Answer<"rekey">;

export class Rekeying {
  readonly #options: RekeyingOptions;
  #isBusy = false;

  constructor(options: RekeyingOptions) {
    this.#options = options;
  }

  async answer({ action }: Ask<"rekey">): Promise<Rekeyed> {
    if (this.#isBusy) return { outcome: "busy" };
    this.#isBusy = true;
    try {
      return await this.#do(action);
    } finally {
      this.#isBusy = false;
    }
  }

  async #do(action: RekeyAction): Promise<Rekeyed> {
    switch (action) {
      case "add":
        return this.#add();
      case "count":
        return this.#figures();
      case "drop":
      case "force":
        return this.#drop(action === "force");
    }
  }

  async #add(): Promise<Rekeyed> {
    const { keyring, keyFile, vault } = this.#options;
    const text = withNewKey(this.#keys());
    if (text === undefined) return { outcome: "full" };
    const next = await deriveKeys(parsed(text));
    keyFile.write(text);
    keyring.use(next);
    await vault.reseal();
    return this.#figures();
  }

  async #drop(isForced: boolean): Promise<Rekeyed> {
    const { keyring, keyFile, vault, rows } = this.#options;
    await vault.reseal(); // a crash may have come between
    const { ring } = await keyring.ready();
    const older = ring.sets.filter((keys) => keys !== ring.newest);
    const dropped = older.filter((keys) => isForced || this.#countOf(ring, keys) === 0);
    const ids = dropped.map(({ id }) => id);
    const text = withoutKeys(this.#keys(), ids);
    const next = await deriveKeys(parsed(text));
    // Looked at again, in the same breath: what was under way with such a key may be kept by now.
    const isFree = isForced || dropped.every((keys) => this.#countOf(ring, keys) === 0);
    if (dropped.length === 0 || !isFree) return this.#figures();
    keyFile.write(text);
    keyring.use(next);
    // By now nobody can use them.
    const lost = dropped.reduce((sum, { id }) => sum + rows.removeByHeader(opaqueForm, id), 0);
    return { ...(await this.#figures()), dropped: dropped.length, lost };
  }

  async #figures(): Promise<Extract<Rekeyed, { outcome: "rekeyed" }>> {
    const { ring } = await this.#options.keyring.ready();
    const made = ring.sets.map((keys) => (keys === ring.newest ? 0 : this.#countOf(ring, keys)));
    const older = made.reduce((sum, count) => sum + count, 0);
    return { outcome: "rekeyed", keys: ring.sets.length, older, dropped: 0, lost: 0 };
  }

  /** How many verifiers are made with it. */
  #countOf(ring: KeyRing, keys: KeySet): number {
    const parts = this.#options.rows.population(ring).filter((part) => part.keys === keys);
    return parts.reduce((sum, { count }) => sum + count, 0);
  }

  #keys(): MasterKeys {
    return parsed(this.#options.keyFile.read());
  }
}

/** @throws when someone has made something else of the file while the server ran. */
function parsed(text: string): MasterKeys {
  const keys = parseKeyFile(text);
  if (keys === undefined) throw new Error("the file of keys is none any more");
  return keys;
}

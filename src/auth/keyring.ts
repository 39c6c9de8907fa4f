/**
 * Keyring: the keys of the running server, derived when they are first needed, and replaced by others
 * while it runs.
 *
 * libsodium takes a while to load, and a server that has just started has no login yet. The master
 * keys are wiped once everything is derived from them.
 */
import { KeyRing, type KeySet, type MasterKeys } from "./keys.ts";
import { type Group, loadGroup } from "./opaque/group.ts";

export interface Keys {
  readonly group: Group;
  readonly ring: KeyRing;
}

export class Keyring {
  /** Verifiers of the first form, which no key has sealed, are still taken. */
  readonly takesUnsealed: boolean;
  readonly #masterKeys: MasterKeys;
  #keys: Promise<Keys> | undefined;
  /** Once derived. */
  #ring: KeyRing | undefined;

  /** Takes the master keys over. */
  constructor(masterKeys: MasterKeys) {
    this.#masterKeys = masterKeys;
    this.takesUnsealed = masterKeys.takesUnsealed;
  }

  ready(): Promise<Keys> {
    this.#keys ??= deriveKeys(this.#masterKeys).then((keys) => {
      this.#ring = keys.ring;
      return keys;
    });
    return this.#keys;
  }

  /** Uses these from now on. What is under way with the ones before goes on with those. */
  use(keys: Keys): void {
    this.#keys = Promise.resolve(keys);
    this.#ring = keys.ring;
  }

  /** Whether what is sealed with these keys can be opened: a key may be dropped while they are used. */
  has(keys: KeySet): boolean {
    return this.#ring?.find(keys.id) !== undefined;
  }
}

/** Takes the master keys over. */
export async function deriveKeys(masterKeys: MasterKeys): Promise<Keys> {
  const group = await loadGroup();
  const ring = new KeyRing(group, masterKeys);
  for (const master of masterKeys.masters) master.wipe();
  masterKeys.akeSeed?.wipe();
  return { group, ring };
}

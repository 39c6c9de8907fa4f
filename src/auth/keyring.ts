/**
 * Keyring: the keys of the running server, derived when they are first needed.
 *
 * libsodium takes a while to load, and a server that has just started has no login yet. The master
 * keys are wiped once everything is derived from them.
 */
import { KeyRing, type MasterKeys } from "./keys.ts";
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

  /** Takes the master keys over. */
  constructor(masterKeys: MasterKeys) {
    this.#masterKeys = masterKeys;
    this.takesUnsealed = masterKeys.takesUnsealed;
  }

  ready(): Promise<Keys> {
    this.#keys ??= loadGroup().then((group) => {
      const { masters } = this.#masterKeys;
      const ring = new KeyRing(group, masters);
      for (const master of masters) master.wipe();
      return { group, ring };
    });
    return this.#keys;
  }
}

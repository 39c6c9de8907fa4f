/**
 * Known sources: from where each account was logged in to, and which accounts are locked for all
 * other places.
 *
 * Both are rows of the vault, so that a restart makes no owner a stranger. A source is found by a
 * MAC over account and source: the database alone says of no address that anyone was there. Every
 * question costs the same for an account that there is and for none.
 */
import { createHmac } from "node:crypto";
import { assert } from "../base/assert.ts";
import { type AccountId } from "../base/ids.ts";
import { dayMs, type WallMs } from "../base/time.ts";
import { type Keyring } from "./keyring.ts";
import { type KeyRing, type KeySet } from "./keys.ts";
import { type Source } from "./source.ts";
import { type Vault } from "./vault.ts";

/** Home, work, a few friends, and what a mobile network hands out; the one used longest ago goes. */
const sourcesMax = 16;
/** When it was used last is kept by the day: a write at each login would be for nothing. */
const touchedEveryMs = dayMs;

export interface KnownSourcesOptions {
  readonly vault: Vault;
  readonly keyring: Keyring;
  readonly wall: () => WallMs;
}

export class KnownSources {
  readonly #vault: Vault;
  readonly #keyring: Keyring;
  readonly #wall: () => WallMs;
  /** Under way, by account and source. */
  readonly #remembering = new Map<string, Promise<void>>();
  #ring: KeyRing | undefined;

  constructor({ vault, keyring, wall }: KnownSourcesOptions) {
    this.#vault = vault;
    this.#keyring = keyring;
    this.#wall = wall;
  }

  /** Before the first question. */
  async ready(): Promise<void> {
    this.#ring ??= (await this.#keyring.ready()).ring;
  }

  isKnown(account: AccountId, source: Source): boolean {
    // With each key there is: after a rotation the owner is none the stranger.
    const found = this.#keys().sets.map((keys) => this.#isThere(keys, account, source));
    return found.includes(true);
  }

  isLocked(account: AccountId): boolean {
    return this.#vault.hasAny(account, "lock");
  }

  /** False when it was locked already. */
  async lock(account: AccountId): Promise<boolean> {
    if (this.isLocked(account)) return false;
    await this.#vault.add({ account, kind: "lock", label: "", content: new Uint8Array() });
    return true;
  }

  unlock(account: AccountId): void {
    if (this.isLocked(account)) this.#vault.removeOf(account, "lock");
  }

  /** Someone has logged in to it from there. */
  async remember(account: AccountId, source: Source): Promise<void> {
    // Two logins at once from a new place are one new place.
    const key = `${account} ${source.key}`;
    const underWay = this.#remembering.get(key);
    if (underWay !== undefined) return underWay;
    const remembered = this.#remember(account, source);
    this.#remembering.set(key, remembered);
    try {
      await remembered;
    } finally {
      this.#remembering.delete(key);
    }
  }

  async #remember(account: AccountId, source: Source): Promise<void> {
    const vault = this.#vault;
    const lookup = lookupOf(this.#keys().newest, account, source);
    const known = await vault.find("known-source", lookup);
    if (known !== undefined) {
      const usedAt = known.usedAt ?? known.createdAt;
      if (this.#wall() - usedAt >= touchedEveryMs) vault.touch(known.id);
      return;
    }
    await this.#makeRoom(account);
    const content = new Uint8Array();
    await vault.add({ account, kind: "known-source", lookup, label: "", content });
  }

  async #makeRoom(account: AccountId): Promise<void> {
    const kept = await this.#vault.list(account, "known-source");
    const newestFirst = kept.toSorted(
      (left, right) => (right.usedAt ?? right.createdAt) - (left.usedAt ?? left.createdAt),
    );
    for (const { id } of newestFirst.slice(sourcesMax - 1)) {
      this.#vault.remove(account, "known-source", id);
    }
  }

  #isThere(keys: KeySet, account: AccountId, source: Source): boolean {
    return this.#vault.isThere("known-source", lookupOf(keys, account, source));
  }

  #keys(): KeyRing {
    assert(this.#ring !== undefined, "the keys are there before the first question");
    return this.#ring;
  }
}

function lookupOf({ lookup }: KeySet, account: AccountId, { key }: Source): Uint8Array {
  const mac = createHmac("sha256", lookup).update(`known source\0${account}\0${key}`);
  return Uint8Array.from(mac.digest());
}

/**
 * Verified passwords: which passwords were right lately, so that whoever comes again by PLAIN does
 * not wait for argon2 again. When a server starts, or a network is back, a room full of clients that
 * know nothing better comes at once, and each would cost a core a tenth of a second.
 *
 * Nothing that proves a password is kept: only an HMAC of it under a key that is made when the
 * program starts and is nowhere but in its memory. Whoever reads that memory finds the passwords
 * that are being checked there too. What is known is of one verifier, under the keys that are the
 * newest: with another password, or other keys, it is forgotten, and so with anything else that an
 * operator or a member changes about how the account proves itself. What is not known is hashed as
 * ever, so that a wrong password costs what it always did.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { type AccountId } from "../base/ids.ts";
import { type Secret } from "../base/secret.ts";
import { type KeySet } from "./keys.ts";
import { RecentMap } from "./recent-map.ts";

/** One MB. The one that was used longest ago goes. */
const accountsMax = 10_000;

/** What a password was held against. */
export interface VerifiedBy {
  readonly account: AccountId;
  /** Of its verifier. */
  readonly generation: number;
  /** The newest there are. */
  readonly keys: KeySet;
}

interface Entry extends VerifiedBy {
  readonly mac: Uint8Array;
}

export class VerifiedPasswords {
  readonly #key = randomBytes(32);
  readonly #entries: RecentMap<AccountId, Entry>;

  constructor(sizeMax = accountsMax) {
    this.#entries = new RecentMap(sizeMax);
  }

  /** Whether it was right, and everything is still as it was. */
  has(password: Secret, by: VerifiedBy): boolean {
    const entry = this.#entries.find(by.account);
    if (entry?.generation !== by.generation || entry.keys !== by.keys) return false;
    return timingSafeEqual(this.#macOf(password, by), entry.mac);
  }

  /** It was right just now. */
  remember(password: Secret, by: VerifiedBy): void {
    this.#entries.set(by.account, { ...by, mac: this.#macOf(password, by) });
  }

  forget(account: AccountId): void {
    this.#entries.delete(account);
  }

  #macOf(password: Secret, { account, generation }: VerifiedBy): Uint8Array {
    const mac = createHmac("sha256", this.#key).update(`${account}\0${generation}\0`);
    return mac.update(password.bytes()).digest();
  }
}

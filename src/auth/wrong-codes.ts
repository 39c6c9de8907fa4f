/**
 * Wrong codes: how many codes of an authenticator may be tried.
 *
 * A code is one of a million, and three are right at any time: RFC 4226 §7.3 wants guessing made
 * slow. So many wrong ones at once, and one more after each interval; beyond, no code is taken,
 * right or wrong. That locks nobody out who does not deserve it: codes are asked of those only who
 * have proven the password. Recovery codes, which nobody guesses, are not counted.
 */
import { type AccountId } from "../base/ids.ts";
import { type ElapsedMs } from "../base/time.ts";

export const wrongCodesMax = 5;
/** 144 guesses a day: about once in six years for who never stops, and never slept through. */
export const wrongCodeForgottenMs = 10 * 60_000;
/** Accounts remembered; beyond, those with the oldest mistakes are forgotten. */
const accountsMax = 10_000;

interface Bucket {
  readonly level: number;
  readonly at: ElapsedMs;
}

export class WrongCodes {
  readonly #buckets = new Map<AccountId, Bucket>();
  readonly #now: () => ElapsedMs;

  /** Time that passes, whatever the clock on the wall is set to. */
  constructor(now: () => ElapsedMs) {
    this.#now = now;
  }

  mayTry(account: AccountId): boolean {
    return this.#level(account) <= wrongCodesMax - 1;
  }

  /** One more, and it was wrong. */
  wrong(account: AccountId): void {
    const level = this.#level(account) + 1;
    this.#buckets.delete(account); // to be the newest
    this.#buckets.set(account, { level, at: this.#now() });
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > accountsMax && oldest !== undefined) this.#buckets.delete(oldest);
  }

  right(account: AccountId): void {
    this.#buckets.delete(account);
  }

  #level(account: AccountId): number {
    const bucket = this.#buckets.get(account);
    if (bucket === undefined) return 0;
    const passed = this.#now() - bucket.at;
    return Math.max(0, bucket.level - passed / wrongCodeForgottenMs);
  }
}

/**
 * The meters of accounts: all sessions of one account share one, beside each connection's own, so that twenty
 * connections are not twenty times as much, and coming back does not begin anew.
 *
 * A meter that is full says what a new one would: it is forgotten when there are many. One is full again within
 * seconds (twice its burst at its rate), so there are about as many as accounts that have just said something.
 */
import { type AccountId } from "../base/ids.ts";
import { type ElapsedMs } from "../base/time.ts";
import { Meter } from "./meter.ts";
import { type Limits } from "./settings.ts";

/** So many are not worth a look. */
const lookedThroughFrom = 1_024;

export class AccountMeters {
  readonly #limits: Limits;
  readonly #meters = new Map<AccountId, Meter>();
  #lookAt = lookedThroughFrom;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** For tests of the bound. */
  get size(): number {
    return this.#meters.size;
  }

  of(account: AccountId, now: ElapsedMs): Meter {
    const known = this.#meters.get(account);
    if (known !== undefined) return known;
    if (this.#meters.size >= this.#lookAt) this.#forgetFull(now);
    const { floodAccountBurstLines, floodAccountLinesPerSecond } = this.#limits;
    const meter = new Meter(floodAccountBurstLines, floodAccountLinesPerSecond, now);
    this.#meters.set(account, meter);
    return meter;
  }

  /** The next look comes when there are twice as many: so it costs each that is made a step or two. */
  #forgetFull(now: ElapsedMs): void {
    for (const [account, meter] of this.#meters) {
      if (meter.isFull(now)) this.#meters.delete(account);
    }
    this.#lookAt = Math.max(lookedThroughFrom, 2 * this.#meters.size);
  }
}

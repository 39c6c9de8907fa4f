/**
 * Penalties: for how long a source may not try passwords, after it has tried wrong ones.
 *
 *     a failure adds seconds → they pass in real time
 *                            → 15 together: from then on it waits until all of them have passed
 *
 * As OpenSSH's PerSourcePenalties, and by its numbers: two typing errors cost nobody a wait, and a
 * list of passwords is tried at the pace of one each five seconds. What is refused during the wait
 * adds nothing, so a script with a mistake in it is not locked out for ever.
 */
import { type ElapsedMs, elapsedMs, later, secondMs } from "../base/time.ts";
import { RecentMap } from "./recent-map.ts";
import { type Source } from "./source.ts";

/** sshd_config(5), PerSourcePenalties: `authfail:5`. */
export const failureMs = 5 * secondMs;
/** The same: `min:15`. */
const enforcedFromMs = 15 * secondMs;
/** The same: `max:600`; what many did at once, before any was refused, is not waited for longer. */
const penaltyMsMax = 600 * secondMs;
/** The same: `max-sources4` and `max-sources6` 65536. */
const sourcesMax = 65_536;
/** A /48 may be a whole company: it may do four times what one of its /64s may. */
const wideShare = 4;

interface Penalty {
  endsAt: ElapsedMs;
  isEnforced: boolean;
}

export class Penalties {
  readonly #narrow = new RecentMap<string, Penalty>(sourcesMax);
  readonly #wide = new RecentMap<string, Penalty>(sourcesMax);

  get size(): number {
    return this.#narrow.size + this.#wide.size;
  }

  add({ key, wide }: Source, ms: number, now: ElapsedMs): void {
    change(this.#narrow, { key, ms, now });
    if (wide !== undefined) change(this.#wide, { key: wide, ms: ms / wideShare, now });
  }

  /** It turned out to be none. A wait that has begun stays. */
  takeBack({ key, wide }: Source, ms: number, now: ElapsedMs): void {
    change(this.#narrow, { key, ms: -ms, now });
    if (wide !== undefined) change(this.#wide, { key: wide, ms: -ms / wideShare, now });
  }

  /** How long it still has to wait; 0: it may try. */
  waitMs({ key, wide }: Source, now: ElapsedMs): number {
    const narrow = left(this.#narrow, key, now);
    return wide === undefined ? narrow : Math.max(narrow, left(this.#wide, wide, now));
  }
}

type Penalised = RecentMap<string, Penalty>;

function change(of: Penalised, by: { key: string; ms: number; now: ElapsedMs }): void {
  const { key, ms, now } = by;
  const penalty = of.of(key, () => ({ endsAt: now, isEnforced: false }));
  if (penalty.endsAt <= now) penalty.isEnforced = false;
  if (ms < 0 && penalty.isEnforced) return;
  const endsAt = Math.max(penalty.endsAt, now) + ms;
  penalty.endsAt = elapsedMs(Math.min(endsAt, later(now, penaltyMsMax)));
  if (penalty.endsAt - now >= enforcedFromMs) penalty.isEnforced = true;
}

function left(of: Penalised, key: string, now: ElapsedMs): number {
  const penalty = of.find(key);
  return penalty?.isEnforced === true ? Math.max(penalty.endsAt - now, 0) : 0;
}

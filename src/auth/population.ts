/**
 * Population: how many verifiers there are of each key and of each of argon2's settings, and what an
 * unknown name looks like among them.
 *
 * KE2 tells argon2's settings, and a password that is sent is stretched by them. If unknown names
 * always had today's, names with others would be known to be known: RFC 9807 §10.9, on keeping
 * names from being found out, has fake records look like real ones in this too. So an unknown name has one of those in use, as often as accounts have them: which, is chosen by an HMAC
 * of the name with a secret that no rekeying changes. The newest come first: while accounts move from
 * older ones to today's, the part of today's grows, and an unknown name moves once, as an account does.
 * What is left: an account moves when its owner logs in, and who sees that sees that it is one.
 *
 * The rows are counted once, at the first question, and from then on as they change: all changes come
 * through here.
 */
import { type AccountId } from "../base/ids.ts";
import { type WallMs } from "../base/time.ts";
import { type Folded } from "../protocol/names.ts";
import {
  type HeaderCount,
  type LoginAccount,
  type NewVerifier,
  type Verifier,
} from "../storage/verifiers.ts";
import { type Argon2Settings, areEqual } from "./argon2-settings.ts";
import { type KeyRing, type KeySet } from "./keys.ts";
import { mac } from "./opaque/derivation.ts";
import { headerBytes, opaqueForm, parseHeader } from "./sealed-record.ts";
import { type VerifierRows } from "./verifier-rows.ts";

/** How a verifier is made. */
export interface Scheme {
  readonly keys: KeySet;
  readonly settings: Argon2Settings;
}

interface Part extends Scheme {
  readonly count: number;
  /** In hex. */
  readonly header: string;
}

/** Verifier rows that know how many of them there are. */
export class CountedRows implements VerifierRows {
  readonly #rows: VerifierRows;
  /** By header, in hex. */
  #counts: Map<string, number> | undefined;

  constructor(rows: VerifierRows) {
    this.#rows = rows;
  }

  find(account: AccountId): Verifier | undefined {
    return this.#rows.find(account);
  }

  findAccountByName(name: Folded): LoginAccount | undefined {
    return this.#rows.findAccountByName(name);
  }

  put(account: AccountId, verifier: NewVerifier, now: WallMs): void {
    const before = this.#rows.find(account);
    this.#rows.put(account, verifier, now);
    this.#count(before, -1);
    this.#count(this.#rows.find(account), 1);
  }

  remove(account: AccountId): void {
    const before = this.#rows.find(account);
    this.#rows.remove(account);
    this.#count(before, -1);
  }

  removeByHeader(form: string, header: Uint8Array): number {
    this.#counts = undefined;
    return this.#rows.removeByHeader(form, header);
  }

  countByHeader(form: string): readonly HeaderCount[] {
    return this.#rows.countByHeader(form);
  }

  /** How many were made with each key of the ring and each of argon2's settings. */
  population(ring: KeyRing): Part[] {
    return [...this.#counted()].flatMap(([header, count]) => {
      const scheme = parseHeader(ring, Buffer.from(header, "hex"));
      return scheme === undefined || count <= 0 ? [] : [{ ...scheme, count, header }];
    });
  }

  #count(verifier: Verifier | undefined, change: number): void {
    if (verifier?.form !== opaqueForm || this.#counts === undefined) return;
    const header = Buffer.from(verifier.data.subarray(0, headerBytes)).toString("hex");
    this.#counts.set(header, (this.#counts.get(header) ?? 0) + change);
  }

  #counted(): ReadonlyMap<string, number> {
    this.#counts ??= new Map(
      this.#rows
        .countByHeader(opaqueForm)
        .map(({ header, count }) => [Buffer.from(header).toString("hex"), count]),
    );
    return this.#counts;
  }
}

export interface Among {
  readonly ring: KeyRing;
  readonly rows: CountedRows;
  readonly today: Scheme;
}

/** What an account of that name would have been made with, if there were one. */
export function schemeOfNobody(name: Folded, { ring, rows, today }: Among): Scheme {
  const rank = ({ keys, settings }: Scheme): number =>
    2 * ring.sets.indexOf(keys) + (areEqual(settings, today.settings) ? 0 : 1);
  const population = rows
    .population(ring)
    .sort((left, right) => rank(left) - rank(right) || (left.header < right.header ? -1 : 1));
  const total = population.reduce((sum, { count }) => sum + count, 0);
  const chance = Buffer.from(mac(ring.choosing, Buffer.from(name, "utf8"))).readUIntBE(0, 6);
  let left = (chance / 2 ** 48) * total;
  for (const scheme of population) {
    left -= scheme.count;
    if (left < 0) return scheme;
  }
  return today;
}

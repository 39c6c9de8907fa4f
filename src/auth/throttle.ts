/**
 * Throttle: who may try a password now, and what it costs them when it is wrong.
 *
 *     begin → an attempt → (looked up) → failed, dropped or succeeded
 *           → throttled: the source waits (`penalties.ts`), and nothing is hashed
 *           → busy: too much at once
 *
 * What nobody can guess (resume tokens, certificates, app passwords) is let through as if nothing
 * were the matter: whoever shares an address with someone bad can still come back. A wrong password
 * costs its source a penalty; its name's next "wrong" is said later (`guesses.ts`); and after too
 * many in a row the account is locked, but only against strangers: from where its owner has logged
 * in before (`known-sources.ts`) passwords are still taken. To a stranger a locked account is like
 * one that does not exist, in every mechanism: it is not looked up at all.
 *
 * A challenge is a guess that is checked at home (RFC 9807 §9.2): it has failed unless it is
 * answered rightly. The same wrong password again is a device that was set up wrongly, and costs
 * nothing more.
 */
import { createHmac, randomBytes } from "node:crypto";
import { type AccountId, serverAccount } from "../base/ids.ts";
import { type Secret } from "../base/secret.ts";
import { type ElapsedMs, secondMs } from "../base/time.ts";
import { type Folded } from "../protocol/names.ts";
import { type NamedAccount } from "../storage/verifiers.ts";
import { Bucket, type BucketSize } from "./bucket.ts";
import { Guesses } from "./guesses.ts";
import { type KnownSources } from "./known-sources.ts";
import { failureMs, Penalties } from "./penalties.ts";
import { RecentMap } from "./recent-map.ts";
import { type Source, sourceOf } from "./source.ts";

/** 0.8 ms each: a sixth of one core. */
const beginningsPerSecond = 200;
/** Challenges of one source that nobody has answered yet: a whole office, all at once. */
const openPerSourceMax = 16;
/** Dovecot keeps as many. */
const wrongPerSourceMax = 10;
/** They cost no penalty, but a hash each: so many at once, and one in five seconds. */
const repetitions: BucketSize = { capacity: 10, refillMs: 5 * secondMs, owedMax: 0 };
const sourcesMax = 65_536;

export interface ThrottleOptions {
  /** False: everything passes, and nothing is counted. */
  readonly isOn: boolean;
  readonly elapsed: () => ElapsedMs;
  /** Resolves then, or at once when the signal comes. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly knownSources: KnownSources;
}

/** One login, as the throttle sees it. */
export interface Attempt {
  readonly source: Source;
  /** A password is tried. */
  readonly isGuess: boolean;
  /** Of what was sent first. */
  readonly fingerprint: string;
  name: Folded | undefined;
  account: AccountId | undefined;
  /** The account was logged in to from there before. */
  isKnown: boolean;
  /** A challenge has been sent, and not been answered. */
  isOpen: boolean;
}

/** What was wrong from one source, the latest of it. */
interface Wrong {
  fingerprints: readonly string[];
  readonly repetitions: Bucket;
}

export type Beginning =
  | { readonly kind: "begun"; readonly attempt: Attempt }
  | { readonly kind: "throttled"; readonly seconds: number }
  | { readonly kind: "busy" };

export class Throttle {
  readonly #options: ThrottleOptions;
  readonly #penalties = new Penalties();
  readonly #guesses = new Guesses();
  readonly #beginnings: Bucket;
  /** Challenges under way by source. It is as large as there are connections, at most. */
  readonly #open = new Map<string, number>();
  readonly #wrong = new RecentMap<string, Wrong>(sourcesMax);
  /** Accounts that were locked, of which the core was not told yet. */
  readonly #lockedNews = new Set<Folded>();
  /** Fingerprints are of this process only. */
  readonly #fingerprintKey = randomBytes(32);

  constructor(options: ThrottleOptions) {
    this.#options = options;
    const perSecond = beginningsPerSecond;
    const size = { capacity: perSecond, refillMs: secondMs / perSecond, owedMax: 0 };
    this.#beginnings = new Bucket(size, options.elapsed());
  }

  /** Before anything is looked up. */
  ready(): Promise<void> {
    return this.#options.knownSources.ready();
  }

  /** A login begins; `isGuess`: by a password, not by what nobody can guess. */
  begin(address: string, first: Secret, isGuess: boolean): Beginning {
    const source = sourceOf(address);
    const seconds = isGuess ? this.secondsFor(address) : 0;
    if (seconds > 0) return { kind: "throttled", seconds };
    const fingerprint = this.#fingerprintOf(first);
    const mayBegin = !isGuess || (this.mayCompute(address) && this.#mayRepeat(source, fingerprint));
    if (!mayBegin) return { kind: "busy" };
    const unknown = { name: undefined, account: undefined, isKnown: false, isOpen: false };
    return { kind: "begun", attempt: { source, isGuess, fingerprint, ...unknown } };
  }

  /** So long no password from there is looked at; 0: it may be tried. */
  secondsFor(address: string): number {
    const { isOn, elapsed } = this.#options;
    if (!isOn) return 0;
    return Math.ceil(this.#penalties.waitMs(sourceOf(address), elapsed()) / secondMs);
  }

  /** Whether one more may be begun now, of all and of this source. It is counted. */
  mayCompute(address: string): boolean {
    const { isOn, elapsed } = this.#options;
    if (!isOn) return true;
    if ((this.#open.get(sourceOf(address).key) ?? 0) >= openPerSourceMax) return false;
    return this.#beginnings.takeIfThere(elapsed());
  }

  /**
   * The attempt is on that name. Answers whether it may be looked at: to strangers a locked account
   * does not exist.
   */
  mayLookUp(attempt: Attempt, name: Folded, account: NamedAccount | undefined): boolean {
    attempt.name = name;
    attempt.account = account?.id;
    const { isOn, knownSources } = this.#options;
    if (!isOn || !attempt.isGuess) return true;
    // The server's account has neither: an unknown name costs as many questions to the disk.
    const id = account?.id ?? serverAccount;
    attempt.isKnown = knownSources.isKnown(id, attempt.source);
    const isLocked = knownSources.isLocked(id);
    return !isLocked || attempt.isKnown;
  }

  challenged(attempt: Attempt): void {
    if (attempt.isOpen) return;
    attempt.isOpen = true;
    const { key } = attempt.source;
    this.#open.set(key, (this.#open.get(key) ?? 0) + 1);
  }

  /** A wrong password: resolves when it is time to say so. */
  async failed(attempt: Attempt, signal: AbortSignal): Promise<void> {
    const delayMs = await this.#count(attempt);
    if (delayMs > 0) await this.#options.wait(delayMs, signal);
  }

  /** The other side has gone before it was answered, or begun anew before it answered. */
  async dropped(attempt: Attempt): Promise<void> {
    const wasOpen = attempt.isOpen;
    this.#close(attempt);
    if (wasOpen) await this.#count(attempt);
    else if (this.#isCounted(attempt)) this.#punish(attempt.source);
  }

  async succeeded(attempt: Attempt, { id }: NamedAccount): Promise<void> {
    const { isOn, knownSources } = this.#options;
    const { isGuess, name, source, isKnown } = attempt;
    this.#close(attempt);
    if (!isOn) return;
    if (isGuess && name !== undefined) this.#forgive(attempt, name);
    if (isGuess && isKnown) knownSources.unlock(id);
    await knownSources.remember(id, source);
  }

  /** A login that was neither right nor wrong: it could not be answered. */
  ended(attempt: Attempt): void {
    this.#close(attempt);
  }

  /** A registration has begun: what it is answered with can be guessed at by logins. */
  registrationBegun(address: string): void {
    if (this.#options.isOn) this.#punish(sourceOf(address));
  }

  /** At one of the server's own secrets, which is no account's. */
  guessedWrongly(address: string): void {
    if (this.#options.isOn) this.#punish(sourceOf(address));
  }

  /** It came to its end, with an account. */
  async registered(address: string, { id }: NamedAccount, wasBegun: boolean): Promise<void> {
    const { isOn, elapsed, knownSources } = this.#options;
    if (!isOn) return;
    const source = sourceOf(address);
    if (wasBegun) this.#penalties.takeBack(source, failureMs, elapsed());
    await knownSources.ready();
    await knownSources.remember(id, source);
  }

  /** An operator says that it is enough. */
  unlocked(name: Folded): void {
    this.#guesses.forget(name);
    this.#lockedNews.delete(name);
  }

  /** Whether the account was locked since this was asked last. */
  takeLockedNews(name: Folded): boolean {
    return this.#lockedNews.delete(name);
  }

  /** Counts a wrong password, and answers how long nobody is to know. */
  async #count(attempt: Attempt): Promise<number> {
    this.#close(attempt);
    if (!this.#isCounted(attempt)) return 0;
    const { source, fingerprint, name, account, isKnown } = attempt;
    if (this.#isRepeated(source, fingerprint)) return this.#guesses.repeated().delayMs;
    this.#punish(source);
    if (name === undefined) return 0;
    const key = isKnown ? keyOf(name, source) : name;
    const { delayMs, isTooMany } = this.#guesses.failed(key, this.#options.elapsed());
    if (isTooMany && !isKnown && account !== undefined) await this.#lock(name, account);
    return delayMs;
  }

  async #lock(name: Folded, account: AccountId): Promise<void> {
    if (await this.#options.knownSources.lock(account)) this.#lockedNews.add(name);
  }

  #forgive({ source, isKnown }: Attempt, name: Folded): void {
    this.#guesses.succeeded(name);
    if (isKnown) this.#guesses.succeeded(keyOf(name, source));
  }

  #punish(source: Source): void {
    this.#penalties.add(source, failureMs, this.#options.elapsed());
  }

  #isCounted({ isGuess }: Attempt): boolean {
    return this.#options.isOn && isGuess;
  }

  #close(attempt: Attempt): void {
    if (!attempt.isOpen) return;
    attempt.isOpen = false;
    const { key } = attempt.source;
    const left = (this.#open.get(key) ?? 1) - 1;
    if (left > 0) this.#open.set(key, left);
    else this.#open.delete(key);
  }

  /** Whether that was wrong before, from there; it is from now on. */
  #isRepeated({ key }: Source, fingerprint: string): boolean {
    const now = this.#options.elapsed();
    const wrong = this.#wrong.of(key, () => ({
      fingerprints: [],
      repetitions: new Bucket(repetitions, now),
    }));
    if (wrong.fingerprints.includes(fingerprint)) return true;
    wrong.fingerprints = [...wrong.fingerprints, fingerprint].slice(-wrongPerSourceMax);
    return false;
  }

  #mayRepeat({ key }: Source, fingerprint: string): boolean {
    const wrong = this.#wrong.find(key);
    if (wrong?.fingerprints.includes(fingerprint) !== true) return true;
    return wrong.repetitions.takeIfThere(this.#options.elapsed());
  }

  #fingerprintOf(first: Secret): string {
    return createHmac("sha256", this.#fingerprintKey).update(first.bytes()).digest("base64");
  }
}

function keyOf(name: Folded, { key }: Source): string {
  return `${name} ${key}`;
}

/**
 * Link: when to connect, when to ask whether the server is there, when to give a connection up.
 *
 *     idle → connecting → open → offline (1, 2, 4 … 60 s, with jitter) → connecting …
 *     open → quitting → closed; a final refusal → closed
 *
 * Goes by the monotonic clock alone. Any byte from the server counts as a sign of life.
 */
import { below, type Random } from "../base/random.ts";
import { elapsedMs, type ElapsedMs, later } from "../base/time.ts";
import { type ClientLimits } from "./limits.ts";

type Phase =
  | { readonly kind: "idle" | "closed" }
  | { readonly kind: "connecting"; readonly until: ElapsedMs }
  | { readonly kind: "open" }
  | { readonly kind: "offline"; readonly until: ElapsedMs }
  | { readonly kind: "quitting"; readonly until: ElapsedMs };

/** What is to be done at a moment that has come. */
export type Due =
  | { readonly kind: "connect" }
  | { readonly kind: "ping" }
  | { readonly kind: "give-up"; readonly reason: string }
  | { readonly kind: "quit" };

export class Link {
  #phase: Phase = { kind: "idle" };
  #attempt = 0;
  #heardAt: ElapsedMs = elapsedMs(0);
  #pingedAt: ElapsedMs | undefined;
  /** Until when the welcome has to come; undefined once it came, or while an operator decides. */
  #welcomeUntil: ElapsedMs | undefined;
  #welcomedAt: ElapsedMs | undefined;
  readonly #random: Random;
  readonly #limits: ClientLimits;

  constructor(random: Random, limits: ClientLimits) {
    this.#random = random;
    this.#limits = limits;
  }

  get kind(): Phase["kind"] {
    return this.#phase.kind;
  }

  /** Connections tried since the last good one. */
  get attempt(): number {
    return this.#attempt;
  }

  connecting(elapsed: ElapsedMs): void {
    this.#attempt += 1;
    this.#phase = { kind: "connecting", until: later(elapsed, this.#limits.connectMsMax) };
  }

  opened(elapsed: ElapsedMs): void {
    this.#phase = { kind: "open" };
    this.#heardAt = elapsed;
    this.#pingedAt = undefined;
    this.#welcomeUntil = later(elapsed, this.#limits.registrationMsMax);
    this.#welcomedAt = undefined;
  }

  heard(elapsed: ElapsedMs): void {
    this.#heardAt = elapsed;
    this.#pingedAt = undefined;
  }

  welcomed(elapsed: ElapsedMs): void {
    this.#welcomeUntil = undefined;
    this.#welcomedAt = elapsed;
  }

  /** An operator decides: that takes as long as it takes. */
  waits(): void {
    this.#welcomeUntil = undefined;
  }

  /** A person is asked for more than the password. */
  asksPerson(elapsed: ElapsedMs): void {
    this.#welcomeUntil = later(elapsed, this.#limits.personMsMax);
  }

  /** The operator has decided: the rest of the login is to come soon. */
  goesOn(elapsed: ElapsedMs): void {
    this.#welcomeUntil = later(elapsed, this.#limits.registrationMsMax);
  }

  /** The connection is gone; returns how long to wait for the next. */
  lost(elapsed: ElapsedMs): number {
    const welcomedAt = this.#welcomedAt;
    if (welcomedAt !== undefined && elapsed - welcomedAt >= this.#limits.steadyMs)
      this.#attempt = 0;
    this.#welcomedAt = undefined;
    const doublings = Math.min(Math.max(this.#attempt - 1, 0), 16);
    const most = Math.min(
      this.#limits.reconnectFirstMs * 2 ** doublings,
      this.#limits.reconnectMsMax,
    );
    // Half of it is chance, so that all clients of a restarted server do not come at once.
    const waitMs = Math.ceil(most / 2) + below(this.#random, Math.ceil(most / 2) + 1);
    this.#phase = { kind: "offline", until: later(elapsed, waitMs) };
    return waitMs;
  }

  quitting(elapsed: ElapsedMs): void {
    this.#phase = { kind: "quitting", until: later(elapsed, this.#limits.quitMsMax) };
  }

  closed(): void {
    this.#phase = { kind: "closed" };
  }

  /** The user wants it now: the waits begin anew. */
  hurry(): void {
    this.#attempt = 0;
  }

  get wakeAt(): ElapsedMs | undefined {
    switch (this.#phase.kind) {
      case "idle":
      case "closed":
        return undefined;
      case "connecting":
      case "offline":
      case "quitting":
        return this.#phase.until;
      case "open": {
        const silence = this.#silenceEnds();
        return this.#welcomeUntil !== undefined && this.#welcomeUntil < silence
          ? this.#welcomeUntil
          : silence;
      }
    }
  }

  /** What is due now, if anything. */
  due(elapsed: ElapsedMs): Due | undefined {
    const at = this.wakeAt;
    if (at === undefined || at > elapsed) return undefined;
    switch (this.#phase.kind) {
      case "idle":
      case "closed":
        return undefined;
      case "connecting":
        return { kind: "give-up", reason: "no connection in time" };
      case "offline":
        return { kind: "connect" };
      case "quitting":
        return { kind: "quit" };
      case "open":
        return this.#dueOpen(elapsed);
    }
  }

  #dueOpen(elapsed: ElapsedMs): Due {
    if (this.#welcomeUntil !== undefined && this.#welcomeUntil <= elapsed) {
      return { kind: "give-up", reason: "the server did not let us in, in time" };
    }
    if (this.#pingedAt !== undefined) {
      return { kind: "give-up", reason: "the server does not answer any more" };
    }
    this.#pingedAt = elapsed;
    return { kind: "ping" };
  }

  #silenceEnds(): ElapsedMs {
    if (this.#pingedAt !== undefined) return later(this.#pingedAt, this.#limits.pongMsMax);
    return later(this.#heardAt, this.#limits.silenceMs);
  }
}

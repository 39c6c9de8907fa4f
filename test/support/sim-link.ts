/**
 * A simulated connection: bytes both ways, in order, in any pieces, late, stalled, or cut off.
 */
import { chance, below, type Random } from "../../src/base/random.ts";
import { type SimClock } from "./sim-clock.ts";

export interface LinkFaults {
  /** Probability that a piece is cut in two, again for each half. */
  readonly cut: number;
  readonly delayMs: number;
  /** Probability that a piece makes the direction stall, for up to so long. */
  readonly stall: number;
  readonly stallMs: number;
  /** Probability that a piece ends the connection instead of arriving. */
  readonly reset: number;
}

export const noFaults: LinkFaults = { cut: 0, delayMs: 1, stall: 0, stallMs: 0, reset: 0 };

export interface LinkEnds {
  readonly toServer: (bytes: Uint8Array) => void;
  readonly toClient: (bytes: Uint8Array) => void;
  /** The connection ended by itself: both sides are told. */
  readonly onReset: () => void;
}

type Direction = "toServer" | "toClient";

export class SimLink {
  readonly #clock: SimClock;
  readonly #random: Random;
  readonly #ends: LinkEnds;
  /** Asked anew for each piece: faults end when the world is healed. */
  readonly #faults: () => LinkFaults;
  readonly #freeAt = { toServer: 0, toClient: 0 };
  #waiting: Uint8Array[] = [];
  #isPaused = false;
  isOpen = true;

  constructor(parts: {
    readonly clock: SimClock;
    readonly random: Random;
    readonly ends: LinkEnds;
    readonly faults: () => LinkFaults;
  }) {
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#ends = parts.ends;
    this.#faults = parts.faults;
  }

  send(direction: Direction, bytes: Uint8Array): void {
    for (const piece of this.#pieces(bytes)) this.#sendPiece(direction, piece);
  }

  /** Nothing more arrives; what was on its way to the client still does when `isPolite`. */
  close(isPolite: boolean, closed: () => void): void {
    if (!this.isOpen) return;
    if (!isPolite) this.isOpen = false;
    const restMs = isPolite ? Math.max(0, this.#freeAt.toClient - this.#clock.elapsed) + 1 : 1;
    this.#clock.after(restMs, () => {
      this.isOpen = false;
      closed();
    });
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** The server reads no more, or again. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (isPaused) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    // At once: what was waiting goes before what arrives in this same moment.
    for (const piece of waiting) this.#ends.toServer(piece);
  }

  #sendPiece(direction: Direction, piece: Uint8Array): void {
    if (!this.isOpen) return;
    const faults = this.#faults();
    const random = this.#random;
    if (chance(random, faults.reset)) {
      this.isOpen = false;
      this.#clock.after(1, () => this.#ends.onReset());
      return;
    }
    let at = this.#clock.elapsed + below(random, Math.max(1, Math.ceil(faults.delayMs))) + 0.1;
    if (chance(random, faults.stall)) at += below(random, Math.max(1, faults.stallMs));
    // In order: nothing overtakes what was sent before it.
    at = Math.max(at, this.#freeAt[direction]);
    this.#freeAt[direction] = at;
    this.#clock.at(at, () => this.#arrive(direction, piece));
  }

  #arrive(direction: Direction, piece: Uint8Array): void {
    if (!this.isOpen) return;
    if (direction === "toServer" && this.#isPaused) {
      this.#waiting.push(piece);
      return;
    }
    this.#ends[direction](piece);
  }

  #pieces(bytes: Uint8Array): Uint8Array[] {
    if (bytes.length < 2 || !chance(this.#random, this.#faults().cut)) return [bytes];
    const at = 1 + below(this.#random, bytes.length - 1);
    return [...this.#pieces(bytes.subarray(0, at)), ...this.#pieces(bytes.subarray(at))];
  }
}

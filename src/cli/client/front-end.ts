/**
 * Front ends: what a client session is shown by, and told what to do by.
 */
import { type Secret } from "../../base/secret.ts";
import { type Action, type ClientEvent } from "../../client/events.ts";
import { type Model } from "../../client/model.ts";
import { type ExitCode } from "../command-line/exit.ts";

/** A reader that takes nothing any more does not keep the program from ending for longer than this. */
export const flushMsMax = 5_000;

export interface FrontEnd {
  /** Something happened. */
  event(event: ClientEvent): void;
  /** The session is at its end; the terminal is given back. Resolves when everything has been written. */
  close(): Promise<void>;
  /** Asks the person something; resolves when they have answered, or with nothing when `signal` is aborted. */
  ask?(question: string, signal: AbortSignal): Promise<string | undefined>;
  /** The code to end with when the session ended by itself or by the user; undefined: as the session says. */
  readonly exitCode: ExitCode | undefined;
}

/** What a front end sees of the session. */
export interface Driven {
  readonly model: Model;
  /** Messages and commands without an answer yet. */
  outstanding(): number;
  /** Rooms asked for are neither joined nor refused yet. */
  isJoining(): boolean;
  /** Nothing of what was said before is being fetched. */
  isWhole(): boolean;
  /** Done when the machine is done with what it is at. */
  act(action: Action): void;
  /** Takes both over. `ack` or `error` with the `ref` follows, unless it answers why there is none to come. */
  changePassword(old: Secret, next: Secret, ref: string): string | undefined;
  /** The room comes to the front, at once. */
  read(room: string): void;
}

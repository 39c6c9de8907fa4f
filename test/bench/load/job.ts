/**
 * What the load generator is told to do, and what it answers: one JSON on its command line, one on standard output.
 */
import { type Place } from "./wire.ts";

/** What members ask for: nothing, what modern clients do, or one half each. */
export type Profile = "bare" | "dressed" | "half";

/** A deliberate fault of one receiver's, for seeing that faults are found. */
export type Sabotage = "lose" | "double" | "swap";

export interface FanOutJob {
  readonly kind: "fanout";
  readonly members: number;
  readonly senders: number;
  readonly profile: Profile;
  /** Deliveries a second; undefined: as many as the server can. */
  readonly rate: number | undefined;
  readonly warmUpMs: number;
  readonly ms: number;
}

export interface PairsJob {
  readonly kind: "dm";
  readonly pairs: number;
  readonly warmUpMs: number;
  readonly ms: number;
}

export interface IdleJob {
  readonly kind: "idle";
  readonly connections: number;
  /** How long nothing happens, and then how long a pair talks. */
  readonly ms: number;
}

export interface StormJob {
  readonly kind: "storm";
  readonly connections: number;
  /** People in each room. */
  readonly perRoom: number;
  /** Everyone logs in, to accounts of these names and this password; undefined: guests. */
  readonly password: string | undefined;
  /** They come again with the token of a device that is remembered, not by PLAIN. */
  readonly isRemembered: boolean;
}

export interface JoinJob {
  readonly kind: "join";
  readonly members: number;
}

export type Scenario = FanOutJob | PairsJob | IdleJob | StormJob | JoinJob;

export interface Job {
  readonly place: Place;
  /** The server's process, where it is on this machine. */
  readonly pid: number | undefined;
  /** Connections that are made at the same time. */
  readonly atOnce: number;
  /** There are accounts: pairs have them, since what guests say to each other in private is not kept. */
  readonly hasAccounts: boolean;
  readonly scenario: Scenario;
  readonly sabotage: Sabotage | undefined;
}

export interface Outcome {
  readonly figures: Readonly<Record<string, number>>;
  /** What must not be: lost, doubled, reordered messages. */
  readonly faults: readonly string[];
  /** What must be known to judge the figures. */
  readonly remarks: readonly string[];
}

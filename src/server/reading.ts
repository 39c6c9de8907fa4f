/**
 * Reading: what is kept of how far people have read, and how far each of their devices was shown what was said.
 *
 * Entries have numbers of their own besides their places: one row of them for all logs, ascending as things were kept.
 * So one number says of a device that it has everything, in every log, up to there.
 */
import { type AccountId } from "../base/ids.ts";
import { type WallMs } from "../base/time.ts";
import { type KeptEntry, type LogRef, type Unavailable } from "./outside.ts";

/** Up to when an account has read in a log (draft/read-marker). */
export interface ReadMarker {
  readonly log: LogRef;
  readonly time: WallMs;
}

export type ReadingRecord =
  /** Never runs back: the store keeps the later of what it has and what it is given. */
  | ({ readonly kind: "read-marker"; readonly account: AccountId } & ReadMarker)
  /** The device has everything up to that entry; likewise. */
  | {
      readonly kind: "device-seen";
      readonly account: AccountId;
      readonly device: string;
      readonly entry: number;
    };

export interface ReadingQuestions {
  /** How far the account has read, and up to which entry its device was shown what was said. */
  readonly reading: {
    readonly ask: { readonly account: AccountId; readonly device: string };
    readonly answer:
      | {
          readonly outcome: "found";
          readonly markers: readonly ReadMarker[];
          /** Undefined: that device was never here. */
          readonly seen: number | undefined;
        }
      | Unavailable;
  };
  /** What was said after an entry, in all that the reader may read, in the order in which it was kept. */
  readonly missed: {
    readonly ask: {
      readonly reader: AccountId;
      readonly after: number;
      /** The last entry that counts; undefined: the last there is, which the answer names. */
      readonly upTo: number | undefined;
      /** Of each log so many, the newest. */
      readonly perLogMax: number;
      /** Entries in this answer; at least 1. */
      readonly limit: number;
    };
    readonly answer:
      | {
          readonly outcome: "found";
          readonly entries: readonly MissedEntry[];
          readonly upTo: number;
          readonly hasMore: boolean;
          readonly cuts: readonly MissedCut[];
        }
      | Unavailable;
  };
}

export interface MissedEntry extends KeptEntry {
  readonly id: number;
}

/** Older messages of a log that are left out. */
export interface MissedCut {
  readonly log: LogRef;
  /** The name of the other one of a conversation; undefined: a channel, the server, or an account that is no more. */
  readonly otherName: string | undefined;
  readonly count: number;
  /** There are more than were counted. */
  readonly isMore: boolean;
  /** When the first was said that is not left out. */
  readonly before: WallMs;
}

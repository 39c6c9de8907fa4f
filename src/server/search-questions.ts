/**
 * The question that searches what was said, and its answer.
 *
 * Who answers takes its time, in a thread of its own; what is found is what the reader may read.
 */
import { type AccountId, type ConnectionId, type LogId } from "../base/ids.ts";
import { type WallMs } from "../base/time.ts";
import { type Folded } from "../protocol/names.ts";
import { type KeptEntry, type LogRef, type Unavailable } from "./outside.ts";

export interface SearchQuestions {
  /** What was said, as far as the reader may read it, wherever that was. */
  readonly search: {
    readonly ask: SearchAsk;
    readonly answer:
      | {
          readonly outcome: "found";
          /** Oldest first. */
          readonly entries: readonly KeptEntry[];
          /** Undefined: this is all there is. */
          readonly more: SearchedSoFar | undefined;
        }
      /** A bound names a message that the reader may not read, or that there never was. */
      | { readonly outcome: "none" }
      | Unavailable;
  };
}

export interface SearchAsk {
  /** Who waits for it: nobody, once the connection is gone. */
  readonly connection: ConnectionId;
  readonly reader: AccountId;
  /** Only there; undefined: wherever the reader may read. */
  readonly log: LogRef | undefined;
  /** Of a guest, with a channel's log: since when they are there, which is not kept. */
  readonly guestSince?: WallMs | undefined;
  /** Only what was said under this nick. */
  readonly from: Folded | undefined;
  /** With it the search goes from there to what is newer, otherwise from `before` to what is older. */
  readonly after: SearchBound | undefined;
  readonly before: SearchBound | undefined;
  /** What the message has in it; empty: anything. */
  readonly text: string;
  /** Entries at most, at least 1; and their bytes, about. */
  readonly limit: number;
  readonly bytesMax: number;
}

/** A time is inclusive, a place exclusive. */
export type SearchBound =
  | { readonly kind: "place"; readonly log: LogId; readonly sequence: number }
  | { readonly kind: "time"; readonly time: WallMs };

/** Why a search has ended before its end, and where it can go on. */
export interface SearchedSoFar {
  /**
   * `limit`: as many were found as were wanted; `time`: it would have taken too long; `short`: for so short a text,
   * only so many messages are looked at.
   */
  readonly reason: "limit" | "time" | "short";
  readonly from: SearchBound;
}

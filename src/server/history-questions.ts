/**
 * Questions about what was said: pages of it, where something is new, and where something stands. The store answers them,
 * each reader with what they may read (`storage/readable.ts`).
 */
import { type AccountId } from "../base/ids.ts";
import { type WallMs } from "../base/time.ts";
import { type MessagePlace } from "../protocol/message-ids.ts";
import {
  type HistoryAsk,
  type HistoryTarget,
  type KeptEntry,
  type LogRef,
  type Place,
  type Unavailable,
} from "./outside.ts";

export interface HistoryQuestions {
  /** A page of a log, oldest first, of what `reader` may read (a channel: from their membership's start on). */
  readonly history: {
    readonly ask: HistoryAsk;
    readonly answer:
      | {
          readonly outcome: "found";
          readonly entries: readonly KeptEntry[];
          /** The index of the one from which the page is counted. */
          readonly start: number;
          /** There is more where the page ends, in the direction in which it is counted. */
          readonly hasMore: boolean;
        }
      | { readonly outcome: "none" }
      | Unavailable;
  };
  /** The reader's channels and conversations with something said in (after, before), soonest first. */
  readonly targets: {
    readonly ask: {
      readonly reader: AccountId;
      readonly after: WallMs;
      readonly before: WallMs;
      readonly limit: number;
      /** From which end the limit counts. */
      readonly countedFrom: "soonest" | "latest";
    };
    readonly answer:
      | {
          readonly outcome: "found";
          readonly targets: readonly HistoryTarget[];
          readonly hasMore: boolean;
        }
      | Unavailable;
  };
  /**
   * Who said what stands there (a PRIVMSG, NOTICE or TAGMSG that is not erased), if the reader may read it. Without a
   * reader it is asked for someone who may see to the whole server.
   */
  readonly message: {
    readonly ask: {
      readonly reader: AccountId | undefined;
      readonly guestSince?: WallMs | undefined;
      readonly log: LogRef;
      readonly place: MessagePlace;
    };
    readonly answer:
      | { readonly outcome: "found"; readonly author: AccountId }
      | { readonly outcome: "none" }
      | Unavailable;
  };
  /** Where the account kept what it said with this nonce. */
  readonly said: {
    readonly ask: { readonly account: AccountId; readonly nonce: string };
    readonly answer:
      | { readonly outcome: "found"; readonly place: Place }
      | { readonly outcome: "none" }
      | Unavailable;
  };
}

/**
 * What the search's thread and the server say to each other: plain data, copied from one to the other.
 */
import { type Answer } from "../../server/outside.ts";
import { type SearchAsk } from "../../server/search-questions.ts";

export type ToSearch =
  /** First of all. In `ended` (a shared number) the thread says that its files are closed. */
  | {
      readonly kind: "open";
      readonly database: string;
      readonly index: string;
      readonly ended: Int32Array;
    }
  /** One at a time. */
  | { readonly kind: "search"; readonly ask: SearchAsk }
  /** Something was kept: there may be more for the index. */
  | { readonly kind: "grown" }
  | { readonly kind: "stop" };

export type FromSearch =
  | { readonly kind: "found"; readonly answer: Answer<"search"> }
  /** All that was kept when `grown` was said is in the index. */
  | { readonly kind: "caught-up" }
  | { readonly kind: "problem"; readonly sentence: string };

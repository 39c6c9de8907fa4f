/**
 * The vocabulary: every word there is, in the order in which help lists them.
 */
import { operatorWords } from "./operators.ts";
import { reloadingWords } from "./reloading.ts";
import { sessionWords } from "./sessions.ts";
import { type Word } from "./words.ts";

export const words: readonly Word[] = [...sessionWords, ...operatorWords, ...reloadingWords];

/**
 * The vocabulary: every word there is, in the order in which help lists them.
 */
import { appPasswordWords } from "./app-passwords.ts";
import { operatorWords } from "./operators.ts";
import { sessionWords } from "./sessions.ts";
import { strictWords } from "./strict.ts";
import { totpWords } from "./totp.ts";
import { type Word } from "./words.ts";

export const words: readonly Word[] = [
  ...sessionWords,
  ...appPasswordWords,
  ...totpWords,
  ...strictWords,
  ...operatorWords,
];

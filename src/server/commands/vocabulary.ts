/**
 * The vocabulary: every word there is, in the order in which help lists them.
 */
import { accountWords } from "./account-words.ts";
import { certificateWords } from "./certificates.ts";
import { identityWords } from "./identity-words.ts";
import { invitationWords } from "./invitation-words.ts";
import { operatorWords } from "./operators.ts";
import { sessionWords } from "./sessions.ts";
import { type Word } from "./words.ts";

export const words: readonly Word[] = [
  ...identityWords,
  ...sessionWords,
  ...certificateWords,
  ...operatorWords,
  ...accountWords,
  ...invitationWords,
];

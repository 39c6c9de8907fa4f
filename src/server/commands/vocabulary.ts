/**
 * The vocabulary: every word there is, in the order in which help lists them.
 */
import { accountWords } from "./account-words.ts";
import { alwaysOnWords } from "./always-on.ts";
import { appPasswordWords } from "./app-passwords.ts";
import { certificateWords } from "./certificates.ts";
import { identityWords } from "./identity-words.ts";
import { invitationWords } from "./invitation-words.ts";
import { keyWords } from "./keys.ts";
import { logWords } from "./log.ts";
import { operatorWords } from "./operators.ts";
import { reloadingWords } from "./reloading.ts";
import { sessionWords } from "./sessions.ts";
import { strictWords } from "./strict.ts";
import { totpWords } from "./totp.ts";
import { type Word } from "./words.ts";

export const words: readonly Word[] = [
  ...identityWords,
  ...sessionWords,
  ...appPasswordWords,
  ...certificateWords,
  ...totpWords,
  ...strictWords,
  ...alwaysOnWords,
  ...operatorWords,
  ...accountWords,
  ...invitationWords,
  ...keyWords,
  ...logWords,
  ...reloadingWords,
];

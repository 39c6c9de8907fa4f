/** The table of all families: one line each. */
import { Catalog } from "../catalog.ts";
import { accountsFamily } from "./accounts.ts";
import { capabilitiesFamily } from "./capabilities.ts";
import { connectionFamily } from "./connection.ts";
import { historyFamily } from "./history.ts";
import { infoFamily } from "./info.ts";
import { inviteFamily } from "./invite.ts";
import { joinFamily } from "./join.ts";
import { kickFamily } from "./kick.ts";
import { loginFamily } from "./login.ts";
import { messagesFamily } from "./messages.ts";
import { modeFamily } from "./mode.ts";
import { namesFamily } from "./names.ts";
import { opaqueFamily } from "./opaque.ts";
import { passFamily } from "./pass.ts";
import { registrationFamily } from "./registration.ts";
import { serviceFamily } from "./service.ts";
import { topicFamily } from "./topic.ts";
import { whoFamily } from "./who.ts";

export const catalog = new Catalog([
  connectionFamily,
  capabilitiesFamily,
  registrationFamily,
  passFamily,
  loginFamily,
  accountsFamily,
  opaqueFamily,
  infoFamily,
  joinFamily,
  namesFamily,
  topicFamily,
  modeFamily,
  kickFamily,
  inviteFamily,
  messagesFamily,
  serviceFamily,
  historyFamily,
  whoFamily,
]);

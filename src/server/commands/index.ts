/** The table of all families: one line each. */
import { Catalog } from "../catalog.ts";
import { accountsFamily } from "./accounts.ts";
import { awayFamily } from "./away.ts";
import { batchFamily } from "./batch.ts";
import { capabilitiesFamily } from "./capabilities.ts";
import { connectionFamily } from "./connection.ts";
import { helpFamily } from "./help.ts";
import { historyFamily } from "./history.ts";
import { infoFamily } from "./info.ts";
import { inviteFamily } from "./invite.ts";
import { joinFamily } from "./join.ts";
import { kickFamily } from "./kick.ts";
import { listFamily } from "./list.ts";
import { loginFamily } from "./login.ts";
import { messagesFamily } from "./messages.ts";
import { metadataFamily } from "./metadata.ts";
import { modeFamily } from "./mode.ts";
import { monitorFamily } from "./monitor.ts";
import { namesFamily } from "./names.ts";
import { nickFamily } from "./nick.ts";
import { operFamily } from "./oper.ts";
import { opaqueFamily } from "./opaque.ts";
import { passFamily } from "./pass.ts";
import { playbackFamily } from "./playback.ts";
import { readMarkerFamily } from "./read-marker.ts";
import { registrationFamily } from "./registration.ts";
import { operatingFamily } from "./operating.ts";
import { reloadingFamily } from "./reloading.ts";
import { redactFamily } from "./redact.ts";
import { renameFamily } from "./rename.ts";
import { searchFamily } from "./search.ts";
import { serviceFamily } from "./service.ts";
import { topicFamily } from "./topic.ts";
import { webircFamily } from "./webirc.ts";
import { whoFamily } from "./who.ts";
import { whoisFamily } from "./whois.ts";

export const catalog = new Catalog([
  connectionFamily,
  capabilitiesFamily,
  webircFamily,
  nickFamily,
  registrationFamily,
  passFamily,
  loginFamily,
  accountsFamily,
  opaqueFamily,
  infoFamily,
  helpFamily,
  operatingFamily,
  operFamily,
  reloadingFamily,
  joinFamily,
  namesFamily,
  listFamily,
  topicFamily,
  renameFamily,
  modeFamily,
  kickFamily,
  inviteFamily,
  messagesFamily,
  serviceFamily,
  batchFamily,
  historyFamily,
  searchFamily,
  redactFamily,
  readMarkerFamily,
  playbackFamily,
  awayFamily,
  monitorFamily,
  metadataFamily,
  whoFamily,
  whoisFamily,
]);

/**
 * The table of the client's mechanisms, the one to be preferred first.
 */
import { type ClientMechanism } from "./client-mechanism.ts";
import { externalClient } from "./external.ts";
import { opaqueClient } from "./opaque-client.ts";
import { plainClient } from "./plain.ts";
import { resumeClient } from "./resume-client.ts";
import { scramClient, scramPlusClient } from "./scram-client.ts";

export const clientMechanisms: readonly ClientMechanism[] = [
  resumeClient,
  opaqueClient,
  externalClient,
  scramPlusClient,
  scramClient,
  plainClient,
];

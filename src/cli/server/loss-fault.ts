/**
 * What the operator is told when something that was kept is no longer there: what happened, and what can be done.
 */
import { exitCodes, Fault } from "../command-line/exit.ts";

export const restoreHint = `Put a backup in its place:  authchat restore FOLDER  (it keeps what is there now beside it).`;

/** The database is sound, and shorter than it was. */
export function lossFault(database: string, lost: number): Fault {
  return new Fault(
    exitCodes.inputOutput,
    `${database} has lost what was kept last: ${lost} changes that were acknowledged are not in it`,
    `Its write-ahead log was damaged or removed, or an older copy was put in its place.
${restoreHint}
Or go on without what is lost; people are told so where it happened:  authchat serve --accept-loss`,
  );
}

/** The program that restored a backup was ended half way. */
export function halfRestoredFault(folder: string): Fault {
  return new Fault(
    exitCodes.inputOutput,
    `a backup was being restored into ${folder}, and it is not whole`,
    "Call  authchat restore FOLDER  again; what was there before is in before-restore-… beside it.",
  );
}

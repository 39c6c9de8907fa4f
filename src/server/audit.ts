/**
 * Audit: which notes are kept for the operator to read later (`log`), and what is kept of them.
 *
 * It is about accounts and logins: who came in, who did not, and who changed what. What people say
 * and do in rooms is in the rooms' own logs. There is no secret in a note, and so none here.
 *
 * The switch has no default: a new note has to decide.
 */
import { fold } from "../protocol/names.ts";
import { type Note } from "./notes.ts";
import { type AuditRecord } from "./outside.ts";

export function auditOf(note: Note): AuditRecord | undefined {
  switch (note.event) {
    case "login.ok":
      return record(note, { detail: note.mechanism });
    case "login.refused":
      return record(note, { detail: `${note.mechanism}: ${note.reason}` });
    case "account.asked":
    case "account.registered":
    case "account.locked":
      return record(note, {});
    case "account.approved":
    case "account.rejected":
    case "account.unlocked":
      return record(note, { actor: note.by });
    case "account.role":
      return record(note, { actor: note.by, detail: note.role });
    // Nothing was looked at: whoever goes on all the same would only push out everything else.
    case "login.throttled":
    case "connection.opened":
    case "connection.closed":
    case "channel.created":
    case "channel.joined":
    case "channel.left":
    case "channel.kicked":
    case "channel.topic":
    case "channel.mode":
    case "message.channel":
    case "message.private":
    case "message.server":
    case "message.from-server":
    case "stop.asked":
    case "stopping":
    case "store.failed":
    case "bug":
    case "line":
      return undefined;
  }
}

interface About {
  readonly event: string;
  readonly account: string | undefined;
  readonly address?: string;
}

function record(
  { event, account, address }: About,
  { actor, detail }: { readonly actor?: string; readonly detail?: string },
): AuditRecord {
  return {
    event,
    account: account === undefined ? "" : fold(account),
    address: address ?? "",
    actor: actor ?? "",
    detail: detail ?? "",
  };
}

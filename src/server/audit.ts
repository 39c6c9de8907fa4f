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
  if (isPassing(note)) return undefined;
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
    case "account.added":
    case "account.password":
    case "account.disabled":
    case "account.enabled":
    case "account.deleted":
    case "totp.on":
    case "totp.off":
    case "totp.recovery":
      return record(note, { actor: note.by });
    case "keys.changed":
    case "password.changed":
      return ofPasswords(note);
    case "account.role":
    case "account.expires":
    case "account.strict":
    case "account.always-on":
    case "account.certificate":
    case "app-password.added":
    case "app-password.removed":
    case "device.remembered":
    case "device.forgotten":
      return ofChange(note);
    case "settings.read":
    case "settings.refused":
    case "user.operator":
      return ofServer(note);
    case "invitation.made":
    case "invitation.used":
    case "invitation.revoked":
    case "invitation.expired":
      return ofInvitation(note);
    // Nothing was looked at: whoever goes on all the same would only push out everything else.
    case "login.throttled":
    case "account.erased": // of a deletion, which is kept
    case "guest.entered":
    case "user.killed":
    case "stop.asked":
    case "stopping":
    case "bug":
    case "line":
      return undefined;
  }
}

/** What happens on connections and in rooms, what is said there, and how the store is. */
type Passing = Extract<
  Note,
  { readonly event: `${"connection" | "channel" | "message" | "store"}.${string}` }
>;

function isPassing(note: Note): note is Passing {
  return /^(?:connection|channel|message|store)\./.test(note.event);
}

type Of<E extends string> = Extract<Note, { readonly event: E }>;

type ChangeNote = Of<
  | "account.role"
  | "account.expires"
  | "account.strict"
  | "account.always-on"
  | "account.certificate"
  | `app-password.${string}`
  | `device.${string}`
>;

function ofChange(note: ChangeNote): AuditRecord {
  switch (note.event) {
    case "account.role":
      return record(note, { actor: note.by, detail: note.role });
    case "account.expires":
      return record(note, { actor: note.by, detail: note.at ?? "never" });
    case "account.strict":
      return record(note, { actor: note.by, detail: note.isStrict ? "on" : "off" });
    case "account.always-on":
      return record(note, { actor: note.by, detail: note.choice });
    case "account.certificate":
      return record(note, { detail: `${note.change} ${note.fingerprint}` });
    case "app-password.added":
      return record(note, { actor: note.by, detail: note.label });
    case "app-password.removed":
    case "device.forgotten":
      return record(note, { actor: note.by, detail: `number ${note.number}` });
    case "device.remembered":
      return record(note, { detail: `number ${note.number}` });
  }
}

function ofPasswords(note: Of<"keys.changed" | "password.changed">): AuditRecord {
  if (note.event === "password.changed") {
    return record(note, { detail: note.isSame ? "the same, made anew" : "" });
  }
  const { event, by, keys, older, lost } = note;
  const detail = `${keys} keys; passwords of an older one: ${older}, of none any more: ${lost}`;
  return record({ event, account: undefined }, { actor: by, detail });
}

function ofServer(note: Of<`settings.${string}` | "user.operator">): AuditRecord {
  const { event } = note;
  const about = { event, account: undefined };
  if (event === "user.operator") return record(about, { actor: note.nick, detail: note.name });
  return record(about, { actor: note.by, detail: note.detail });
}

function ofInvitation(note: Of<`invitation.${string}`>): AuditRecord {
  switch (note.event) {
    case "invitation.made": {
      const { invitation, purpose, label, uses, expires, by } = note;
      const detail = `${invitation} ${purpose} ${label}: ${uses} in all, until ${expires}`;
      return record({ event: note.event, account: undefined }, { actor: by, detail });
    }
    case "invitation.used":
      return record(note, { detail: `${note.invitation} ${note.label}: ${note.left} left` });
    case "invitation.revoked":
      return record(
        { event: note.event, account: undefined },
        { actor: note.by, detail: `${note.invitation} ${note.label}` },
      );
    case "invitation.expired":
      return record(
        { event: note.event, account: undefined },
        { detail: `${note.invitation} ${note.label}` },
      );
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

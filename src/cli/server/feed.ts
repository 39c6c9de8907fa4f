/**
 * The feed: what the server notes, as log records: a sentence for people, fields for programs, a level.
 *
 * What is said in rooms and to the server itself is shown as text only where `showsText` says so (a terminal, or
 * `--log-messages`); otherwise it is a size. What members say to each other in private is never more than a size:
 * the notes do not carry it, and of a noted line (`--log debug`) it is taken out here.
 */
import { parseMessage } from "../../protocol/message.ts";
import { isChannelName } from "../../protocol/names.ts";
import { type Note } from "../../server/notes.ts";
import { type LogLevel, type LogRecord } from "./log.ts";

export interface FeedOptions {
  readonly showsText: boolean;
  /** Every connection, also those nobody logs in on. */
  readonly showsConnections: boolean;
  /** The server's own name. */
  readonly serverName: string;
}

export function noteRecord(note: Note, options: FeedOptions): LogRecord {
  return {
    level: levelOf(note, options),
    event: note.event,
    // Each log asks for one of the two: there can be thousands of notes a second.
    get sentence() {
      return sentenceOf(note, options);
    },
    get fields() {
      return fieldsOf(note, options);
    },
  };
}

function levelOf(note: Note, { showsConnections }: FeedOptions): LogLevel {
  switch (note.event) {
    case "line":
      return "debug";
    case "connection.opened":
      return showsConnections ? "info" : "debug";
    case "connection.closed":
      return showsConnections || note.nick !== undefined ? "info" : "debug";
    case "login.refused":
    case "login.throttled":
    case "account.locked":
    case "settings.refused":
    case "store.read-only":
      return "warn";
    case "store.failed":
    case "bug":
      return "error";
    default:
      return "info";
  }
}

/** What a program gets: the note's own fields, without text that is not to be shown. */
function fieldsOf(note: Note, options: FeedOptions): LogRecord["fields"] {
  const { event: _event, ...own } = note;
  if (note.event === "line") return { ...own, line: lineShown(note.line, options) };
  if (options.showsText || !hasPeoplesText(note)) return own;
  const fields: Record<string, LogRecord["fields"][string]> = own;
  const hidden = fields["text"] ?? fields["reason"];
  if (typeof hidden !== "string") return own;
  return { ...own, text: undefined, reason: undefined, bytes: Buffer.byteLength(hidden) };
}

/** Whether `text` or `reason` of the note is what someone wrote. */
function hasPeoplesText({ event }: Note): boolean {
  return (
    event.startsWith("message.") || event.startsWith("channel.") || event === "connection.closed"
  );
}

function sentenceOf(note: Note, options: FeedOptions): string {
  const said = (text: string): string =>
    options.showsText ? text : `(${Buffer.byteLength(text)} bytes)`;
  switch (note.event) {
    case "message.channel": {
      const action = /^\x01ACTION (.*?)\x01?$/s.exec(note.text)?.[1];
      if (action !== undefined) return `${note.channel} * ${note.from} ${said(action)}`;
      const from = note.isNotice ? `-${note.from}-` : `<${note.from}>`;
      return `${note.channel} ${from} ${said(note.text)}`;
    }
    case "message.private":
      return `${note.from} -> ${note.to} (private, ${note.bytes} bytes)`;
    case "message.redacted":
      return `${note.by} deleted message ${note.id} in ${note.target}`;
    case "message.server":
      return `${note.from} -> ${options.serverName}: ${said(note.text)}`;
    case "message.from-server":
      return `${options.serverName} -> ${note.to}: ${said(note.text)}`;
    case "line": {
      const arrow = note.direction === "in" ? "<-" : "->";
      return `${note.connection} ${arrow} ${lineShown(note.line, options)}`;
    }
    case "password.changed":
      return note.isSame
        ? `${note.account}'s password record was made anew, from ${note.address}`
        : `${note.account} changed the password, from ${note.address}`;
    case "keys.changed":
      return `${note.by} changed the keys: ${note.keys} now, ${note.older} passwords of older ones`;
    case "settings.read":
      return `${note.by} had the settings read again: ${note.detail}`;
    case "settings.refused":
      return `${note.by} had the settings read again, and they are refused: ${note.detail}`;
    case "stop.asked":
      return `${note.by} asks the server to stop`;
    case "stopping":
      return `stopping: ${note.reason}`;
    case "store.failed":
      return `the database failed, nothing more is kept: ${note.reason}`;
    case "store.read-only":
      return `the disk is full, nothing can be said until there is room: ${note.reason}`;
    case "store.writable":
      return `things are kept again: ${note.reason}`;
    case "bug":
      return `a bug in ${note.where}: ${note.stack}`;
    case "account.strict":
    case "account.always-on":
    case "app-password.added":
    case "app-password.removed":
    case "device.remembered":
    case "device.forgotten":
    case "totp.on":
    case "totp.off":
    case "totp.recovery":
      return credentialSentence(note);
    default:
      return peopleSentence(note, said);
  }
}

type CredentialNote = Extract<
  Note,
  {
    readonly event:
      | "account.strict"
      | "account.always-on"
      | `app-password.${string}`
      | `device.${string}`
      | `totp.${string}`;
  }
>;

function credentialSentence(note: CredentialNote): string {
  const { account } = note;
  switch (note.event) {
    case "account.strict":
      return `${account} is ${note.isStrict ? "strict now" : "no longer strict"}, by ${note.by}`;
    case "account.always-on":
      return `${account} is always on: ${note.choice}, by ${note.by}`;
    case "device.remembered":
      return `device ${note.number} of ${account} at ${note.address} is remembered`;
    case "device.forgotten":
      return `device ${note.number} of ${account} was logged out by ${note.by}`;
    case "app-password.added":
      return `${account} has an app password for ${note.label}`;
    case "app-password.removed":
      return `app password ${note.number} of ${account} was taken away`;
    case "totp.on":
      return `${account} has a second factor now`;
    case "totp.off":
      return `${account} has no second factor any more, by ${note.by}`;
    case "totp.recovery":
      return `${account} has new recovery codes`;
  }
}

type PeopleNote = Exclude<
  Extract<
    Note,
    {
      readonly event:
        | `connection.${string}`
        | `login.${string}`
        | `account.${string}`
        | `invitation.${string}`
        | `guest.${string}`
        | `user.${string}`
        | `channel.${string}`;
    }
  >,
  CredentialNote
>;

function peopleSentence(note: PeopleNote, said: (text: string) => string): string {
  switch (note.event) {
    case "connection.opened":
      return `connection ${note.connection} from ${note.address}`;
    case "connection.closed":
      return note.nick === undefined
        ? `connection ${note.connection} from ${note.address} closed: ${said(note.reason)}`
        : `${note.nick} disconnected: ${said(note.reason)}`;
    case "guest.entered":
      return `${note.nick} came in without an account, from ${note.address}`;
    case "user.operator":
      return `${note.nick} became an operator as ${note.name}, from ${note.address}`;
    case "user.killed":
      return `${note.by} closed the connections of ${note.nick}: ${said(note.reason)}`;
    case "login.ok":
      return `${note.account} logged in from ${note.address} (${note.mechanism})`;
    case "login.refused":
      return `login refused from ${note.address} (${note.mechanism}): ${note.reason}`;
    case "login.throttled":
      return (
        `login refused from ${note.address} (${note.mechanism}): too many were wrong; ` +
        `none is looked at for ${note.seconds} s`
      );
    case "channel.created":
    case "channel.joined":
    case "channel.left":
    case "channel.renamed":
    case "channel.kicked":
    case "channel.topic":
    case "channel.mode":
      return channelSentence(note, said);
    default:
      return accountSentence(note);
  }
}

type AccountNote = Exclude<
  Extract<Note, { readonly event: `account.${string}` | `invitation.${string}` }>,
  CredentialNote
>;

function accountSentence(note: AccountNote): string {
  switch (note.event) {
    case "account.locked":
      return (
        `${note.account} is locked against strangers after too many wrong passwords, ` +
        `the last from ${note.address}; type  unlock ${note.account}  to end it`
      );
    case "account.unlocked":
      return `${note.account} was unlocked by ${note.by}`;
    case "account.asked":
      return (
        `${note.account} asks for an account, from ${note.address}; ` +
        `type  approve ${note.account}  or  reject ${note.account}`
      );
    case "account.registered":
      return `${note.account} registered from ${note.address}`;
    case "account.approved":
      return `${note.account} was approved by ${note.by}`;
    case "account.rejected":
      return `${note.account} was rejected by ${note.by}`;
    case "account.role":
      return `${note.account} is now ${note.role}, by ${note.by}`;
    case "account.certificate":
      return `${note.account} ${note.change} a certificate for logging in: ${note.fingerprint}`;
    case "account.added":
      return `${note.account} was added by ${note.by}`;
    case "account.password":
      return `${note.account} has a new password, set by ${note.by}`;
    case "account.disabled":
      return `${note.account} was disabled by ${note.by}`;
    case "account.enabled":
      return `${note.account} was enabled by ${note.by}`;
    case "account.expires":
      return `${note.account} expires ${note.at === undefined ? "never" : `at ${note.at}`}, by ${note.by}`;
    case "account.deleted":
      return `${note.account} was deleted by ${note.by}`;
    case "account.erased":
      return `all that ${note.account} said is erased (${note.count})`;
    case "invitation.made":
      return `${note.by} made the invitation ${called(note)} (${note.purpose}, ${note.uses} in all, until ${note.expires})`;
    case "invitation.used":
      return `${note.account} used the invitation ${called(note)}; ${note.left} left`;
    case "invitation.revoked":
      return `${note.by} took the invitation ${called(note)} back`;
    case "invitation.expired":
      return `the invitation ${called(note)} has expired`;
  }
}

function called({
  invitation,
  label,
}: {
  readonly invitation: string;
  readonly label: string;
}): string {
  return label === "" ? invitation : `${invitation} (${label})`;
}

type ChannelNote = Extract<Note, { readonly event: `channel.${string}` }>;

function channelSentence(note: ChannelNote, said: (text: string) => string): string {
  const because = (reason: string): string => (reason === "" ? "" : `: ${said(reason)}`);
  switch (note.event) {
    case "channel.created":
      return `${note.by} made ${note.channel}`;
    case "channel.joined":
      return `${note.nick} joined ${note.channel}`;
    case "channel.left":
      return `${note.nick} left ${note.channel}${because(note.reason)}`;
    case "channel.renamed":
      return `${note.by} renamed ${note.channel} to ${note.to}`;
    case "channel.kicked":
      return `${note.by} removed ${note.nick} from ${note.channel}${because(note.reason)}`;
    case "channel.topic":
      return `${note.by} set the topic of ${note.channel}: ${said(note.text)}`;
    case "channel.mode":
      return `${note.by} set ${note.channel} ${note.modes}`;
  }
}

/** A noted line without what is said in it, where that is private or not to be shown. */
function lineShown(line: string, { showsText, serverName }: FeedOptions): string {
  const parsed = parseMessage(line);
  if (!parsed.ok) return line;
  const { command, params } = parsed.value;
  if (!/^(?:PRIVMSG|NOTICE|TAGMSG)$/i.test(command)) return line;
  const [target = "", text = ""] = params;
  const isPublic = isChannelName(target) || target === serverName;
  if (isPublic && showsText) return line;
  return `${command} ${target} (${Buffer.byteLength(text)} bytes)`;
}

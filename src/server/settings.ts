/**
 * Settings and limits of the server: what an operator may choose, and the bounds of everything that could grow.
 *
 * Every queue, list, name and wait of the machine has its limit here (those of the wire are in
 * `protocol/limits.ts`); each has a key in the settings file's `[limits]`.
 */
import { dayMs, minuteMs, secondMs } from "../base/time.ts";
import { type JoinAddress } from "../protocol/invite-link.ts";

/**
 * Who may make an account: anyone; anyone, and an operator decides; who has an invitation; nobody. An invitation is
 * an operator's word, so it opens the door whatever the policy is.
 */
export type RegistrationPolicy = "open" | "approval" | "invite" | "closed";

/** With a choice of their own for every account, or for nobody. */
export type AlwaysOn = "opt-out" | "opt-in" | "never";

export interface StsPolicy {
  /** Where there is TLS. */
  readonly port: number;
  /** 0: it has ended, and who comes by TLS is told to forget it. */
  readonly durationSeconds: number;
}

export interface ServerSettings {
  /** The server's name on the wire: one word, no `!`, `@` or `:`. */
  readonly name: string;
  /** ISUPPORT NETWORK. */
  readonly network: string;
  /** For people: 312. */
  readonly description: string;
  readonly version: string;
  readonly motd: readonly string[];
  readonly registration: RegistrationPolicy;
  /** An account may be asked for before the connection is complete; false: by guests only. */
  readonly beforeConnect: boolean;
  /** Who asks for an account without an invitation says an e-mail address, which is kept with it. */
  readonly emailRequired: boolean;
  /** False: people may chat without an account. */
  readonly accountsRequired: boolean;
  /** `account`: the nick is the account's name; `free`: any that no account and nobody else has. */
  readonly nicks: "account" | "free";
  /** Whether members stay in their channels while they are not connected. */
  readonly alwaysOn: AlwaysOn;
  /** A password of the server's own is asked for with PASS, from every connection; only `auth` knows it. */
  readonly hasPassword: boolean;
  /** Where there is a picture for the network, as a URL: ISUPPORT draft/ICON; undefined: none. */
  readonly icon: string | undefined;
  /** Clients are told to come by TLS only; undefined: they are not. */
  readonly sts: StsPolicy | undefined;
  /** User modes of new connections, as letters. */
  readonly defaultModes: string;
  /** Where invitations lead; undefined: nobody knows yet, and they are tokens alone. */
  readonly join: JoinAddress | undefined;
  /** For how many days what is said is kept, in channels (which may say less) and in private; 0: for ever. */
  readonly keepDays: number;
  /** Channels that new members are in; they are made when they do not exist. */
  readonly rooms: readonly string[];
  /** The SASL mechanisms a connection may be offered, by its facts; none: it cannot log in. */
  readonly mechanisms: readonly string[];
  /** Every line in and out is noted (`--log debug`), secrets taken out. */
  readonly notesLines: boolean;
  readonly limits: Limits;
}

export interface Limits {
  /** Lines a second are metered, and weighed (`cost.ts`); false: none. */
  readonly flood: boolean;
  /** Lines at once, and each second after that; more is held, not dropped. */
  readonly floodBurstLines: number;
  readonly floodLinesPerSecond: number;
  /** The same of all sessions of one account together. */
  readonly floodAccountBurstLines: number;
  readonly floodAccountLinesPerSecond: number;
  /** Lines that wait behind a slow answer or the meter before the connection is no longer read. */
  readonly heldLinesMax: number;
  /** Lines in hand when the connection was paused; beyond, it is closed. */
  readonly heldLinesCloseMax: number;
  /** Bytes of lines in hand before the login, what keeping them costs included; beyond, it is closed. */
  readonly strangerHeldBytesMax: number;
  /** From the opening to the login. Absolute: activity does not extend it. */
  readonly registrationMs: number;
  /** For a person to find a code, once their password is proven. */
  readonly secondFactorMs: number;
  /** Silence before a PING. */
  readonly pingAfterMs: number;
  /** From the PING to the end. */
  readonly pongWithinMs: number;
  /** For an answer from outside (a login, a lookup, a page of history). */
  readonly answerWithinMs: number;
  /** Refused logins on one connection. */
  readonly loginFailuresMax: number;
  /** Connections that wait for an operator's decision, and how long. */
  readonly waitingMax: number;
  /** Of them from one address; connections from this machine do not count. */
  readonly waitingPerAddressMax: number;
  readonly waitingMs: number;
  /** Accounts that wait for a decision. */
  readonly pendingAccountsMax: number;
  /** Nicks that one session watches by MONITOR. */
  readonly monitoredMax: number;
  /** Invitations and reset links that are still good. */
  readonly invitationsMax: number;
  /** Keys of metadata that a session may subscribe to. */
  readonly metadataSubscriptionsMax: number;
  /** Keys of metadata of one account or channel. */
  readonly metadataKeysMax: number;
  /** Lines of metadata told unasked, when someone comes in; where there are more, the client is to ask. */
  readonly metadataUnaskedMax: number;
  /** Lines of one METADATA SYNC. */
  readonly metadataSyncedMax: number;
  readonly sessionsPerUserMax: number;
  readonly channelsPerUserMax: number;
  readonly membersPerChannelMax: number;
  /** Entries in the lists of a channel, all together: MAXLIST. */
  readonly listEntriesMax: number;
  readonly invitationsPerChannelMax: number;
  readonly modesPerCommandMax: number;
  /** Targets of one PRIVMSG, JOIN, KICK, …: TARGMAX. */
  readonly targetsMax: number;
  /** Lines of one LIST or WHO answer. */
  readonly listedMax: number;
  /** Entries in one CHATHISTORY answer, and their bytes, about: a longer page is cut, but for one entry. */
  readonly historyMax: number;
  readonly historyBytesMax: number;
  /** Messages in one answer to SEARCH, and the characters of the text that is searched for. */
  readonly searchResultsMax: number;
  readonly searchTextLengthMax: number;
  /** A multiline message: its text with line feeds, and the lines it is sent as. */
  readonly multilineBytesMax: number;
  readonly multilineLinesMax: number;
  /** From a client's opening of a batch to its end. */
  readonly batchMs: number;
  /** What a client without history is told of each log when it comes again, and when its device is new. */
  readonly missedMax: number;
  readonly missedNewMax: number;
  /** So much of it at once, and then the client has to answer; what is said meanwhile is held back. */
  readonly missedPageMax: number;
  readonly missedPageBytesMax: number;
  readonly heldBackBytesMax: number;
  /** Of each target, for who asks `*playback`; and their bytes, about. */
  readonly playedMax: number;
  readonly playedBytesMax: number;
  /** After so long such a client is asked what it has got; that is written down so often at most. */
  readonly seenAskedMs: number;
  readonly seenSavedMs: number;
  /** Accounts in one answer to an operator. */
  readonly accountsListedMax: number;
}

export const defaultLimits: Limits = {
  flood: true,
  floodBurstLines: 100,
  floodLinesPerSecond: 20,
  // Three devices that come back at once, and two that are busy.
  floodAccountBurstLines: 300,
  floodAccountLinesPerSecond: 40,
  heldLinesMax: 64,
  heldLinesCloseMax: 16_384,
  strangerHeldBytesMax: 65_536,
  registrationMs: 30 * secondMs,
  secondFactorMs: 120 * secondMs,
  pingAfterMs: 75 * secondMs,
  pongWithinMs: 30 * secondMs,
  answerWithinMs: 30 * secondMs,
  loginFailuresMax: 3,
  waitingMax: 100,
  waitingPerAddressMax: 10,
  waitingMs: dayMs,
  pendingAccountsMax: 1_000,
  monitoredMax: 100,
  invitationsMax: 1_000,
  metadataSubscriptionsMax: 64,
  metadataKeysMax: 32,
  metadataUnaskedMax: 500,
  metadataSyncedMax: 10_000,
  sessionsPerUserMax: 20,
  channelsPerUserMax: 100,
  membersPerChannelMax: 100_000,
  listEntriesMax: 100,
  invitationsPerChannelMax: 100,
  modesPerCommandMax: 12,
  targetsMax: 10,
  listedMax: 1_000,
  historyMax: 100,
  // Half of the send queue (`net/limits.ts`): who asks for a page is not closed by its size.
  historyBytesMax: 524_288,
  searchResultsMax: 100,
  searchTextLengthMax: 256,
  // A hundred lines are what may come at once; with what each carries on the way it stays far below the send queue.
  multilineBytesMax: 4_096,
  multilineLinesMax: 32,
  batchMs: 30 * secondMs,
  // An hour with a message each second, and some.
  missedMax: 5_000,
  missedNewMax: 50,
  missedPageMax: 200,
  missedPageBytesMax: 131_072,
  // With a page, less than half of the send queue.
  heldBackBytesMax: 262_144,
  playedMax: 1_000,
  playedBytesMax: 262_144,
  seenAskedMs: 5 * secondMs,
  seenSavedMs: minuteMs,
  accountsListedMax: 100,
};

export const defaultSettings: ServerSettings = {
  name: "authchat.local",
  network: "authchat",
  description: "a private chat",
  version: "authchat-0.1.0",
  motd: [],
  registration: "approval",
  beforeConnect: true,
  emailRequired: false,
  accountsRequired: true,
  nicks: "account",
  alwaysOn: "opt-out",
  hasPassword: false,
  icon: undefined,
  sts: undefined,
  defaultModes: "",
  join: undefined,
  keepDays: 0,
  rooms: ["#general"],
  mechanisms: ["OPAQUE-R255-EXPR", "HT-SHA-256-EXPR", "EXTERNAL", "PLAIN"],
  notesLines: false,
  limits: defaultLimits,
};

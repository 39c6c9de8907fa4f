/**
 * What the server asks of the world: a store, a transport, answers to questions, and someone who listens.
 *
 * The core is a machine that never waits: what takes time is asked for here, and the answer comes back as one more
 * input. `cli/server/engine.ts` wires the real outside, `test/support/world.ts` a simulated one; the core cannot tell.
 */
import {
  type AccountId,
  type ChannelId,
  type ConnectionId,
  type LogId,
  type QuestionId,
} from "../base/ids.ts";
import { type Secret } from "../base/secret.ts";
import { type ElapsedMs, type WallMs } from "../base/time.ts";
import { type MessagePlace } from "../protocol/message-ids.ts";
import { type Folded } from "../protocol/names.ts";
import { type HistoryQuestions } from "./history-questions.ts";
import { type Note } from "./notes.ts";
import { type ProofQuestions } from "./proofs.ts";
import { type ReadingQuestions, type ReadingRecord } from "./reading.ts";
import { type SearchQuestions } from "./search-questions.ts";
import { type ServerSettings } from "./settings.ts";

export interface Outside {
  readonly store: Store;
  readonly transport: Transport;
  readonly questions: Answerer;
  readonly operators: OperatorPorts;
  /** Asks for a turn at that moment at the latest; replaces the moment asked for before. */
  wakeAt(at: ElapsedMs | undefined): void;
  note(note: Note): void;
}

// --- Connections ---------------------------------------------------------------------------------------------

/** What is known of a connection when it opens. */
export interface ConnectionFacts {
  /** The peer's address, without port; `::ffff:` addresses already read as IPv4. */
  readonly address: string;
  readonly isLoopback: boolean;
  /** The listener's address as configured, for the log. */
  readonly listener: string;
  /** Undefined on a plain-text connection. */
  readonly tls: TlsFacts | undefined;
  /** In plain text from a trusted proxy, to which the client came over TLS. */
  readonly isEncryptedToProxy?: boolean;
  /** The peer may say for whom it speaks (WEBIRC). */
  readonly isTrustedProxy?: boolean;
}

export interface TlsFacts {
  /** `TLSv1.3` or `TLSv1.2`. */
  readonly version: string;
  /** RFC 9266 `tls-exporter`, 32 bytes; undefined where the connection has none. */
  readonly exporter: Uint8Array | undefined;
  /** RFC 5929 `tls-server-end-point`; left out where the server's certificate has none. */
  readonly endPoint?: Uint8Array | undefined;
  /** SHA-256 of the client's certificate, lower-case hex; undefined when it showed none. */
  readonly peerCertificate: string | undefined;
  /** SHA-256 of the server's own SubjectPublicKeyInfo, base64. */
  readonly spki: string;
}

/** A line as bytes with its CR LF, or several, whole. Shared between receivers: never written to again. */
export type Line = Uint8Array;

export interface Transport {
  /**
   * Queues the lines for the connection; all lines of one turn become one write. Unknown connections are ignored.
   * `mayWait`: a moment later is as good, so that what many are shown goes out less often and more at a time.
   */
  write(connection: ConnectionId, lines: readonly Line[], mayWait?: boolean): void;
  /** For how long it still keeps back what many are sent and what may wait; 0: it goes out at once. */
  heldForMs(): number;
  /** Stops reading from the connection until `resume`. */
  pause(connection: ConnectionId): void;
  resume(connection: ConnectionId): void;
  /** Closes once all that was written has been sent. A `closed` input may still follow, and is then ignored. */
  close(connection: ConnectionId): void;
}

// --- What is kept --------------------------------------------------------------------------------------------

export interface Store {
  /** All records in one transaction, at once or later. `now`: an entry is never earlier than the one before it in its log. */
  keep(records: readonly KeptRecord[], now: WallMs, keeping: Keeping): void;
}

/** What a store says of a turn that is to be kept: `written` and then `kept`, or `failed` instead of either. */
export interface Keeping {
  /** Whoever asks the store finds it, but a loss of power may undo it. One outcome for each entry record, in order. */
  written(outcomes: readonly EntryOutcome[]): void;
  /** It is on the disk, and may be shown. */
  kept(): void;
  /** Nothing of the turn may be shown: the program has to end. */
  failed(reason: string): void;
}

export type KeptRecord =
  | { readonly kind: "account"; readonly account: AccountRow }
  /** `erases`: what the account said goes with it, in steps, whatever happens in between. */
  | { readonly kind: "account-removed"; readonly id: AccountId; readonly erases?: true }
  | { readonly kind: "channel"; readonly channel: ChannelRow }
  | { readonly kind: "channel-removed"; readonly id: ChannelId }
  /** A channel has another name: those that send people there send them there still. */
  | { readonly kind: "forwards-moved"; readonly from: string; readonly to: string }
  | MemberRecord
  | { readonly kind: "member-removed"; readonly channel: ChannelId; readonly account: AccountId }
  | { readonly kind: "invitation"; readonly invitation: InvitationRow }
  | { readonly kind: "invitation-removed"; readonly hash: string }
  | { readonly kind: "audit"; readonly audit: AuditRecord }
  /** What was said there is gone from now on, and the reactions to it; its place stays taken. */
  | { readonly kind: "erased"; readonly place: MessagePlace }
  | ReadingRecord
  | EntryRecord;

export type AccountState = "pending" | "active" | "disabled";
export type AccountRole = "member" | "operator";

/** An account, whole: written when it is made and whenever something of it changes. */
export interface AccountRow {
  readonly id: AccountId;
  /** As its owner wrote it. */
  readonly name: string;
  readonly state: AccountState;
  readonly role: AccountRole;
  readonly createdAt: WallMs;
  /** Logs in by OPAQUE, or with app passwords: the server is never told its password. */
  readonly isStrict: boolean;
  /** From then on nobody is let in; undefined: never. */
  readonly expiresAt: WallMs | undefined;
  /** Their own choice, where the settings leave it; undefined: as the settings say. */
  readonly isAlwaysOn?: boolean | undefined;
  /** Left out where none was asked for. */
  readonly email?: string;
  readonly metadata?: Metadata;
}

/** What clients note of an account or a channel (METADATA): keys and values. Left out where there is none. */
export type Metadata = ReadonlyMap<string, string>;

/** Who may make an account, or a new password for one, by showing the token that has this hash. */
export interface InvitationRow {
  /** SHA-256 of the token, lower-case hex: the token itself is nowhere. */
  readonly hash: string;
  readonly purpose: InvitationPurpose;
  /** How many it was made for: the link of one for several is known to several. */
  readonly uses: number;
  readonly usesLeft: number;
  /** For people: whom it is for. */
  readonly label: string;
  readonly madeBy: string;
  readonly createdAt: WallMs;
  readonly expiresAt: WallMs;
}

export type InvitationPurpose =
  | { readonly kind: "member"; readonly role: AccountRole; readonly rooms: readonly string[] }
  /** A new password for an account that exists. */
  | { readonly kind: "reset"; readonly account: AccountId };

/** One thing that happened to an account or a login, as the operator reads it later; no secret is in it. */
export interface AuditRecord {
  /** As the note of it is called: `login.ok`. */
  readonly event: string;
  /** The account's name, folded; empty when it is about none. */
  readonly account: string;
  /** The peer's address; empty when there is none. */
  readonly address: string;
  /** Who did it, when it was not the account's owner. */
  readonly actor: string;
  /** Words for people: a mechanism, a reason. */
  readonly detail: string;
}

/** A channel, whole, without its members. */
export interface ChannelRow {
  readonly id: ChannelId;
  readonly name: string;
  readonly createdAt: WallMs;
  /** Undefined: the server made it. */
  readonly founder: AccountId | undefined;
  readonly topic: Topic | undefined;
  /** Flag modes that are set, as letters in alphabetical order: `mnt`. */
  readonly flags: string;
  readonly key: string | undefined;
  readonly limit: number | undefined;
  /** Where who may not join is brought instead: a channel's name. */
  readonly forward: string | undefined;
  /** For how long what happens in it is kept; undefined: as long as the server keeps anything. */
  readonly keepDays: number | undefined;
  readonly bans: readonly ListEntry[];
  readonly banExceptions: readonly ListEntry[];
  readonly inviteExceptions: readonly ListEntry[];
  readonly metadata?: Metadata;
}

export interface Topic {
  readonly text: string;
  /** The nick of who set it. */
  readonly by: string;
  readonly at: WallMs;
}

/** One line of a channel's list of bans or exceptions. */
export interface ListEntry {
  readonly mask: string;
  readonly by: string;
  readonly at: WallMs;
}

/**
 * A membership. What is said from this record on may be read by the member: the store notes the log's sequence at
 * this place of the transaction when the membership is new, and keeps the earlier one when only prefixes change.
 */
export interface MemberRecord {
  readonly kind: "member";
  readonly channel: ChannelId;
  readonly account: AccountId;
  /** Prefix modes held, highest first: `qo`, `v`, or empty. */
  readonly prefixes: string;
  readonly joinedAt: WallMs;
}

/** Where something is said: a channel, or between two accounts (in either order; they may be the same). */
export type LogRef =
  | { readonly kind: "channel"; readonly channel: ChannelId }
  | { readonly kind: "conversation"; readonly between: readonly [AccountId, AccountId] };

/** Something that happened in a log, in the form in which it is read again. */
export interface Entry {
  readonly log: LogRef;
  readonly account: AccountId;
  /** `nick!user@host`, or a server's name. */
  readonly source: string;
  readonly command: string;
  /** The first parameter: a channel's name or a nick, as written at the time. */
  readonly target: string;
  /** Parameters between the first and the text, joined by spaces; often empty. */
  readonly middle: string;
  /** The last parameter, when it is free text (a message, a topic, a reason); empty otherwise. */
  readonly text: string;
  /** Of a message of several lines, which has line feeds in its text: where a long line was cut. */
  readonly seams: readonly number[];
  /** Client-only tags as on the wire without `@`; empty when there are none. */
  readonly tags: string;
}

/** `nonce`: the client's own name for it, unique per account; a second record with the same is not kept again. */
export interface EntryRecord extends Entry {
  readonly kind: "entry";
  readonly nonce: string | undefined;
}

/** Where an entry was kept. Sequences in a log are contiguous from 1; time in a log never runs back. */
export interface Place {
  readonly log: LogId;
  readonly sequence: number;
  readonly time: WallMs;
}

/** `isFirst` is false when the same account kept the same nonce before: the place is the first one's. */
export interface EntryOutcome {
  readonly place: Place;
  readonly isFirst: boolean;
  /** Its number among the entries of all logs: ascending. */
  readonly id: number;
}

/** What the store knows when the server starts. */
export interface Opening {
  /** Numbers not yet given to anyone. */
  readonly nextAccount: AccountId;
  readonly nextChannel: ChannelId;
  /** Accounts that wait for a decision. */
  readonly pendingAccounts: number;
  /** All there are. */
  readonly invitations: readonly InvitationRow[];
  /** There is an account that may run the server. */
  readonly hasOperator: boolean;
  /** The number of the last entry of all; 0: there is none. */
  readonly lastEntry: number;
  /** The latest time of anything kept: shown time does not run back across a restart. */
  readonly latest: WallMs;
}

// --- Questions -----------------------------------------------------------------------------------------------

/** Someone could not answer now: a failing disk, too many in the queue. */
export interface Unavailable {
  readonly outcome: "unavailable";
}

/**
 * Every question there is: what is asked and what comes back. Those to `auth` are in `proofs.ts`, those about what was
 * said in `history-questions.ts` and `search-questions.ts`.
 */
export interface Questions
  extends ProofQuestions, HistoryQuestions, ReadingQuestions, SearchQuestions {
  /** The settings, read again. */
  readonly reload: {
    readonly ask: { readonly what: "settings" };
    readonly answer:
      /** Those in force from now on, and what is different, in lines for people. */
      | {
          readonly outcome: "read";
          readonly settings: ServerSettings;
          readonly lines: readonly string[];
        }
      /** They are wrong: nothing is different. */
      | { readonly outcome: "refused"; readonly lines: readonly string[] }
      | Unavailable;
  };
  /** An account with its memberships, by name or number. */
  readonly account: {
    readonly ask: { readonly by: Folded | AccountId };
    readonly answer:
      | {
          readonly outcome: "found";
          readonly account: AccountRow;
          readonly channels: readonly ChannelId[];
        }
      | { readonly outcome: "none" }
      | Unavailable;
  };
  /** A channel with its members, by name or number. */
  readonly channel: {
    readonly ask: { readonly by: Folded | ChannelId };
    readonly answer:
      | {
          readonly outcome: "found";
          readonly channel: ChannelRow;
          readonly members: readonly MemberRow[];
        }
      | { readonly outcome: "none" }
      | Unavailable;
  };
  /** Accounts in the order of their folded names, after a name, at most `limit`. */
  readonly accounts: {
    readonly ask: {
      readonly state: AccountState | undefined;
      readonly after: Folded | undefined;
      readonly limit: number;
    };
    readonly answer:
      | {
          readonly outcome: "found";
          readonly accounts: readonly AccountRow[];
          readonly hasMore: boolean;
        }
      | Unavailable;
  };
  /** Channels for LIST, in the order of their folded names, at most `limit`. */
  readonly channels: {
    readonly ask: { readonly after: Folded | undefined; readonly limit: number };
    readonly answer:
      | {
          readonly outcome: "found";
          readonly channels: readonly ListedChannel[];
          readonly hasMore: boolean;
        }
      | Unavailable;
  };
  /** What happened, the newest first: to one account, or to all; before an entry's number. */
  readonly audit: {
    readonly ask: {
      readonly account: Folded | undefined;
      readonly before: number | undefined;
      readonly limit: number;
    };
    readonly answer:
      | {
          readonly outcome: "found";
          readonly entries: readonly (AuditRecord & {
            readonly id: number;
            readonly time: WallMs;
          })[];
          readonly hasMore: boolean;
        }
      | Unavailable;
  };
}

export type QuestionKind = keyof Questions;
export type Ask<K extends QuestionKind> = Questions[K]["ask"];
export type Answer<K extends QuestionKind> = Questions[K]["answer"];

/** A question as it is handed out. */
export type Question = {
  readonly [K in QuestionKind]: { readonly kind: K; readonly ask: Ask<K> };
}[QuestionKind];

export interface Answerer {
  /** Answers once, later, by the input `answer` with this id. */
  ask(id: QuestionId, question: Question): void;
  /** The connection is gone: its login ends, and what it waited for need not be answered. */
  abandon(connection: ConnectionId): void;
}

export interface MemberRow {
  readonly account: AccountRow;
  /** All channels of that account. */
  readonly channels: readonly ChannelId[];
  readonly prefixes: string;
  readonly joinedAt: WallMs;
}

export interface ListedChannel {
  readonly id: ChannelId;
  readonly name: string;
  readonly topic: string;
  readonly flags: string;
  readonly memberCount: number;
  readonly createdAt: WallMs;
  /** Undefined: no topic was ever set. */
  readonly topicAt: WallMs | undefined;
}

export interface HistoryAsk {
  readonly reader: AccountId;
  /** Of a guest: since when they are in the channel, which is not kept. */
  readonly guestSince?: WallMs | undefined;
  readonly log: LogRef;
  readonly page: HistoryPage;
  /** Entries at most; at least 1. */
  readonly limit: number;
  /** Only these commands, when the client is not to be shown all that happened. */
  readonly commands: readonly string[] | undefined;
}

/** Which part of a log: bounds are exclusive, as CHATHISTORY's are, but for `around`. */
export type HistoryPage =
  | { readonly kind: "latest"; readonly after: HistoryBound | undefined }
  | { readonly kind: "before"; readonly before: HistoryBound }
  | { readonly kind: "after"; readonly after: HistoryBound }
  /** Counted from `from`, which may be the later one. */
  | { readonly kind: "between"; readonly from: HistoryBound; readonly to: HistoryBound }
  /** What stands at the bound, and as much before it as after it where there is so much. */
  | { readonly kind: "around"; readonly at: HistoryBound };

export type HistoryBound =
  /** `log`, where it is known: a place in another log bounds nothing here, and the answer is `none`. */
  | { readonly kind: "sequence"; readonly sequence: number; readonly log: LogId | undefined }
  | { readonly kind: "time"; readonly time: WallMs };

export interface KeptEntry extends Entry {
  readonly place: Place;
  /** The account's name now; undefined for the server and for accounts that are no more. */
  readonly accountName: string | undefined;
}

export interface HistoryTarget {
  /** A channel's name, or the other account's name. */
  readonly name: string;
  readonly latest: WallMs;
}

// --- Operators outside the chat ------------------------------------------------------------------------------

/** The console and the control socket: where operator commands come from besides chat. */
export interface OperatorPorts {
  /** The answer to one instruction, whole. */
  answer(port: number, answer: OperatorAnswer): void;
}

export interface OperatorAnswer {
  readonly isDone: boolean;
  /** Lines for people. */
  readonly lines: readonly string[];
}

// --- Inputs --------------------------------------------------------------------------------------------------

/** Everything that can reach the server. */
export type Input =
  | { readonly kind: "opened"; readonly connection: ConnectionId; readonly facts: ConnectionFacts }
  /** The bytes are the server's from here on. */
  | { readonly kind: "bytes"; readonly connection: ConnectionId; readonly bytes: Uint8Array }
  | { readonly kind: "closed"; readonly connection: ConnectionId; readonly reason: string }
  | { readonly kind: "answer"; readonly id: QuestionId; readonly answer: Answer<QuestionKind> }
  /**
   * An operator's words from the console or the control socket; `port` names where the answer goes. A password that
   * they are about is apart from them: words are noted, it never is.
   */
  | {
      readonly kind: "words";
      readonly port: number;
      readonly by: string;
      readonly words: string;
      readonly secret?: Secret | undefined;
    }
  /**
   * The disk is full, or has room again. While it is full what people do is not kept, and so not done; `reason` is for
   * operators.
   */
  | { readonly kind: "storage"; readonly isReadOnly: boolean; readonly reason: string }
  /** The program is to end: everyone is told and closed. */
  | { readonly kind: "stop"; readonly reason: string };

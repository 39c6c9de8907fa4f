/**
 * A session: one connection, how far it is, and the lines of it that wait.
 *
 *     registering --(CAP END, NICK, USER, login)--> registered --> closed
 *
 * A session is changed by events (`apply`) as everything is; only the queue of held lines, the deadlines and the
 * meter belong to the loop. What it is called on the wire before it has a user is `*` or the nick it asked for.
 */
import { type AccountId, type ConnectionId } from "../base/ids.ts";
import { type ElapsedMs, type WallMs } from "../base/time.ts";
import { type Capabilities, noCapabilities } from "../protocol/capabilities.ts";
import { Framer, type FramingEvent } from "../protocol/framing.ts";
import { clientTagsBytesMax } from "../protocol/limits.ts";
import { type Message } from "../protocol/message.ts";
import { type WireLine } from "../protocol/multiline.ts";
import { type SaslAssembler } from "../protocol/sasl.ts";
import { Meter } from "./meter.ts";
import { type HeldBack } from "./held-back.ts";
import { type ConnectionFacts } from "./outside.ts";
import { type ProvenAccount } from "./proofs.ts";
import { type Limits } from "./settings.ts";
import { type User } from "./state/user.ts";

export type Phase = "registering" | "registered" | "closed";

/** What a login on this connection is waiting for. */
export type SaslPhase =
  | { readonly kind: "none" }
  /** AUTHENTICATE named a mechanism: the next one carries (a piece of) the response. */
  | { readonly kind: "responding"; readonly mechanism: string; readonly isFirst: boolean };

/** No login is under way: one for all, as there may be thousands of sessions. */
export const noSasl: SaslPhase = { kind: "none" };

/** How a session says that nobody is in front of it. */
export type Away =
  | { readonly kind: "text"; readonly text: string }
  /** `AWAY *`: a program, which says nothing about the person. */
  | { readonly kind: "unattended" };

/** A batch that the client has opened: one at a time (client-batch: "Clients MUST NOT send nested batches"). */
export type ClientBatch =
  | {
      readonly kind: "open";
      readonly reference: string;
      /** As it was written. */
      readonly target: string;
      /** With the client-only tags of the message. */
      readonly opening: Message;
      /** For the answer to all of it. */
      readonly label: string | undefined;
      /** What its lines are; undefined before the first. */
      readonly verb: "PRIVMSG" | "NOTICE" | undefined;
      readonly lines: readonly WireLine[];
      /** Of its text so far, line feeds included. */
      readonly bytes: number;
    }
  /** "all past and future messages in this batch will be ignored", until its end comes. */
  | { readonly kind: "refused"; readonly reference: string };

/** How a session that has no history of its own is told what it has missed (`commands/catching-up.ts`). */
export interface Following {
  /** Which of the account's devices it is. */
  readonly device: string;
  /** The client has answered that it has everything up to this entry. */
  readonly acknowledged: number;
  /** The last entry it was asked about. */
  readonly asked: number;
  /** What is on disk of that, and since when; undefined: nothing was written by this session. */
  readonly saved: { readonly entry: number; readonly at: ElapsedMs } | undefined;
  /** Undefined: everything is shown as it is said. */
  readonly replay: Replay | undefined;
}

/** How far it is with telling what was missed. */
export interface Replay {
  /** To be asked for more; asked; told some, and to be answered for. */
  readonly state: "due" | "asked" | "told";
  /** The last entry that was told. */
  readonly after: number;
  /** The last that is to be told; undefined: the log has not yet been asked. */
  readonly upTo: number | undefined;
  /** Of each log so many, the newest. */
  readonly perLogMax: number;
  /** How often in a row the log could not be read. */
  readonly failures: number;
}

/** A name and the account that it will be, once who claims it has logged in. */
export interface Claim {
  readonly account: AccountId;
  readonly name: string;
  /** By this invitation's hash. */
  readonly invitation: string | undefined;
  readonly email: string | undefined;
  /** The account is there already, and is to get another password. */
  readonly isReset: boolean;
}

/** What a registration by OPAQUE was begun with, whose record is yet to come. */
export interface Requested {
  readonly name: string;
  /** The hash of the invitation that was shown. */
  readonly invitation: string | undefined;
  readonly email: string | undefined;
}

/** One for all: most sessions keep to these, and there may be thousands of them. */
const noSubscriptions: ReadonlySet<string> = new Set();
const noMetadata: ReadonlyMap<string, string | undefined> = new Map();

export class Session {
  readonly id: ConnectionId;
  /** As they are when it opens, or as a trusted gateway says that they are. */
  facts: ConnectionFacts;
  readonly openedAt: ElapsedMs;
  phase: Phase = "registering";
  capabilities: Capabilities = noCapabilities;
  /** CAP LS 302 or later was seen. */
  isModern = false;
  /** Between CAP LS or REQ and CAP END registration does not complete. */
  isNegotiating = false;
  /** What CAP LS said of `sasl`, as it was sent: part of what some mechanisms bind to. */
  saslOffered: string | undefined;
  askedNick: string | undefined;
  askedUser: string | undefined;
  realName = "";
  sasl: SaslPhase = noSasl;
  /** Puts the pieces of a response together; undefined until there is one. */
  saslAssembler: SaslAssembler | undefined;
  loginFailures = 0;
  /** Proven on this connection and admitted: NICK, USER and CAP END make it a user. */
  proven: ProvenAccount | undefined;
  /** Reserved for this connection, which is to prove that its record works (`commands/opaque.ts`). */
  claim: Claim | undefined;
  /** By the registration by OPAQUE that is under way. */
  requested: Requested | undefined;
  /** It was told that it has to log in, and how. */
  isTold = false;
  /** The answer to CHG was given: the record is to come. `isSame`: of the same password. */
  changing: { readonly isSame: boolean } | undefined;
  /** Proven or asked for on this connection, and not yet decided by an operator. */
  waitingFor: AccountId | undefined;
  /** Whose rooms it is in already, as if it had been welcomed (`commands/expecting.ts`). */
  expectedAs: AccountId | undefined;
  /** An operator let in whom it waited for: until its new deadline it is not turned away for want of a login. */
  hasWaited = false;
  /** Since when its registration deadline runs: the opening, or an operator's decision. */
  registeringSince: ElapsedMs;
  /** The password is proven, and a person was asked for more: the deadline is a person's. */
  personAskedAt: ElapsedMs | undefined;
  user: User | undefined;
  signedOnAt: WallMs | undefined;
  /** Undefined: someone is there. */
  away: Away | undefined;
  batch: ClientBatch | undefined;
  /** The name in the settings by which OPER made its user an operator. */
  operatorAs: string | undefined;
  /** It has said the server's password. */
  hasEntered = false;
  /** Keys of metadata that it wants to be told of. */
  subscriptions: ReadonlySet<string> = noSubscriptions;
  /** Set of its own before it had a user; undefined: taken away. */
  metadataAhead: ReadonlyMap<string, string | undefined> = noMetadata;
  /** Undefined: it has history of its own, or has no account that is followed. */
  following: Following | undefined;
  /** Its client said that it goes: all that was written has been read. */
  isQuitting = false;
  /** Events with a number up to this one happened before the session was attached. */
  attachedAfter = 0;

  // The loop's own:
  readonly framer = new Framer(clientTagsBytesMax);
  readonly meter: Meter;
  /** Lines that wait; undefined: none, as it is mostly. */
  held: FramingEvent[] | undefined;
  /** What the held lines cost in memory, about. */
  heldBytes = 0;
  /** A command of it waits for an answer; its next lines are held. */
  isBusy = false;
  isPaused = false;
  /** Undefined: what is said is shown at once. */
  heldBack: HeldBack | undefined;
  /** Something was shown to it since it was last asked what it has; only where it is followed. */
  hasNews = false;
  isClosing = false;
  lastHeardAt: ElapsedMs;
  pingedAt: ElapsedMs | undefined;
  lastSpokeAt: WallMs | undefined;

  constructor(id: ConnectionId, facts: ConnectionFacts, openedAt: ElapsedMs, limits: Limits) {
    this.id = id;
    this.facts = facts;
    this.openedAt = openedAt;
    this.registeringSince = openedAt;
    this.lastHeardAt = openedAt;
    this.meter = new Meter(limits.floodBurstLines, limits.floodLinesPerSecond, openedAt);
  }

  /** The first parameter of numerics. */
  get nick(): string {
    return this.user?.nick ?? this.askedNick ?? "*";
  }

  /** Whether an account has been proven on it; a guest has none. */
  get isLoggedIn(): boolean {
    return this.user === undefined ? this.proven !== undefined : !this.user.isGuest;
  }

  get isSecure(): boolean {
    return this.facts.tls !== undefined || this.facts.isEncryptedToProxy === true;
  }

  /** Passwords are taken over TLS, and in plain text from this machine only. */
  get maySendPasswords(): boolean {
    return this.isSecure || this.facts.isLoopback;
  }
}

/**
 * ClientSession: the client as a machine. It never touches a socket or a clock: inputs go in, outputs come out.
 *
 *     const session = new ClientSession({ login, nick, channels, random });
 *     session.take({ kind: "start" }, now, elapsed);
 *     for (const output of session.takeOutput()) …
 *         connect n     make a connection; its inputs (opened, bytes, closed) carry the number n
 *         bytes n       write to it (outputs of a connection that is gone are to be dropped)
 *         disconnect n  close it; no `closed` is needed after that, and one is ignored
 *         event         something happened (`events.ts`)
 *     session.wakeAt    when to `take({ kind: "tick" })` at the latest (elapsed time); ask again after every take
 *     session.model     what there is to show (`model.ts`): rooms, members, messages, state
 *     session.outstanding, session.isWhole    what is not acknowledged yet; whether a gap is being filled
 *
 * `now` is wall time (for what has no time of its own), `elapsed` monotonic (everything that waits goes by it). Take
 * the output after every input. One input may be handled at a time; output is bounded by what came in.
 *
 *     idle → connecting → open: registration (`registration.ts`) → online … → offline → connecting …
 *     closed is the end: quit, refused, rejected, identity refused
 *
 * The welcome: `welcome.ts`. Sending, acknowledging: `outbox.ts`. What was missed: `gap.ts`. When to connect: `link.ts`.
 */
import { assert } from "../base/assert.ts";
import { type Random } from "../base/random.ts";
import { type ElapsedMs, type WallMs } from "../base/time.ts";
import { Framer } from "../protocol/framing.ts";
import { tagsBytesMax } from "../protocol/limits.ts";
import { type Message, parseMessage } from "../protocol/message.ts";
import { loggedOutReason } from "../protocol/replies.ts";
import { perform, remember, say, type Speaking } from "./actions.ts";
import { refuse } from "./asking.ts";
import { Context, serverTimeOf } from "./context.ts";
import {
  type Action,
  type ClientInput,
  type ConnectionState,
  type EndCode,
  type Output,
} from "./events.ts";
import { Gap } from "./gap.ts";
import { Incoming } from "./incoming.ts";
import { type ClientLimits, clientLimits } from "./limits.ts";
import { Link } from "./link.ts";
import { type Model } from "./model.ts";
import { isWritable } from "./output.ts";
import { changeAfterLogin, refuseChange, type PasswordChange } from "./password-change.ts";
import { markRead } from "./read-markers.ts";
import { type Credentials, type Login, Registration, type Verdict } from "./registration.ts";
import { Speech } from "./speech.ts";
import { beginConnection, goBackIn } from "./welcome.ts";

export interface SessionOptions {
  readonly login: Login;
  /** Left out: the account's name. */
  readonly nick?: string;
  readonly channels?: readonly string[];
  readonly random: Random;
  /** Messages of history wanted in a room nothing was seen of (50); 0: only what is said from now on. */
  readonly historyMessages?: number;
  readonly limits?: Partial<ClientLimits>;
}

export class ClientSession {
  readonly #context: Context;
  readonly #link: Link;
  readonly #gap: Gap;
  readonly #speech: Speech;
  readonly #incoming: Incoming;
  readonly #credentials: Credentials;
  readonly #firstPage: number;
  #registration: Registration | undefined;
  /** Of the present connection. */
  #passwordChange: PasswordChange | undefined;
  #framer = new Framer(tagsBytesMax);
  #queued: Speaking[] = [];
  /** The server's last words before it closed. */
  #lastError: string | undefined;

  constructor(options: SessionOptions) {
    const { login, random } = options;
    const limits = { ...clientLimits, ...options.limits };
    const nick = options.nick ?? (login.kind === "none" ? undefined : login.account);
    assert(nick !== undefined, "there is a nick, or an account that gives one");
    this.#context = new Context(random, limits);
    this.#context.model.nick = nick;
    this.#link = new Link(random, limits);
    this.#speech = new Speech(this.#context);
    this.#credentials = { login, nick, isRegistered: false, isUnsure: false };
    this.#firstPage = options.historyMessages ?? 50;
    const { model, output } = this.#context;
    this.#gap = new Gap(
      {
        model,
        output,
        deliver: (room, message, isHistory) =>
          this.#speech.deliver(room, message, isHistory, this.#gap),
        lost: (room, reason) => output.event({ kind: "gap", room, reason }),
        pageMax: () =>
          Math.min(this.#context.features.historyPageMax ?? limits.pageMax, limits.pageMax),
      },
      limits,
    );
    this.#incoming = new Incoming(this.#context, this.#speech, this.#gap);
    for (const channel of options.channels ?? [])
      this.#context.addWish({ channel, key: undefined });
  }

  get model(): Model {
    return this.#context.model;
  }

  /** What the server has not acknowledged, and is not to be lost. */
  get outstanding(): number {
    const { outbox, requests } = this.#context;
    const change = this.#passwordChange?.isUnderWay === true ? 1 : 0;
    return outbox.size + requests.size + this.#queued.length + change;
  }

  /** Online, with nothing left to fetch. */
  get isWhole(): boolean {
    return this.#registration?.isWelcomed === true && this.#gap.isWhole;
  }

  /** Whether a channel asked for has neither been joined nor refused yet. */
  get isJoining(): boolean {
    return this.#context.wishes.size > 0;
  }

  get wakeAt(): ElapsedMs | undefined {
    let soonest = this.#link.wakeAt;
    if (!this.#isWelcomed) return soonest;
    const { isGreeting, greetingUntil, elapsed, outbox } = this.#context;
    const isGapClosed = isGreeting && elapsed < greetingUntil;
    for (const at of [isGapClosed ? greetingUntil : this.#gap.wakeAt, outbox.wakeAt]) {
      if (at !== undefined && (soonest === undefined || at < soonest)) soonest = at;
    }
    return soonest;
  }

  /** Online, and not about to leave: only now is history asked for and the outbox sent. */
  get #isWelcomed(): boolean {
    return this.#registration?.isWelcomed === true && this.#link.kind === "open";
  }

  /** The room is in front of the user: what is unread in it is read. At once, also while output is handled. */
  read(room: string): void {
    this.model.currentRoom = room;
    markRead(this.#context, room);
  }

  takeOutput(): Output[] {
    return this.#context.output.take();
  }

  take(input: ClientInput, now: WallMs, elapsed: ElapsedMs): void {
    this.#context.now = now;
    this.#context.elapsed = elapsed;
    this.#work(input);
    this.#tick();
    if (!this.#isWelcomed) return;
    if (elapsed >= this.#context.greetingUntil) this.#context.isGreeting = false;
    if (!this.#context.isGreeting) this.#gap.pump(elapsed);
    for (const sent of this.#context.outbox.pump(this.#context.output, elapsed)) {
      this.#speech.showSent(sent);
    }
  }

  #work(input: ClientInput): void {
    switch (input.kind) {
      case "start":
        if (this.#link.kind === "idle") this.#connect();
        return;
      case "action":
        this.#act(input.action);
        return;
      case "proof":
        if (this.#passwordChange?.isUnderWay === true) this.#passwordChange.proved(input.proof);
        else this.#judge(this.#registration?.proved(input.proof));
        return;
      case "tick":
        break;
      case "opened":
      case "bytes":
      case "closed":
        if (input.connection !== this.#context.output.connection) return;
        this.#connectionChanged(input);
    }
  }

  #connectionChanged(
    input: Extract<ClientInput, { readonly kind: "opened" | "bytes" | "closed" }>,
  ): void {
    const { kind } = this.#link;
    if (input.kind === "opened" && kind === "connecting") this.#opened();
    if (input.kind === "bytes" && (kind === "open" || kind === "quitting")) {
      this.#received(input.bytes);
    }
    if (input.kind !== "closed") return;
    if (kind === "quitting") this.#end("quit", "left");
    else if (kind === "connecting" || kind === "open") {
      const reason = this.#lastError ?? input.reason;
      if (input.isFinal === true) this.#end("identity", reason);
      else this.#lost(reason);
    }
  }

  // --- The connection ----------------------------------------------------------------------------------------

  #tick(): void {
    const due = this.#link.due(this.#context.elapsed);
    switch (due?.kind) {
      case undefined:
        return;
      case "connect":
        this.#connect();
        return;
      case "ping":
        this.#context.output.line("PING", ["authchat"]);
        return;
      case "give-up":
        this.#context.output.disconnect();
        this.#lost(due.reason);
        return;
      case "quit":
        this.#context.output.disconnect();
        this.#end("quit", "left");
    }
  }

  #connect(): void {
    this.#link.connecting(this.#context.elapsed);
    this.#framer = new Framer(tagsBytesMax);
    this.#incoming.clear();
    this.#lastError = undefined;
    this.#context.output.connect();
    this.#tell({ state: "connecting", attempt: this.#link.attempt });
  }

  #opened(): void {
    const { output, limits, random } = this.#context;
    this.#link.opened(this.#context.elapsed);
    this.#registration = new Registration(this.#credentials, output, { limits, random });
    this.#registration.begin();
  }

  #lost(reason: string): void {
    this.#leave();
    const retryInMs = this.#link.lost(this.#context.elapsed);
    this.#tell({ state: "offline", attempt: this.#link.attempt, retryInMs, reason });
  }

  #end(code: EndCode, reason: string, failCode?: string): void {
    if (this.#link.kind === "closed") return;
    this.#leave();
    this.#link.closed();
    this.#tell({ state: "closed", code, reason, failCode });
    for (const { group, target, text } of this.#context.outbox.takeAll()) {
      const why = { code: "CLOSED", text: "not sent: the connection has ended", target };
      refuse(this.#context, group.ref, { ...why, unsent: text });
    }
    for (const { ref } of this.#queued) this.#refuseOffline(ref);
    this.#queued = [];
  }

  /** What belonged to the connection is over. */
  #leave(): void {
    this.#registration?.end();
    this.#registration = undefined;
    this.#passwordChange?.end();
    this.#passwordChange = undefined;
    this.#context.output.dropLines();
    this.#context.outbox.offline();
    this.#gap.offline();
    this.#incoming.clear();
    for (const { ref } of this.#context.requests.takeAll()) this.#refuseOffline(ref);
  }

  #refuseOffline(ref: string | undefined): void {
    if (ref === undefined) return;
    const text = "the connection was lost before the answer came";
    refuse(this.#context, ref, { code: "DISCONNECTED", text, target: undefined });
  }

  #tell(state: ConnectionState): void {
    this.#context.model.state = state;
    this.#context.output.event({ kind: "state", state, time: this.#context.now });
  }

  // --- What the server says ----------------------------------------------------------------------------------

  #received(bytes: Uint8Array): void {
    this.#link.heard(this.#context.elapsed);
    for (const event of this.#framer.take(bytes)) {
      if (event.kind === "line") this.#line(event.text);
      if (event.kind === "flooded") {
        this.#context.output.disconnect();
        this.#lost("the server does not speak IRC");
      }
      if (this.#link.kind !== "open" && this.#link.kind !== "quitting") return;
    }
  }

  #line(text: string): void {
    const parsed = parseMessage(text);
    if (!parsed.ok) return;
    const message = parsed.value;
    if (message.command === "PING") {
      const token = (message.params[0] ?? "").replace(/[\r\n\0]/g, "");
      this.#context.output.line("PONG", [token]);
      return;
    }
    if (message.command === "ERROR") {
      this.#lastError = message.params[0] ?? this.#lastError;
      if (this.#lastError?.endsWith(` ${loggedOutReason}`) === true) {
        this.#context.output.disconnect();
        this.#end("refused", "this device was logged out", "LOGGED_OUT");
      }
      return;
    }
    if (message.command === "PONG" || this.#link.kind === "quitting") return;
    const registration = this.#registration;
    if (registration === undefined || this.#passwordChange?.take(message) === true) return;
    const wasWelcomed = registration.isWelcomed;
    const wasWaiting = registration.isWaiting();
    this.#judge(registration.take(message), message);
    if (wasWaiting && !registration.isWaiting()) this.#link.goesOn(this.#context.elapsed);
    if (wasWelcomed) this.#incoming.take(message);
    else this.#early(message);
  }

  /** Before the welcome only words for people are of interest. */
  #early(message: Message): void {
    if (message.command !== "NOTICE") return;
    const text = message.params[1] ?? "";
    this.#context.output.event({ kind: "notice", from: message.source ?? "server", text });
  }

  #judge(verdict: Verdict | undefined, message?: Message): void {
    switch (verdict?.kind) {
      case undefined:
        return;
      case "registered":
        this.#context.output.event(verdict);
        return;
      case "waiting":
        this.#waits(verdict.account, verdict.reason);
        return;
      case "welcomed":
        this.#welcomed(verdict.nick, message);
        return;
      case "warning":
        this.#context.output.event(verdict);
        return;
      case "person-asked":
        this.#link.asksPerson(this.#context.elapsed);
        return;
      case "later":
        this.#context.output.disconnect();
        this.#lost(verdict.reason);
        return;
      case "ended":
        this.#context.output.disconnect();
        this.#end(verdict.code, verdict.reason, verdict.failCode);
    }
  }

  #waits(account: string, reason: string): void {
    this.#link.waits();
    this.#context.output.event({ kind: "registered", account, isWaiting: true });
    this.#tell({ state: "waiting", account, reason });
  }

  #welcomed(nick: string, message: Message | undefined): void {
    const registration = this.#registration;
    if (registration === undefined) return;
    this.#link.welcomed(this.#context.elapsed);
    const known = registration.capabilities;
    const wasIn = beginConnection(this.#context, { nick, registration, message });
    this.#tell({ state: "online" });
    this.#gap.online(
      {
        hasHistory: known.has("draft/chathistory") && known.has("batch"),
        hasLabels: this.#context.hasLabels,
        firstPage: this.#firstPage,
      },
      message === undefined ? undefined : serverTimeOf(message),
    );
    goBackIn(this.#context, wasIn);
    for (const action of this.#queued.splice(0)) perform(this.#context, action);
    const { login } = this.#credentials;
    this.#passwordChange = changeAfterLogin(this.#context, login, registration.isOutdated);
  }

  // --- What the user does ------------------------------------------------------------------------------------

  #act(action: Action): void {
    switch (action.kind) {
      case "send":
        if (this.#link.kind === "closed") this.#refuseClosed(action.ref, action.target);
        else say(this.#context, action);
        return;
      case "password":
        this.#changePassword(action.ref);
        return;
      case "read":
        return this.read(action.room);
      case "reconnect":
        this.#reconnect();
        return;
      case "quit":
        this.#quit(action.reason);
        return;
      case "join":
      case "part":
      case "topic":
      case "history":
      case "search":
      case "redact":
      case "command":
      case "raw":
        this.#speak(action);
    }
  }

  #speak(action: Speaking): void {
    if (this.#link.kind === "closed") this.#refuseClosed(action.ref, undefined);
    else if (this.#registration?.isWelcomed === true) {
      if (action.kind === "join") this.#wish(action);
      perform(this.#context, action);
    } else if (remember(this.#context, action)) return;
    else if (this.#queued.length < this.#context.limits.queuedCommandsMax)
      this.#queued.push(action);
    else {
      const why = { code: "OFFLINE", text: "not connected, and too much waits already" };
      refuse(this.#context, action.ref, { ...why, target: undefined });
    }
  }

  #changePassword(ref: string | undefined): void {
    if (this.#passwordChange !== undefined && this.#isWelcomed) {
      this.#passwordChange.begin({ isSame: false, ref });
    } else refuseChange(this.#context, this.#credentials.login, ref);
  }

  /** Remembered until it is joined or refused, so that it is joined even when the connection goes now. */
  #wish({ channel, key }: Extract<Action, { readonly kind: "join" }>): void {
    if (isWritable("JOIN", [channel])) this.#context.addWish({ channel, key });
  }

  #refuseClosed(ref: string | undefined, target: string | undefined): void {
    refuse(this.#context, ref, { code: "CLOSED", text: "the connection has ended", target });
  }

  #reconnect(): void {
    const { kind } = this.#link;
    if (kind === "closed" || kind === "quitting" || kind === "idle") return;
    if (kind !== "offline") {
      this.#context.output.disconnect();
      this.#leave();
    }
    this.#link.hurry();
    this.#connect();
  }

  #quit(reason: string | undefined): void {
    const { kind } = this.#link;
    if (kind === "closed" || kind === "quitting") return;
    const isOpen = kind === "open";
    if (!isOpen) {
      if (kind === "connecting") this.#context.output.disconnect();
      this.#end("quit", "left");
      return;
    }
    const text = (reason ?? "").replace(/[\r\n\0]+/g, " ").toWellFormed();
    this.#context.output.line("QUIT", text === "" ? [] : [text]);
    this.#link.quitting(this.#context.elapsed);
  }
}

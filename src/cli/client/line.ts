/**
 * The front end `line`, for terminals: everything scrolls by in words, and the bottom line belongs to the room in
 * front. For screen readers, for `TERM=dumb`, and for who likes it plain.
 *
 * What is said in the room in front and to the user is printed as it comes; what is said elsewhere is counted, and
 * said in words now and then. An own message is seen once: as the server has it, or, when that takes long, as being
 * sent. A message that was refused says why, with its text.
 */
import { type ChatMessage, type ClientEvent } from "../../client/events.ts";
import { isOtpauthUri, isTotpBegin, serviceName } from "../../client/totp.ts";
import {
  eventLines,
  type LineStyle,
  messageLines,
  type TextLine,
  type Tone,
} from "../../client/lines.ts";
import { type Room } from "../../client/model.ts";
import { type Entered, helpLines, parseEntry, slashNames } from "../../client/slash.ts";
import { checkPassword, passwordLengthMin } from "../../auth/password-rules.ts";
import { type WallMs } from "../../base/time.ts";
import { isSameName } from "../../protocol/names.ts";
import { printable } from "../../protocol/text.ts";
import { exitCodes, type ExitCode } from "../command-line/exit.ts";
import { type Driven, flushMsMax, type FrontEnd } from "./front-end.ts";
import { LineTerminal } from "./line-terminal.ts";
import { completions } from "./line-words.ts";
import { Missed } from "./missed.ts";
import { type Out } from "../terminal/out.ts";
import { drawQr } from "../terminal/qr.ts";
import { suggestion } from "../command-line/suggest.ts";

/** A message not acknowledged after so long is shown as being sent. */
const sendingShownMs = 2_000;
/** Ctrl-C twice within this time ends the program. */
const twiceMs = 2_000;
/** Lines of a room that are shown when it comes to the front with nothing new in it. */
const reminderLines = 10;
const unreadLinesMax = 100;
/** Every account is in it, on our servers. */
const everybodysRoom = "#general";
const passwordQuestions = [
  "Old password: ",
  `New password (${passwordLengthMin} or more characters): `,
  "New password again: ",
];

export interface LineOptions {
  readonly input: NodeJS.ReadStream;
  readonly out: Out;
  readonly columns: () => number;
  readonly hasColour: boolean;
  readonly hasUnicode: boolean;
  /** The room to be in front first. */
  readonly firstRoom: string | undefined;
  /** Up to which server time this user has seen everything here before. */
  readonly seenAt: WallMs | undefined;
}

export class LineFrontEnd implements FrontEnd {
  exitCode: ExitCode | undefined;
  readonly #driven: Driven;
  readonly #options: LineOptions;
  readonly #terminal: LineTerminal;
  readonly #style: LineStyle;
  /** Messages on their way, oldest first: shown when they take long. */
  readonly #sending = new Map<string, NodeJS.Timeout>();
  #nextRef = 0;
  /** A room that the user wants to go into, and then see. */
  #asked: string | undefined;
  #lastInterrupt = Number.NEGATIVE_INFINITY;
  /** The room in front is one that the user wanted, not just any. */
  #isChosen = false;
  /** Conversations with history that was not printed. */
  readonly #earlier = new Set<string>();
  readonly #missed: Missed;
  /** What is newer was not seen by this user before; and the newest that was shown here. */
  #newsAfter: WallMs | undefined;
  #newestSeen: WallMs | undefined;
  #hasGreeted = false;
  /** What a person is asked in the bottom line, and who waits for the answer. */
  #question: { readonly text: string; answer(text: string | undefined): void } | undefined;
  /** The user wants to see the secret of a second factor. */
  #expectsQr = false;
  /** Why there is no connection, as it was said last. */
  #offlineReason: string | undefined;

  constructor(driven: Driven, options: LineOptions) {
    this.#driven = driven;
    this.#options = options;
    this.#style = { clock: shortTime, arrow: options.hasUnicode ? "→" : "->", hasNumerics: false };
    this.#newsAfter = options.seenAt;
    this.#missed = new Missed(() => this.#sayMissed());
    this.#terminal = new LineTerminal({
      input: options.input,
      out: options.out,
      columns: options.columns,
      entered: (line) => this.#entered(line),
      interrupted: (isEmpty) => this.#interrupted(isEmpty),
      ended: () => driven.act({ kind: "quit" }),
      complete: (line) => completions(line, driven.model),
    });
    this.#showPrompt();
  }

  event(event: ClientEvent): void {
    switch (event.kind) {
      case "message":
        this.#message(event);
        return;
      case "ack":
      case "error":
        this.#settled(event.ref);
        break;
      case "join":
        if (event.isSelf) this.#joined(event.room);
        break;
      case "rename":
        this.#renamed(event);
        break;
      default:
        break;
    }
    this.#print(this.#linesOf(event));
    if (event.kind === "hello") this.#greet();
    if ((event.kind === "part" || event.kind === "kick") && event.isSelf) this.#left(event.room);
    this.#showPrompt();
  }

  ask(text: string, signal: AbortSignal): Promise<string | undefined> {
    return new Promise((resolve) => {
      const answer = (typed: string | undefined): void => {
        signal.removeEventListener("abort", give);
        this.#question = undefined;
        resolve(typed);
      };
      const give = (): void => answer(undefined);
      signal.addEventListener("abort", give);
      this.#question = { text, answer };
      this.#showPrompt();
    });
  }

  close(): Promise<void> {
    for (const timer of this.#sending.values()) clearTimeout(timer);
    this.#missed.close();
    this.#terminal.close();
    return this.#options.out.flushed(flushMsMax);
  }

  // --- What happens ------------------------------------------------------------------------------------------

  /** Why there is no connection is said once, not at every try. */
  #linesOf(event: ClientEvent): readonly TextLine[] {
    if (event.kind === "hello") this.#offlineReason = undefined;
    if (event.kind === "state" && event.state.state === "offline") {
      const { reason, retryInMs } = event.state;
      const isKnown = reason === this.#offlineReason;
      this.#offlineReason = reason;
      const seconds = Math.max(1, Math.round(retryInMs / 1_000));
      if (isKnown) {
        return [{ tone: "state", text: `offline: still nothing; next try in ${seconds} s` }];
      }
    }
    return eventLines(event, this.#driven.model, this.#style);
  }

  #greet(): void {
    this.#newsAfter = this.#newestSeen ?? this.#newsAfter;
    if (!this.#hasGreeted) this.#print([{ tone: "quiet", text: "/help lists the commands" }]);
    this.#hasGreeted = true;
  }

  #message({ message }: Extract<ClientEvent, { kind: "message" }>): void {
    const { model } = this.#driven;
    const isInFront = model.isCurrent(message.room);
    const isNews = !message.isHistory || message.time > (this.#newsAfter ?? Infinity);
    if (message.time > (this.#newestSeen ?? 0)) this.#newestSeen = message.time;
    if (this.#drawTotp(message)) return;
    if (
      isInFront || message.isSelf ? isInFront || !message.isHistory : message.isMention && isNews
    ) {
      this.#print(messageLines(message, model, this.#style));
      if (message.isMention && !message.isHistory) this.#terminal.ring();
      return;
    }
    const room = model.room(message.room);
    if (room === undefined) return;
    if (message.isHistory && isNews && !message.isSelf) this.#missed.add(room.name);
    else if (message.isHistory) this.#sayEarlierOf(room);
    else this.#sayUnread(room);
  }

  /** In words, at 1, 5, 20, 100 … messages: not each of them. */
  #sayUnread(room: Room): void {
    const { unreadCount } = room;
    if (![1, 5, 20, 100, 500].includes(unreadCount)) return;
    const name = printable(room.name);
    const count = unreadCount === 1 ? "a new message" : `${unreadCount} new messages`;
    this.#print([{ tone: "quiet", text: `${count} in ${name}; /go ${name}` }]);
  }

  /** What was said while the user was not there, in rooms that are not in front. */
  #sayMissed(): void {
    if (!this.#driven.isWhole()) {
      this.#missed.tellSoon();
      return;
    }
    for (const [name, count] of this.#missed.untold()) {
      const room = printable(name);
      this.#print([{ tone: "quiet", text: `${room}: ${count} new; /go ${room}` }]);
    }
  }

  /** An old conversation, known again after a login: named once. */
  #sayEarlierOf(room: Room): void {
    if (room.isPrivate && !this.#earlier.has(room.name)) {
      this.#earlier.add(room.name);
      const name = printable(room.name);
      this.#print([{ tone: "quiet", text: `earlier messages with ${name}; /go ${name}` }]);
    }
  }

  /** In front is what the user wanted, or where everybody is, or what came first. */
  #joined(name: string): void {
    const { model } = this.#driven;
    const wanted = this.#asked ?? (this.#isChosen ? undefined : this.#options.firstRoom);
    const isWanted = wanted !== undefined && isSameName(wanted, name);
    const isForEverybody = !this.#isChosen && isSameName(name, everybodysRoom);
    if (!isWanted && !isForEverybody && model.currentRoom !== undefined) return;
    if (isWanted) {
      this.#asked = undefined;
      this.#isChosen = true;
    }
    this.#read(name);
  }

  #read(name: string): void {
    this.#missed.read(name);
    this.#driven.read(name);
  }

  #left(name: string): void {
    if (!this.#driven.model.isCurrent(name)) return;
    const next = [...this.#driven.model.rooms].find((room) => room.isJoined && !room.isPrivate);
    if (next !== undefined) this.#go(next.name);
  }

  /** What was wanted of the room, and missed in it, goes with its name. */
  #renamed({ from, room }: Extract<ClientEvent, { kind: "rename" }>): void {
    if (this.#asked !== undefined && isSameName(this.#asked, from)) this.#asked = room;
    this.#missed.renamed(from, room);
  }

  #settled(ref: string | undefined): void {
    if (ref === undefined) return;
    clearTimeout(this.#sending.get(ref));
    this.#sending.delete(ref);
  }

  // --- What is typed -----------------------------------------------------------------------------------------

  #entered(line: string): void {
    if (this.#question !== undefined) {
      this.#question.answer(line.trim());
      this.#showPrompt();
      return;
    }
    const { state, currentRoom } = this.#driven.model;
    const entered = parseEntry(line, currentRoom);
    const isSaid = /^(?:[^/]|\/\/)/.test(line) && entered.kind !== "nothing";
    if (state.state === "waiting" && isSaid) {
      const account = printable(state.account);
      this.#complain(`you cannot speak yet: an operator has not decided about ${account}`);
    } else this.#do(entered);
    this.#showPrompt();
  }

  #do(entered: Entered): void {
    switch (entered.kind) {
      case "nothing":
        this.#terminal.eraseEntered();
        return;
      case "action":
        if (entered.action.kind === "send") this.#send(entered.action);
        else {
          if (entered.action.kind === "join") this.#asked = entered.action.channel;
          if (isTotpBegin(entered.action)) this.#expectsQr = true;
          this.#driven.act(entered.action);
        }
        return;
      case "go":
        this.#go(entered.room ?? this.#nextUnread());
        if (entered.say !== undefined && entered.room !== undefined) {
          this.#send({ kind: "send", target: entered.room, text: entered.say });
        }
        return;
      case "password":
        void this.#changePassword();
        return;
      case "help":
        this.#print(helpLines(entered.about).map((text) => ({ tone: "quiet", text })));
        return;
      case "unknown": {
        const word = printable(entered.word);
        const hint = word === "" ? "" : suggestion(entered.word, slashNames(), "/");
        this.#complain(`unknown command /${word}${hint === "" ? "; /help lists them" : hint}`);
        return;
      }
      case "problem":
        this.#complain(entered.text);
    }
  }

  /** Old, new and new again, before anything is done about them. */
  async #changePassword(): Promise<void> {
    const name = this.#driven.model.account ?? "";
    const secrets = await this.#terminal.askSecrets(passwordQuestions);
    const [old, next, again] = secrets ?? [];
    if (old === undefined || next === undefined || again === undefined) {
      this.#complain("the password is not changed");
      return;
    }
    const rule = checkPassword(next, { name, lengthMin: passwordLengthMin });
    const isSame = Buffer.compare(next.bytes(), again.bytes()) === 0;
    again.wipe();
    const problem = rule.ok && !isSame ? "the new passwords differ" : undefined;
    const why = rule.ok ? problem : rule.error;
    if (why === undefined) {
      const refused = this.#driven.changePassword(old, next, "password");
      if (refused !== undefined) this.#complain(refused);
      return;
    }
    old.wipe();
    next.wipe();
    this.#complain(`${why}; the password is not changed`);
  }

  #send(action: Extract<Entered, { kind: "action" }>["action"]): void {
    if (action.kind !== "send") return;
    this.#terminal.eraseEntered();
    this.#nextRef += 1;
    const ref = `l${this.#nextRef}`;
    const timer = setTimeout(() => {
      this.#print([{ tone: "quiet", text: `sending … ${printable(action.text)}` }]);
    }, sendingShownMs);
    this.#sending.set(ref, timer);
    this.#driven.act({ ...action, ref });
  }

  #nextUnread(): string | undefined {
    const rooms = [...this.#driven.model.rooms];
    const next =
      rooms.find((room) => room.mentionCount > 0) ?? rooms.find((room) => room.unreadCount > 0);
    return next?.name ?? this.#missed.first;
  }

  #go(name: string | undefined): void {
    const { model } = this.#driven;
    if (name === undefined) {
      const names = [...model.rooms].map((room) => printable(room.name)).join(", ");
      this.#complain(names === "" ? "there is no room yet" : `nothing new; rooms: ${names}`);
      return;
    }
    const room = model.room(name) ?? model.room(`#${name}`);
    const news = (room?.unreadCount ?? 0) + this.#missed.count(room?.name ?? name);
    const unread = Math.min(news, unreadLinesMax);
    this.#isChosen = true;
    this.#read(room?.name ?? name);
    const shown = room?.messages.slice(-Math.max(unread, reminderLines)) ?? [];
    const topic = room === undefined || room.topic === "" ? "" : `: ${printable(room.topic)}`;
    this.#print([
      { tone: "state", text: `now in ${printable(room?.name ?? name)}${topic}` },
      ...shown.flatMap((message) => messageLines(message, model, this.#style)),
    ]);
  }

  #interrupted(isEmpty: boolean): void {
    const now = performance.now();
    if (isEmpty && now - this.#lastInterrupt < twiceMs) {
      this.exitCode = exitCodes.interrupted;
      this.#driven.act({ kind: "quit" });
      return;
    }
    this.#lastInterrupt = isEmpty ? now : Number.NEGATIVE_INFINITY;
    if (isEmpty) this.#complain("press Ctrl-C again to leave");
  }

  // --- The screen --------------------------------------------------------------------------------------------

  #complain(text: string): void {
    this.#print([{ tone: "error", text }]);
  }

  #print(lines: readonly TextLine[]): void {
    if (lines.length === 0) return;
    this.#terminal.print(lines.map((line) => this.#coloured(line)).join("\n"));
  }

  #coloured({ tone, text }: TextLine): string {
    const code = this.#options.hasColour ? colours[tone] : "";
    return code === "" ? text : `\x1b[${code}m${text}\x1b[0m`;
  }

  /** False: there is no picture of it. */
  #drawTotp({ from, kind, text }: ChatMessage): boolean {
    const isIt = kind === "notice" && isSameName(from, serviceName) && isOtpauthUri(text);
    if (!this.#expectsQr || !isIt) return false;
    this.#expectsQr = false;
    const { hasColour, hasUnicode, columns } = this.#options;
    const picture = drawQr(text, { columns: columns(), hasColour, hasUnicode });
    if (picture === undefined) return false;
    this.#terminal.print(picture);
    return true;
  }

  #showPrompt(): void {
    if (this.#question !== undefined) {
      this.#terminal.prompt(this.#question.text);
      return;
    }
    const { currentRoom, state } = this.#driven.model;
    const mark = state.state === "online" ? "" : `(${state.state}) `;
    this.#terminal.prompt(`${mark}${printable(currentRoom ?? "")}> `);
  }
}

/** Of the xterm-256 colours, those that can be read on black and on white. */
const colours: Readonly<Record<Tone, string>> = {
  plain: "",
  own: "",
  quiet: "38;5;30",
  mention: "1",
  error: "38;5;161",
  state: "38;5;64",
};

/** Hours and minutes, with the day when it is not today. */
function shortTime(time: WallMs): string {
  const date = new Date(time);
  const two = (value: number): string => String(value).padStart(2, "0");
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}`;
  const isToday = date.toDateString() === new Date().toDateString();
  if (isToday) return clock;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock}`;
}

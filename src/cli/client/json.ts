/**
 * The front end `json`, for programs: one object a line, in and out.
 *
 * Readers are to ignore fields and types they do not know. The first line has `"v":1`. A line of input that cannot be
 * understood is answered by `{"type":"error","code":"BAD_INPUT","line":N,"text":"what is wrong"}`, and the next one is read; that
 * goes for fields its operation does not have, too. `target` of a message is where an answer belongs: the room, or the other person, also for one's own messages.
 *
 *     in   {"op":"send","target":"#ops","text":"two\nlines","kind":"message","ref":"7"}
 *          {"op":"join"|"part"|"topic"|"history"|"search"|"redact"|"read"|"raw"|"quit", …}
 *     out  hello, message, join, part, quit, kick, nick, topic, mode, invite, rename, away, setname, chghost, redact,
 *          members, state, ack, error, notice, reply,
 *          found (a message that was searched for), more (there may be more of them)
 */
import { failed } from "../../base/result.ts";
import { isoTime } from "../../base/time.ts";
import { type ChatMessage, type ClientEvent } from "../../client/events.ts";
import { exitCodes, type ExitCode } from "../command-line/exit.ts";
import { type Driven, flushMsMax, type FrontEnd } from "./front-end.ts";
import { readInputLines } from "./input-lines.ts";
import { parseOperation } from "./json-input.ts";
import { type Out } from "../terminal/out.ts";
import { PipeEnd } from "./pipe-end.ts";

const outstandingMax = 256;
/** Output that the reader has not taken; beyond, the program ends rather than leave something out. */
const unreadBytesMax = 64 * 1024 * 1024;

export interface JsonOptions {
  readonly keeps: boolean;
  readonly input: AsyncIterable<Uint8Array>;
  readonly out: Out;
}

type Fields = Readonly<Record<string, unknown>>;

export class JsonFrontEnd implements FrontEnd {
  readonly #driven: Driven;
  readonly #out: Out;
  readonly #end: PipeEnd;
  #lineNumber = 0;
  #isFirst = true;
  #isStuck = false;

  constructor(driven: Driven, { keeps, input, out }: JsonOptions) {
    this.#driven = driven;
    this.#out = out;
    this.#end = new PipeEnd(driven, keeps);
    void readInputLines(input, (line) => this.#take(line)).then(
      () => this.#end.inputEnded(),
      () => this.#end.inputEnded(), // an input that fails is one that has ended
    );
  }

  get exitCode(): ExitCode | undefined {
    if (this.#out.isClosed) return exitCodes.ok; // the reader has had enough
    return this.#isStuck ? exitCodes.failure : this.#end.exitCode;
  }

  event(event: ClientEvent): void {
    const fields = fieldsOf(event);
    if (fields !== undefined) this.#write(fields);
    this.#end.event(event);
  }

  close(): Promise<void> {
    this.#end.close();
    return this.#out.flushed(flushMsMax);
  }

  async #take(line: string | undefined): Promise<void> {
    this.#lineNumber += 1;
    if (line?.trim() === "") return;
    const operation =
      line === undefined ? failed("the line is too long, or no UTF-8") : parseOperation(line);
    if (!operation.ok) {
      const text = operation.error;
      this.#write({ type: "error", code: "BAD_INPUT", line: this.#lineNumber, text });
      return;
    }
    await this.#end.room(outstandingMax);
    this.#driven.act(operation.value);
  }

  #write(fields: Fields): void {
    const version = this.#isFirst && fields["v"] === undefined ? { v: 1 } : {};
    this.#isFirst = false;
    this.#out.line(JSON.stringify({ ...fields, ...version }));
    this.#isStuck ||= this.#out.queuedBytes > unreadBytesMax;
    if (this.#out.isClosed || this.#isStuck) this.#driven.act({ kind: "quit" });
  }
}

function fieldsOf(event: ClientEvent): Fields | undefined {
  switch (event.kind) {
    case "hello": {
      const { server, account, nick, time } = event;
      return { type: "hello", v: 1, server, account: account ?? null, nick, time: isoTime(time) };
    }
    case "message":
    case "older":
      return messageFields(event.message);
    case "found":
      return { ...messageFields(event.message), type: "found" };
    case "more":
      return { type: "more", before: event.before ?? null, text: event.text };
    case "state":
      return stateFields(event);
    case "members":
      return { type: "members", target: event.room, members: event.members.map(memberFields) };
    case "ack":
      if (event.ref === undefined) return undefined;
      return { type: "ack", ref: event.ref, id: event.id ?? null };
    case "error":
      return errorFields(event);
    case "join":
    case "part":
    case "kick":
    case "quit":
    case "nick":
    case "topic":
    case "mode":
    case "invite":
    case "rename":
      return roomFields(event);
    case "redact":
      return {
        type: "redact",
        time: isoTime(event.time),
        target: event.room,
        id: event.id,
        who: event.by,
        author: event.author,
        reason: event.reason,
        self: event.isSelf,
      };
    case "away":
    case "setname":
    case "chghost":
      return personFields(event);
    case "notice":
      return { type: "notice", from: event.from, text: event.text };
    case "reply":
      return { type: "reply", command: event.command, params: event.params };
    case "gap":
      return { type: "gap", target: event.room, reason: event.reason };
    case "warning":
      return { type: "warning", text: event.text };
    case "registered":
      return { type: "registered", account: event.account, waiting: event.isWaiting };
    case "sending":
    case "none": // its `ack` says it
      return undefined;
  }
}

function messageFields(message: ChatMessage): Fields {
  const { time, id, room, from, account, kind, text, isSelf, isMention, isHistory } = message;
  return {
    type: "message",
    time: isoTime(time),
    id: id ?? null,
    target: room,
    from,
    account: account ?? null,
    kind,
    text,
    self: isSelf,
    mention: isMention,
    history: isHistory,
    replyTo: null,
  };
}

function memberFields(member: {
  readonly nick: string;
  readonly account: string | undefined;
  readonly prefixes: string;
  readonly awayText: string | undefined;
}): Fields {
  const { nick, account, prefixes, awayText } = member;
  return { nick, account: account ?? null, modes: prefixes, away: awayText ?? null };
}

function stateFields({ state, time }: Extract<ClientEvent, { kind: "state" }>): Fields {
  const { state: name, ...rest } = state;
  const { retryInMs, failCode, ...more } = { retryInMs: undefined, failCode: undefined, ...rest };
  return {
    type: "state",
    state: name,
    time: isoTime(time),
    ...more,
    ...(retryInMs === undefined ? {} : { retryIn: retryInMs / 1_000 }),
    ...(failCode === undefined ? {} : { failCode }),
  };
}

function errorFields(event: Extract<ClientEvent, { kind: "error" }>): Fields {
  const { ref, code, numeric, text, target } = event;
  return {
    type: "error",
    ...(ref === undefined ? {} : { ref }),
    code,
    ...(numeric === undefined ? {} : { numeric }),
    text,
    ...(target === undefined ? {} : { target }),
  };
}

type RoomEvent = Extract<
  ClientEvent,
  {
    readonly kind:
      "join" | "part" | "kick" | "quit" | "nick" | "topic" | "mode" | "invite" | "rename";
  }
>;

function roomFields(event: RoomEvent): Fields {
  const base = { type: event.kind, time: isoTime(event.time) };
  switch (event.kind) {
    case "join": {
      const { room, who, account, isSelf } = event;
      return { ...base, target: room, who, account: account ?? null, self: isSelf };
    }
    case "part":
      return {
        ...base,
        target: event.room,
        who: event.who,
        reason: event.reason,
        self: event.isSelf,
      };
    case "kick": {
      const { room, who, by, reason, isSelf } = event;
      return { ...base, target: room, who, by, reason, self: isSelf };
    }
    case "quit":
      return { ...base, targets: event.rooms, who: event.who, reason: event.reason };
    case "nick":
      return { ...base, targets: event.rooms, who: event.who, to: event.to, self: event.isSelf };
    case "topic":
      return { ...base, target: event.room, who: event.by ?? null, text: event.text };
    case "mode":
      return { ...base, target: event.target, who: event.by, modes: event.modes };
    case "invite":
      return { ...base, target: event.room, who: event.by, invited: event.who };
    case "rename": {
      const { room, from, by, reason } = event;
      return { ...base, target: room, from, who: by, reason };
    }
  }
}

type PersonEvent = Extract<ClientEvent, { readonly kind: "away" | "setname" | "chghost" }>;

function personFields(event: PersonEvent): Fields {
  const { rooms, who, isSelf, time } = event;
  const base = { type: event.kind, time: isoTime(time), targets: rooms, who, self: isSelf };
  switch (event.kind) {
    case "away":
      return { ...base, text: event.text ?? null };
    case "setname":
      return { ...base, name: event.realName };
    case "chghost":
      return { ...base, user: event.user, host: event.host };
  }
}

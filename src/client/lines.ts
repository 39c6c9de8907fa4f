/**
 * Lines: what happened, in words, one line each: for terminals that scroll, and for those who listen.
 *
 * Pure. Everything from the network passes `printable` here; nothing else does on the way to the terminal. A line
 * has a tone, for colour where there is colour; the words say the same without it. What is said in rooms that are not
 * in front is told only when it is for the user (`isForUser`); the rest is counted by the model.
 */
import { type WallMs, wallMs } from "../base/time.ts";
import { isSameName } from "../protocol/names.ts";
import { printable } from "../protocol/text.ts";
import { type ChatMessage, type ClientEvent, type ConnectionState } from "./events.ts";
import { type Model } from "./model.ts";
import { serviceName } from "./totp.ts";

export type Tone = "plain" | "own" | "quiet" | "mention" | "error" | "state";

export interface TextLine {
  readonly tone: Tone;
  readonly text: string;
}

/**
 * `clock` writes a time as the machine's user reads it; `arrow` stands before whom one spoke to; `hasNumerics`: a
 * refusal is told in the server's words and with its number, as scripts may look for it.
 */
export interface LineStyle {
  readonly clock: (time: WallMs) => string;
  readonly arrow: string;
  readonly hasNumerics: boolean;
}

/** One line, or for a message of several lines as many: all but the first stand in from where messages begin. */
export function messageLines(message: ChatMessage, model: Model, style: LineStyle): TextLine[] {
  const [text = "", ...more] = message.text.split("\n");
  const first = firstLine({ ...message, text }, model, style);
  return [first, ...furtherLines(more, first.tone, style.clock(message.time))];
}

function furtherLines(lines: readonly string[], tone: Tone, clock: string): TextLine[] {
  const indent = " ".repeat(clock.length);
  return lines.map((line) => ({ tone, text: `${indent} | ${printable(line)}` }));
}

/** What was searched for always says where it was said. */
function foundLines({ time, room, from, kind, text }: ChatMessage, style: LineStyle): TextLine[] {
  const [first = "", ...more] = text.split("\n");
  const clock = style.clock(time);
  const said = `${printable(from)}${kind === "action" ? "" : ":"} ${printable(first)}`;
  const line: TextLine = { tone: "plain", text: `${clock} ${printable(room)} ${said}` };
  return [line, ...furtherLines(more, "plain", clock)];
}

function firstLine(message: ChatMessage, model: Model, style: LineStyle): TextLine {
  const { kind, isSelf, isMention } = message;
  const from = printable(message.from);
  const text = printable(message.text);
  const said = kind === "action" ? `* ${from} ${text}` : `${from}: ${text}`;
  const isPrivate = model.room(message.room)?.isPrivate === true;
  const isInFront = model.isCurrent(message.room);
  const room = printable(message.room);
  const time = style.clock(message.time);
  const notice = kind === "notice" ? "notice, " : "";
  if (isSelf && !isInFront) {
    const spoken = kind === "action" ? said : text;
    return { tone: "own", text: `${time} ${style.arrow} ${room}: ${notice}${spoken}` };
  }
  const tone: Tone = isSelf ? "own" : isMention ? "mention" : "plain";
  if (isPrivate && kind === "notice" && isSameName(message.from, serviceName)) {
    return { tone, text: `${time} ${said}` };
  }
  const elsewhere = isPrivate ? "private, " : `in ${room}, `;
  const mark = isMention && !isPrivate ? ">> " : "";
  return { tone, text: `${time} ${mark}${isInFront ? "" : elsewhere}${notice}${said}` };
}

/** What is to be said about an event that is no message; nothing for what need not be said. */
export function eventLines(event: ClientEvent, model: Model, style: LineStyle): TextLine[] {
  switch (event.kind) {
    case "message":
    case "older":
      return messageLines(event.message, model, style);
    case "found":
      return foundLines(event.message, style);
    case "state":
      return stateLines(event.state);
    case "hello":
      return [state(`you are ${printable(event.nick)} on ${printable(event.server)}`)];
    case "registered":
      return event.isWaiting ? [] : [state(`the account ${printable(event.account)} is made`)];
    case "error":
      return [errorLine(event, style)];
    case "reply":
      return replyLines(event, style);
    case "notice":
      return [quiet(`${printable(event.from)}: ${printable(event.text)}`)];
    case "gap":
      return [
        error(
          `${printable(event.room)}: something may be missing here (${printable(event.reason)})`,
        ),
      ];
    case "warning":
      return [error(printable(event.text))];
    case "more": {
      const how = event.before === undefined ? "" : "; /search goes on";
      return [quiet(`${printable(event.text)}${how}`)];
    }
    case "none": {
      if (event.what === "search") return [quiet("nothing was found")];
      const what = event.what === "bans" ? "no bans" : "nothing earlier";
      return [quiet(`${what} in ${printable(event.room)}`)];
    }
    case "members":
      return event.isAsked ? [membersLine(event)] : [];
    case "ack":
    case "sending":
      return [];
    case "join":
    case "part":
    case "kick":
    case "quit":
    case "nick":
    case "topic":
    case "mode":
    case "invite":
    case "rename":
      return roomLines(event, model);
    case "redact":
      return [redactionLine(event, model)];
    case "away":
    case "setname":
    case "chghost":
      return personLines(event, model);
  }
}

/** The signs of the highest ranks, as everybody writes them. */
const signs: ReadonlyMap<string, string> = new Map([
  ["q", "~"],
  ["a", "&"],
  ["o", "@"],
  ["h", "%"],
  ["v", "+"],
]);

function membersLine({ room, members }: Extract<ClientEvent, { kind: "members" }>): TextLine {
  const names = members
    .map(({ nick, prefixes }) => (signs.get(prefixes.charAt(0)) ?? "") + printable(nick))
    .join(", ");
  return quiet(`in ${printable(room)}: ${names}`);
}

type RoomEvent = Extract<
  ClientEvent,
  {
    readonly kind:
      "join" | "part" | "kick" | "quit" | "nick" | "topic" | "mode" | "invite" | "rename";
  }
>;

function roomLines(event: RoomEvent, model: Model): TextLine[] {
  const inFront = (room: string): boolean => model.isCurrent(room);
  switch (event.kind) {
    case "join":
      if (event.isSelf) return [quiet(`you are in ${printable(event.room)}`)];
      return inFront(event.room) ? [quiet(`${printable(event.who)} came in`)] : [];
    case "part":
      if (event.isSelf) return [quiet(`you left ${printable(event.room)}`)];
      if (!inFront(event.room)) return [];
      return [quiet(`${printable(event.who)} left${because(event.reason)}`)];
    case "kick": {
      const room = printable(event.room);
      const by = `${printable(event.by)}${because(event.reason)}`;
      if (event.isSelf) return [error(`you were put out of ${room} by ${by}`)];
      return inFront(event.room) ? [quiet(`${printable(event.who)} was put out by ${by}`)] : [];
    }
    case "quit":
      if (!event.rooms.some(inFront)) return [];
      return [quiet(`${printable(event.who)} went offline${because(event.reason)}`)];
    case "nick":
      if (event.isSelf) return [quiet(`you are ${printable(event.to)} now`)];
      if (!event.rooms.some(inFront)) return [];
      return [quiet(`${printable(event.who)} is ${printable(event.to)} now`)];
    case "topic":
      return topicLines(event, inFront(event.room));
    case "mode":
      if (!inFront(event.target)) return [];
      return [quiet(`${printable(event.by)} changed modes: ${printable(event.modes)}`)];
    case "invite": {
      const room = printable(event.room);
      if (!model.isOwnNick(event.who)) {
        if (!inFront(event.room)) return [];
        return [quiet(`${printable(event.by)} invited ${printable(event.who)} to ${room}`)];
      }
      const text = `${printable(event.by)} invites you to ${room}; /join ${room} goes there`;
      return [{ tone: "mention", text }];
    }
    case "rename": {
      const [from, to] = [printable(event.from), printable(event.room)];
      return [
        quiet(`${from} is ${to} now: ${printable(event.by)} renamed it${because(event.reason)}`),
      ];
    }
  }
}

type PersonEvent = Extract<ClientEvent, { readonly kind: "away" | "setname" | "chghost" }>;

/** Of who is met in front; what one says about oneself, the server's answer confirms. */
function personLines(event: PersonEvent, model: Model): TextLine[] {
  const who = printable(event.who);
  const isMet = event.rooms.some((room) => model.isCurrent(room));
  switch (event.kind) {
    case "away":
      if (event.isSelf || !isMet) return [];
      if (event.text === undefined) return [quiet(`${who} is back`)];
      // Our server's words are about who has no session.
      if (event.text === "is not connected") return [quiet(`${who} is not connected`)];
      return [quiet(`${who} is away${because(event.text)}`)];
    case "setname": {
      const name = printable(event.realName);
      if (event.isSelf) return [quiet(`your name is ${name} now`)];
      return isMet ? [quiet(`${who}'s name is ${name} now`)] : [];
    }
    case "chghost": {
      const address = `${printable(event.user)}@${printable(event.host)}`;
      if (event.isSelf) return [quiet(`others see you as ${address} now`)];
      return isMet ? [quiet(`${who} is ${address} now`)] : [];
    }
  }
}

function redactionLine(
  { room, by, author, reason, isSelf }: Extract<ClientEvent, { kind: "redact" }>,
  model: Model,
): TextLine {
  const who = isSelf ? "you" : printable(by);
  const whose = isSameName(by, author) ? "" : ` of ${printable(author)}`;
  const where = model.isCurrent(room) ? "" : ` in ${printable(room)}`;
  return quiet(`${who} deleted a message${whose}${where}${because(reason)}`);
}

function topicLines(
  event: Extract<ClientEvent, { kind: "topic" }>,
  isInFront: boolean,
): TextLine[] {
  const { by, text } = event;
  const room = isInFront ? "" : ` of ${printable(event.room)}`;
  if (by === undefined) {
    return [quiet(text === "" ? `no topic${room}` : `topic${room}: ${printable(text)}`)];
  }
  if (!isInFront) return [];
  const change = text === "" ? "took the topic away" : `changed the topic: ${printable(text)}`;
  return [quiet(`${printable(by)} ${change}`)];
}

function stateLines(now: ConnectionState): TextLine[] {
  switch (now.state) {
    case "connecting":
      return now.attempt === 1 ? [state("connecting …")] : [];
    case "waiting":
      return [
        state(
          `waiting: ${printable(now.reason)}. You are let in as soon as ` +
            `${printable(now.account)} is approved; you may also leave and come back.`,
        ),
      ];
    case "online":
      return [];
    case "offline": {
      const seconds = Math.max(1, Math.round(now.retryInMs / 1_000));
      return [state(`offline: ${printable(now.reason)}; next try in ${seconds} s`)];
    }
    case "closed":
      return []; // the program ends with the reason, and says it then
  }
}

function errorLine(
  event: Extract<ClientEvent, { kind: "error" }>,
  { hasNumerics }: LineStyle,
): TextLine {
  const { numeric, target, unsent } = event;
  const name = target === undefined ? undefined : printable(target);
  const kept = unsent === undefined ? "" : `; not sent: ${printable(unsent)}`;
  const said = `${name === undefined ? "" : `${name}: `}${printable(event.text)}`;
  const number = numeric === undefined ? "" : ` (${numeric})`;
  const told = hasNumerics ? `${said}${number}` : (knownRefusal(numeric, name) ?? said);
  return error(`${told}${kept}`);
}

/** Refusals that say nothing besides their number. */
function knownRefusal(numeric: number | undefined, name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  switch (numeric) {
    case 401:
      return `there is nobody called ${name}`;
    case 403:
      return `there is no room ${name}`;
    case 442:
      return `you are not in ${name}`;
    case 482:
      return `you are no operator of ${name}`;
    default:
      return undefined;
  }
}

/** Numerics that only frame others, or that the model shows otherwise. */
const silent: ReadonlySet<string> = new Set(
  "002 003 004 315 318 321 323 329 333 347 349 366 368 375 376 396 900 903".split(" "),
);

function replyLines(event: Extract<ClientEvent, { kind: "reply" }>, style: LineStyle): TextLine[] {
  const { command, params, isGreeting } = event;
  if (silent.has(command)) return [];
  if (command === "372") return [quiet(printable(params.at(-1) ?? ""))];
  if (isGreeting) return [];
  const [first = "", second = "", third = ""] = params.map(printable);
  const last = printable(params.at(-1) ?? "");
  switch (command) {
    case "221":
      return [quiet(`your modes: ${first}`)];
    case "301":
      // Our server's words are about who has no session.
      if (!last.startsWith("is not connected")) return [quiet(`${first} is away: ${last}`)];
      return [quiet(`${first} ${last.replace("your message is kept", "your message waits")}`)];
    case "311":
      return [quiet(`${first} is ${second}@${third} (${last})`)];
    case "312":
      return [quiet(`${first} is on ${second} (${last})`)];
    case "317":
      return [quiet(`${first} was silent for ${second} s`)];
    case "319":
      return [quiet(`${first} is in ${last}`)];
    case "330":
      return [quiet(`${first} is logged in as ${second}`)];
    case "322":
      return [quiet(`${first}  ${second} ${second === "1" ? "person" : "people"}  ${last}`)];
    case "324":
      return [
        quiet(`modes of ${first}: ${params.slice(1).map(printable).join(" ")}`),
        ...kept(params),
      ];
    case "341":
      return [quiet(`${first} is invited to ${second}`)];
    case "353":
      return [quiet(`in ${second}: ${last}`)];
    case "367":
      return [quiet(`banned from ${first}: ${second}${bannedBy(params, style)}`)];
    default:
      return [quiet(params.map(printable).join(" "))];
  }
}

/** Our server's +H is last, and a number of days. */
function kept([channel = "", letters = "", ...rest]: readonly string[]): TextLine[] {
  const days = rest.at(-1) ?? "";
  if (!letters.includes("H") || !/^[1-9]\d*$/.test(days)) return [];
  const long = days === "1" ? "a day" : `${days} days`;
  return [quiet(`what is said in ${printable(channel)} is kept for ${long}`)];
}

function bannedBy(params: readonly string[], { clock }: LineStyle): string {
  const [, , by, seconds] = params;
  if (by === undefined) return "";
  const time = Number(seconds) * 1_000;
  const when = Number.isSafeInteger(time) && time > 0 ? `, ${clock(wallMs(time))}` : "";
  return ` by ${printable(by)}${when}`;
}

function because(reason: string): string {
  return reason === "" ? "" : ` (${printable(reason)})`;
}

function quiet(text: string): TextLine {
  return { tone: "quiet", text };
}

function state(text: string): TextLine {
  return { tone: "state", text };
}

function error(text: string): TextLine {
  return { tone: "error", text };
}

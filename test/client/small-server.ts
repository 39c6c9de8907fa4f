/**
 * A small server for the client's tests: one account's view of rooms with a kept log, CHATHISTORY and nonces. What it
 * says waits in `toClient` until the test lets bytes through; a lost connection loses what waits.
 */
import { isoTime, parseIsoTime, wallMs } from "../../src/base/time.ts";
import { nonceTag } from "../../src/protocol/capabilities.ts";
import { type Message, parseMessage } from "../../src/protocol/message.ts";
import { everything } from "./talk.ts";

export interface Kept {
  readonly id: string;
  readonly time: number;
  readonly from: string;
  readonly text: string;
  readonly nonce: string | undefined;
  /** It is no message: someone came in. */
  readonly isEvent: boolean;
}

export class SmallServer {
  readonly logs = new Map<string, Kept[]>();
  readonly pageMax: number;
  toClient = "";
  isOnline = false;
  clock = Date.UTC(2026, 10, 25);
  /** Events are among the messages of a page (draft/event-playback). */
  readonly hasEvents: boolean;
  /** Answers to CHATHISTORY that fail first. */
  failures = 0;
  #batches = 0;
  readonly #rooms: readonly string[];

  constructor(rooms: readonly string[], pageMax: number, hasEvents = false) {
    this.hasEvents = hasEvents;
    this.#rooms = rooms;
    this.pageMax = pageMax;
  }

  log(name: string): Kept[] {
    const log = this.logs.get(name) ?? [];
    this.logs.set(name, log);
    return log;
  }

  /** The connection is lost: what was on its way is gone. */
  cut(): void {
    this.toClient = "";
    this.isOnline = false;
  }

  /** Someone else speaks, in a room or privately. */
  hears(name: string, text: string): void {
    const from = name.startsWith("#") ? "bob" : name;
    const kept = this.#keep(name, { from, text });
    if (this.isOnline) this.#show(name, kept, "");
  }

  /** Someone else comes into a room: an event in its log. */
  comes(name: string): void {
    const kept = this.#keep(name, { from: "carol", text: "", isEvent: true });
    if (this.isOnline) this.#show(name, kept, "");
  }

  receive(line: string): void {
    const parsed = parseMessage(line);
    if (!parsed.ok) return;
    const message = parsed.value;
    const { command, params } = message;
    const label = message.tags.get("label");
    const own = label === undefined ? "" : `label=${label};`;
    if (command === "CAP" && params[0] === "LS") this.#say(`:srv CAP * LS :${this.#offer}`);
    if (command === "CAP" && params[0] === "REQ") this.#say(`:srv CAP * ACK :${params[1]}`);
    if (command === "AUTHENTICATE" && params[0] === "PLAIN") this.#say("AUTHENTICATE +");
    else if (command === "AUTHENTICATE") this.#say(":srv 900 * * ann :in", ":srv 903 * :ok");
    if (command === "CAP" && params[0] === "END") this.#welcome();
    if (command === "PING") this.#say(`:srv PONG srv ${params[0]}`);
    if (command === "JOIN") this.#say(`@${own.slice(0, -1)} :srv ACK`);
    if (command === "PRIVMSG") this.#spoken(message, own);
    if (command === "CHATHISTORY") this.#history(params, own);
  }

  get #offer(): string {
    return this.hasEvents ? `${everything} draft/event-playback` : everything;
  }

  #welcome(): void {
    this.isOnline = true;
    this.clock += 2;
    this.#say(`@time=${this.#now()} :srv 001 ann :Welcome`);
    this.#say(`:srv 005 ann CHATHISTORY=${this.pageMax} :are supported`, ":srv 422 ann :none");
    for (const room of this.#rooms) this.#say(`@time=${this.#now()} :ann!a@h JOIN ${room} ann :a`);
  }

  #spoken({ tags, params }: Message, own: string): void {
    const [name = "", text = ""] = params;
    const nonce = tags.get(nonceTag);
    const first = this.log(name).find((kept) => kept.nonce === nonce);
    this.#show(name, first ?? this.#keep(name, { from: "ann", text, nonce }), own);
  }

  #keep(name: string, said: Pick<Kept, "from" | "text"> & Partial<Kept>): Kept {
    this.clock += 1;
    const log = this.log(name);
    const place = { id: `${name}-${log.length + 1}`, time: this.clock };
    const kept = { nonce: undefined, isEvent: false, ...said, ...place };
    log.push(kept);
    return kept;
  }

  #show(name: string, { id, time, from, text, isEvent }: Kept, own: string): void {
    if (isEvent) {
      this.#say(`@${own}msgid=${id} :${from}!${from}@h JOIN ${name} ${from} :c`);
      return;
    }
    const target = name.startsWith("#") || from === "ann" ? name : "ann";
    const tags = `${own}msgid=${id};time=${isoTime(wallMs(time))}`;
    this.#say(`@${tags} :${from}!${from}@h PRIVMSG ${target} :${text}`);
  }

  #history([subcommand = "", ...rest]: readonly string[], own: string): void {
    if (this.failures > 0) {
      this.failures -= 1;
      const about = `${subcommand} ${rest[0]}`;
      this.#say(`@${own.slice(0, -1)} FAIL CHATHISTORY MESSAGE_ERROR ${about} :not now`);
      return;
    }
    this.#batches += 1;
    const batch = `b${this.#batches}`;
    if (subcommand === "TARGETS") this.#targets(batch, rest, own);
    else this.#page(batch, [subcommand, ...rest], own);
    this.#say(`:srv BATCH -${batch}`);
  }

  #targets(batch: string, [from = "", to = "", limit = ""]: readonly string[], own: string): void {
    const after = parseIsoTime(from.replace("timestamp=", "")) ?? 0;
    const before = parseIsoTime(to.replace("timestamp=", "")) ?? 0;
    this.#say(`@${own.slice(0, -1)} :srv BATCH +${batch} draft/chathistory-targets`);
    const targets = [...this.logs]
      .map(([name, log]) => ({ name, latest: log.at(-1)?.time ?? 0 }))
      .filter(({ latest }) => latest > after && latest < before)
      .sort((left, right) => left.latest - right.latest)
      .slice(0, Number(limit));
    for (const { name, latest } of targets) {
      const time = isoTime(wallMs(latest));
      this.#say(`@batch=${batch} :srv CHATHISTORY TARGETS ${name} ${time}`);
    }
  }

  #page(batch: string, params: readonly string[], own: string): void {
    const [subcommand = "", name = "", bound = "", limit = ""] = params;
    const log = this.log(name).filter(({ isEvent }) => this.hasEvents || !isEvent);
    const count = Math.min(Number(limit), this.pageMax);
    const time = parseIsoTime(bound.replace("timestamp=", ""));
    const isAfter = (kept: Kept, index: number): boolean =>
      time === undefined
        ? index > log.findIndex(({ id }) => `msgid=${id}` === bound)
        : kept.time > time;
    const page = subcommand === "LATEST" ? log.slice(-count) : log.filter(isAfter).slice(0, count);
    this.#say(`@${own.slice(0, -1)} :srv BATCH +${batch} chathistory ${name}`);
    for (const kept of page) this.#show(name, kept, `batch=${batch};`);
  }

  #now(): string {
    return isoTime(wallMs(this.clock));
  }

  #say(...lines: readonly string[]): void {
    for (const line of lines) this.toClient += `${line.replace(/^@ /, "")}\r\n`;
  }
}

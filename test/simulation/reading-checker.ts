/**
 * What must hold of what readers saw of `#general`, over all their connections, by pages and live:
 *
 *     exactly once         nobody sees anything a second time
 *     one order            in the order of the log
 *     nothing missing      between two messages that were seen, none was said that was not; in the end, all were seen
 *     pages                are within their bounds and their limit, and without a hole
 *
 * and of read markers:
 *
 *     read markers         of an account never run back, whatever was asked, on whichever connection it is told
 */
import { type ConnectionId } from "../../src/base/ids.ts";
import { parseMessageId } from "../../src/protocol/message-ids.ts";
import { type Message } from "../../src/protocol/message.ts";
import { Violation } from "./violation.ts";

export interface Page {
  readonly kind: "after" | "before";
  readonly bound: string | undefined;
  readonly limit: number;
  readonly ids: readonly string[];
}

interface Reading {
  readonly seen: Set<number>;
  /** The newest. */
  last: number;
}

/** What is known of the room. */
export interface SaidInRoom {
  /** Sequences of all that was said and is there, in order. */
  readonly said: () => readonly number[];
  /** It was said, and taken back. */
  readonly isErased: (sequence: number) => boolean;
}

export class ReadingChecker {
  readonly #said: () => readonly number[];
  readonly #isErased: (sequence: number) => boolean;
  readonly #readings = new Map<string, Reading>();

  constructor({ said, isErased }: SaidInRoom) {
    this.#said = said;
    this.#isErased = isErased;
  }

  /** The reader takes it as the next message of the room. */
  read(name: string, id: string): void {
    const reading = this.#reading(name);
    const sequence = sequenceOf(id);
    const { seen, last } = reading;
    if (seen.has(sequence)) throw new Violation("exactly once", `${name} saw ${id} again`);
    if (sequence <= last) throw new Violation("one order", `${name} saw ${id} after ${last}`);
    this.#noneBetween(last, sequence, `${name} saw ${id}`);
    seen.add(sequence);
    reading.last = sequence;
  }

  page(name: string, { kind, bound, limit, ids }: Page): void {
    const what = `${name}'s page ${kind} ${bound} ${limit}: ${ids.join(" ")}`;
    const sequences = ids.map(sequenceOf);
    const at = bound === undefined ? 0 : sequenceOf(bound);
    let previous = kind === "after" ? at : undefined;
    for (const sequence of sequences) {
      if (previous !== undefined) {
        if (sequence === previous) throw new Violation("exactly once", what);
        if (sequence < previous) throw new Violation("one order", what);
        this.#noneBetween(previous, sequence, what);
      }
      previous = sequence;
    }
    if (ids.length > limit) throw new Violation("pages", what);
    if (kind === "after") return;
    if (previous !== undefined && previous >= at) throw new Violation("pages", what);
    this.#noneBetween(previous ?? 0, at, what);
  }

  /** Nothing is on its way any more: who reads has read it all. */
  atTheEnd(name: string): void {
    const { seen } = this.#reading(name);
    const said = this.#said();
    const missing = said.filter((sequence) => !seen.has(sequence));
    if (missing.length > 0) {
      throw new Violation("nothing missing", `${name} never saw ${missing.join(" ")}`);
    }
    const there = [...seen].filter((sequence) => !this.#isErased(sequence));
    if (there.length !== said.length) {
      throw new Violation("exactly once", `${name} saw ${there.length} of ${said.length}`);
    }
  }

  #noneBetween(after: number, before: number, what: string): void {
    const missing = this.#said().findLast((sequence) => sequence < before);
    if (missing !== undefined && missing > after) {
      throw new Violation("nothing missing", `${what} but not ${missing}`);
    }
  }

  #reading(name: string): Reading {
    let reading = this.#readings.get(name);
    if (reading === undefined) {
      reading = { seen: new Set(), last: 0 };
      this.#readings.set(name, reading);
    }
    return reading;
  }
}

/** In which everyone is, and which nobody removes: what is marked there is marked for good. */
const markedRoom = "#general";

export class MarkerChecker {
  readonly #accounts = new Map<ConnectionId, string>();
  /** By account: the newest time that was told. */
  readonly #marks = new Map<string, string>();
  /** How often one was told at all. */
  told = 0;

  line(connection: ConnectionId, { command, params }: Message): void {
    if (command === "900") this.#accounts.set(connection, params[2] ?? "");
    const [target, mark = "*"] = params;
    if (command !== "MARKREAD" || target?.toLowerCase() !== markedRoom) return;
    const account = this.#accounts.get(connection) ?? `connection ${connection}`;
    // "*": nothing has been marked. Times are written alike, so they compare as texts.
    const time = mark === "*" ? "" : mark.slice("timestamp=".length);
    const newest = this.#marks.get(account) ?? "";
    if (time < newest) {
      throw new Violation("read markers", `${account} was told ${mark} after ${newest}`);
    }
    this.#marks.set(account, time);
    this.told += 1;
  }

  ended(connection: ConnectionId): void {
    this.#accounts.delete(connection);
  }
}

function sequenceOf(id: string): number {
  const place = parseMessageId(id);
  if (place === undefined) throw new Violation("pages", `${id} is no id of a message`);
  return place.sequence;
}

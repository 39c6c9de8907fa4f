/**
 * What must hold of the lines on every connection, whoever is at its other end:
 *
 *     lines                are within their limits, and can be read
 *     kept before seen     what has a `msgid` is on disk
 *     one order            what happens in a log is seen in its order, nothing twice; history apart
 *     labels               are answered once, in the order of the commands; a batch is answered when it is closed
 *     pings                are answered, each once, in their order
 *     read markers         never run back
 */
import { type ConnectionId } from "../../src/base/ids.ts";
import { repeatTag } from "../../src/protocol/capabilities.ts";
import { lineBytesMax, tagsBytesMax } from "../../src/protocol/limits.ts";
import { type Message, parseMessage } from "../../src/protocol/message.ts";
import { parseMessageId } from "../../src/protocol/message-ids.ts";
import { type Line } from "../../src/server/outside.ts";
import { MarkerChecker } from "./reading-checker.ts";
import { Violation } from "./violation.ts";

interface Wire {
  /** Labels of commands whose answers are awaited, in order. */
  labels: { readonly label: string; readonly line: string }[];
  /** Those of batches. */
  readonly batchLabels: Set<string>;
  readonly answered: Set<string>;
  /** Tokens of PINGs, in order. */
  pings: string[];
  /** Without it history cannot be told from what happens. */
  hasBatch: boolean;
  /** References of batches from the server that are open; whether there is history in them. */
  readonly batches: Map<string, boolean>;
  /** By log: the newest that was seen. */
  readonly seen: Map<number, number>;
  /** What one said to oneself, and has seen come. */
  comeBack?: string;
}

export class WireChecker {
  readonly #wires = new Map<ConnectionId, Wire>();
  /** The text kept under that message id; undefined: none is. */
  readonly #keptText: (id: string) => string | undefined;
  /** Of every line the server wrote, in order. */
  digest = 0n;
  pingsAnswered = 0;
  readonly markers = new MarkerChecker();

  constructor(keptText: (id: string) => string | undefined) {
    this.#keptText = keptText;
  }

  fromServer(connection: ConnectionId, line: Line): void {
    const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength);
    const tagsEnd = bytes[0] === 64 ? bytes.indexOf(32) + 1 : 0;
    if (tagsEnd > tagsBytesMax || bytes.length - tagsEnd > lineBytesMax) {
      throw new Violation("lines", `a line of ${bytes.length} bytes`);
    }
    this.digest = Bun.hash.wyhash(bytes, this.digest);
    const text = bytes.toString();
    if (!/^[^\r\n\0]+\r\n$/.test(text)) throw new Violation("lines", "a line in a line");
    // What is cut inside a character ends with it; nobody here says it.
    if (text.includes("\ufffd")) throw new Violation("lines", `a broken character: ${text}`);
    const message = parseMessage(text.slice(0, -2));
    if (!message.ok) throw new Violation("lines", `it cannot be read: ${JSON.stringify(text)}`);
    this.#message(this.#wire(connection), message.value);
    this.markers.line(connection, message.value);
  }

  fromClient(connection: ConnectionId, bytes: Uint8Array): void {
    const wire = this.#wire(connection);
    for (const line of Buffer.from(bytes).toString().split(/\r?\n/)) {
      const [, label, command = ""] = labelled.exec(line) ?? [];
      if (label !== undefined) {
        if (command.toUpperCase() === "BATCH") wire.batchLabels.add(label);
        else wire.labels.push({ label, line });
      }
      const ping = countedPing.exec(line)?.[1];
      if (ping !== undefined) wire.pings.push(ping);
    }
  }

  ended(connection: ConnectionId): void {
    this.#wires.delete(connection);
    this.markers.ended(connection);
  }

  /** Nothing is on its way any more. */
  atTheEnd(): void {
    for (const [connection, { labels, pings }] of this.#wires) {
      const [open] = labels;
      if (open !== undefined) {
        throw new Violation("labels", `no answer at ${connection}: ${open.line}`);
      }
      const [ping] = pings;
      if (ping !== undefined) throw new Violation("pings", `${ping} of ${connection}: no answer`);
    }
  }

  #wire(connection: ConnectionId): Wire {
    let wire = this.#wires.get(connection);
    if (wire === undefined) {
      wire = {
        ...{ labels: [], batchLabels: new Set(), answered: new Set(), pings: [], hasBatch: false },
        ...{ batches: new Map(), seen: new Map() },
      };
      this.#wires.set(connection, wire);
    }
    return wire;
  }

  #message(wire: Wire, message: Message): void {
    const { tags, command, params } = message;
    const label = tags.get("label");
    if (label !== undefined) answer(wire, label);
    if (command === "CAP" && params[1] === "ACK") noteBatchCapability(wire, params[2] ?? "");
    if (command === "PONG") this.#pong(wire, params[1] ?? "");
    const isHistory = wire.batches.get(tags.get("batch") ?? "") ?? false;
    if (command === "BATCH") noteBatch(wire, params, isHistory);
    const id = tags.get("msgid");
    if (id !== undefined) this.#kept(wire, message, { id, isHistory });
  }

  #pong(wire: Wire, token: string): void {
    if (!isCounted(token)) return;
    const [next] = wire.pings;
    if (token !== next) throw new Violation("pings", `${token} is answered, ${next} is next`);
    wire.pings.shift();
    this.pingsAnswered += 1;
  }

  #kept(
    wire: Wire,
    { tags, source, command, params }: Message,
    { id, isHistory }: { readonly id: string; readonly isHistory: boolean },
  ): void {
    if (isPassing(id)) return;
    const kept = this.#keptText(id);
    const isSaid = command === "PRIVMSG" || command === "NOTICE";
    // Of a message of several lines each has a part.
    const said = (params[1] ?? "").replace(timeBefore, "$1");
    if (kept === undefined || (isSaid && !kept.includes(said))) {
      throw new Violation("kept before seen", `${id} ${command} ${params.join(" ")}`);
    }
    const place = parseMessageId(id);
    if (place === undefined || isHistory || !wire.hasBatch || tags.has(repeatTag)) return;
    const last = wire.seen.get(place.log) ?? 0;
    const isToSelf = source?.split("!")[0]?.toLowerCase() === params[0]?.toLowerCase();
    if (last === place.sequence && isToSelf && wire.comeBack !== id) {
      wire.comeBack = id; // once the echo, once as it comes
      return;
    }
    if (last >= place.sequence) {
      throw new Violation("one order", `${id} ${command} ${params.join(" ")} after ${last}`);
    }
    wire.seen.set(place.log, place.sequence);
  }
}

/** What is told again to who has no server-time. */
const timeBefore = /^(\x01ACTION )?\[(?:\d{4}-\d\d-\d\d )?\d\d:\d\d\] /;

const labelled = /^@(?:[^ ]*;)?label=([^; ]+)\S* +(?::\S+ +)?(\w+)/;

/** Of tags and guests' private messages, which are not kept. */
export function isPassing(id: string): boolean {
  return /^t\w+-\w+$/.test(id);
}

/** Tokens of PINGs that are counted; there are others. */
const countedPing = /^(?:@\S+ +)?PING :?(count\d+)$/;

function isCounted(token: string): boolean {
  return /^count\d+$/.test(token);
}

function answer(wire: Wire, label: string): void {
  const { answered, batchLabels, labels } = wire;
  if (answered.has(label)) throw new Violation("labels", `${label} was answered twice`);
  answered.add(label);
  if (batchLabels.delete(label)) return;
  const [next] = labels;
  if (label !== next?.label) {
    throw new Violation("labels", `${label} is answered, next is ${next?.line}`);
  }
  labels.shift();
}

function noteBatchCapability(wire: Wire, acknowledged: string): void {
  const names = acknowledged.split(" ");
  if (names.includes("batch")) wire.hasBatch = true;
  if (names.includes("-batch")) wire.hasBatch = false;
}

function noteBatch({ batches }: Wire, params: readonly string[], isInHistory: boolean): void {
  const [reference = "", type] = params;
  const name = reference.slice(1);
  if (reference.startsWith("-")) batches.delete(name);
  else batches.set(name, isInHistory || type === "chathistory" || type === "znc.in/playback");
}

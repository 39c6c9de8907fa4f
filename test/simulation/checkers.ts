/**
 * What must hold in the simulated world, looked at all the time and once more at the end:
 *
 *     kept before seen     nobody saw what is not on disk
 *     one order            every device and every connection sees a log in its order, nothing twice
 *     nothing missing      between two messages a device saw of a log it may read whole, it saw all
 *     acknowledged         is kept, once; what was refused is not kept; said again, it is the first one
 *     exactly once         who reads by pages and live sees each message once (`reading-checker.ts`), in whole pages
 *     read markers         never run back
 *     full disk            nothing that people do is kept while it is full, and nobody is told otherwise
 *     membership           is the same on disk and on every device
 *     lines                are within their limits, and can be read
 *     labels               are answered once, in the order of the commands
 *     pings                are answered, each once, in their order
 *     queues               are within their limits
 *     clocks               that jump end no connection
 *     told once            a client without history that came back after a QUIT is not told again what it was shown
 *     catching up          when faults end, everyone is there and has seen the newest
 */
import { type ConnectionId } from "../../src/base/ids.ts";
import { type MessagePlace, writeMessageId } from "../../src/protocol/message-ids.ts";
import {
  type EntryRecord,
  type KeptRecord,
  type Line,
  type Place,
} from "../../src/server/outside.ts";
import { defaultLimits } from "../../src/server/settings.ts";
import { clientLimits } from "../../src/client/limits.ts";
import { type ChatMessage, type ClientEvent } from "../../src/client/events.ts";
import { serverAccount } from "../../src/base/ids.ts";
import { fold } from "../../src/protocol/names.ts";
import { type Device } from "../support/sim-device.ts";
import { type World } from "../support/world.ts";
import { Violation } from "./violation.ts";
import { type Page, ReadingChecker } from "./reading-checker.ts";
import { type Reader } from "./reader.ts";
import { isPassing, WireChecker } from "./wire-checker.ts";

interface Kept {
  readonly place: Place;
  readonly record: EntryRecord;
}

/** What one session of a device has seen of one log. */
interface Seen {
  last: number;
}

export class Checkers {
  readonly #world: World;
  readonly #kept = new Map<string, Kept>();
  readonly #keptByText = new Map<string, number>();
  readonly #keptAt = new Set<string>();
  /** Sequences of messages per log, in order. */
  readonly #said = new Map<number, number[]>();
  readonly #seen = new Map<string, Map<number, Seen>>();
  readonly #sentTexts = new Set<string>();
  readonly #acknowledged = new Set<string>();
  readonly #refused = new Set<string>();
  /** How often history could not be fetched whole: expected to be rare. */
  gaps = 0;
  messagesSeen = 0;
  readonly wire = new WireChecker((id) => this.#kept.get(id)?.record.text);
  readonly #rejecting = new Set<ConnectionId>();
  /** The room's log, once something was said there. */
  #generalLog: number | undefined;
  readonly #erased = new Set<string>();
  readonly #reading = new ReadingChecker({
    said: () => this.#said.get(this.#generalLog ?? 0) ?? [],
    isErased: (sequence) => this.#erased.has(`${this.#generalLog} ${sequence}`),
  });

  constructor(world: World) {
    this.#world = world;
  }

  get keptCount(): number {
    return this.#kept.size;
  }

  // --- From the store ------------------------------------------------------------------------------------------

  kept(place: Place, record: EntryRecord): void {
    this.#kept.set(writeMessageId(place), { place, record });
    if (!isShownAsSaid(record)) return;
    const { text, target } = record;
    this.#keptByText.set(text, (this.#keptByText.get(text) ?? 0) + 1);
    // One command may say it to several.
    const said = `${place.log} ${target} ${text}`;
    const isOnce = /(?:wild|says) \d/.test(text) && !this.#isElsewhere(record);
    if (isOnce && this.#keptAt.has(said))
      throw new Violation("acknowledged", `"${text}" was kept twice`);
    this.#keptAt.add(said);
    if (target === "#general") this.#generalLog = place.log;
    const sequences = this.#said.get(place.log);
    if (sequences === undefined) this.#said.set(place.log, [place.sequence]);
    else sequences.push(place.sequence);
  }

  /** From now on nobody misses it. */
  erased({ log, sequence }: MessagePlace): void {
    const said = this.#said.get(log) ?? [];
    const index = said.indexOf(sequence);
    if (index !== -1) said.splice(index, 1);
    this.#erased.add(`${log} ${sequence}`);
  }

  /** Comings and goings are kept, and what operators decide; nothing that people say or change. */
  keptOnFullDisk(record: KeptRecord): void {
    // A guest gives way to the account of that name which an operator has let in.
    const isMadeWay = record.kind === "entry" && /\|\d+$/.test(record.text);
    // What the server does, an operator has decided: a role, with which goes a rank.
    const isPeoples =
      record.kind === "entry" &&
      record.account !== serverAccount &&
      peoplesCommands.has(record.command) &&
      !isMadeWay;
    if (isPeoples || record.kind === "audit") {
      throw new Violation("full disk", `${JSON.stringify(record)} was kept`);
    }
  }

  // --- From devices --------------------------------------------------------------------------------------------

  sent(_device: Device, text: string): void {
    this.#sentTexts.add(text);
  }

  sessionBegan(device: Device): void {
    this.#seen.delete(device.name);
  }

  clientEvent(device: Device, event: ClientEvent): void {
    switch (event.kind) {
      case "message":
        this.#message(device, event.message);
        return;
      case "ack":
        if (event.ref !== undefined && this.#sentTexts.has(event.ref)) this.#acked(event);
        return;
      case "error":
        if (event.ref !== undefined && event.numeric !== undefined) this.#refused.add(event.ref);
        return;
      case "gap":
        this.gaps += 1;
        this.#seen.delete(device.name);
        return;
      default:
        return;
    }
  }

  #acked({ ref, id }: Extract<ClientEvent, { readonly kind: "ack" }>): void {
    if (ref !== undefined) this.answered(ref, id);
  }

  /** The server has said that it has the text, and under which id. */
  answered(text: string, id: string | undefined): void {
    this.#acknowledged.add(text);
    const kept = id === undefined ? undefined : this.#kept.get(id);
    if (kept?.record.text !== text) {
      throw new Violation("acknowledged", `"${text}" was acknowledged as ${id}, and is not kept`);
    }
  }

  /** The server has said that it will not have the text. */
  refused(text: string): void {
    this.#refused.add(text);
  }

  #message(device: Device, message: ChatMessage): void {
    this.messagesSeen += 1;
    const { id, text } = message;
    if (id === undefined || isPassing(id)) return;
    const kept = this.#kept.get(id);
    if (kept === undefined || shownText(kept.record) !== text) {
      throw new Violation("kept before seen", `${device.name} saw ${id} "${text}"`);
    }
    const { log, sequence } = kept.place;
    if (this.#isElsewhere(kept.record)) return;
    const seen = this.#seenOf(device, log);
    if (seen.last >= sequence) {
      throw new Violation("one order", `${device.name} saw ${id} after ${seen.last}`);
    }
    if (seen.last > 0 && this.#isReadWhole(kept.record)) {
      const missing = this.saidBetween(log, seen.last, sequence);
      if (missing !== undefined) {
        throw new Violation("nothing missing", `${device.name} saw ${id} but not ${missing}`);
      }
    }
    seen.last = sequence;
  }

  /** Rooms that nobody leaves, and conversations. */
  #isReadWhole({ log, target }: EntryRecord): boolean {
    return log.kind === "conversation" || target === "#general";
  }

  /** Something that was said between these two of a log, if anything was. */
  saidBetween(log: number, after: number, before: number): number | undefined {
    const said = this.#said.get(log) ?? [];
    for (let index = said.length - 1; index >= 0; index -= 1) {
      const sequence = said[index] ?? 0;
      if (sequence <= after) return undefined;
      if (sequence < before) return sequence;
    }
    return undefined;
  }

  #seenOf(device: Device, log: number): Seen {
    let logs = this.#seen.get(device.name);
    if (logs === undefined) {
      logs = new Map();
      this.#seen.set(device.name, logs);
    }
    let seen = logs.get(log);
    if (seen === undefined) {
      seen = { last: 0 };
      logs.set(log, seen);
    }
    return seen;
  }

  // --- From readers --------------------------------------------------------------------------------------------

  read({ account }: Reader, id: string): void {
    if (this.#isSaid(id)) this.#reading.read(account, id);
  }

  page({ account }: Reader, page: Page): void {
    for (const id of page.ids) {
      if (!this.#kept.has(id)) throw new Violation("kept before seen", id);
    }
    this.#reading.page(account, page);
  }

  /** Questions to clients are not for people to read. */
  #isSaid(id: string): boolean {
    const kept = this.#kept.get(id);
    if (kept === undefined) throw new Violation("kept before seen", id);
    return isShownAsSaid(kept.record);
  }

  // --- From the wire -------------------------------------------------------------------------------------------

  serverLine(connection: ConnectionId, line: Line): void {
    this.wire.fromServer(connection, line);
    if (Buffer.from(line).includes(" REJECTED ")) this.#rejecting.add(connection);
  }

  clientBytes(connection: ConnectionId, bytes: Uint8Array): void {
    this.wire.fromClient(connection, bytes);
  }

  /** Nothing but the clocks misbehaves: the server has no reason to close. */
  closedInCalm(connection: ConnectionId): void {
    const isRejection = this.#rejecting.has(connection);
    if (!isRejection) throw new Violation("clocks", `connection ${connection} was closed`);
  }

  connectionEnded(connection: ConnectionId): void {
    this.wire.ended(connection);
  }

  /** With too many lines in hand a connection is no longer read; what is on its way to it is bounded. */
  queues(of: {
    readonly held: number;
    readonly isPaused: boolean;
    readonly queuedBytes: number;
  }): void {
    const { held, isPaused, queuedBytes } = of;
    const { heldLinesMax, heldLinesCloseMax } = defaultLimits;
    if (held > heldLinesMax && !isPaused) throw new Violation("queues", `${held} held, still read`);
    if (held > heldLinesCloseMax) throw new Violation("queues", `${held} lines held`);
    if (queuedBytes > queuedBytesMax) throw new Violation("queues", `${queuedBytes} bytes queued`);
  }

  outstanding({ session, name }: Device): void {
    const { outboxMax, requestsMax, queuedCommandsMax } = clientLimits;
    if (session.outstanding > outboxMax + requestsMax + queuedCommandsMax) {
      throw new Violation("queues", `${name} has ${session.outstanding} outstanding`);
    }
  }

  // --- At the end ----------------------------------------------------------------------------------------------

  atTheEnd(isWhole: boolean): void {
    if (!isWhole) this.#whatIsMissing();
    for (const text of this.#acknowledged) {
      if (this.#keptByText.get(text) !== 1) {
        throw new Violation(
          "acknowledged",
          `"${text}" is kept ${this.#keptByText.get(text)} times`,
        );
      }
    }
    for (const text of this.#refused) {
      if (this.#keptByText.has(text)) throw new Violation("acknowledged", `"${text}" was refused`);
    }
    for (const { account } of this.#world.readers) this.#reading.atTheEnd(account);
    this.wire.atTheEnd();
    // Others may go by another nick than their account's name, or have no account.
    const { devices, readers } = this.#world;
    const ofDevices = new Set([...devices, ...readers].map(({ account }) => fold(account)));
    for (const device of devices) {
      if (device.isGone) continue;
      this.#checkMembership(device, ofDevices);
      this.#checkCaughtUp(device);
    }
    for (const { place, record } of this.#kept.values()) {
      if (record.target !== "#general" || record.command !== "PRIVMSG") continue;
      const newest = this.#said.get(place.log)?.at(-1) ?? 0;
      for (const listener of this.#world.listeners) listener.checkCaughtUp(place.log, newest);
      break;
    }
  }

  #whatIsMissing(): never {
    const { devices, readers } = this.#world;
    const late = devices.filter((device) => !device.isSettled);
    const states = late.map(
      ({ name, session }) =>
        `${name} ${JSON.stringify(session.model.state)} whole=${session.isWhole} outstanding=${session.outstanding}`,
    );
    for (const { account, isSettled } of readers) if (!isSettled) states.push(account);
    throw new Violation("catching up", states.join("; ") || "the scenario did not end");
  }

  #checkMembership(device: Device, ofDevices: ReadonlySet<string>): void {
    const store = this.#world.server?.store;
    const account = store?.answer("account", { by: fold(device.account) });
    if (store === undefined || account?.outcome !== "found") {
      throw new Violation("membership", `${device.account} is not kept`);
    }
    const joined = [...device.session.model.rooms].filter(
      ({ isPrivate, isJoined }) => !isPrivate && isJoined,
    );
    if (joined.length !== account.channels.length) {
      const names = joined.map(({ name }) => name).join(" ");
      throw new Violation("membership", `${device.name} is in ${names}, not ${account.channels}`);
    }
    for (const room of joined) {
      const channel = store.answer("channel", { by: fold(room.name) });
      if (channel.outcome !== "found") throw new Violation("membership", `no ${room.name}`);
      const kept = channel.members
        .filter(({ account }) => ofDevices.has(fold(account.name)))
        .map(({ account: { name }, prefixes }) => `${name} ${prefixes}`);
      const known = [...room.members.values()]
        .filter(({ nick }) => ofDevices.has(fold(nick)))
        .map(({ nick, prefixes }) => `${nick} ${prefixes}`);
      if (kept.sort().join() !== known.sort().join()) {
        throw new Violation("membership", `${room.name}: ${known} at ${device.name}, kept ${kept}`);
      }
    }
  }

  #checkCaughtUp(device: Device): void {
    const logs = new Map<number, EntryRecord>();
    for (const { place, record } of this.#kept.values()) {
      if (record.command === "PRIVMSG") logs.set(place.log, record);
    }
    for (const [log, record] of logs) {
      if (!this.#isReadWhole(record) || !this.#mayRead(device, record)) continue;
      if (this.#isElsewhere(record)) continue;
      const newest = this.#said.get(log)?.at(-1) ?? 0;
      const seen = this.#seenOf(device, log).last;
      const joined = this.#joinedAt(device, log);
      if (seen < newest && newest > joined) {
        throw new Violation("catching up", `${device.name} saw ${seen} of ${newest} in ${log}`);
      }
    }
  }

  /** Where nicks are free, a conversation may go on under another name, in another room of the client. */
  #isElsewhere({ log }: EntryRecord): boolean {
    return log.kind === "conversation" && this.#world.hasFreeNicks;
  }

  #mayRead(device: Device, { log, source, target }: EntryRecord): boolean {
    if (log.kind === "channel") return true;
    return [source.split("!")[0], target].includes(device.account);
  }

  /** The sequence of the account's latest JOIN in a channel's log: what came before is not for it. */
  #joinedAt(device: Device, log: number): number {
    let joined = 0;
    for (const { place, record } of this.#kept.values()) {
      if (place.log !== log || record.command !== "JOIN") continue;
      if (record.source.startsWith(`${device.account}!`)) joined = Math.max(joined, place.sequence);
    }
    return joined;
  }
}

const peoplesCommands: ReadonlySet<string> = new Set([
  "KICK",
  "MODE",
  "NICK",
  "NOTICE",
  "PART",
  "PRIVMSG",
  "RENAME",
  "TAGMSG",
  "TOPIC",
]);

/** CTCP asks something of a client, and is nothing for people to read. */
function isShownAsSaid({ command, text }: EntryRecord): boolean {
  return command === "PRIVMSG" && !/^\x01(?!ACTION )/.test(text);
}

/** Actions are shown without what makes them such. */
function shownText({ text }: EntryRecord): string {
  return text.replace(/^\x01ACTION ([^]*)\x01$/, "$1");
}

/** What a connection may have on its way to a client: more, and the transport gives it up. */
export const queuedBytesMax = 1_048_576;

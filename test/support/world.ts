/**
 * World: a whole network in one process, from a seed: the real server on a real database, real client sessions, and
 * between them a network that cuts, delays, stalls and resets, on clocks that jump, with a server that crashes.
 *
 *     const world = new World({ seed: 7, accounts: 12 });
 *     world.run();          // faults, then healing, then everything is checked
 *
 * Nothing in it waits or measures: time is simulated, and the same seed gives the same run to the last byte. What
 * people do in it is `scenario.ts`'s, what must hold is `checkers.ts`'s.
 */
import { linesIn } from "../../src/base/lines.ts";
import { join } from "node:path";
import { connectionId, type ConnectionId } from "../../src/base/ids.ts";
import { below, chance, type Random, SeededRandom } from "../../src/base/random.ts";
import { type ConnectionFacts, type Line } from "../../src/server/outside.ts";
import { type Server } from "../../src/server/server.ts";
import {
  defaultLimits,
  defaultSettings,
  type Limits,
  type ServerSettings,
} from "../../src/server/settings.ts";
import { Checkers, queuedBytesMax } from "../simulation/checkers.ts";
import { type Listener } from "../simulation/listener.ts";
import { Scenario } from "../simulation/scenario.ts";
import { type Device } from "./sim-device.ts";
import { Crowd } from "../simulation/crowd.ts";
import { sabotagedPages, sabotagedRequest } from "../simulation/broken-pages.ts";
import { type Reader } from "../simulation/reader.ts";
import { SimClock } from "./sim-clock.ts";
import { type LinkFaults, noFaults, SimLink } from "./sim-link.ts";
import { type Sabotage, type ServerFaults, SimServer, soundServer } from "./sim-server.ts";

export interface WorldOptions {
  readonly seed: number;
  /** A fresh folder: the database is made in it. */
  readonly folder: string;
  readonly accounts: number;
  /** How long faults go on, simulated. */
  readonly faultsMs: number;
  /** Only the clock misbehaves. */
  readonly isCalm?: boolean;
  readonly sabotage?: Sabotage | undefined;
  /** Stop before this happening, to look around. */
  readonly step?: number;
  readonly limits?: Partial<Limits>;
  /** Connections that say every command at random, besides the devices. */
  readonly wild?: number;
  /** Who reads by pages while live lines come; one, unless said otherwise. */
  readonly readers?: number;
  /** Clients without history, which come and go. */
  readonly listeners?: number;
  readonly settings?: Partial<ServerSettings>;
}

/** Who is at the other end of a connection. It numbers its connections itself. */
export interface Peer {
  /** It has said that it goes. */
  readonly isLeaving: boolean;
  /** It reads by pages: what is broken on purpose for readers is broken for it. */
  readonly isReader?: boolean;
  opened(number: number): void;
  received(number: number, bytes: Uint8Array): void;
  closed(number: number, reason: string): void;
}

/** How long everything may take to catch up once faults have ended, simulated. */
const healingMsMax = 600_000;
/** Happenings in one moment: more, and something wakes itself for ever. */
const stepsAtOnceMax = 50_000;
/** Longer than anything is on its way in a healed world, and than anyone is silent. */
const arrivalMsMax = 30_000;

const facts: ConnectionFacts = {
  address: "127.0.0.1",
  isLoopback: true,
  listener: "simulation",
  tls: undefined,
};

interface Connection {
  readonly id: ConnectionId;
  readonly link: SimLink;
  readonly peer: Peer;
  readonly number: number;
  queuedBytes: number;
}

export class World {
  readonly options: WorldOptions;
  readonly clock = new SimClock();
  readonly random: Random;
  readonly #power: Random;
  readonly checkers: Checkers;
  readonly devices: Device[] = [];
  readonly readers: Reader[] = [];
  readonly listeners: Listener[] = [];
  readonly #connections = new Map<ConnectionId, Connection>();
  readonly #file: string;
  readonly #linkFaults: LinkFaults;
  readonly #serverFaults: ServerFaults;
  readonly scenario: Scenario;
  readonly crowd: Crowd;
  #server: SimServer | undefined;
  #connectionCount = 0;
  #quietSince = 0;
  #quietCount = 0;
  isHealed = false;

  constructor(options: WorldOptions) {
    this.options = options;
    this.random = new SeededRandom(options.seed);
    this.#power = new SeededRandom(options.seed + 1);
    this.#file = join(options.folder, "authchat.db");
    this.#linkFaults = options.isCalm === true ? noFaults : drawnLinkFaults(this.random);
    this.#serverFaults =
      options.isCalm === true
        ? soundServer
        : {
            ...drawnServerFaults(this.random),
            slowHistory: this.#drawnSlowHistory(),
            powerLoss: perTurn(this.#power, 8),
          };
    this.checkers = new Checkers(this);
    this.scenario = new Scenario(this);
    this.crowd = new Crowd(this, options.wild ?? 0);
  }

  /** Only where somebody reads by pages: seeds without stay the same. */
  #drawnSlowHistory(): number {
    return this.options.readers === 0 ? 0 : below(this.random, 25) / 100;
  }

  /** The server as it runs now; undefined between a crash and the next start. */
  get server(): SimServer | undefined {
    return this.#server;
  }

  get hasFreeNicks(): boolean {
    return this.options.settings?.nicks === "free";
  }

  /** Everything: faults, healing, the last checks. @throws with what does not hold. */
  run(): void {
    this.#startServer();
    this.scenario.begin();
    this.crowd.begin();
    this.#jumpClocks();
    this.#until(() => this.clock.elapsed >= this.options.faultsMs, this.options.faultsMs);
    this.isHealed = true;
    this.scenario.end();
    const isWhole = this.#until(() => this.#isQuiet(), this.clock.elapsed + healingMsMax);
    if (this.options.step !== undefined && this.clock.steps >= this.options.step) return;
    this.checkers.atTheEnd(isWhole);
    this.#server?.crash();
  }

  #until(isDone: () => boolean, limit: number): boolean {
    const { step = Number.POSITIVE_INFINITY } = this.options;
    let sinceCheck = 0;
    let moment = { elapsed: -1, steps: 0 };
    while (this.clock.steps < step && this.clock.step(limit)) {
      const { elapsed, steps } = this.clock;
      if (elapsed !== moment.elapsed) moment = { elapsed, steps };
      else if (steps - moment.steps > stepsAtOnceMax) throw new Error("time does not pass");
      sinceCheck += 1;
      if (sinceCheck < 50) continue;
      sinceCheck = 0;
      if (isDone()) return true;
    }
    return isDone();
  }

  /** Everyone is there, nothing is under way, and so it has been while everything on its way arrived. */
  #isQuiet(): boolean {
    const { devices, readers, scenario } = this;
    const isSettled =
      this.#server !== undefined &&
      scenario.isOver &&
      this.#nobodyWaits() &&
      [...devices, ...readers].every((each) => each.isSettled);
    const { elapsed } = this.clock;
    const { keptCount } = this.checkers;
    if (!isSettled || keptCount !== this.#quietCount) this.#quietSince = elapsed;
    this.#quietCount = keptCount;
    return elapsed - this.#quietSince >= arrivalMsMax;
  }

  // --- The server ------------------------------------------------------------------------------------------------

  #startServer(): void {
    const { sabotage, limits } = this.options;
    this.#server = new SimServer(this.#file, {
      clock: this.clock,
      random: this.random,
      power: this.#power,
      settings: {
        ...defaultSettings,
        name: "server",
        ...this.options.settings,
        limits: { ...defaultLimits, ...limits },
      },
      faults: () => (this.isHealed ? soundServer : this.#serverFaults),
      sabotage,
      write: (connection, lines) => this.#write(connection, lines.flatMap(linesIn)),
      pause: (connection, isPaused) => this.#connections.get(connection)?.link.pause(isPaused),
      close: (connection) => this.#closeByServer(connection),
      kept: (place, record) => this.checkers.kept(place, record),
      erased: (place) => this.checkers.erased(place),
      keptOnFullDisk: (record) => this.checkers.keptOnFullDisk(record),
      crashed: () => this.#crashed(),
      checkQueues: (server) => this.#checkQueues(server),
    });
  }

  /** Accounts have been put into its store: it is to know them. */
  restartServer(): void {
    this.#server?.crash();
    this.#startServer();
  }

  /** What was sent has been worked on: whoever sends much is made to wait for it. */
  #nobodyWaits(): boolean {
    for (const { id } of this.#connections.values()) {
      if ((this.#server?.heldLines(id) ?? 0) > 0) return false;
    }
    return true;
  }

  #checkQueues(server: Server): void {
    for (const { id, link, queuedBytes } of this.#connections.values()) {
      this.checkers.queues({ held: server.heldLines(id), isPaused: link.isPaused, queuedBytes });
    }
    for (const device of this.devices) this.checkers.outstanding(device);
  }

  #crashed(): void {
    this.#server = undefined;
    const lost = [...this.#connections.values()];
    this.#connections.clear();
    for (const connection of lost) {
      this.checkers.connectionEnded(connection.id);
      connection.link.close(false, () => connection.peer.closed(connection.number, "reset"));
    }
    this.clock.after(50 + below(this.random, 2_000), () => {
      if (this.#server === undefined) this.#startServer();
    });
  }

  #write(id: ConnectionId, lines: readonly Line[]): void {
    const connection = this.#connections.get(id);
    if (connection === undefined) return;
    const forReader = connection.peer.isReader === true;
    const sent = sabotagedPages(
      this.#sabotagedLines(lines),
      forReader ? this.options.sabotage : undefined,
      this.random,
    );
    for (const line of sent) this.checkers.serverLine(id, line);
    const bytes = Buffer.concat(sent);
    connection.queuedBytes += bytes.length;
    if (connection.queuedBytes > queuedBytesMax) {
      this.#reset(connection, "too slow");
      return;
    }
    connection.link.send("toClient", bytes);
  }

  #sabotagedLines(lines: readonly Line[]): readonly Line[] {
    const { sabotage } = this.options;
    const [first] = lines;
    const isDrawn = sabotage !== undefined && chance(this.random, 0.02);
    if (!isDrawn || first === undefined) return lines;
    switch (sabotage) {
      case "swap-lines": {
        const said = lines.filter((line) => isSaid(line));
        return said.length > 1 ? lines.toReversed() : lines;
      }
      case "lose-line":
        return lines.filter((line) => !isSaid(line));
      case "long-line":
        return [...lines, Buffer.from(`:server NOTICE * :${"x".repeat(600)}\r\n`)];
      case "answer-twice":
        return Buffer.from(first).toString().startsWith("@label=") ? [first, ...lines] : lines;
      case "answer-never":
        return /^@label=m\w* :server /.test(Buffer.from(first).toString()) ? lines.slice(1) : lines;
      case "bad-line":
        return [...lines, Buffer.from("@time :server\r\n")];
      case "drop-pong":
        return lines.filter((line) => !Buffer.from(line).includes(" PONG server "));
      case "say-twice":
        return lines.flatMap((line) => (isSaid(line) ? [line, line] : [line]));
      case "swap-labels":
        return withLabelsSwapped(lines);
      default:
        return lines;
    }
  }

  #closeByServer(id: ConnectionId): void {
    const connection = this.#connections.get(id);
    if (connection === undefined) return;
    if (this.options.isCalm === true && !connection.peer.isLeaving) this.checkers.closedInCalm(id);
    this.#connections.delete(id);
    this.checkers.connectionEnded(id);
    connection.link.close(true, () => connection.peer.closed(connection.number, "closed"));
  }

  #reset(connection: Connection, reason: string): void {
    this.#connections.delete(connection.id);
    this.checkers.connectionEnded(connection.id);
    connection.link.isOpen = false;
    this.#server?.take({ kind: "closed", connection: connection.id, reason });
    this.clock.after(1, () => connection.peer.closed(connection.number, reason));
  }

  // --- Devices -----------------------------------------------------------------------------------------------------

  addDevice(device: Device): void {
    this.devices.push(device);
  }

  addReader(reader: Reader): void {
    this.readers.push(reader);
  }

  addListener(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** A device wants a connection; its number is the device's own. */
  connect(peer: Peer, number: number): void {
    const server = this.#server;
    const delayMs = 1 + below(this.random, 20);
    if (server === undefined) {
      this.clock.after(delayMs, () => peer.closed(number, "connection refused"));
      return;
    }
    this.#connectionCount += 1;
    const id = connectionId(this.#connectionCount);
    const connection: Connection = {
      id,
      peer,
      number,
      queuedBytes: 0,
      link: new SimLink({
        clock: this.clock,
        random: this.random,
        faults: () => (this.isHealed ? noFaults : this.#linkFaults),
        ends: {
          toServer: (bytes) => this.#server?.take({ kind: "bytes", connection: id, bytes }),
          toClient: (bytes) => {
            connection.queuedBytes -= bytes.length;
            peer.received(number, bytes);
          },
          onReset: () => this.#reset(connection, "connection reset"),
        },
      }),
    };
    this.#connections.set(id, connection);
    this.clock.after(delayMs, () => {
      if (this.#connections.get(id) !== connection) return;
      this.#server?.take({ kind: "opened", connection: id, facts });
      peer.opened(number);
    });
  }

  send(peer: Peer, number: number, bytes: Uint8Array): void {
    const connection = this.#find(peer, number);
    if (connection === undefined) return;
    this.checkers.clientBytes(connection.id, bytes);
    const { sabotage } = this.options;
    const sent = peer.isReader === true ? sabotagedRequest(bytes, sabotage) : bytes;
    connection.link.send("toServer", sent);
  }

  /** The device sends far more than it may, and past its session: the server has to hold it, and stop reading. */
  flood(device: Device): void {
    for (const connection of this.#connections.values()) {
      if (connection.peer !== device) continue;
      for (let piece = 0; piece < 20; piece += 1) {
        connection.link.send("toServer", Buffer.from("PING flood\r\n".repeat(20)));
      }
      return;
    }
  }

  disconnect(peer: Peer, number: number): void {
    const connection = this.#find(peer, number);
    if (connection === undefined) return;
    this.#connections.delete(connection.id);
    this.checkers.connectionEnded(connection.id);
    connection.link.close(false, () => {
      this.#server?.take({ kind: "closed", connection: connection.id, reason: "closed" });
    });
  }

  #find(peer: Peer, number: number): Connection | undefined {
    for (const connection of this.#connections.values()) {
      if (connection.peer === peer && connection.number === number) return connection;
    }
    return undefined;
  }

  // --- Clocks ------------------------------------------------------------------------------------------------------

  /** The wall clock jumps now and then, by seconds, hours or a day, to 1970 and to 2100. */
  #jumpClocks(): void {
    const { clock } = this;
    const to = (year: number) => Date.UTC(year, 0, 2) - clock.wall;
    const jumps = [
      ...[-3_600_000, 3_600_000, -86_400_000, 5_000].map((ms) => () => ms),
      ...[() => to(1970), () => to(2100)],
    ];
    const jump = (): void => {
      if (this.isHealed) return;
      clock.wallOffsetMs += jumps[below(this.random, jumps.length)]?.() ?? 0;
      clock.after(1_000 + below(this.random, 8_000), jump);
    };
    clock.after(below(this.random, 5_000), jump);
  }
}

/** Two answers of one line each, the wrong way round. */
function withLabelsSwapped(lines: readonly Line[]): readonly Line[] {
  const isAnswer = (line: Line | undefined): line is Line =>
    line !== undefined && /^@label=[^; ]+[; ](?!.* BATCH )/.test(Buffer.from(line).toString());
  const index = lines.findIndex((line, at) => isAnswer(line) && isAnswer(lines[at + 1]));
  return index < 0
    ? lines
    : [
        ...lines.slice(0, index),
        ...lines.slice(index, index + 2).toReversed(),
        ...lines.slice(index + 2),
      ];
}

function isSaid(line: Line): boolean {
  return Buffer.from(line).includes(" PRIVMSG #general ");
}

function drawnLinkFaults(random: Random): LinkFaults {
  return {
    cut: below(random, 60) / 100,
    delayMs: 1 + below(random, 80),
    stall: below(random, 20) / 1_000,
    stallMs: 30_000,
    reset: below(random, 8) / 1_000,
  };
}

/** A probability for each turn that keeps something. */
function perTurn(random: Random, limit: number): number {
  return below(random, limit) / 4_000;
}

function drawnServerFaults(random: Random): Omit<ServerFaults, "slowHistory" | "powerLoss"> {
  return {
    crashBeforeCommit: perTurn(random, 8),
    crashInsideCommit: perTurn(random, 8),
    crashAfterCommit: perTurn(random, 8),
    lateSync: below(random, 20) / 100,
    fullDisk: perTurn(random, 24),
    busyDatabase: below(random, 5) / 100,
    failedAnswer: below(random, 4) / 100,
    slowAnswer: below(random, 10) / 100,
    crashAfterVerifier: below(random, 30) / 100,
  };
}
